"""Fully connected layers and dropout."""

import keras
import numpy as np
import pytest
import reference
import tensorflow as tf
from one_layer import arrays, network, output_and_gradients, with_random_weights
from reference import assert_close, uniform

import layers as Layers

ONES = np.ones((100, 100), "float32")


def test_fc_and_its_gradients_are_the_matrix_products():
    model = with_random_weights(network(lambda t: Layers.fc(t, 4), 7))
    kernel, bias = arrays(model.trainable_weights)
    x, dy = uniform(5, 7), uniform(5, 4, seed=1)
    y, gradients = output_and_gradients(model, x, dy)
    assert_close(y, reference.fc(x, kernel, bias))
    for actual, desired in zip(gradients, reference.fc_gradients(x, kernel, dy), strict=True):
        assert_close(actual, desired)


def test_fc_goes_through_the_activation():
    model = with_random_weights(network(lambda t: Layers.fc(t, 2, "fc_7", tf.nn.log_softmax), 7))
    x = uniform(5, 7)
    linear = reference.fc(x, *arrays(model.trainable_weights))
    assert_close(model(x), linear - np.log(np.exp(linear).sum(1, keepdims=True)))


def test_parameters_of_convnetjs():
    assert network(lambda t: Layers.fc(t, 10), 256).count_params() == 2570


@pytest.mark.parametrize(
    "option",
    [{"kernel_initializer": "ones"}, {"kernel_regularizer": "l2"}, {"use_bias": False}],
    ids=str,
)
def test_fc_hands_further_arguments_on_to_keras(option):
    (name,) = option
    layer = network(lambda t: Layers.fc(t, 2, **option), 7).layers[-1]
    assert layer.get_config()[name] == keras.layers.Dense(2, **option).get_config()[name]


@pytest.mark.parametrize(
    "layer",
    [lambda t: Layers.fc(t, 2, "mine"), lambda t: Layers.dropout(t, 0.5, "mine")],
    ids=["fc", "dropout"],
)
def test_the_last_positional_argument_names_the_layer(layer):
    assert network(layer, 7).layers[-1].name == "mine"


@pytest.mark.parametrize("rate", [0.2, 0.5])
def test_dropout_scales_in_training_what_it_keeps(rate):
    y = np.asarray(network(lambda t: Layers.dropout(t, rate), 100)(ONES, training=True))
    kept = y[y != 0]
    np.testing.assert_allclose(kept, 1 / (1 - rate), rtol=1e-6)


@pytest.mark.parametrize("rate", [0.2, 0.5])
def test_dropout_drops_its_share_in_training(rate):
    y = np.asarray(network(lambda t: Layers.dropout(t, rate), 100)(ONES, training=True))
    deviation = np.sqrt(rate * (1 - rate) / y.size)
    assert abs((y == 0).mean() - rate) < 4 * deviation


def test_dropout_draws_anew_for_each_batch():
    model = network(lambda t: Layers.dropout(t, 0.5), 100)
    assert np.any(model(ONES, training=True) != model(ONES, training=True))


def test_dropout_leaves_everything_as_it_is_in_inference():
    x = uniform(5, 100).astype("float32")
    np.testing.assert_array_equal(network(lambda t: Layers.dropout(t, 0.5), 100)(x), x)


def test_dropout_hands_its_seed_on_to_keras():
    first, second = (
        network(lambda t: Layers.dropout(t, 0.5, seed=7), 100)(ONES, training=True)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


def test_dropout_hands_the_shape_of_its_noise_on_to_keras():
    model = network(lambda t: Layers.dropout(t, 0.5, noise_shape=(None, 1)), 100)
    y = np.asarray(model(ONES, training=True))
    np.testing.assert_array_equal(y, np.repeat(y[:, :1], 100, axis=1))
