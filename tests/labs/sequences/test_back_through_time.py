"""The gradient back through time, against NumPy's matrices and the numeric gradient."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import layers as Layers
from dsutil import InputError, databases
from dsutil.drawn import kinds
from labs.sequences import back_through_time
from labs.sequences.adding import study
from labs.sequences.back_through_time import around_the_recurrent_layer, factor, norms

STEPS = 12


class Linear(keras.layers.Layer):
    """h_t = h_{t-1} W + x_t: the gradient is a power of W."""

    state_size = 3

    def __init__(self, w):
        super().__init__()
        self.w = tf.constant(w, tf.float32)

    def call(self, x, state):
        h = x + state[0] @ self.w
        return h, [h]


def test_through_a_linear_step_the_norm_changes_by_its_matrix():
    random = np.random.default_rng(0)
    w = random.normal(0, 0.5, (3, 3))
    layer = keras.layers.RNN(Linear(w))
    x = tf.constant(random.normal(size=(4, STEPS, 3)), tf.float32)
    found = norms(layer, lambda h: h, x, lambda y: tf.reduce_sum(y, axis=1))
    expected = [
        np.linalg.norm(np.ones(3) @ np.linalg.matrix_power(w.T, STEPS - t))
        for t in range(1, STEPS + 1)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize("radius", [0.8, 1.0, 1.1])
def test_a_turn_shrinks_or_grows_the_norm_by_its_spectral_radius_at_every_step(radius):
    w = radius * np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    layer = keras.layers.RNN(Linear(w))
    found = norms(layer, lambda h: h, tf.zeros((2, STEPS, 3)), lambda y: tf.reduce_sum(y, axis=1))
    np.testing.assert_allclose(found[:-1] / found[1:], radius, rtol=1e-5)
    assert factor(found) == pytest.approx(radius, rel=1e-5)


@pytest.mark.parametrize("kind", ["recurrent", "lstm", "gru"])
def test_it_is_the_numeric_gradient_by_the_state_that_a_step_hands_on(kind):
    """All of the state after step 3 is moved a little; the steps from there on are run again."""
    keras.utils.set_random_seed(0)
    x = keras.Input((5, 2))
    layer = keras.Model(x, getattr(Layers, kind)(x, 3)).layers[-1]
    sequences = np.random.default_rng(0).normal(size=(1, 5, 2)).astype(np.float32)
    found = norms(layer, lambda h: h, sequences, lambda y: tf.reduce_sum(y, axis=1))
    state = layer.get_initial_state(1)
    for t in range(3):
        _, state = layer.cell(sequences[:, t], state)
    whole = np.concatenate([np.asarray(part)[0] for part in state])
    slopes = []
    for i in range(len(whole)):
        ends = []
        for shift in (1e-2, -1e-2):
            moved = whole.copy()
            moved[i] += shift
            parts = [part[None] for part in np.split(moved, len(state))]
            ends.append(float(tf.reduce_sum(layer(sequences[:, 3:], initial_state=parts))))
        slopes.append((ends[0] - ends[1]) / 2e-2)
    assert found[2] == pytest.approx(np.linalg.norm(slopes), rel=2e-3)


def test_an_lstm_whose_gates_are_open_hands_the_gradient_back_as_it_is():
    """Forget gates of 1 and input gates of 0: what is in the cell stays there."""
    x = keras.Input((STEPS, 2))
    layer = keras.Model(x, Layers.lstm(x, 3)).layers[-1]
    wide = [np.zeros(shape) for shape in ((2, 12), (3, 12))]
    layer.set_weights([*wide, np.repeat([-50.0, 50, 0, 0], 3)])
    ones = tf.ones((2, STEPS, 2))
    found = norms(layer, lambda h: h, ones, lambda y: tf.reduce_sum(y, axis=1))
    # Of the last step's state only h counts; before it c, by half of tanh's slope at 0.
    np.testing.assert_allclose(found, [0.5 * np.sqrt(3)] * (STEPS - 1) + [np.sqrt(3)], rtol=1e-5)


def test_a_network_that_does_not_answer_after_the_last_step_is_refused():
    x = keras.Input((STEPS, 2))
    every = Layers.recurrent(x, 3, return_sequences=True)
    for y in (keras.layers.Dense(1)(x), every, Layers.lstm(every, 3)):
        with pytest.raises(InputError, match="recurrent layers"):
            around_the_recurrent_layer(keras.Model(x, y))


@pytest.fixture
def few(monkeypatch):
    """Few sequences instead of thousands."""
    sets = {
        name: one._replace(count=20)
        for name, one in databases.DRAWN.items()
        if one.kind in kinds.ADDING.values()
    }
    monkeypatch.setattr(databases, "DRAWN", sets)


def test_the_page_draws_untrained_networks_and_says_how_much_is_left(few, tmp_path, capsys):
    words = ["--databases", str(tmp_path / "data"), "--out", str(tmp_path)]
    back_through_time.main(words)
    out = capsys.readouterr().out
    assert all(name in out for name in back_through_time.FRESH)
    assert (tmp_path / "back_through_time.png").read_bytes().startswith(b"\x89PNG")


def test_it_draws_runs_too(few, tmp_path, capsys):
    words = ["--databases", str(tmp_path / "data")]
    run = ["--iterations", "1", "--summaries", "curves", "--logs", str(tmp_path / "logs")]
    lab = study.variants["plain RNN, 50 steps"]
    with pytest.raises(SystemExit):
        lab.main([*words, *run, "--run", "plain_RNN_50_steps-seed0", "--batch-size", "5"])
    path = tmp_path / "logs" / "adding" / "plain_RNN_50_steps-seed0"
    back_through_time.main([str(path), "--out", str(tmp_path)])
    assert "plain_RNN_50_steps-seed0" in capsys.readouterr().out
