"""pooling: the maximum keeps what was found, and its place is given up.

Ways for a convolutional network to see more of a picture: max pooling, average pooling, strides,
and holes in the kernels (dilation), which give up no place.

    python -m labs.architectures.pooling
"""

import dataclasses

import keras

import layers as Layers
from labs.analysis import charts
from labs.analysis.study import Study
from labs.architectures.residual_net import lab

START = {"kernel_initializer": "he"}


def network(grown):
    """A network of three convolutions, between which what each sees has `grown`."""

    def built(x):
        t = Layers.unflat(x, 48, 48, 1)
        t = Layers.conv(t, 16, 5, 2, "conv_1", **START)
        t = grown(t, 32, 2)
        t = grown(t, 64, 4)
        t = Layers.global_avgpool(t)
        return Layers.fc(t, 2, "fc", "log_softmax", **START)

    return built


def pooled(pool):
    def grown(t, filters, _):
        return Layers.conv(pool(t, 2), filters, 3, **START)

    return grown


def strided(t, filters, _):
    return Layers.conv(t, filters, 3, 2, **START)


def dilated(t, filters, rate):
    return Layers.conv(t, filters, 3, dilation_rate=rate, **START)


KINDS = {
    "max": pooled(lambda t, size: Layers.maxpool(t, size)),
    "average": pooled(lambda t, size: Layers.avgpool(t, size)),
    "strides": strided,
    "dilation": dilated,
}

study = Study(
    name="pooling",
    about=__doc__,
    variants={
        name: dataclasses.replace(
            lab,
            network=network(grown),
            optimizer=lambda rate: keras.optimizers.Adam(rate),
            learning_rate=0.003,
        )
        for name, grown in KINDS.items()
    },
    draw=charts.curves("train", "test"),
    claims=(("max", "average"), ("max", "strides")),
)

if __name__ == "__main__":
    study.main()
