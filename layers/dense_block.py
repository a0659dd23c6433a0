"""The block of densely connected layers (lecture: "Densenet")."""

import keras

from layers.activation import activation as keras_activation
from layers.convolution import conv
from layers.initialization import for_layer
from layers.naming import part
from layers.normalization import batchnorm


def dense_block(
    t,
    layers,
    growth_rate,
    bottleneck=4,
    name=None,
    activation="relu",
    normalization=batchnorm,
    **options,
):
    """Layers each of which sees the feature maps of all layers before it, and adds a few.

    A layer is a 3x3 convolution to `growth_rate` feature maps, behind a 1x1 convolution to
    `bottleneck` times as many; normalization and activation come before each of the two. What
    comes out is `t` and what all layers made, one after the other.

    Args:
        t: pictures.
        layers: how many.
        growth_rate: how many feature maps each of them adds.
        bottleneck: how many times more come out of its 1x1 convolution; None for none.
        name: layer i is called `<name>_<i>`, its parts `<name>_<i>_norm_1`, `<name>_<i>_conv_1`
            and so on.
        activation: a function or its Keras name; None for none.
        normalization: a function from a tensor and the `name` of its layer to a tensor, such as
            `batchnorm` or `layernorm`; None for none.
        **options: further arguments of all `conv`, each of which starts with weights of its own.
            They have no bias unless `use_bias` says so.

    Input shape: (batch, height, width, channels).
    Output shape: (batch, height, width, channels + layers * growth_rate).

    Example:
        >>> dense_block(keras.Input((56, 56, 64)), 6, 32).shape
        (None, 56, 56, 256)

    Source: Huang, Liu, van der Maaten and Weinberger, "Densely Connected Convolutional Networks",
    2017.
    """
    sizes = [(growth_rate, 3)]
    if bottleneck:
        sizes.insert(0, (bottleneck * growth_rate, 1))
    options = {"use_bias": False} | options
    for i in range(layers):
        of_layer, inner = part(name, i + 1), t
        for j, (filters, kernel_size) in enumerate(sizes):
            if normalization:
                inner = normalization(inner, name=part(of_layer, f"norm_{j + 1}"))
            function = keras_activation(activation)
            inner = keras.layers.Activation(function, name=part(of_layer, f"activation_{j + 1}"))(
                inner
            )
            own = for_layer(len(sizes) * i + j, options)
            called = part(of_layer, f"conv_{j + 1}")
            inner = conv(inner, filters, kernel_size, 1, called, None, **own)
        t = keras.layers.Concatenate(name=of_layer)([t, inner])
    return t
