"""What units answer to: against Keras's own submodels, NumPy, and what a linear unit must do."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import layers as Layers
from dsutil import pictures
from labs.analysis import activation_maximization as maximization
from labs.representations.seeing import blurred

SIDE = 12


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(2)
    x = keras.Input((SIDE * SIDE,))
    t = Layers.conv(Layers.unflat(x, SIDE, SIDE, 1), 5, 3, 1, "conv_1")
    t = Layers.conv(Layers.maxpool(t, 2), 4, 3, 1, "conv_3")
    return keras.Model(x, Layers.fc(Layers.flat(t), 3, "fc_4", "log_softmax"))


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(7).integers(0, 256, (30, SIDE * SIDE), np.uint8)


@pytest.fixture
def few_steps(monkeypatch):
    """Where it is not the ascent that is looked at."""
    monkeypatch.setattr(maximization, "STEPS", 4)


def in_range(images):
    return (images.astype(np.float32) - 128) / 256


@pytest.mark.parametrize("nested", [False, True])
def test_a_layer_s_answers_are_those_of_a_submodel_but_for_the_relu(nested, model, images):
    layer = model.get_layer("conv_3")
    whole = model
    if nested:
        x = keras.Input((SIDE * SIDE,))
        whole = keras.Model(x, Layers.AdversarialTraining(model, 0.1)(x))
    answers = maximization.answers(whole, layer, in_range(images)).numpy()
    assert answers.min() < 0
    submodel = keras.Model(model.inputs, layer.output)
    np.testing.assert_allclose(answers.clip(0), submodel(in_range(images)), atol=1e-6)
    assert layer.activation is keras.activations.relu


def test_of_an_activation_layer_the_answers_are_what_comes_into_it(model, images):
    bent = keras.layers.Activation("relu", name="bent")
    whole = keras.Model(model.inputs, bent(model.outputs[0]))
    answers = maximization.answers(whole, bent, in_range(images)).numpy()
    np.testing.assert_allclose(answers, model(in_range(images)), atol=1e-6)


def test_the_faces_of_a_unit_are_those_that_a_submodel_answers_most_to(model, images, few_steps):
    layer = model.get_layer("conv_1")
    units, rows = maximization.seen(model, layer, [3, 0], images, (SIDE, SIDE), blurred)
    assert units == [3, 0]
    submodel = keras.Model(model.inputs, layer.output)
    values = np.asarray(submodel(in_range(images))).max(axis=(1, 2))
    for unit, row in zip(units, rows, strict=True):
        best = np.argsort(-values[:, unit], kind="stable")[: maximization.FACES]
        expected = pictures.coloured(images[best].reshape(-1, SIDE, SIDE))
        crossed = np.any(row[1:] != expected, axis=-1)
        assert (crossed.sum(axis=(1, 2)) <= 5).all()  # the pixels of a cross
        assert crossed.any(axis=(1, 2)).all()


def test_units_without_maps_have_faces_without_crosses(model, images, few_steps):
    _, rows = maximization.seen(model, model.get_layer("fc_4"), [2], images, (SIDE, SIDE), blurred)
    logits = keras.Model(model.inputs, model.get_layer("fc_4").input)(in_range(images))
    values = logits @ model.get_layer("fc_4").kernel + model.get_layer("fc_4").bias
    best = np.argsort(-np.asarray(values)[:, 2], kind="stable")[: maximization.FACES]
    np.testing.assert_array_equal(
        rows[0, 1:], pictures.coloured(images[best].reshape(-1, SIDE, SIDE))
    )


def test_the_place_of_the_strongest_answer_is_found_for_each_unit():
    maps = np.random.default_rng(1).normal(size=(4, 5, 7, 3))
    values, places = maximization.strongest(maps)
    for n, unit in np.ndindex(4, 3):
        one = maps[n, :, :, unit]
        assert values[n, unit] == one.max()
        assert one[tuple(places[n, unit])] == one.max()


def test_units_that_answer_the_same_to_every_face_are_not_chosen():
    values = np.random.default_rng(1).normal(size=(40, 10)) * [0, 3, 1, 1, 0, 1, 2, 1, 0, 1]
    chosen = maximization.told_apart_most(values).tolist()
    assert len(chosen) == maximization.UNITS
    assert chosen == sorted(chosen)
    assert {1, 6} < set(chosen)
    assert not {0, 4, 8} & set(chosen)


# ------------------------------------------------------------------------------ gradient ascent


def test_for_a_linear_unit_the_picture_is_its_weights(monkeypatch):
    """But for the noise at the start, and as long as no pixel is black or white."""
    monkeypatch.setattr(maximization, "LENGTH", 0.01)
    w = np.random.default_rng(4).normal(size=(16, 2)).astype(np.float32)
    made = maximization.ascended(lambda x: tf.reduce_sum(x * w.T, axis=1), (4, 4), 2, np.asarray)
    assert abs(made).max() < 0.5
    unit = made / np.linalg.norm(made, axis=1, keepdims=True)
    np.testing.assert_allclose(unit, w.T / np.linalg.norm(w.T, axis=1, keepdims=True), atol=5e-3)


@pytest.mark.parametrize("name", ["conv_3", "fc_4"])
def test_a_unit_answers_more_to_the_picture_made_for_it_than_to_grey_or_noise(
    name, model, images, monkeypatch
):
    monkeypatch.setattr(maximization, "STEPS", 40)
    layer, units = model.get_layer(name), [2, 0]
    made = maximization.made_for(model, layer, units, (SIDE, SIDE), blurred)[..., 0].reshape(2, -1)
    grey = np.full((1, SIDE * SIDE), 128, np.uint8)
    shown = np.concatenate([made, grey, images])
    answers = maximization.answers(model, layer, in_range(shown)).numpy()
    means = answers.mean(axis=tuple(range(1, answers.ndim - 1)))
    for row, unit in enumerate(units):
        assert means[row, unit] > means[2:, unit].max()
