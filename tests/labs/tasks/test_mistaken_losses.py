"""A loss that cannot be meant is told, and one that can is left alone; so are the answers."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from labs import nn2, nn4
from labs.tasks import mistakes
from labs.tasks.confusion import Confusion

RANDOM = np.random.default_rng(0)
COUNTS = (2, 3)  # of classes; scores of each kind, and labels, for each of these
LINEAR = {n: RANDOM.normal(0, 0.7, (64, n)).astype(np.float32) for n in COUNTS}
LABELS = {n: np.eye(n, dtype=np.float32)[RANDOM.integers(0, n, 64)] for n in COUNTS}
SHARES = {n: np.exp(y) / np.exp(y).sum(1, keepdims=True) for n, y in LINEAR.items()}
LOGARITHMS = {n: np.log(y) for n, y in SHARES.items()}
SIGMOIDS = {n: 1 / (1 + np.exp(-y)) for n, y in LINEAR.items()}
ZEROS = {n: np.zeros_like(y) for n, y in LINEAR.items()}


def of_shares(y, desired):
    return -tf.reduce_sum(desired * tf.math.log(y + 1e-7), axis=1)


def of_linear(y, desired):
    return tf.nn.softmax_cross_entropy_with_logits(desired, y)


def smoothed(of):
    return lambda y, desired: of(y, desired * 0.9 + 0.1 / desired.shape[1])


def focal(y, desired):
    return -tf.reduce_sum(desired * (1 - y) ** 2 * tf.math.log(y + 1e-7), axis=1)


def hinge(y, desired):
    return tf.reduce_sum(tf.maximum(0.0, 1 - (2 * desired - 1) * y), axis=1)


RIGHT = {
    "cross-entropy of logarithms": (nn4.loss, LOGARITHMS),
    "cross-entropy of probabilities": (of_shares, SHARES),
    "cross-entropy of linear scores": (of_linear, LINEAR),
    "of linear scores, given logarithms": (of_linear, LOGARITHMS),
    "squared error of linear scores": (nn2.loss, LINEAR),
    "squared error of probabilities": (nn2.loss, SHARES),
    "hinge": (hinge, LINEAR),
    "focal": (focal, SHARES),
    "smoothed labels": (smoothed(of_shares), SHARES),
    "smoothed labels, linear": (smoothed(of_linear), LINEAR),
    "smoothed labels, logarithms": (smoothed(nn4.loss), LOGARITHMS),
    "Keras's, of probabilities": (lambda y, d: keras.losses.categorical_crossentropy(d, y), SHARES),
    "Keras's binary of logits": (
        lambda y, d: keras.losses.binary_crossentropy(d, y, from_logits=True),
        LINEAR,
    ),
    "Keras's cosine": (lambda y, d: keras.losses.cosine_similarity(d, y), LINEAR),
    "Keras's hinge": (lambda y, d: keras.losses.hinge(2 * d - 1, y), SHARES),
    "Keras's Poisson": (lambda y, d: keras.losses.poisson(d, y), SHARES),
    "Keras's binary": (lambda y, d: keras.losses.binary_crossentropy(d, y), SHARES),
    "scores that are all 0": (of_linear, ZEROS),
}
WRONG = {
    "cross-entropy of probabilities taken for logarithms": (nn4.loss, SHARES, "log_softmax"),
    "cross-entropy of linear scores taken for logarithms": (nn4.loss, LINEAR, "log_softmax"),
    "minus forgotten": (lambda y, d: -nn4.loss(y, d), LOGARITHMS, "below zero"),
    "softmax twice": (of_linear, SHARES, "from_logits"),
    "Keras's from_logits of probabilities": (
        lambda y, d: keras.losses.categorical_crossentropy(d, y, from_logits=True),
        SHARES,
        "from_logits",
    ),
    "Keras's of logarithms": (
        lambda y, d: keras.losses.categorical_crossentropy(d, y),
        LOGARITHMS,
        "some are negative",
    ),
    "Keras's of linear scores": (
        lambda y, d: keras.losses.categorical_crossentropy(d, y),
        LINEAR,
        "some are negative",
    ),
    "Keras's binary of linear scores": (
        lambda y, d: keras.losses.binary_crossentropy(d, y),
        LINEAR,
        "End the network with sigmoid",
    ),
    "sigmoid twice": (
        lambda y, d: keras.losses.binary_crossentropy(d, y, from_logits=True),
        SIGMOIDS,
        "from_logits",
    ),
    "Keras's arguments the wrong way round": (
        lambda y, d: keras.losses.categorical_crossentropy(y, d),
        SHARES,
        "wrong way round",
    ),
    "labels the wrong way round": (
        lambda y, d: nn2.loss(y, 1 - d),
        SHARES,
        "falls when the score of the right class falls",
    ),
}


@pytest.mark.parametrize("classes", COUNTS)
@pytest.mark.parametrize("name", RIGHT)
def test_a_loss_that_fits_its_scores_is_left_alone(name, classes):
    loss, scores = RIGHT[name]
    assert list(mistakes.of_the_loss(loss, scores[classes], LABELS[classes])) == []


@pytest.mark.parametrize("classes", COUNTS)
@pytest.mark.parametrize("name", WRONG)
def test_a_loss_that_does_not_fit_is_told(name, classes):
    loss, scores, told = WRONG[name]
    (sentence,) = mistakes.of_the_loss(loss, scores[classes], LABELS[classes])
    assert told in sentence


@pytest.mark.parametrize("lab", [nn2, nn4], ids=lambda lab: lab.lab.name)
def test_the_labs_own_losses_are_left_alone(lab):
    x = keras.Input((2304,))
    images = RANDOM.uniform(-0.5, 0.5, (64, 2304)).astype(np.float32)
    scores = keras.Model(x, lab.network(x))(images).numpy()
    assert list(mistakes.of_the_loss(lab.loss, scores, LABELS[2])) == []


def told(step, labels, answers, classes=("man", "woman")):
    confusion = Confusion(labels, answers, classes)
    return list(mistakes.of_the_answers(step, 0.1, confusion))


HALF = np.arange(1000) % 2


def test_one_answer_for_every_image_is_told():
    (sentence,) = told(50, HALF, np.ones(1000, int))
    assert "every one of the 1,000 images is answered woman" in sentence
    assert "0.1" in sentence


def test_an_accuracy_by_chance_is_told():
    # 500 of 1000 by chance have a deviation of sqrt(1000)/2 = 15.8: up to 531 are no sign of more.
    def right(count):
        return np.where(np.arange(1000) < count, HALF, 1 - HALF)

    assert "no better than chance" in told(50, HALF, right(531))[0]
    assert told(50, HALF, right(533)) == []


@pytest.mark.parametrize(
    ("count", "sentence"), [(0, "worse than"), (468, "worse"), (469, "better")]
)
def test_an_accuracy_below_chance_was_learned_the_wrong_way_round(count, sentence):
    answers = np.where(np.arange(1000) < count, HALF, 1 - HALF)
    assert sentence in told(50, HALF, answers)[0]  # 500 - 2 * 15.8 = 468.4


def test_of_three_classes_a_third_is_chance():
    # 300 of 900 by chance have a deviation of sqrt(900 * 1/3 * 2/3) = 14.1: up to 328.
    labels = np.arange(900) % 3

    def right(count):
        return np.where(np.arange(900) < count, labels, (labels + 1) % 3)

    classes = ("child", "adult", "old")
    assert "no better than chance" in told(50, labels, right(328), classes)[0]
    assert told(50, labels, right(329), classes) == []


def test_the_first_iterations_and_data_of_one_class_are_left_alone():
    assert told(5, HALF, np.ones(1000, int)) == []
    assert told(500, np.ones(1000, int), np.ones(1000, int)) == []
