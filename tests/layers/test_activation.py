"""TensorFlow's own functions as activations."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from fresh_python import WITHOUT_LAYERS, predictions
from one_layer import network
from reference import assert_close, uniform

import layers as Layers

OF_TENSORFLOW = {
    "elu": tf.nn.elu,
    "gelu": tf.nn.gelu,
    "leaky_relu": tf.nn.leaky_relu,
    "log_softmax": tf.nn.log_softmax,
    "relu": tf.nn.relu,
    "relu6": tf.nn.relu6,
    "selu": tf.nn.selu,
    "sigmoid": tf.nn.sigmoid,
    "silu": tf.nn.silu,
    "softmax": tf.nn.softmax,
    "softplus": tf.nn.softplus,
    "softsign": tf.nn.softsign,
    "swish": tf.nn.swish,
    "tanh": tf.nn.tanh,
}


@pytest.mark.parametrize("name", OF_TENSORFLOW)
def test_tensorflows_functions_stay_what_they_compute(name):
    function = OF_TENSORFLOW[name]
    model = network(
        lambda t: Layers.fc(t, 4, activation=function, kernel_initializer="identity"), 4
    )
    x = 10 * uniform(5, 4)
    assert_close(model(x), function(x))


def test_tensorflows_functions_survive_a_file_that_only_keras_reads(tmp_path):
    def every_activation(t):
        rows = Layers.flat(t)
        return [Layers.conv(t, 2, 3, 1, None, function) for function in OF_TENSORFLOW.values()] + [
            Layers.fc(rows, 2, None, function) for function in OF_TENSORFLOW.values()
        ]

    model = network(every_activation, 4, 4, 1)
    x = uniform(2, 4, 4, 1).astype("float32")
    read = predictions(model, x, tmp_path, WITHOUT_LAYERS)
    for actual, desired in zip(read, model(x), strict=True):
        np.testing.assert_array_equal(actual, desired)


def relu(t):
    """A function of ours that happens to have the name of one of Keras's."""
    return keras.ops.maximum(t, 0.1)


@pytest.mark.parametrize("activation", [None, "tanh", keras.activations.tanh, relu])
def test_anything_else_is_what_keras_makes_of_it(activation):
    layer = network(lambda t: Layers.fc(t, 2, None, activation), 4).layers[-1]
    assert layer.activation is keras.activations.get(activation)
