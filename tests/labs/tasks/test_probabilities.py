"""What scores say of the probabilities of the classes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from labs import nn2, nn3, nn4
from labs.tasks import probabilities

SCORES = np.random.default_rng(0).normal(0.5, 1, (200, 2)).astype(np.float32)


def logits_loss(y, y_desired):
    return tf.nn.softmax_cross_entropy_with_logits(y_desired, y)


def probabilities_loss(y, y_desired):
    return keras.losses.categorical_crossentropy(y_desired, y)


@pytest.mark.parametrize("lab", [nn2, nn3], ids=lambda lab: lab.lab.name)
def test_scores_of_the_squared_error_give_the_nearest_probabilities(lab):
    found = np.asarray(probabilities.from_scores(lab.lab.loss)(SCORES))
    candidates = np.linspace(0, 1, 10_001)
    distances = (SCORES[:, :1] - candidates) ** 2 + (SCORES[:, 1:] - (1 - candidates)) ** 2
    best = candidates[distances.argmin(axis=1)]
    assert found == pytest.approx(np.stack([best, 1 - best], axis=1), abs=1e-4)
    assert np.array_equal(found.argmax(axis=1), SCORES.argmax(axis=1))


def test_scores_that_are_probabilities_stay_what_they_are():
    scores = np.array([[0.25, 0.75], [1.0, 0.0]], np.float32)
    for loss in (nn2.loss, probabilities_loss):
        assert np.asarray(probabilities.from_scores(loss)(scores)) == pytest.approx(scores)


def test_scores_that_are_logarithms_of_probabilities_give_those():
    wanted = np.array([[0.25, 0.75], [0.999, 0.001]], np.float32)
    found = probabilities.from_scores(nn4.lab.loss)(np.log(wanted))
    assert np.asarray(found) == pytest.approx(wanted)


def test_scores_of_a_cross_entropy_of_logits_go_through_the_softmax():
    found = np.asarray(probabilities.from_scores(logits_loss)(SCORES))
    assert found == pytest.approx(np.exp(SCORES) / np.exp(SCORES).sum(1, keepdims=True), abs=1e-6)
