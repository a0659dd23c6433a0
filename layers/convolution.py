"""Convolutional and pooling layers (lecture: "Convolutional Layer", "Pooling Layer")."""

import keras

from layers.activation import activation as keras_activation
from layers.initialization import with_initializer
from layers.shape import LAYOUT

SAME_SIZE = LAYOUT | {"padding": "same"}


def conv(t, filters, kernel_size, strides=1, name=None, activation="relu", **options):
    """A convolution, plus a bias, through an activation: activation(conv(t, W) + B).

    The picture is padded with zeros ('same'), so that with `strides` 1 it keeps its size; in
    general its side becomes (N - F + 2P) / S + 1. It has F * F * channels * filters weights and
    `filters` biases: 8 filters of 5x5 on 3 channels make 608 parameters.

    Args:
        t: pictures.
        filters: how many feature maps come out.
        kernel_size: side F of the filters.
        strides: step S of the filters.
        name: the layer's name in summaries, checkpoints and graphs.
        activation: a function or its Keras name; None for none.
        **options: further arguments of `keras.layers.Conv2D`, for instance `padding="valid"`,
            `kernel_regularizer`, `use_bias`, `kernel_initializer`, which also takes the names of
            `initializer`, or `dilation_rate` D, with which a filter's pixels lie D apart: it sees
            D (F - 1) + 1 pixels a side with the same F * F weights.

    Input shape: (batch, height, width, channels).
    Output shape: (batch, ceil(height / strides), ceil(width / strides), filters).

    Example:
        >>> x = keras.Input((48, 48, 1))
        >>> conv(x, 64, 3, 1, "conv_1").shape
        (None, 48, 48, 64)
        >>> conv(x, 64, 3, strides=2).shape
        (None, 24, 24, 64)
        >>> conv(x, 64, 3, dilation_rate=2).shape
        (None, 48, 48, 64)
        >>> conv(x, 64, 3, dilation_rate=2, padding="valid").shape
        (None, 44, 44, 64)

    Raises:
        ValueError: `t` is no batch of pictures, or an argument is out of its range.
    """
    layer = keras.layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        activation=keras_activation(activation),
        name=name,
        **with_initializer(SAME_SIZE | options),
    )
    if max(layer.kernel_size) == 1 and max(layer.strides) > 1:
        t = _pixels_met(layer, t)
        layer.strides = (1, 1)
    return layer(t)


def conv_transposed(t, filters, kernel_size, strides=1, name=None, activation="relu", **options):
    """A transposed convolution, plus a bias, through an activation: it makes pictures larger.

    Each number of the input lays a copy of the filters, times itself, onto the output, `strides`
    pixels from the next one's copy; where copies overlap they add up. That is the gradient of
    `conv` with respect to its input, which goes from the small picture to the large one. It has as
    many weights as that convolution. It is also called deconvolution, though it undoes none, and
    `deconv` is another name for it here.

    Args:
        t: pictures.
        filters: how many feature maps come out.
        kernel_size: side of the filters. If it is a multiple of `strides`, all pixels get as many
            copies; otherwise the output may show a chequered pattern.
        strides: how many times larger the picture becomes.
        name, activation: as in `conv`.
        **options: further arguments of `keras.layers.Conv2DTranspose`; as in `conv`.

    Input shape: (batch, height, width, channels).
    Output shape: (batch, height * strides, width * strides, filters).

    Example:
        >>> conv_transposed(keras.Input((6, 6, 64)), 32, 4, 2).shape
        (None, 12, 12, 32)

    Raises:
        ValueError: `t` is no batch of pictures, or an argument is out of its range.

    Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016.
    """
    layer = keras.layers.Conv2DTranspose(
        filters,
        kernel_size,
        strides=strides,
        activation=keras_activation(activation),
        name=name,
        **with_initializer(SAME_SIZE | options),
    )
    return layer(t)


def _pixels_met(layer, t):
    """The pixels that the strides meet: a filter of one pixel sees no others.

    On these, strides of 1 give the same numbers. With greater ones and few channels, oneDNN's
    kernel for the filter's gradient writes past its buffer (uxlfoundation/oneDNN#6035).
    """
    if len(t.shape) != 4:
        return t  # the layer says what it expects
    channels_last = layer.data_format == "channels_last"
    steps = (1, *layer.strides, 1) if channels_last else (1, 1, *layer.strides)
    return t[tuple(slice(None, None, step) for step in steps)]


def maxpool(t, pool_size, name=None, **options):
    """The largest value of each square of `pool_size` pixels; the squares do not overlap.

    Args:
        t: pictures.
        pool_size: side of the squares.
        **options: further arguments of `keras.layers.MaxPooling2D`, for instance `strides`.

    Input shape: (batch, height, width, channels).
    Output shape: (batch, floor(height / pool_size), floor(width / pool_size), channels).

    Example:
        >>> maxpool(keras.Input((48, 48, 64)), 2, "pool_2").shape
        (None, 24, 24, 64)

    Raises:
        ValueError: `t` is no batch of pictures, or they are smaller than a square.
    """
    return keras.layers.MaxPooling2D(pool_size, name=name, **(LAYOUT | options))(t)


def avgpool(t, pool_size, name=None, **options):
    """The mean of each square of `pool_size` pixels; otherwise as `maxpool`.

    Example:
        >>> avgpool(keras.Input((48, 48, 64)), 2).shape
        (None, 24, 24, 64)
    """
    return keras.layers.AveragePooling2D(pool_size, name=name, **(LAYOUT | options))(t)


def global_avgpool(t, name=None, **options):
    """The mean of each feature map.

    Args:
        t: pictures.
        name: the layer's name.
        **options: further arguments of `keras.layers.GlobalAveragePooling2D`, for instance
            `keepdims`.

    Input shape: (batch, height, width, channels).
    Output shape: (batch, channels).

    Example:
        >>> global_avgpool(keras.Input((6, 6, 16))).shape
        (None, 16)

    Raises:
        ValueError: `t` is no batch of pictures.

    Source: Lin, Chen and Yan, "Network In Network", 2014, section 3.2.
    """
    return keras.layers.GlobalAveragePooling2D(name=name, **(LAYOUT | options))(t)
