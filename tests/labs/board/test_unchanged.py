"""Looking on leaves a network, and the random numbers, as they were."""

import random

import keras
import numpy as np
import pytest
import student_networks
import tensorflow as tf
from keras.src.random.seed_generator import global_seed_generator

from labs import nn2
from labs.board import projector
from labs.board.probe import Probe
from labs.board.unchanged import unchanged


@pytest.fixture
def model():
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    x = keras.Input((2304,))
    return keras.Model(x, student_networks.with_state(x))


def state(model):
    """All that calling the model may change, by name."""
    layer = model.get_layer("remembers")
    kept = {variable.path: variable for variable in model.variables}
    kept |= {"raw": layer.raw, "shared seeds": global_seed_generator().state}
    kept |= {f"metric {i}": variable for i, variable in enumerate(layer.metric.variables)}
    found = {name: np.array(variable).tobytes() for name, variable in kept.items()}
    _, key, *rest = np.random.get_state()
    return found | {"NumPy": (key.tobytes(), rest), "Python": random.getstate()}


def differing(one, other):
    return {name for name in one if one[name] != other[name]}


def test_the_network_of_this_test_remembers_its_calls(model):
    before = state(model)
    model(np.ones((2, 2304), np.float32))
    changed = differing(before, state(model))
    assert {"raw", "remembers/calls", "shared seeds", "metric 1", "NumPy", "Python"} <= changed
    assert any("seed_generator" in name for name in changed)


def test_the_probe_and_the_projector_change_nothing(model):
    images = np.random.default_rng(0).integers(0, 256, (6, 2304), np.uint8)
    labels = np.eye(2, dtype=np.float32)[[0, 1, 1, 0, 1, 0]]
    before = state(model)
    probe = Probe(model, nn2.loss, images.astype(np.float32) / 256 - 0.5, labels)
    first, second = probe.reactions(), probe.reactions()
    one, other = projector.points(model, images), projector.points(model, images)
    assert differing(before, state(model)) == set()
    for name in first:  # the same draws, and the same count of calls
        assert np.array_equal(first[name].activation, second[name].activation)
    assert np.array_equal(one[1], other[1])


def test_an_error_inside_changes_nothing_either(model):
    before = state(model)

    def look():
        with unchanged(model):
            model(np.ones((2, 2304), np.float32))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        look()
    assert differing(before, state(model)) == set()


def test_averages_go_on_from_where_they_were(model):
    images = np.random.default_rng(0).normal(size=(8, 2304)).astype(np.float32)
    mean = model.get_layer("norm").moving_mean
    model(images, training=True)
    before = np.array(mean)
    with unchanged(model):
        model(images, training=True)
        assert not np.array_equal(mean, before)
    assert np.array_equal(mean, before)
    assert isinstance(mean.value, tf.Variable)
