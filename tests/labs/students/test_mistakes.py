"""What a student did wrong is told in one sentence, before anything is trained."""

import dataclasses
import types

import keras
import optimizers
import pytest
import tensorflow as tf
from networks import small_picture

import layers as Layers


def network_without_return(x):
    Layers.fc(x, 2, activation="log_softmax")


def two_outputs(x):
    return [Layers.fc(x, 2), Layers.fc(x, 2)]


def three_scores(x):
    return Layers.fc(x, 3)


def a_score_for_each_pixel(x):
    return keras.layers.Conv2D(2, 3)(small_picture(x))


def scores_as_text(x):
    return "log_softmax"


def two_layers_of_one_name(x):
    return Layers.fc(Layers.fc(x, 4, "fc"), 2, "fc")


def loss_without_return(y, y_desired):
    tf.reduce_sum(tf.square(y - y_desired), axis=1)


def loss_of_the_batch(y, y_desired):
    return tf.reduce_mean(tf.square(y - y_desired))


def loss_of_each_score(y, y_desired):
    return tf.square(y - y_desired)


MISTAKES = {
    "network without return": ({"network": network_without_return}, "return"),
    "two outputs": ({"network": two_outputs}, "network"),
    "three scores": ({"network": three_scores}, "(None, 3)"),
    "scores of each pixel": ({"network": a_score_for_each_pixel}, "(None, 10, 10, 2)"),
    "scores as text": ({"network": scores_as_text}, "network"),
    "two layers of one name": ({"network": two_layers_of_one_name}, "name"),
    "loss without return": ({"loss": loss_without_return}, "return"),
    "loss of the batch": ({"loss": loss_of_the_batch}, "()"),
    "loss of each score": ({"loss": loss_of_each_score}, "(3, 2)"),
    "reduction avg": ({"reduction": "avg"}, "'avg'"),
    "no reduction": ({"reduction": None}, "None"),
    "optimizer None": ({"optimizer": lambda rate: None}, "optimizer"),
    "optimizer as text": ({"optimizer": lambda rate: "adam"}, "optimizer"),
    "optimizer's class": ({"optimizer": lambda rate: keras.optimizers.Adam}, "optimizer"),
}


@pytest.mark.parametrize(("mistake", "named"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_costs_a_sentence_and_leaves_no_run(mistake, named, run_lab, tmp_path, capsys):
    right = optimizers.student("right", keras.optimizers.SGD).lab
    module = types.SimpleNamespace(lab=dataclasses.replace(right, **mistake))
    assert run_lab(module, "--iterations", 2) == 2
    out, err = capsys.readouterr()
    assert err.startswith("error: ")
    assert len(err.splitlines()) == 1
    assert named in err
    assert "it=" not in out
    assert list(tmp_path.iterdir()) == []


def test_what_the_mistakes_are_made_of_trains(run_lab):
    lab = optimizers.student("right", keras.optimizers.SGD).lab
    assert run_lab(types.SimpleNamespace(lab=lab), "--iterations", 2) == 0
