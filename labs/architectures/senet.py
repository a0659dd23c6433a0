"""senet: squeeze and excitation: a gate for each channel, by what all channels show.

SE-ResNet: before each addition the feature maps are weighed. The squeeze is the mean of each map;
two fully connected layers make the weights of these, and a sigmoid brings them into (0, 1).

    python -m labs.architectures.senet
    python -m labs.architectures.senet --describe
"""

import dataclasses

import layers as Layers
from labs.architectures import lenet, resnet


def network(t, depth=50, classes=1000, width=1, reduced_stem=False, ratio=16):
    """Logarithms of probabilities, (batch, classes), for pictures (batch, height, width, channels).

    Args:
        t: the pictures; the paper's are 224x224x3.
        depth, classes, width, reduced_stem: as of `resnet.network`.
        ratio: how many channels share a unit between the two layers.
    """

    def excitation(t, name):
        return Layers.squeeze_excitation(t, ratio, name, **resnet.START)

    return resnet.network(t, depth, classes, width, reduced_stem, excitation=excitation)


def on_faces(x):
    """Logarithms of the two probabilities, (batch, 2), for images (batch, 2304).

    SE-ResNet-18 with a quarter of the filters, and no pooling behind the first.
    """
    t = Layers.unflat(x, 48, 48, 1)
    return network(t, depth=18, classes=2, width=1 / 4, reduced_stem=True, ratio=4)


lab = dataclasses.replace(lenet.lab, name="senet", about=__doc__, network=on_faces)

if __name__ == "__main__":
    lab.main()
