"""fractalnet: depth without shortcuts: ways of 1, 2, 4 and 8 layers side by side, which are joined.

A fractal of one column is a convolution; one of C + 1 columns is a convolution beside two fractals
of C, one behind the other. Where columns meet, their mean goes on. In training some of them are
dropped, so that each must do by itself.

    python -m labs.architectures.fractalnet
    python -m labs.architectures.fractalnet --describe
"""

import dataclasses

import layers as Layers
from labs.architectures import lenet
from labs.architectures.resnet import convolution

FILTERS = (64, 128, 256, 512, 512)  # of each block


def network(t, columns=3, classes=10, width=1, dropped=0.15):
    """Logarithms of probabilities, (batch, classes), for pictures (batch, height, width, channels).

    Five blocks, behind each of which pooling halves the picture's sides.

    Args:
        t: the pictures; the paper's are 32x32x3.
        columns: C; the longest way has 5 * 2^(C - 1) convolutions.
        classes: how many.
        width: how many times the paper's filters there are.
        dropped: the share of the ways that are dropped at each join in training.
    """
    for i, filters in enumerate(FILTERS, 1):
        name = f"block_{i}"
        ways = fractal(t, round(filters * width), columns, name, dropped)
        t = Layers.maxpool(join(ways, dropped, f"{name}_join"), 2, f"pool_{i}")
    return Layers.fc(Layers.flat(t), classes, "fc", "log_softmax", kernel_initializer="he")


def fractal(t, filters, columns, name, dropped):
    """The ways through a fractal, one a column, before they are joined."""
    short = convolution(t, filters, 3, 1, f"{name}_{columns}")
    if columns == 1:
        return [short]
    first = fractal(t, filters, columns - 1, f"{name}_a", dropped)
    between = join(first, dropped, f"{name}_a_join")
    return [short, *fractal(between, filters, columns - 1, f"{name}_b", dropped)]


def join(ways, dropped, name):
    return Layers.Join(dropped, name=name)(ways) if len(ways) > 1 else ways[0]


def on_faces(x):
    """Logarithms of the two probabilities, (batch, 2), for images (batch, 2304).

    An eighth of the filters.
    """
    return network(Layers.unflat(x, 48, 48, 1), classes=2, width=1 / 8)


lab = dataclasses.replace(lenet.lab, name="fractalnet", about=__doc__, network=on_faces)

if __name__ == "__main__":
    lab.main()
