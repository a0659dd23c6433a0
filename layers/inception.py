"""The inception module (lecture: "Inception module")."""

import keras

from layers.convolution import conv, maxpool
from layers.initialization import for_layer
from layers.naming import part


def inception(t, ones, threes, fives, pooled, name=None, activation="relu", **options):
    """Four ways side by side, their feature maps one after the other.

    1x1 convolutions; 3x3 and 5x5 ones, each behind a 1x1 convolution that leaves them fewer
    channels; and 3x3 max pooling, which keeps the size of the picture, before a 1x1 convolution.
    The 1x1 convolutions keep it cheap: 5x5 filters on 192 channels, 32 of them, have 153,600
    weights; behind 16 of 1x1 they have 12,800, and those 16 have 3,072.

    Args:
        t: pictures.
        ones: how many 1x1 filters.
        threes, fives: each a pair: how many 1x1 filters come before the 3x3 (5x5) ones, and how
            many of these there are.
        pooled: how many 1x1 filters follow the pooling.
        name: the concatenation's name; the layers are called `<name>_1x1`, `<name>_3x3_reduce`,
            `<name>_3x3`, `<name>_5x5_reduce`, `<name>_5x5`, `<name>_pool` and `<name>_pool_proj`.
        activation: of each convolution.
        **options: further arguments of all `conv`, each of which starts with weights of its own.

    Input shape: (batch, height, width, channels).
    Output shape: (batch, height, width, ones + threes[1] + fives[1] + pooled).

    Example:
        >>> inception(keras.Input((28, 28, 192)), 64, (96, 128), (16, 32), 32).shape
        (None, 28, 28, 256)

    Source: Szegedy et al., "Going Deeper with Convolutions", 2015, figure 2 (b).
    """

    def convolution(number, t, filters, kernel_size, suffix):
        own = for_layer(number, options)
        return conv(t, filters, kernel_size, 1, part(name, suffix), activation, **own)

    way_1 = convolution(0, t, ones, 1, "1x1")
    way_2 = convolution(1, t, threes[0], 1, "3x3_reduce")
    way_2 = convolution(2, way_2, threes[1], 3, "3x3")
    way_3 = convolution(3, t, fives[0], 1, "5x5_reduce")
    way_3 = convolution(4, way_3, fives[1], 5, "5x5")
    way_4 = maxpool(t, 3, part(name, "pool"), strides=1, padding="same")
    way_4 = convolution(5, way_4, pooled, 1, "pool_proj")
    return keras.layers.Concatenate(name=name)([way_1, way_2, way_3, way_4])
