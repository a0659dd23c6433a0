"""alexnet: AlexNet, which won ImageNet's challenge of 2012 by far; and ZF, its successor.

AlexNet was trained on two graphics cards, each of which had half of the filters: so conv_2, conv_4
and conv_5 are in two groups, as in the slide's "5x5x48". The slide's input of 224 pixels, the
paper's, is a mistake: (224 - 11) / 4 + 1 is no whole number. With 227 pixels it is 55.

    python -m labs.architectures.alexnet
    python -m labs.architectures.alexnet --describe
"""

import dataclasses

import keras

import layers as Layers
from labs.architectures import lenet

START = {"kernel_initializer": "he"}


def network(t, classes=1000, width=1, stem=(11, 4), groups=2):
    """Logarithms of probabilities, (batch, classes), for pictures (batch, height, width, channels).

    Args:
        t: the pictures; the paper's are 227x227x3.
        classes: how many.
        width: how many times the paper's filters and units there are.
        stem: side and strides of the first filters.
        groups: in how many groups conv_2, conv_4 and conv_5 are.
    """
    size, strides = stem
    t = Layers.conv(t, round(96 * width), size, strides, "conv_1", padding="valid", **START)
    t = Layers.local_response_normalization(t, name="norm_1")
    t = Layers.maxpool(t, 3, "pool_1", strides=2)
    t = Layers.conv_grouped(t, round(256 * width), 5, groups, 1, "conv_2", **START)
    t = Layers.local_response_normalization(t, name="norm_2")
    t = Layers.maxpool(t, 3, "pool_2", strides=2)
    t = Layers.conv(t, round(384 * width), 3, 1, "conv_3", **START)
    t = Layers.conv_grouped(t, round(384 * width), 3, groups, 1, "conv_4", **START)
    t = Layers.conv_grouped(t, round(256 * width), 3, groups, 1, "conv_5", **START)
    t = Layers.maxpool(t, 3, "pool_5", strides=2)
    return fully_connected(t, classes, width)


def zf(t, classes=1000, width=1, strides=2):
    """The same of Zeiler and Fergus 2014, for pictures of 224x224x3.

    They looked at what AlexNet's first filters see: some were dead, and strides of 4 left a
    chequered pattern. So these are smaller, 7x7, with `strides` of 2.
    """
    t = keras.layers.ZeroPadding2D(1)(t)
    t = Layers.conv(t, round(96 * width), 7, strides, "conv_1", padding="valid", **START)
    t = Layers.maxpool(t, 3, "pool_1", strides=2, padding="same")
    t = Layers.local_response_normalization(t, name="norm_1")
    t = Layers.conv(t, round(256 * width), 5, 2, "conv_2", padding="valid", **START)
    t = Layers.maxpool(t, 3, "pool_2", strides=2, padding="same")
    t = Layers.local_response_normalization(t, name="norm_2")
    t = Layers.conv(t, round(384 * width), 3, 1, "conv_3", **START)
    t = Layers.conv(t, round(384 * width), 3, 1, "conv_4", **START)
    t = Layers.conv(t, round(256 * width), 3, 1, "conv_5", **START)
    t = Layers.maxpool(t, 3, "pool_5", strides=2)
    return fully_connected(t, classes, width)


def fully_connected(t, classes, width):
    """The end that AlexNet, ZF and VGG share: three fully connected layers, two with dropout."""
    t = Layers.flat(t, "flat")
    t = Layers.fc(t, round(4096 * width), "fc_6", "relu", **START)
    t = Layers.dropout(t, 0.5, "dropout_6")
    t = Layers.fc(t, round(4096 * width), "fc_7", "relu", **START)
    t = Layers.dropout(t, 0.5, "dropout_7")
    return Layers.fc(t, classes, "fc_8", "log_softmax", **START)


def on_faces(x):
    """Logarithms of the two probabilities, (batch, 2), for images (batch, 2304).

    A quarter of the filters, and smaller ones at the beginning.
    """
    return network(Layers.unflat(x, 48, 48, 1), classes=2, width=1 / 4, stem=(5, 2))


def zf_on_faces(x):
    return zf(Layers.unflat(x, 48, 48, 1), classes=2, width=1 / 4, strides=1)


lab = dataclasses.replace(lenet.lab, name="alexnet", about=__doc__, network=on_faces)

if __name__ == "__main__":
    lab.main()
