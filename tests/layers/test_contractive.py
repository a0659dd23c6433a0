"""The Jacobian's norm by the formula, against automatic differentiation and numeric gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from one_layer import network, with_random_weights
from reference import assert_close, uniform
from scipy.special import expit

import layers as Layers
from layers.contractive import squared_norm

BETA = 0.3
NETWORKS = {
    "rows": (lambda t: Layers.fc_contractive(t, 5, BETA), (7,)),
    "patches": (lambda t: Layers.fc_contractive(t, 5, BETA), (4, 9)),
}
EACH = pytest.mark.parametrize("name", NETWORKS)


def made(name):
    """A network of one layer with random weights, and inputs for it."""
    function, shape = NETWORKS[name]
    return with_random_weights(network(function, *shape)), tf.constant(
        uniform(4, *shape), "float32"
    )


def by_differentiation(model, x):
    """||dh/dx||_F^2 of each example: all elements of TensorFlow's Jacobian, squared and added."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        h = model(x)
    jacobian = tape.batch_jacobian(h, x)
    return tf.reduce_sum(tf.square(jacobian), axis=list(range(1, len(jacobian.shape)))).numpy()


@EACH
def test_the_norm_is_that_of_the_jacobian_by_automatic_differentiation(name):
    model, x = made(name)
    found = squared_norm(model(x), model.layers[-1].kernel)
    np.testing.assert_allclose(found, by_differentiation(model, x), rtol=1e-5)


@EACH
def test_it_adds_beta_times_the_mean_over_the_batch(name):
    model, x = made(name)
    model(x)
    (added,) = model.losses
    assert float(added) == pytest.approx(BETA * by_differentiation(model, x).mean(), rel=1e-5)


def test_the_norm_is_that_of_numeric_differences():
    model, x = made("rows")
    kernel, bias = (w.numpy().astype(np.float64) for w in model.weights)
    one = x.numpy()[0].astype(np.float64)
    steps = 1e-6 * np.eye(len(one))
    columns = [expit((one + s) @ kernel + bias) - expit((one - s) @ kernel + bias) for s in steps]
    expected = np.sum(np.square(np.stack(columns) / 2e-6))
    assert float(squared_norm(model(x), kernel)[0]) == pytest.approx(expected, rel=1e-5)


def test_the_penalty_s_gradient_by_the_weights_is_the_numeric_one():
    model, x = made("rows")
    with tf.GradientTape() as tape:
        model(x)
        (added,) = model.losses
    found = tape.gradient(added, model.trainable_variables[0]).numpy()
    kernel, bias = (w.numpy().astype(np.float64) for w in model.weights)

    def by_formula(kernel):
        h = expit(x.numpy().astype(np.float64) @ kernel + bias)
        return BETA * np.mean(np.sum((h * (1 - h)) ** 2 * np.sum(kernel**2, axis=0), axis=1))

    for place in np.ndindex(kernel.shape):
        step = np.zeros(kernel.shape)
        step[place] = 1e-5
        expected = (by_formula(kernel + step) - by_formula(kernel - step)) / 2e-5
        assert found[place] == pytest.approx(expected, rel=1e-3, abs=1e-6)


@EACH
def test_for_other_programs_it_is_keras_own_layer_with_the_same_weights(name):
    model, x = made(name)
    layer = model.layers[-1].as_keras()
    assert type(layer) is keras.layers.Dense
    assert layer.name == model.layers[-1].name
    assert_close(layer(x), model(x))


@EACH
def test_the_units_are_sigmoids_of_weighted_sums(name):
    model, x = made(name)
    kernel, bias = (w.numpy().astype(np.float64) for w in model.weights)
    assert_close(model(x), expit(x.numpy() @ kernel + bias))


def test_a_negative_weight_of_the_penalty_is_refused():
    with pytest.raises(ValueError, match="beta must not be negative"):
        Layers.fc_contractive(keras.Input((3,)), 2, -1)
