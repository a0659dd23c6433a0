"""The sparsity penalty, against SciPy's relative entropy and a numeric gradient."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from one_layer import network
from reference import uniform
from scipy.special import rel_entr
from scipy.stats import entropy

import layers as Layers
from layers.sparsity import divergence

RHO, BETA = 0.05, 0.3


def activations(*shape):
    """Numbers between 0 and 1."""
    return np.abs(uniform(*shape)) / np.abs(uniform(*shape)).max() * 0.9 + 0.05


def penalty(h):
    """What the layer adds to the loss for activations."""
    model = network(lambda t: Layers.sparsity(t, RHO, BETA), *h.shape[1:])
    model(tf.constant(h, tf.float32))
    (added,) = model.losses
    return float(added)


@pytest.mark.parametrize("share", [0.001, 0.05, 0.5, 0.97])
def test_the_divergence_is_scipy_s_entropy_of_two_coins(share):
    expected = entropy([RHO, 1 - RHO], [share, 1 - share])
    assert float(divergence(RHO, tf.constant(share, tf.float64))) == pytest.approx(expected)


@pytest.mark.parametrize("shape", [(7, 5), (3, 4, 4, 5)], ids=["rows", "maps"])
def test_it_adds_beta_times_the_sum_over_units_of_their_means_divergences(shape):
    h = activations(*shape)
    means = h.reshape(-1, 5).mean(axis=0)
    expected = BETA * np.sum(rel_entr(RHO, means) + rel_entr(1 - RHO, 1 - means))
    assert penalty(h) == pytest.approx(expected, rel=1e-5)


def test_units_that_are_as_active_as_wanted_cost_nothing():
    assert penalty(np.full((4, 5), RHO)) == pytest.approx(0, abs=1e-6)


def test_the_gradient_is_the_numeric_one():
    h = activations(6, 3)
    layer = Layers.sparsity(keras.Input((3,)), RHO, BETA)._keras_history.operation
    x = tf.constant(h, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        layer(x)
        (added,) = layer.losses
    found = tape.gradient(added, x).numpy()

    def by_scipy(h):
        means = h.mean(axis=0)
        return BETA * sum(entropy([RHO, 1 - RHO], [m, 1 - m]) for m in means)

    for place in np.ndindex(h.shape):
        step = np.zeros(h.shape)
        step[place] = 1e-5
        expected = (by_scipy(h + step) - by_scipy(h - step)) / 2e-5
        assert found[place] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_units_that_are_off_or_on_for_the_whole_batch_cost_a_finite_amount(value):
    assert 0 < penalty(np.full((4, 5), value)) < np.inf


def test_what_goes_in_comes_out():
    h = activations(4, 5).astype(np.float32)
    np.testing.assert_array_equal(network(Layers.sparsity, 5)(h), h)


def test_in_16_bits_the_means_are_of_32():
    h = np.full((4096, 1), 0.011, np.float32)
    plain = penalty(h)
    keras.config.set_dtype_policy("mixed_bfloat16")
    assert penalty(h) == pytest.approx(plain, rel=0.02)  # the input itself has 8 bits


def test_for_other_programs_it_is_keras_own_identity():
    layer = Layers.sparsity(keras.Input((3,)), name="few")._keras_history.operation
    assert type(layer.as_keras()) is keras.layers.Identity
    assert layer.as_keras().name == "few"


@pytest.mark.parametrize(("rho", "beta"), [(0, 1), (1, 1), (0.1, -1)])
def test_what_cannot_be_is_refused(rho, beta):
    with pytest.raises(ValueError, match="must"):
        Layers.sparsity(keras.Input((3,)), rho, beta)
