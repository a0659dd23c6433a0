"""Convolution in groups of channels, as in AlexNet and ResNeXt."""

import keras
from keras import ops

from layers.activation import activation as keras_activation
from layers.convolution import SAME_SIZE
from layers.initialization import with_initializer


def conv_grouped(
    t, filters, kernel_size, groups, strides=1, name=None, activation="relu", **options
):
    """A convolution in groups: each group of filters sees its own share of the channels only.

    It has F * F * channels / groups * filters weights, and needs as many multiplications a pixel:
    a `groups`-th of what `conv` has.

    Args:
        t: pictures.
        groups: how many; they divide channels and `filters`.
        filters, kernel_size, strides, name, activation, **options: as in `conv`.

    Input shape: (batch, height, width, channels).
    Output shape: (batch, ceil(height / strides), ceil(width / strides), filters).

    Example:
        >>> conv_grouped(keras.Input((27, 27, 96)), 256, 5, 2).shape
        (None, 27, 27, 256)

    Raises:
        ValueError: `t` is no batch of pictures, or an argument is out of its range.

    Source: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional
    Neural Networks", 2012; Xie et al., "Aggregated Residual Transformations for Deep Neural
    Networks", 2017.
    """
    return GroupedConv2D(
        filters,
        kernel_size,
        strides=strides,
        groups=groups,
        activation=keras_activation(activation),
        name=name,
        **with_initializer(SAME_SIZE | options),
    )(t)


@keras.saving.register_keras_serializable(package="layers")
class GroupedConv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D` with an ordinary convolution for each group.

    Keras has XLA compile convolutions in groups, whose code for a CPU, gradients included, took 30
    to 240 times as long as this where we measured it (128 channels, 2 and 32 groups). Weights and
    numbers are the same.
    """

    def convolution_op(self, inputs, kernel):
        pieces = (ops.split(whole, self.groups, axis=-1) for whole in (inputs, kernel))
        convolved = [
            ops.conv(
                *of_group,
                strides=self.strides,
                padding=self.padding,
                dilation_rate=self.dilation_rate,
                data_format=self.data_format,
            )
            for of_group in zip(*pieces, strict=True)
        ]
        return ops.concatenate(convolved, axis=-1)

    def as_keras(self):
        """An equal `keras.layers.Conv2D`, for a file that others load."""
        layer = keras.layers.Conv2D.from_config(self.get_config())
        layer.build(self.get_build_config()["input_shape"])
        layer.set_weights(self.get_weights())
        return layer
