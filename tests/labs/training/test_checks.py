"""A lab that trains but cannot mean what it does is told so, and one that can is left alone."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

import layers as Layers
from labs import nn2, nn4
from labs.training import checks
from labs.training.evaluation import Evaluation

RANDOM = np.random.default_rng(0)
LINEAR = RANDOM.normal(0, 0.7, (64, 2)).astype(np.float32)
LABELS = np.eye(2, dtype=np.float32)[RANDOM.integers(0, 2, 64)]
SHARES = (np.exp(LINEAR) / np.exp(LINEAR).sum(1, keepdims=True)).astype(np.float32)
LOGARITHMS = np.log(SHARES)


def of_shares(y, desired):
    return -tf.reduce_sum(desired * tf.math.log(y + 1e-7), axis=1)


def of_linear(y, desired):
    return tf.nn.softmax_cross_entropy_with_logits(desired, y)


def smoothed(of):
    return lambda y, desired: of(y, desired * 0.9 + 0.05)


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
    "scores that are all 0": (of_linear, np.zeros_like(LINEAR)),
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
        1 / (1 + np.exp(-LINEAR)),
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


@pytest.mark.parametrize("name", RIGHT)
def test_a_loss_that_fits_its_scores_is_left_alone(name):
    loss, scores = RIGHT[name]
    assert list(checks.of_the_loss(loss, scores, LABELS)) == []


@pytest.mark.parametrize("name", WRONG)
def test_a_loss_that_does_not_fit_is_told(name):
    loss, scores, told = WRONG[name]
    (sentence,) = checks.of_the_loss(loss, scores, LABELS)
    assert told in sentence


@pytest.mark.parametrize("lab", [nn2, nn4], ids=lambda lab: lab.lab.name)
def test_the_labs_own_losses_are_left_alone(lab):
    x = keras.Input((2304,))
    images = RANDOM.uniform(-0.5, 0.5, (64, 2304)).astype(np.float32)
    scores = keras.Model(x, lab.network(x))(images).numpy()
    assert list(checks.of_the_loss(lab.loss, scores, LABELS)) == []


def evaluation(labels, answers):
    labels, probabilities = np.eye(2)[labels], np.eye(2)[answers]
    accuracy = float(np.mean(labels.argmax(1) == probabilities.argmax(1)))
    return Evaluation(accuracy, 0.7, probabilities, labels)


def told(step, labels, answers):
    return list(checks.of_the_answers(step, evaluation(labels, answers), ("man", "woman"), 0.1))


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


def test_the_first_iterations_and_data_of_one_class_are_left_alone():
    assert told(5, HALF, np.ones(1000, int)) == []
    assert told(500, np.ones(1000, int), np.ones(1000, int)) == []


# -------------------------------------------------------------------------------------- in a run


def network_of(end):
    def network(x):
        t = Layers.fc(x, 4, "fc_1", "relu")
        return end(t)

    return network


def last(t):
    return Layers.fc(t, 2, "fc_2", "log_softmax")


class Drawing(keras.layers.Layer):
    def call(self, t):
        return t + tf.cast(tf.random.normal((1,)), t.dtype)


class Counting(keras.layers.Layer):
    counter = None

    def call(self, t):
        Counting.counter.assign_add(1.0)
        return t + 0 * tf.cast(Counting.counter, t.dtype)


def lab_of(**parts):
    import dataclasses

    return SimpleNamespace(lab=dataclasses.replace(nn4.lab, **{"name": "own"} | parts))


RUNS = {
    "softmax for log_softmax": (
        {"network": network_of(lambda t: Layers.fc(t, 2, "fc_2", "softmax"))},
        "End the network with tf.nn.log_softmax",
    ),
    "a layer without gradient": (
        {"network": network_of(lambda t: last(keras.ops.round(t)))},
        "fc_1/kernel, fc_1/bias gets no gradient",
    ),
    "weights that are all 0": (
        {
            "network": lambda x: Layers.fc(
                Layers.fc(x, 4, "fc_1", "relu", kernel_initializer="zeros"), 2, "fc_2"
            )
        },
        "the gradient of fc_1/kernel, fc_2/kernel is 0 for the whole second batch",
    ),
    "TensorFlow's own draws": (
        {"network": network_of(lambda t: last(Drawing()(t)))},
        "RandomStandardNormal",
    ),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_run_says_it_and_goes_on(name, run_lab, capsys):
    parts, told = RUNS[name]
    if name == "weights that are all 0":
        parts = parts | {"loss": of_linear}
    assert run_lab(lab_of(**parts), "--iterations", 3) == 0
    said = capsys.readouterr().err
    assert told in said
    assert said.count("warning:") == 1


def test_a_variable_that_no_checkpoint_keeps_is_told(run_lab, capsys):
    Counting.counter = tf.Variable(0.0, name="hidden_counter")
    run_lab(lab_of(network=network_of(lambda t: last(Counting()(t)))), "--iterations", 2)
    assert "no layer holds the variable hidden_counter" in capsys.readouterr().err


@pytest.mark.parametrize("lab", [nn2, nn4], ids=lambda lab: lab.lab.name)
def test_the_labs_themselves_are_not_warned_of(lab, run_lab, capsys):
    run_lab(lab, "--iterations", 3)
    assert "warning" not in capsys.readouterr().err


def test_a_network_that_stays_at_chance_is_told(run_lab, capsys):
    def stuck(x):
        return keras.ops.log_softmax(Layers.fc(0 * x, 2, kernel_initializer="zeros"))

    # Only its bias learns: the class that has more images becomes the answer to all.
    run_lab(lab_of(network=stuck), "--iterations", 50, "--learning-rate", 0.5)
    said = capsys.readouterr().err
    assert "after 50 iterations every one of the 50 images is answered" in said
    assert "The learning rate, 0.5, may be too high" in said


REFUSED = {
    "a network without return": ({"network": lambda x: None}, "network of the lab own returned"),
    "two outputs": ({"network": lambda x: [x, x]}, "returned 2 things"),
    "a model not called": (
        {"network": lambda x: keras.Sequential([keras.layers.Dense(2)])},
        "call the model on the images",
    ),
    "two layers of one name": (
        {"network": lambda x: Layers.fc(Layers.fc(x, 4, "fc"), 2, "fc")},
        'The name "fc" is used 2 times',
    ),
    "a name that TensorFlow does not take": (
        {"network": lambda x: Layers.fc(x, 2, "dernière couche")},
        "has a layer called 'dernière couche'",
    ),
    "a lab's name that is no word": ({"name": "my lab"}, "A lab is called 'my lab'"),
    "a loss without return": ({"loss": lambda y, d: None}, "loss returned None"),
    "a reduction of no kind": ({"reduction": "avg"}, "'avg', expected 'sum' or 'mean'"),
    "an optimizer's name": ({"optimizer": lambda rate: "adam"}, "returned a str"),
    "an optimizer without return": ({"optimizer": lambda rate: None}, "optimizer of the lab own"),
    "a loss that nothing reaches": (
        {"loss": lambda y, d: keras.ops.sum(keras.ops.cast(y > 0, "float32") * d, axis=1)},
        "No weight gets a gradient",
    ),
    "not a number from the start": (
        {"loss": lambda y, d: keras.ops.sum(keras.ops.log(y - y) * d, axis=1)},
        "learning rate is not to blame",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_train_is_one_sentence(name, run_lab, capsys):
    parts, told = REFUSED[name]
    parts = {"network": network_of(last)} | parts
    assert run_lab(lab_of(**parts), "--iterations", 3) == 2
    said = capsys.readouterr().err
    assert told in said
    assert len([line for line in said.splitlines() if line.startswith("error: ")]) == 1
