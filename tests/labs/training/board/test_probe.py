"""Activations, gradients and dead units, against formulas in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import layers as Layers
from labs import nn2, nn4
from labs.training.board.probe import Probe


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).uniform(-0.5, 0.5, (6, 2304)).astype(np.float32)


@pytest.fixture(scope="module")
def labels():
    return np.eye(2, dtype=np.float32)[[0, 1, 1, 0, 1, 0]]


def test_activations_and_gradients_are_the_formula_s(images, labels):
    keras.utils.set_random_seed(1)
    x = keras.Input((2304,))
    model = keras.Model(x, nn2.network(x))
    w1, b1, w2, b2 = (np.float64(v.numpy()) for v in model.trainable_variables)
    s = 1 / (1 + np.exp(-(images @ w1 + b1)))
    y = s @ w2 + b2
    dy = 2 * (y - labels)
    first, second = Probe(model, nn2.loss, images, labels).reactions().values()
    assert first.activation == pytest.approx(s, abs=1e-5)
    assert first.gradient == pytest.approx(dy @ w2.T, abs=1e-5)
    assert second.activation == pytest.approx(y, abs=1e-5)
    assert second.gradient == pytest.approx(dy, abs=1e-5)
    assert first.dead is None


def test_a_map_that_is_nowhere_above_0_counts_as_dead(images, labels):
    x = keras.Input((2304,))
    t = Layers.conv(Layers.unflat(x, 48, 48, 1), 8, 3, 1, "conv_1")
    t = Layers.fc(Layers.flat(Layers.maxpool(t, 8)), 10, "fc_2", "relu")
    model = keras.Model(x, Layers.fc(t, 2, "fc_3", "log_softmax"))
    model.get_layer("conv_1").bias.assign([-100, 0, 0, -100, 0, -100, 0, 9])
    model.get_layer("fc_2").bias.assign([-100.0] * 4 + [100.0] * 6)
    found = Probe(model, nn4.loss, images, labels).reactions()
    dead = {layer.name: reaction.dead for layer, reaction in found.items()}
    assert dead["conv_1"] == pytest.approx(3 / 8)
    assert dead["fc_2"] == pytest.approx(4 / 10)
    assert dead["fc_3"] is None


def test_looking_changes_nothing_in_the_network(images, labels):
    x = keras.Input((2304,))
    t = Layers.conv(Layers.unflat(x, 48, 48, 1), 4, 3)
    t = Layers.BatchNormalizer(4)(t)
    t = Layers.dropout(Layers.flat(Layers.maxpool(t, 8)), 0.5)
    model = keras.Model(x, Layers.fc(t, 2, activation="log_softmax"))
    probe = Probe(model, nn4.loss, images, labels)
    before = [tf.convert_to_tensor(v).numpy() for v in model.variables]
    first, second = probe.reactions(), probe.reactions()
    for value, variable in zip(before, model.variables, strict=True):
        assert np.array_equal(value, tf.convert_to_tensor(variable))
    for one, other in zip(first.values(), second.values(), strict=True):
        assert np.array_equal(one.activation, other.activation)  # nothing was dropped
