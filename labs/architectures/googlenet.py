"""googlenet: GoogLeNet, 22 layers of inception modules with three classifiers; and Inception v3.

In training, two more classifiers in the middle of the network bring gradients to its beginning:
the loss is the sum of the three, the two with a weight of 0.3. In use they are left out.

    python -m labs.architectures.googlenet
    python -m labs.architectures.googlenet --describe
"""

import dataclasses

import keras

import layers as Layers
from labs.architectures import lenet

START = {"kernel_initializer": "he"}
# Filters of 1x1, (before 3x3, 3x3), (before 5x5, 5x5), behind the pooling.
MODULES = {
    "3a": (64, (96, 128), (16, 32), 32),
    "3b": (128, (128, 192), (32, 96), 64),
    "4a": (192, (96, 208), (16, 48), 64),
    "4b": (160, (112, 224), (24, 64), 64),
    "4c": (128, (128, 256), (24, 64), 64),
    "4d": (112, (144, 288), (32, 64), 64),
    "4e": (256, (160, 320), (32, 128), 128),
    "5a": (256, (160, 320), (32, 128), 128),
    "5b": (384, (192, 384), (48, 128), 128),
}
POOLED_AFTER = ("3b", "4e")
AUXILIARY_AFTER = ("4a", "4d")
WEIGHTS = (1.0, 0.3, 0.3)  # of the three classifiers' losses


def network(t, classes=1000, width=1, reduced_stem=False, auxiliaries=False):
    """Logarithms of probabilities, (batch, classes), for pictures (batch, height, width, channels).

    Args:
        t: the pictures; the paper's are 224x224x3.
        classes: how many.
        width: how many times the paper's filters there are.
        reduced_stem: whether the first pooling is left out, for small pictures.
        auxiliaries: whether there are two more classifiers in training.
    """
    t = Layers.conv(t, round(64 * width), 7, 2, "conv_1", **START)
    if not reduced_stem:
        t = halved(t, "pool_1")
    t = Layers.local_response_normalization(t, name="norm_1")
    t = Layers.conv(t, round(64 * width), 1, 1, "conv_2_reduce", **START)
    t = Layers.conv(t, round(192 * width), 3, 1, "conv_2", **START)
    t = Layers.local_response_normalization(t, name="norm_2")
    t = halved(t, "pool_2")
    others = []
    for name, filters in MODULES.items():
        filters = keras.tree.map_structure(lambda count: round(count * width), filters)
        t = Layers.inception(t, *filters, f"inception_{name}", **START)
        if name in AUXILIARY_AFTER and auxiliaries:
            others.append(auxiliary(t, classes, width, f"auxiliary_{name}"))
        if name in POOLED_AFTER:
            t = halved(t, f"pool_{name[0]}")
    t = Layers.global_avgpool(t, "average")
    t = Layers.dropout(t, 0.4)
    y = Layers.fc(t, classes, "fc", "log_softmax", **START)
    return (
        Layers.TogetherInTraining(WEIGHTS, name="classifiers")([y, *others]) if auxiliaries else y
    )


def halved(t, name):
    return Layers.maxpool(t, 3, name, strides=2, padding="same")


def auxiliary(t, classes, width, name):
    """One of the two classifiers in the middle."""
    t = Layers.avgpool(t, 5, f"{name}_average", strides=3)
    t = Layers.conv(t, round(128 * width), 1, 1, f"{name}_conv", **START)
    t = Layers.fc(Layers.flat(t), round(1024 * width), f"{name}_fc_1", "relu", **START)
    t = Layers.dropout(t, 0.7)
    return Layers.fc(t, classes, f"{name}_fc_2", "log_softmax", **START)


# --------------------------------------------------------------------------------- Inception v3


