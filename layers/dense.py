"""Fully connected layers and dropout (lecture: "Fully Connected layer", "Dropout")."""

import keras

from layers.activation import activation as keras_activation
from layers.initialization import with_initializer


def fc(t, units, name=None, activation=None, **options):
    """A fully connected layer: activation(t W + B).

    It has inputs * units weights and `units` biases: 10 units on 256 inputs make 2570 parameters.

    Args:
        t: rows.
        units: how many numbers come out.
        name: the layer's name in summaries, checkpoints and graphs.
        activation: a function or its Keras name; None for none.
        **options: further arguments of `keras.layers.Dense`, for instance `kernel_regularizer`, or
            `kernel_initializer`, which also takes the names of `initializer`.

    Input shape: (batch, inputs).
    Output shape: (batch, units).

    Example:
        >>> fc(keras.Input((576,)), 2, "fc_7", "log_softmax").shape
        (None, 2)
    """
    options = with_initializer(options)
    activation = keras_activation(activation)
    return keras.layers.Dense(units, activation=activation, name=name, **options)(t)


def dropout(t, rate, name=None, **options):
    """Sets a share `rate` of the numbers to 0 in training and scales the others by 1 / (1 - rate).

    The slide scales when testing instead; the expected values are the same, and testing is then the
    plain network.

    Args:
        t: anything.
        rate: share in [0, 1) that is dropped.
        **options: further arguments of `keras.layers.Dropout`, for instance `noise_shape`.

    Input shape: any.
    Output shape: the same.

    Example:
        >>> dropout(keras.Input((576,)), 0.5).shape
        (None, 576)

    Source: Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting",
    JMLR 15, 2014.
    """
    return keras.layers.Dropout(rate, name=name, **options)(t)
