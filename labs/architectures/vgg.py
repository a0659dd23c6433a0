"""vgg: VGG, which is nothing but 3x3 convolutions and pooling, A to E: from 11 to 19 layers.

Two 3x3 filters, one behind the other, see as much as a 5x5 one, with 18 weights a channel for 25,
and there is an activation between them. The slide's table of D says that one picture needs 24
million numbers on the way forward, 93 MB: its own rows add up to 15.2 million, 61 MB.

    python -m labs.architectures.vgg
    python -m labs.architectures.vgg --describe
"""

import dataclasses
import math
import sys

import keras

import layers as Layers
from labs.architectures import lenet
from labs.architectures.alexnet import START, fully_connected

FILTERS = (64, 128, 256, 512, 512)
CONFIGURATIONS = {  # the sides of the filters of each stage
    "A": ("3", "3", "33", "33", "33"),
    "A-LRN": ("3", "3", "33", "33", "33"),
    "B": ("33", "33", "33", "33", "33"),
    "C": ("33", "33", "331", "331", "331"),
    "D": ("33", "33", "333", "333", "333"),
    "E": ("33", "33", "3333", "3333", "3333"),
}


def network(t, configuration="D", classes=1000, width=1):
    """Logarithms of probabilities, (batch, classes), for pictures (batch, height, width, channels).

    Args:
        t: the pictures; the paper's are 224x224x3.
        configuration: one of `CONFIGURATIONS`.
        classes: how many.
        width: how many times the paper's filters and units there are.
    """
    for stage, (filters, sizes) in enumerate(
        zip(FILTERS, CONFIGURATIONS[configuration], strict=True), 1
    ):
        for i, size in enumerate(sizes, 1):
            t = Layers.conv(t, round(filters * width), int(size), 1, f"conv_{stage}_{i}", **START)
        if configuration == "A-LRN" and stage == 1:
            t = Layers.local_response_normalization(t, name="norm_1")
        t = Layers.maxpool(t, 2, f"pool_{stage}")
    return fully_connected(t, classes, width)


def on_faces(x, configuration="A"):
    """Logarithms of the two probabilities, (batch, 2), for images (batch, 2304).

    A quarter of the filters and units.
    """
    return network(Layers.unflat(x, 48, 48, 1), configuration, classes=2, width=1 / 4)


lab = dataclasses.replace(lenet.lab, name="vgg", about=__doc__, network=on_faces)


def slide():
    """Yields the lines of the slide's table of configuration D: memory and weights, row by row."""
    from labs.analysis import cost

    with cost.without_numbers():
        x = keras.Input((224, 224, 3))
        layers = keras.Model(x, network(x)).layers
        costs = {layer: cost.of_layer(layer) for layer in layers}
        for layer in layers:
            if values := costs[layer].values:
                memory = f"{'*'.join(map(str, layer.output.shape[1:]))} = {values:,}"
                yield f"{layer.name:<12} memory: {memory:<24} weights: {weights(layer)}"
    values = sum(its.values for its in costs.values())
    yield f"TOTAL memory: {values:,} * 4 bytes = {4 * values / 1e6:.0f} MB a picture, forward only."
    yield "(The slide says 24M and 93 MB, but its rows add up to this.)"
    yield f"TOTAL parameters: {sum(its.parameters for its in costs.values()):,}, with the biases"


def weights(layer):
    """How a layer's weights are counted: `3*3*64*128 = 73,728`."""
    if not hasattr(layer, "kernel"):
        return "0"
    return f"{'*'.join(map(str, layer.kernel.shape))} = {math.prod(layer.kernel.shape):,}"


def main(arguments=None):
    """The lab's command, with the slide's table before the lab's own where it is asked for."""
    words = sys.argv[1:] if arguments is None else arguments
    if "--describe" in words:
        print(*slide(), sep="\n", end="\n\n")
    lab.main(arguments)


if __name__ == "__main__":
    main()
