"""A point of the Projector is what the last layer that learns sees of that very face."""

import keras
import numpy as np
import pytest
import student_networks
from keras import layers

from dsutil.dataset import normalized
from labs.board import projector


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (9, 2304), np.uint8)


@pytest.fixture(autouse=True)
def in_parts(monkeypatch):
    monkeypatch.setattr(projector, "AT_ONCE", 4)  # of 9: two whole parts and a rest


@pytest.fixture
def shown(images):
    """What the Projector shows of a network: place and points; then what made them."""

    def show(network):
        keras.utils.clear_session()
        keras.utils.set_random_seed(1)
        x = keras.Input((2304,))
        model = keras.Model(x, network(x))
        place, points = projector.points(model, images)

        def layer(*path):
            found = model
            for name in path:
                found = found.get_layer(name)
            return found

        return place, points, layer, normalized(images), model

    return show


def dense(layer, x):
    """A fully connected layer in NumPy."""
    y = x @ np.array(layer.kernel) + np.array(layer.bias)
    return {"relu": np.maximum(y, 0), "tanh": np.tanh(y), "linear": y}[layer.activation.__name__]


def test_a_network_that_is_one_sequential(shown):
    place, points, layer, x, _ = shown(student_networks.one_sequential)
    assert place == "what all/b sees"
    assert points == pytest.approx(dense(layer("all", "a"), x), abs=1e-5)


def test_a_model_as_head(shown):
    place, points, layer, x, _ = shown(student_networks.model_as_head)
    assert place == "what head/b sees"
    expected = dense(layer("head", "a"), dense(layer("body"), x))
    assert points == pytest.approx(expected, abs=1e-5)


def test_a_subclassed_model(shown):
    place, points, layer, x, _ = shown(student_networks.subclassed_model)
    assert place == "what net/out sees"
    assert points == pytest.approx(dense(layer("net").hidden, x), abs=1e-5)


def test_a_model_with_weights_of_its_own(shown):
    place, points, layer, x, _ = shown(student_networks.model_with_own_weights)
    assert place == "what own sees"
    assert points == pytest.approx(dense(layer("first"), x), abs=1e-5)


def test_a_layer_with_weights_of_its_own_after_those_inside(shown):
    place, points, _, x, _ = shown(student_networks.composed_layer)
    assert place == "what composed sees"
    assert points == pytest.approx(x, abs=1e-5)


def test_an_application_with_its_head(shown):
    place, points, layer, x, model = shown(student_networks.application)
    assert place == "what head sees"
    means = keras.Model(model.input, layer("mean").output)
    assert points == pytest.approx(np.array(means(x, training=False)), abs=1e-4)


@pytest.mark.parametrize(
    "network", [student_networks.two_inputs_last, student_networks.keyword_input_last]
)
def test_several_inputs_stand_side_by_side(network, shown):
    place, points, layer, x, _ = shown(network)
    assert place == "what last sees"
    expected = np.concatenate([dense(layer(name), x) for name in "ab"], axis=1)
    assert points == pytest.approx(expected, abs=1e-5)


def test_what_was_merged(shown):
    place, points, layer, x, _ = shown(student_networks.merging)
    a, b = (dense(layer(name), x) for name in "ab")
    expected = np.concatenate([a + b, (a * b).sum(axis=1, keepdims=True)], axis=1)
    assert place == "what last sees"
    assert points == pytest.approx(expected, abs=1e-4)


def test_query_and_value_of_an_attention(shown):
    place, points, _, x, _ = shown(student_networks.attention_last)
    assert place == "what attention sees"
    assert points == pytest.approx(np.concatenate([x[:, :48], x], axis=1), abs=1e-6)


def test_a_sequence_is_its_steps_side_by_side(shown):
    for network, name in (
        (student_networks.recurrent_last, "gru"),
        (student_networks.wrapper_last, "both_ways"),
    ):
        place, points, _, x, _ = shown(network)
        assert place == f"what {name} sees"
        assert points == pytest.approx(x, abs=1e-6)


def test_whole_numbers_are_numbers_too(shown):
    place, points, _, x, _ = shown(student_networks.embedded)
    assert place == "what words sees"
    assert np.array_equal(points, x[:, :3] > 0)


def test_the_last_call_of_a_layer_that_is_called_twice(shown):
    def network(x):
        twice = layers.Dense(2, name="twice")
        return twice(twice(layers.Dense(2, name="first")(x)))

    place, points, layer, x, _ = shown(network)
    assert place == "what twice sees"
    expected = dense(layer("twice"), dense(layer("first"), x))
    assert points == pytest.approx(expected, abs=1e-5)


def test_of_very_many_numbers_some_are_taken_evenly(shown):
    place, points, layer, x, model = shown(student_networks.huge)
    assert place == "what last sees, 1 number of 59"
    conv = keras.Model(model.input, layer("conv").output)
    everything = np.array(conv(x)).reshape(9, -1)
    assert points == pytest.approx(everything[:, ::59], abs=1e-5)
    assert points.shape[1] <= projector.MOST_NUMBERS


def test_a_state_moves_on_from_part_to_part_but_not_the_faces(shown):
    place, points, *_ = shown(student_networks.with_state)
    assert place == "what last sees"
    assert points.shape == (9, 8)


@pytest.mark.parametrize(
    "network",
    [
        student_networks.nothing_to_learn,
        student_networks.frozen,
        student_networks.operations_only,
        student_networks.folded_batch,
        student_networks.turned_batch,
    ],
)
def test_the_output_where_no_layer_learns_or_its_rows_are_not_the_faces(network, shown):
    place, points, _, x, model = shown(network)
    assert place == "the output"
    assert points == pytest.approx(np.array(model(x)), abs=1e-5)


def test_the_output_where_columns_are_the_faces(shown, monkeypatch):
    """As many numbers of each face as there are faces: the shape alone does not tell."""
    monkeypatch.setattr(projector, "AT_ONCE", 9)

    class Transposes(layers.Layer):
        def build(self, shape):
            self.w = self.add_weight(name="w", shape=(1,), initializer="ones")

        def call(self, t):
            return t * self.w

    def network(x):
        turned = keras.ops.transpose(x[:, :9])
        return keras.ops.transpose(Transposes(name="odd")(turned))[:, :2]

    place, points, _, x, _ = shown(network)
    assert place == "the output"
    assert points == pytest.approx(x[:, :2], abs=1e-6)


def test_what_is_not_finite_is_written_as_a_number(shown):
    class Last(layers.Layer):
        def build(self, shape):
            self.w = self.add_weight(name="w", shape=(2,))

        def call(self, t):
            return keras.ops.nan_to_num(t) * 0 + self.w

    def network(x):
        return Last(name="last")(student_networks.Poisoned()(x)[0])

    _, points, *_ = shown(network)
    assert np.isfinite(points).all()
    assert not points[:, 0].any()  # NaN
