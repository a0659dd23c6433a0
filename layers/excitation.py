"""The squeeze-and-excitation block: channels that matter more in a picture weigh more in it."""

import keras

from layers.convolution import global_avgpool
from layers.dense import fc
from layers.initialization import for_layer
from layers.naming import part


def squeeze_excitation(t, ratio=16, name=None, **options):
    """Multiplies each channel by a factor in (0, 1) that two layers make of all channels' means.

    The squeeze: `global_avgpool`. The excitation: `fc` to units = channels // ratio (1 at least)
    with relu, and back to the channels with a sigmoid. That makes 2 * channels * units weights and
    units + channels biases: 580 parameters for 64 channels at ratio 16.

    Args:
        t: pictures.
        ratio: how many channels share a unit between the two layers.
        name: the multiplication's name; the layers are called `<name>_mean`, `<name>_1` and
            `<name>_2`.
        **options: further arguments of both `fc`, each of which starts with weights of its own.

    Input shape: (batch, height, width, channels).
    Output shape: the same.

    Example:
        >>> squeeze_excitation(keras.Input((24, 24, 64))).shape
        (None, 24, 24, 64)

    Source: Hu, Shen and Sun, "Squeeze-and-Excitation Networks", 2018.
    """
    channels = t.shape[-1]
    units = max(1, channels // ratio)
    factors = global_avgpool(t, part(name, "mean"))
    factors = fc(factors, units, part(name, 1), "relu", **for_layer(0, options))
    factors = fc(factors, channels, part(name, 2), "sigmoid", **for_layer(1, options))
    return keras.layers.Multiply(name=name)([t, factors])
