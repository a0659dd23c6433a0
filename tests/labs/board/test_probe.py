"""Activations, gradients and dead units, against formulas in NumPy."""

import keras
import numpy as np
import pytest
import student_networks
import tensorflow as tf

import layers as Layers
from labs import nn2, nn4
from labs.board.probe import Probe


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
    dead = {name: reaction.dead for name, reaction in found.items()}
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


@pytest.fixture
def reactions(images, labels):
    """What the probe finds in a network, with nn2's loss; and the model."""

    def react(network):
        keras.utils.clear_session()
        keras.utils.set_random_seed(1)
        x = keras.Input((2304,))
        model = keras.Model(x, network(x))
        return Probe(model, nn2.loss, images, labels).reactions(), model

    return react


def layer_of(model, path):
    for name in path.split("/"):
        model = getattr(model, name) if hasattr(model, name) else model.get_layer(name)
    return model


def weights(model, path):
    """Kernel and bias of a fully connected layer."""
    layer = layer_of(model, path)
    return np.float64(layer.kernel.numpy()), np.float64(layer.bias.numpy())


def chain(model, paths, x, labels):
    """Fully connected layers one after the other, in NumPy: {path: (activation, gradient)}."""
    activations = []
    for path in paths:
        kernel, bias = weights(model, path)
        x = x @ kernel + bias
        if layer_of(model, path).activation is keras.activations.relu:
            x = np.maximum(x, 0)
        activations.append(x)
    gradient, found = 2 * (x - labels), {}
    for path, activation in zip(reversed(paths), reversed(activations), strict=True):
        found[path] = activation, gradient
        if layer_of(model, path).activation is keras.activations.relu:
            gradient = gradient * (activation > 0)
        gradient = gradient @ weights(model, path)[0].T
    return found


def assert_equal(reaction, activation, gradient):
    assert reaction.activation == pytest.approx(activation, abs=1e-4)
    assert reaction.gradient == pytest.approx(gradient, abs=1e-4)


@pytest.mark.parametrize(
    ("network", "paths"),
    [
        (student_networks.one_sequential, ["all/a", "all/b"]),
        (student_networks.model_as_head, ["body", "head/a", "head/b"]),
        (student_networks.subclassed_model, ["net/hidden", "net/out"]),
    ],
)
def test_layers_inside_of_a_model_react_by_the_formula(network, paths, reactions, images, labels):
    found, model = reactions(network)
    for path, expected in chain(model, paths, images, labels).items():
        assert_equal(found[path], *expected)


def test_models_inside_of_models_react_by_the_formula(reactions, images, labels):
    found, model = reactions(student_networks.nested_with_equal_names)
    assert list(found) == [
        *("a", "first/a", "first/innermost/a", "first/innermost/b", "first/b"),
        *("second/a", "second/relu", "second/b", "b"),
    ]
    paths = [name for name in found if name != "second/relu"]
    model.get_layer("second").get_layer("a").activation = keras.activations.relu  # for the formula
    for path, (activation, gradient) in chain(model, paths, images, labels).items():
        if path != "second/a":
            assert_equal(found[path], activation, gradient)
        else:
            assert_equal(found["second/relu"], activation, gradient)
            assert found[path].gradient == pytest.approx(gradient * (activation > 0), abs=1e-4)


def test_a_layer_made_of_layers_reacts_and_so_do_those(reactions, images, labels):
    found, model = reactions(student_networks.composed_layer)
    composed = model.get_layer("composed")
    composed.scale.assign([1.0, 3.0])
    found = Probe(model, nn2.loss, images, labels).reactions()
    (one, two), scale = composed.parts, np.array([1.0, 3.0])
    t = images @ one.kernel.numpy() + one.bias.numpy()
    y = (t @ two.kernel.numpy() + two.bias.numpy()) * scale
    dy = 2 * (y - labels)
    assert_equal(found["composed"], y, dy)
    assert_equal(found["composed/two"], y / scale, dy * scale)
    assert_equal(found["composed/one"], t, dy * scale @ two.kernel.numpy().T)


