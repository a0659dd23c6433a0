"""A lab that trains but cannot mean what it does is told so, and one that can is left alone."""

import dataclasses
from types import SimpleNamespace

import keras
import pytest
import tensorflow as tf

import layers as Layers
from labs import nn2, nn4


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


def of_linear(y, desired):
    return tf.nn.softmax_cross_entropy_with_logits(desired, y)


def lab_of(**parts):
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
