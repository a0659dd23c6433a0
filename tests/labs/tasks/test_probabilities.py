"""What scores say of the probabilities of the classes."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import optimize, special

from labs import nn2, nn3, nn4
from labs.tasks import probabilities

RANDOM = np.random.default_rng(0)
SCORES = RANDOM.normal(0.5, 1, (200, 2)).astype(np.float32)


def logits_loss(y, y_desired):
    return tf.nn.softmax_cross_entropy_with_logits(y_desired, y)


def probabilities_loss(y, y_desired):
    return keras.losses.categorical_crossentropy(y_desired, y)


@pytest.mark.parametrize("lab", [nn2, nn3], ids=lambda lab: lab.lab.name)
def test_scores_of_the_squared_error_give_the_nearest_probabilities(lab):
    found = np.asarray(probabilities.from_scores(lab.lab.loss, 2)(SCORES))
    candidates = np.linspace(0, 1, 10_001)
    distances = (SCORES[:, :1] - candidates) ** 2 + (SCORES[:, 1:] - (1 - candidates)) ** 2
    best = candidates[distances.argmin(axis=1)]
    assert found == pytest.approx(np.stack([best, 1 - best], axis=1), abs=1e-4)
    assert np.array_equal(found.argmax(axis=1), SCORES.argmax(axis=1))


def test_scores_that_are_probabilities_stay_what_they_are():
    scores = np.array([[0.25, 0.75], [1.0, 0.0]], np.float32)
    for loss in (nn2.loss, probabilities_loss):
        assert np.asarray(probabilities.from_scores(loss, 2)(scores)) == pytest.approx(scores)


def test_scores_that_are_logarithms_of_probabilities_give_those():
    wanted = np.array([[0.25, 0.75], [0.999, 0.001]], np.float32)
    found = probabilities.from_scores(nn4.lab.loss, 2)(np.log(wanted))
    assert np.asarray(found) == pytest.approx(wanted)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_scores_of_a_cross_entropy_of_logits_go_through_the_softmax(classes):
    scores = RANDOM.normal(0, 2, (50, classes)).astype(np.float32)
    found = np.asarray(probabilities.from_scores(logits_loss, classes)(scores))
    assert found == pytest.approx(special.softmax(scores, axis=1), abs=1e-6)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_the_nearest_probabilities_are_those_that_scipy_finds(classes):
    scores = RANDOM.normal(0.3, 1, (20, classes))
    found = np.asarray(probabilities.nearest(scores.astype(np.float32)))
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert found.min() >= 0
    for mine, wanted in zip(found, scores, strict=True):
        best = optimize.minimize(
            lambda shares, wanted=wanted: np.sum((shares - wanted) ** 2),
            np.full(classes, 1 / classes),
            bounds=[(0, 1)] * classes,
            constraints={"type": "eq", "fun": lambda shares: shares.sum() - 1},
            method="SLSQP",
            options={"ftol": 1e-12},
        )
        assert mine == pytest.approx(best.x, abs=1e-5)


@pytest.mark.parametrize(
    ("scores", "shares"),
    [
        ([0.5, 0.5, 0.5], [1 / 3, 1 / 3, 1 / 3]),
        ([7.0, 0.0, 0.0], [1, 0, 0]),
        ([0.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]),
        ([1.0, 1.0, -5.0], [0.5, 0.5, 0]),  # equal ones stay equal
        ([0.2, 0.3, 0.5], [0.2, 0.3, 0.5]),
    ],
)
def test_of_three_scores_the_nearest_probabilities_are_the_formula_s(scores, shares):
    found = np.asarray(probabilities.nearest(np.float32([scores])))
    assert found[0] == pytest.approx(shares, abs=1e-6)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("from_loss", [nn2.loss, nn4.loss, logits_loss])
def test_scores_that_are_no_numbers_give_no_probabilities(from_loss, classes):
    scores = np.full((2, classes), 0.5, np.float32)
    scores[1, 0] = np.nan
    found = np.asarray(probabilities.from_scores(from_loss, classes)(scores))
    assert found[0] == pytest.approx(1 / classes)
    assert np.isnan(found[1]).any()


@pytest.mark.parametrize(
    ("loss", "is_squared"),
    [
        (nn2.loss, True),
        (lambda y, d: keras.losses.mean_absolute_error(d, y), True),
        (lambda y, d: keras.losses.huber(d, y), True),
        (probabilities_loss, True),  # its scores are probabilities already
        (nn4.loss, False),
        (logits_loss, False),
        (lambda y, d: keras.losses.binary_crossentropy(d, y, from_logits=True), False),
    ],
)
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_what_scores_mean_follows_from_the_loss_for_any_number_of_classes(
    loss, is_squared, classes
):
    found = probabilities.from_scores(loss, classes)
    assert (found is probabilities.nearest) == is_squared


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("size", [1e4, 1e9, 1e30])
def test_scores_of_any_size_have_nearest_probabilities(classes, size):
    scores = np.eye(classes, dtype=np.float32) * np.float32(size)
    assert np.array_equal(probabilities.nearest(scores), np.eye(classes))
    assert np.asarray(probabilities.nearest(scores * 0 - size)) == pytest.approx(1 / classes)