def test_a_layer_that_is_called_twice_shows_both_calls(reactions, images, labels):
    found, model = reactions(student_networks.shared_layer)
    kernel, bias = weights(model, "twice")
    first, first_bias = weights(model, "first")
    last, last_bias = weights(model, "last")
    u = np.maximum((images @ first + first_bias) @ kernel + bias, 0)
    v = np.maximum(u @ kernel + bias, 0)
    dv = 2 * (v @ last + last_bias - labels) @ last.T
    du = (dv * (v > 0)) @ kernel.T
    assert_equal(found["twice"], np.concatenate([u, v]), np.concatenate([du, dv]))
    assert found["twice"].dead == np.mean(~np.concatenate([u, v]).any(axis=0))


def test_calls_with_other_shapes_are_apart(reactions, images):
    found, _ = reactions(student_networks.shared_on_two_shapes)
    shapes = {found[name].activation.shape for name in ("relu", "relu (2)")}
    assert shapes == {(6, 16, 48, 3), (6, 48, 16, 3)}
    for name in ("relu", "relu (2)"):
        rows = found[name].activation.reshape(6, -1)
        assert np.array_equal(rows, np.maximum(images, 0))
    assert found["pool"].activation.shape == (12, 3)


def test_layers_with_several_inputs_react_by_the_formula(reactions, images, labels):
    found, model = reactions(student_networks.merging)
    (a, b) = (images @ w + c for w, c in (weights(model, name) for name in "ab"))
    last, bias = weights(model, "last")
    both = np.concatenate([a + b, (a * b).sum(axis=1, keepdims=True)], axis=1)
    dy = 2 * (both @ last + bias - labels)
    dboth = dy @ last.T
    assert_equal(found["both"], both, dboth)
    assert_equal(found["add"], a + b, dboth[:, :4])
    assert_equal(found["dot"], both[:, 4:], dboth[:, 4:])
    assert_equal(found["a"], a, dboth[:, :4] + dboth[:, 4:] * b)


def test_each_output_of_a_layer_reacts(reactions, images, labels):
    found, model = reactions(student_networks.states)
    t, h, c = (np.array(part) for part in model.get_layer("lstm")(images.reshape(-1, 48, 48)))
    last, bias = weights(model, "last")
    d = 2 * (np.concatenate([t, h * c], axis=1) @ last + bias - labels) @ last.T
    assert_equal(found["lstm"], t, d[:, :3])
    assert_equal(found["lstm/2"], h, d[:, 3:] * c)
    assert_equal(found["lstm/3"], c, d[:, 3:] * h)


def test_outputs_in_a_dictionary_are_called_by_their_keys(reactions, images):
    found, _ = reactions(student_networks.dictionary)
    expected = {
        "split/sum": images.sum(axis=1, keepdims=True),
        "split/parts": images[:, :3],
        "split/parts/2": images[:, 3:5],
    }
    for name, activation in expected.items():
        assert found[name].activation == pytest.approx(activation, abs=1e-4)


def test_a_wrapped_layer_reacts_as_one(reactions, images):
    found, model = reactions(student_networks.wrapped)
    assert list(found) == ["each_row", "both_ways", "last"]
    inner = model.get_layer("each_row").layer
    rows = images.reshape(-1, 48, 48) @ inner.kernel.numpy() + inner.bias.numpy()
    assert found["each_row"].activation == pytest.approx(np.maximum(rows, 0), abs=1e-5)


def test_a_recurrent_layer_reacts_with_its_sequence(reactions, images):
    found, model = reactions(student_networks.own_cell)
    w, state = model.get_layer("rnn").cell.w.numpy(), np.zeros((6, 3))
    for step in range(48):
        state = np.tanh(images.reshape(6, 48, 48)[:, step] @ w + state)
        assert found["rnn"].activation[:, step] == pytest.approx(state, abs=1e-4)


def test_whole_numbers_and_truth_values_have_no_gradient(reactions, images):
    found, model = reactions(student_networks.discrete)
    kernel, bias = weights(model, "first")
    first = images @ kernel + bias
    assert np.array_equal(found["discrete"].activation, first.argmax(axis=1))
    assert np.array_equal(found["discrete/2"].activation, first > 0)
    assert not found["discrete"].gradient.any()
    assert not found["discrete/2"].gradient.any()


