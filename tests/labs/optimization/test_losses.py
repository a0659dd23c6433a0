"""The losses that a study compares, against scikit-learn and the formulas in NumPy."""

import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import hinge_loss, log_loss

from labs.optimization.losses import LOSSES

RIGHT = np.random.default_rng(1).integers(0, 2, 200)
DESIRED = np.eye(2)[RIGHT]


def scores(scale):
    return np.random.default_rng(2).normal(size=(200, 2)) * scale


def margins(y):
    """By how much the right class's score is above the other one's."""
    each = np.arange(len(y))
    return y[each, RIGHT] - y[each, 1 - RIGHT]


FORMULAS = {
    "squared error": lambda y: np.sum((y - DESIRED) ** 2, axis=1) / 2,
    "softmax": lambda y: np.logaddexp(*y.T) - y[np.arange(len(y)), RIGHT],
    "hinge": lambda y: np.maximum(0, 1 - margins(y)),
    "exponential": lambda y: np.exp(-margins(y)),
    "logistic": lambda y: np.logaddexp(0, -margins(y)) / np.log(2),
}


def computed(name, y):
    return LOSSES[name](tf.constant(y, tf.float32), tf.constant(DESIRED, tf.float32)).numpy()


def test_each_loss_of_the_study_has_a_formula_here():
    assert FORMULAS.keys() == LOSSES.keys()


@pytest.mark.parametrize("scale", [1, 10])
@pytest.mark.parametrize("name", FORMULAS)
def test_a_loss_of_each_image_is_the_formula_s(name, scale):
    y = scores(scale)
    np.testing.assert_allclose(computed(name, y), FORMULAS[name](y), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", sorted(FORMULAS.keys() - {"exponential"}))
def test_a_loss_of_large_scores_is_the_formula_s(name):
    y = scores(1e3)
    np.testing.assert_allclose(computed(name, y), FORMULAS[name](y), rtol=1e-4, atol=1e-2)


def test_the_exponential_loss_of_large_scores_is_the_formula_s_or_too_large_for_32_bits():
    y = scores(1e3)
    with np.errstate(over="ignore"):
        expected = FORMULAS["exponential"](y)
        expected[expected > np.finfo(np.float32).max] = np.inf
    assert np.isinf(expected).any()
    assert (expected == 0).any()
    # e^-m is as exact as m is, in 32 bits, and m is up to 80 here.
    np.testing.assert_allclose(computed("exponential", y), expected, rtol=1e-2, atol=1e-30)


@pytest.mark.parametrize("name", sorted(FORMULAS.keys() - {"exponential"}))
def test_the_gradient_of_large_scores_is_finite(name):
    y = tf.constant(scores(1e3), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(y)
        loss = LOSSES[name](y, tf.constant(DESIRED, tf.float32))
    assert np.isfinite(tape.gradient(loss, y)).all()


def test_the_mean_hinge_is_scikit_learn_s():
    y = scores(2)
    assert computed("hinge", y).mean() == pytest.approx(
        hinge_loss(RIGHT, y[:, 1] - y[:, 0]), rel=1e-5
    )


def test_the_mean_cross_entropy_of_a_softmax_is_scikit_learn_s():
    y = scores(2)
    probabilities = np.exp(y) / np.exp(y).sum(axis=1, keepdims=True)
    assert computed("softmax", y).mean() == pytest.approx(log_loss(RIGHT, probabilities), rel=1e-5)


def test_the_cross_entropy_of_two_classes_is_the_logistic_loss_in_nats():
    y = scores(5)
    np.testing.assert_allclose(
        computed("softmax", y), computed("logistic", y) * np.log(2), rtol=1e-4, atol=1e-6
    )
