"""lenet: LeNet-5, which read the digits on cheques: convolution, pooling, twice, and then three
fully connected layers.

    python -m labs.architectures.lenet
    python -m labs.architectures.lenet --describe
"""

import keras

import layers as Layers
from labs.nn4 import loss
from labs.training import Lab

START = {"kernel_initializer": "xavier"}  # for tanh
# Which of the six maps of S2 each of the sixteen of C3 sees (LeCun et al. 1998, table I).
SEEN = ("012", "123", "234", "345", "045", "015", "0123", "1234", "2345", "0345", "0145", "0125")
SEEN += ("0134", "1245", "0235", "012345")


def network(t, classes=10, as_published=False):
    """Logarithms of probabilities, (batch, classes), for pictures (batch, height, width, channels).

    Args:
        t: the pictures; the paper's are 32x32x1.
        classes: how many.
        as_published: whether, as in the paper, each map of C3 sees some of the maps before it only
            and pooling has a factor and an offset for each map, which are learned. That makes
            60,000 parameters, without those of the output, whose weights the paper fixes.
    """
    pooled = learned_pooling if as_published else Layers.avgpool
    t = Layers.conv(t, 6, 5, 1, "C1", "tanh", padding="valid", **START)
    t = pooled(t, 2, "S2")
    t = (
        sparse(t, "C3")
        if as_published
        else Layers.conv(t, 16, 5, 1, "C3", "tanh", padding="valid", **START)
    )
    t = pooled(t, 2, "S4")
    t = Layers.flat(t)
    t = Layers.fc(t, 120, "C5", "tanh", **START)  # a convolution, in the paper, of 5x5 on 5x5
    t = Layers.fc(t, 84, "F6", "tanh", **START)
    return Layers.fc(t, classes, "output", "log_softmax", **START)


def learned_pooling(t, pool_size, name):
    """The mean of each square, times a factor of its map's, plus an offset of its map's."""
    t = Layers.avgpool(t, pool_size, f"{name}_mean")
    return keras.layers.DepthwiseConv2D(1, activation="tanh", name=name)(t)


def sparse(t, name):
    """Sixteen filters of 5x5, each of which sees some of the six maps."""
    maps = []
    for i, seen in enumerate(SEEN):
        chosen = keras.ops.take(t, [int(number) for number in seen], axis=-1)
        maps.append(Layers.conv(chosen, 1, 5, 1, f"{name}_{i}", "tanh", padding="valid", **START))
    return keras.layers.Concatenate(name=name)(maps)


def on_faces(x):
    """Logarithms of the two probabilities, (batch, 2), for images (batch, 2304)."""
    return network(Layers.unflat(x, 48, 48, 1), classes=2)


def optimizer(learning_rate):
    return keras.optimizers.Adam(learning_rate)


lab = Lab(
    name="lenet",
    about=__doc__,
    network=on_faces,
    loss=loss,
    reduction="mean",
    optimizer=optimizer,
    train="10k",
    test="test10k",
    iterations=300,
    batch_size=128,
    learning_rate=1e-3,
    summary_every=50,
    evaluate_every=300,
)

if __name__ == "__main__":
    lab.main()
