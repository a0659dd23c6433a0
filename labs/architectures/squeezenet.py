"""squeezenet: as good as AlexNet with a fiftieth of its parameters.

Most filters are of 1x1, the 3x3 ones see few channels, and no layer is fully connected: the last
convolution has a feature map for each class, and its mean is the class's score.

    python -m labs.architectures.squeezenet
    python -m labs.architectures.squeezenet --describe
"""

import dataclasses

import keras

import layers as Layers
from labs.architectures import lenet

START = {"kernel_initializer": "he"}
FIRES = (16, 16, 32, 32, 48, 48, 64, 64)  # squeezed channels; four times as many expand
POOLED_AFTER = (4, 8)  # fire modules, which are counted from 2 on


def network(t, classes=1000, width=1, reduced_stem=False):
    """Logarithms of probabilities, (batch, classes), for pictures (batch, height, width, channels).

    SqueezeNet 1.0.

    Args:
        t: the pictures; the paper's are 224x224x3.
        classes: how many.
        width: how many times the paper's filters there are.
        reduced_stem: whether the first pooling is left out, for small pictures.
    """
    t = Layers.conv(t, round(96 * width), 7, 2, "conv_1", padding="valid", **START)
    if not reduced_stem:
        t = Layers.maxpool(t, 3, "pool_1", strides=2)
    for number, squeezed in enumerate(FIRES, 2):
        squeezed = round(squeezed * width)
        t = Layers.fire(t, squeezed, 4 * squeezed, f"fire_{number}", **START)
        if number in POOLED_AFTER:
            t = Layers.maxpool(t, 3, f"pool_{number}", strides=2)
    t = Layers.dropout(t, 0.5)
    t = Layers.conv(t, classes, 1, 1, "conv_10", **START)
    t = Layers.global_avgpool(t, "average")
    return keras.layers.Activation("log_softmax", name="log_softmax")(t)


def on_faces(x):
    """Logarithms of the two probabilities, (batch, 2), for images (batch, 2304).

    Half of the filters, and no pooling behind the first.
    """
    return network(Layers.unflat(x, 48, 48, 1), classes=2, width=1 / 2, reduced_stem=True)


lab = dataclasses.replace(lenet.lab, name="squeezenet", about=__doc__, network=on_faces)

if __name__ == "__main__":
    lab.main()