def test_what_is_not_finite_is_shown_as_it_is(reactions, images):
    found, _ = reactions(student_networks.not_finite)
    bad = found["poisoned"].activation
    assert np.isnan(bad[:, 0]).all()
    assert np.array_equal(bad[:, 1], np.sign(images[:, 1]) * np.inf)


def test_the_gradient_through_a_gather_is_dense(reactions, images, labels):
    found, model = reactions(student_networks.gathered)
    kernel, bias = weights(model, "first")
    first = images @ kernel + bias
    kernel, bias = weights(model, "last")
    last = first @ kernel + bias
    picked = first[[1, 0, 1]]
    dy = 2 * (last + picked[:, :2].mean() - labels)
    dpicked = np.full((3, 3), dy.sum() / 6)
    dpicked[:, 2] = 0
    assert_equal(found["gathers"], picked, dpicked)
    dfirst = dy @ kernel.T
    for row, gradient in zip([1, 0, 1], dpicked, strict=True):
        dfirst[row] += gradient
    assert_equal(found["first"], first, dfirst)


def test_what_a_layer_does_in_a_graph_of_its_own_is_left_out(reactions, images):
    found, model = reactions(student_networks.compiled)
    assert list(found) == ["compiled", "last"]
    inner = model.get_layer("compiled").inner
    expected = images @ inner.kernel.numpy() + inner.bias.numpy()
    assert found["compiled"].activation == pytest.approx(expected, abs=1e-5)


def test_an_application_reacts_inside(reactions, images):
    found, model = reactions(student_networks.application)
    (base,) = (layer for layer in model.layers if isinstance(layer, keras.Model))
    pictures = np.repeat(images.reshape(-1, 48, 48, 1), 3, axis=3)
    for name in ("Conv1_relu", "block_2_add", "out_relu"):
        inside = keras.Model(base.input, base.get_layer(name).output)
        expected = np.array(inside(pictures, training=False))
        assert found[f"{base.name}/{name}"].activation == pytest.approx(expected, abs=1e-4)
        assert found[f"{base.name}/{name}"].has_maps


def test_only_what_has_a_row_for_each_face_has_maps(reactions):
    def network(x):
        t = keras.layers.Reshape((48, 48, 1))(x)
        halves = keras.layers.Lambda(
            lambda t: tf.reshape(t, (-1, 24, 48, 1)), output_shape=(24, 48, 1), name="halves"
        )(t)
        means = keras.ops.reshape(keras.layers.GlobalAveragePooling2D()(halves), (-1, 2))
        return keras.layers.Conv2D(2, 48, name="conv")(t)[:, 0, 0] + means

    found, _ = reactions(network)
    assert not found["halves"].has_maps
    assert found["conv"].has_maps


def test_the_gradient_by_a_shortcut_is_not_that_of_what_goes_past_it(reactions, images, labels):
    def network(x):
        t = keras.layers.Dense(2, name="first")(x)
        return keras.layers.Identity(name="same")(t) * 3 + t * 4

    found, model = reactions(network)
    kernel, bias = weights(model, "first")
    t = images @ kernel + bias
    dy = 2 * (7 * t - labels)
    assert_equal(found["same"], t, 3 * dy)
    assert_equal(found["first"], t, 7 * dy)


def test_masks_go_on_from_layer_to_layer(images, labels):
    class Masked(keras.Model):
        def __init__(self):
            super().__init__(name="net")
            self.masks, self.rnn = keras.layers.Masking(), keras.layers.SimpleRNN(2, name="rnn")

        def call(self, x):
            return self.rnn(self.masks(tf.reshape(x[:, :12], (-1, 6, 2))))

    x = keras.Input((2304,))
    model = keras.Model(x, Masked()(x))
    masked = images.copy()
    masked[:, 6:] = 0
    found = Probe(model, nn2.loss, masked, labels).reactions()
    after_three = model.get_layer("net").rnn(masked[:, :6].reshape(6, 3, 2))
    assert found["net/rnn"].activation == pytest.approx(np.array(after_three), abs=1e-6)
