"""The residual block (lecture: "Residual Learning Block")."""

import keras
import numpy as np

from layers.activation import activation as keras_activation
from layers.convolution import conv
from layers.initialization import for_layer
from layers.naming import part

SUFFIXES = (1, 2, "shortcut")  # of the convolutions' names


def residual(
    t,
    filters,
    kernel_size,
    strides=1,
    name=None,
    activation="relu",
    normalization=None,
    pre_activation=False,
    **options,
):
    """Two convolutions F, and a shortcut past them: F(t) + t.

    The shortcut is `t` itself where the shapes allow it, and a linear 1x1 convolution where they do
    not (other `filters`, or `strides` above 1). Nothing follows the addition: "keep the shortest
    path clean". So the second convolution is linear, and only the first one has the activation and
    the strides.

    With a normalization, each of the three convolutions is normalised, the first one before its
    activation. With `pre_activation`, both convolutions have normalization and activation in front
    of them instead, and a convolution in the shortcut shares what stands in front of the first.

    Args:
        t: pictures.
        filters, kernel_size, strides, activation, **options: as in `conv`, except that the
            padding must stay 'same'. Each convolution starts with weights of its own, also
            where they share an initializer. Those that a normalization follows have no bias
            unless `use_bias` says so.
        name: the addition's name; the convolutions are called `<name>_1`, `<name>_2` and
            `<name>_shortcut`, what normalises them `<name>_norm_1` and so on (`<name>_norm_0` in
            front of the first).
        normalization: a function from a tensor and the `name` of its layer to a tensor, such as
            `batchnorm` or `layernorm`.
        pre_activation: whether normalization and activation come before the convolutions.

    Input shape: (batch, height, width, channels).
    Output shape: (batch, ceil(height / strides), ceil(width / strides), filters).

    Example:
        >>> residual(keras.Input((24, 24, 32)), 32, 3).shape
        (None, 24, 24, 32)

    Source: He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2015, and
    "Identity Mappings in Deep Residual Networks", 2016.
    """

    def normalized(t, suffix, activation):
        """Normalization, where there is one, and an activation, if any."""
        if normalization:
            t = normalization(t, name=part(name, f"norm_{suffix}"))
        if activation:
            function = keras_activation(activation)
            t = keras.layers.Activation(function, name=part(name, f"activation_{suffix}"))(t)
        return t

    def convolution(t, number, kernel_size, strides, activation=None, normalize=True):
        suffix, own = SUFFIXES[number], for_layer(number, options)
        if not (normalization and normalize):
            return conv(t, filters, kernel_size, strides, part(name, suffix), activation, **own)
        own = {"use_bias": False} | own
        t = conv(t, filters, kernel_size, strides, part(name, suffix), None, **own)
        return normalized(t, suffix, activation)

    after = not pre_activation
    before = normalized(t, 0, activation) if pre_activation else t
    main = convolution(before, 0, kernel_size, strides, activation)
    main = convolution(main, 1, kernel_size, 1, normalize=after)
    if main.shape == t.shape and all(step == 1 for step in np.ravel(strides)):
        shortcut = t
    else:
        shortcut = convolution(before, 2, 1, strides, normalize=after)
    return keras.layers.Add(name=name)([main, shortcut])
