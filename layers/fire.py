"""The fire module, of which SqueezeNet is made."""

import keras

from layers.convolution import conv
from layers.initialization import for_layer
from layers.naming import part


def fire(t, squeezed, expanded, name=None, activation="relu", **options):
    """1x1 convolutions that squeeze the channels; behind them 1x1 and 3x3 ones that expand them.

    A 3x3 filter costs nine times what a 1x1 filter does, so half of them are of 1x1, and the other
    half sees few channels: 16 and 64 filters on 96 channels have 11,920 parameters, where 128 of
    3x3 would have 110,720.

    Args:
        t: pictures.
        squeezed: how many 1x1 filters come first.
        expanded: how many filters there are of each of the two sizes.
        name: the concatenation's name; the layers are called `<name>_squeeze`, `<name>_1x1` and
            `<name>_3x3`.
        activation: of each convolution.
        **options: further arguments of all `conv`, each of which starts with weights of its own.

    Input shape: (batch, height, width, channels).
    Output shape: (batch, height, width, 2 * expanded).

    Example:
        >>> fire(keras.Input((55, 55, 96)), 16, 64).shape
        (None, 55, 55, 128)

    Source: Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB
    model size", 2016.
    """

    def convolution(number, t, filters, kernel_size, suffix):
        own = for_layer(number, options)
        return conv(t, filters, kernel_size, 1, part(name, suffix), activation, **own)

    t = convolution(0, t, squeezed, 1, "squeeze")
    ways = [convolution(1, t, expanded, 1, "1x1"), convolution(2, t, expanded, 3, "3x3")]
    return keras.layers.Concatenate(name=name)(ways)