def inception_v3(t, classes=1000, width=1, reduced_stem=False):
    """The same of Szegedy et al. 2016: batch normalization, and filters taken apart.

    A 5x5 filter becomes two of 3x3, a 7x7 one a 1x7 and a 7x1.

    Args:
        t: the pictures; the paper's are 299x299x3.
        classes, width: as of `network`.
        reduced_stem: whether the first layers keep the borders and do not pool, for small pictures.
    """

    def conv(t, filters, size, strides=1, padding="same"):
        return normalized_conv(t, round(filters * width), size, strides, padding)

    at_border = "same" if reduced_stem else "valid"
    t = conv(t, 32, 3, 2, at_border)
    t = conv(t, 32, 3, 1, at_border)
    t = conv(t, 64, 3)
    t = t if reduced_stem else Layers.maxpool(t, 3, strides=2)
    t = conv(t, 80, 1)
    t = conv(t, 192, 3, 1, at_border)
    t = t if reduced_stem else Layers.maxpool(t, 3, strides=2)
    for pooled in (32, 64, 64):
        t = module_of_squares(t, conv, pooled)
    threes = conv(t, 384, 3, 2, "valid")
    t = smaller(t, threes, chain(conv, t, (64, 1), (96, 3)), 96, conv)
    for inner in (128, 160, 160, 192):
        t = module_of_strips(t, conv, inner)
    threes = conv(conv(t, 192, 1), 320, 3, 2, "valid")
    t = smaller(t, threes, chain(conv, t, (192, 1), (192, (1, 7)), (192, (7, 1))), 192, conv)
    for _ in range(2):
        t = module_of_pairs(t, conv)
    t = Layers.global_avgpool(t, "average")
    return Layers.fc(t, classes, "fc", "log_softmax", **START)


def normalized_conv(t, filters, size, strides, padding):
    """Convolution, batch normalization, relu. What follows can scale, so there is no gamma."""
    t = Layers.conv(t, filters, size, strides, None, None, padding=padding, use_bias=False, **START)
    t = keras.layers.BatchNormalization(scale=False, momentum=0.95)(t)
    return keras.layers.ReLU()(t)


def chain(conv, t, *convolutions):
    """Convolutions, (filters, size) each, one behind the other."""
    for filters, size in convolutions:
        t = conv(t, filters, size)
    return t


def pooled_conv(t, conv, filters):
    return conv(Layers.avgpool(t, 3, strides=1, padding="same"), filters, 1)


def smaller(t, threes, inner, filters, conv):
    """Strided 3x3 convolutions of two ways, and pooling: each halves the picture's sides."""
    ways = [threes, conv(inner, filters, 3, 2, "valid"), Layers.maxpool(t, 3, strides=2)]
    return keras.layers.concatenate(ways)


def module_of_squares(t, conv, pooled):
    """1x1; 5x5; two of 3x3; pooling."""
    ways = [
        conv(t, 64, 1),
        chain(conv, t, (48, 1), (64, 5)),
        chain(conv, t, (64, 1), (96, 3), (96, 3)),
        pooled_conv(t, conv, pooled),
    ]
    return keras.layers.concatenate(ways)


def module_of_strips(t, conv, inner):
    """1x1; 7x7, taken apart; two of these; pooling."""
    ways = [
        conv(t, 192, 1),
        chain(conv, t, (inner, 1), (inner, (1, 7)), (192, (7, 1))),
        chain(
            conv, t, (inner, 1), (inner, (7, 1)), (inner, (1, 7)), (inner, (7, 1)), (192, (1, 7))
        ),
        pooled_conv(t, conv, 192),
    ]
    return keras.layers.concatenate(ways)


def module_of_pairs(t, conv):
    """1x1; 1x3 beside 3x1; the same behind 3x3; pooling."""

    def pair(t):
        return keras.layers.concatenate([conv(t, 384, (1, 3)), conv(t, 384, (3, 1))])

    ways = [
        conv(t, 320, 1),
        pair(conv(t, 384, 1)),
        pair(chain(conv, t, (448, 1), (384, 3))),
        pooled_conv(t, conv, 192),
    ]
    return keras.layers.concatenate(ways)


# --------------------------------------------------------------------------------- the lab


def on_faces(x):
    """Logarithms of the two probabilities, (batch, 2), for images (batch, 2304).

    A quarter of the filters, and no pooling behind the first.
    """
    t = Layers.unflat(x, 48, 48, 1)
    return network(t, classes=2, width=1 / 4, reduced_stem=True, auxiliaries=True)


def inception_v3_on_faces(x):
    t = Layers.unflat(x, 48, 48, 1)
    return inception_v3(t, classes=2, width=1 / 8, reduced_stem=True)


lab = dataclasses.replace(lenet.lab, name="googlenet", about=__doc__, network=on_faces)

if __name__ == "__main__":
    lab.main()
