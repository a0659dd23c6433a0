"""densenet: each layer sees the feature maps of all layers before it, and adds a few of its own.

python -m labs.architectures.densenet
python -m labs.architectures.densenet --describe
"""

import dataclasses

import keras

import layers as Layers
from labs.architectures import lenet
from labs.architectures.resnet import START, normalized

BLOCKS = {  # how many layers each block has
    121: (6, 12, 24, 16),
    169: (6, 12, 32, 32),
    201: (6, 12, 48, 32),
}


def network(t, blocks=BLOCKS[121], growth_rate=32, classes=1000, reduced_stem=False):
    """Logarithms of probabilities, (batch, classes), for pictures (batch, height, width, channels).

    Args:
        t: the pictures; the paper's are 224x224x3.
        blocks: how many layers each block has: `BLOCKS`, or others.
        growth_rate: how many feature maps each layer adds.
        classes: how many.
        reduced_stem: whether the first pooling is left out, for small pictures.
    """
    options = {"use_bias": False} | START
    t = keras.layers.ZeroPadding2D(3)(t)
    t = Layers.conv(t, 2 * growth_rate, 7, 2, "conv_1", None, padding="valid", **options)
    t = keras.layers.ReLU(name="relu_1")(normalized(t, "norm_1"))
    if not reduced_stem:
        t = Layers.maxpool(keras.layers.ZeroPadding2D(1)(t), 3, "pool_1", strides=2)
    for i, layers in enumerate(blocks, 2):
        name = f"dense_{i}"
        t = Layers.dense_block(t, layers, growth_rate, name=name, normalization=normalized, **START)
        if i <= len(blocks):
            t = transition(t, f"transition_{i}")
    t = keras.layers.ReLU(name="relu_last")(normalized(t, "norm_last"))
    t = Layers.global_avgpool(t, "average")
    return Layers.fc(t, classes, "fc", "log_softmax", **START)


def transition(t, name):
    """Between two blocks: half as many feature maps, of half the side."""
    t = keras.layers.ReLU(name=f"{name}_relu")(normalized(t, f"{name}_norm"))
    t = Layers.conv(t, t.shape[-1] // 2, 1, 1, f"{name}_conv", None, use_bias=False, **START)
    return Layers.avgpool(t, 2, f"{name}_average")


def on_faces(x):
    """Logarithms of the two probabilities, (batch, 2), for images (batch, 2304).

    Three blocks of four layers that add 12 feature maps each, and no pooling behind the first
    convolution.
    """
    t = Layers.unflat(x, 48, 48, 1)
    return network(t, (4, 4, 4), growth_rate=12, classes=2, reduced_stem=True)


lab = dataclasses.replace(lenet.lab, name="densenet", about=__doc__, network=on_faces)

if __name__ == "__main__":
    lab.main()
