"""perceptron: three hidden layers, small enough to be trained a hundred times in a few minutes.

The studies of this chapter change one thing of it at a time.

    python -m labs.optimization.perceptron
"""

import keras

import layers as Layers
from labs.nn4 import loss
from labs.training import Lab


def network(x, hidden=3, units=64, activation="relu", start="he"):
    """Logarithms of the two probabilities, (batch, 2), for images (batch, 2304)."""
    t = x
    for number in range(1, hidden + 1):
        t = Layers.fc(t, units, f"fc_{number}", activation, kernel_initializer=start)
    return Layers.fc(t, 2, f"fc_{hidden + 1}", "log_softmax", kernel_initializer=start)


def optimizer(learning_rate):
    return keras.optimizers.SGD(learning_rate, momentum=0.9)


lab = Lab(
    name="perceptron",
    about=__doc__,
    network=network,
    loss=loss,
    reduction="mean",
    optimizer=optimizer,
    train="10k",
    test="test10k",
    iterations=400,
    batch_size=128,
    learning_rate=0.01,
    summary_every=50,
    evaluate_every=50,
)

if __name__ == "__main__":
    lab.main()
