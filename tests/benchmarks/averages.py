"""python -m tests.benchmarks.averages: how soon is batch normalization right in inference?

A stream of batches, each feature of mean 3 and standard deviation 2, goes through this project's
layer and Keras's. Printed is the mean and the standard deviation that inference then gives the
stream: 0 and 1 if the averages are right.
"""

import keras
import numpy as np

import layers as Layers

MEAN, DEVIATION = 3, 2
BATCH, FEATURES = 128, 64
COUNTS = (1, 10, 100)


def drawn(rng, rows):
    return rng.normal(MEAN, DEVIATION, (rows, FEATURES)).astype("float32")


def inferred(layer):
    """The mean and the standard deviation of what inference makes of other such rows."""
    rows = drawn(np.random.default_rng(1), 10000)
    y = keras.ops.convert_to_numpy(layer(rows, training=False))
    return y.mean(), y.std(axis=0).mean()


def main():
    ours = Layers.BatchNormalizer(FEATURES, decay=0.99, epsilon=0.001)
    theirs = keras.layers.BatchNormalization(momentum=0.99, epsilon=0.001)
    rng = np.random.default_rng(0)
    print("| batches | ours: mean | deviation | Keras's: mean | deviation |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for count in range(1, max(COUNTS) + 1):
        batch = drawn(rng, BATCH)
        for layer in (ours, theirs):
            layer(batch, training=True)
        if count in COUNTS:
            found = [*inferred(ours), *inferred(theirs)]
            print(
                f"| {count} | "
                + " | ".join(f"{value.round(2) + 0.0:.2f}" for value in found)
                + " |"
            )


if __name__ == "__main__":
    main()
