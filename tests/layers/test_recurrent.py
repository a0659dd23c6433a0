"""Recurrent layers: Keras's own with the same weights, NumPy's formulas, numeric gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from one_layer import network, reloaded
from reference import uniform

import layers as Layers
from labs.checking.sequences import LSTM_STEP
from layers.recurrent import times_to_forget

LAYERS = {"recurrent": Layers.recurrent, "lstm": Layers.lstm, "gru": Layers.gru}
KERAS = {
    "recurrent": keras.layers.SimpleRNN,
    "lstm": keras.layers.LSTM,
    "gru": keras.layers.GRU,
}
STEPS, INPUTS, UNITS = 7, 3, 4
EACH = pytest.mark.parametrize("kind", LAYERS)


def made(kind, steps=STEPS, inputs=INPUTS, units=UNITS, **options):
    """A model of one layer with random weights."""
    model = network(lambda t: LAYERS[kind](t, units, **options), steps, inputs)
    random = np.random.default_rng(1)
    model.set_weights([random.normal(0, 0.7, w.shape) for w in model.get_weights()])
    return model


@EACH
@pytest.mark.parametrize("sequences", [False, True], ids=["last", "every step"])
def test_the_outputs_are_those_of_keras_s_own_layer(kind, sequences):
    ours = made(kind, 60, return_sequences=sequences)
    theirs = network(KERAS[kind](UNITS, return_sequences=sequences), 60, INPUTS)
    theirs.set_weights(ours.get_weights())
    x = uniform(5, 60, INPUTS)
    np.testing.assert_allclose(np.asarray(ours(x)), np.asarray(theirs(x)), rtol=0, atol=1e-6)


@EACH
def test_the_gradients_are_those_of_keras_s_own_layer(kind):
    ours = made(kind)
    theirs = network(KERAS[kind](UNITS), STEPS, INPUTS)
    theirs.set_weights(ours.get_weights())
    x, wanted = uniform(5, STEPS, INPUTS), uniform(5, UNITS)
    gradients = []
    for model in (ours, theirs):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x) - wanted))
        gradients.append(tape.gradient(loss, model.trainable_variables))
    for one, other in zip(*gradients, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


@EACH
def test_the_weights_start_as_keras_s_own_do(kind):
    started = []
    for layer in (LAYERS[kind], lambda t, units: KERAS[kind](units)(t)):
        keras.utils.set_random_seed(3)
        started.append(network(lambda t, layer=layer: layer(t, 64), STEPS, 64).get_weights())
    ours, theirs = started
    for one, other in zip(ours, theirs, strict=True):
        assert one.shape == other.shape
        assert one.std() == pytest.approx(other.std(), rel=0.05, abs=1e-9)
    np.testing.assert_array_equal(ours[-1], theirs[-1])  # biases: the LSTM forgets little
    np.testing.assert_allclose(ours[1] @ ours[1].T, theirs[1] @ theirs[1].T, atol=1e-5)


def test_a_plain_step_is_the_slide_s_formula():
    u, w, b = (uniform(*shape) for shape in ((INPUTS, UNITS), (UNITS, UNITS), (UNITS,)))
    model = network(lambda t: Layers.recurrent(t, UNITS), STEPS, INPUTS)
    model.set_weights([u, w, b])
    x, h = uniform(2, STEPS, INPUTS), np.zeros((2, UNITS))
    for t in range(STEPS):
        h = np.tanh(x[:, t] @ u + h @ w + b)
    np.testing.assert_allclose(np.asarray(model(x)), h, atol=1e-6)


def test_a_step_of_the_lstm_is_that_of_the_exercise():
    case = [np.float32(part) for part in LSTM_STEP.draw(0, 0)]
    x, h, c, w, u, b = case
    cell = network(lambda t: Layers.lstm(t, h.shape[1]), 2, x.shape[1]).layers[-1].cell
    cell.set_weights([w, u, b])
    output, state = cell(x, [h, c])
    wanted_h, wanted_c = LSTM_STEP.truth(*case)
    np.testing.assert_allclose(output, wanted_h, atol=1e-6)
    np.testing.assert_allclose(state[1], wanted_c, atol=1e-6)


@EACH
def test_backpropagation_through_time_is_the_numeric_gradient(kind):
    """Of a loss on the last output by each weight, which all steps share, and by each input."""
    model = made(kind, steps=6, units=3)
    layer = model.layers[-1]
    x = tf.Variable(uniform(2, 6, INPUTS), dtype="float32")
    shares = uniform(2, 3)

    def loss():
        return tf.reduce_sum(shares * layer(x))

    with tf.GradientTape() as tape:
        value = loss()
    variables = [x, *(variable.value for variable in layer.trainable_variables)]
    for variable, slopes in zip(variables, tape.gradient(value, variables), strict=True):
        values, shift = variable.numpy(), np.float32(1e-2)
        numeric = np.zeros(values.shape)
        for i in np.ndindex(values.shape):
            ends = []
            for step in (shift, -shift):
                moved = values.copy()
                moved[i] += step
                variable.assign(moved)
                ends.append(float(loss()))
            numeric[i] = (ends[0] - ends[1]) / (2 * shift)
        variable.assign(values)
        np.testing.assert_allclose(slopes, numeric, atol=2e-3 * max(1, abs(numeric).max()))


def test_backpropagation_through_time_is_the_chain_of_the_steps_jacobians():
    """d h_T / d h_0 = product of diag(1 - h_t^2) W, worked out in NumPy in float64."""
    model = made("recurrent")
    layer = model.layers[-1]
    u, w, b = (weight.astype(float) for weight in model.get_weights())
    x, start = uniform(1, STEPS, INPUTS), uniform(1, UNITS)
    h, chain = start.astype(float), np.eye(UNITS)
    for t in range(STEPS):
        h = np.tanh(x[:, t] @ u + h @ w + b)
        chain = chain @ (w * (1 - h**2))  # row: by which of the earlier, column: which of the later
    first = tf.constant(start, "float32")
    with tf.GradientTape() as tape:
        tape.watch(first)
        last = layer(x, initial_state=[first])
    jacobian = tape.jacobian(last, first)[0, :, 0]  # row: which of the later
    np.testing.assert_allclose(jacobian, chain.T, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_gates_that_remember_begin_with_the_times_to_forget_that_were_asked_for(kind):
    model = network(lambda t: LAYERS[kind](t, 5, memory=50), STEPS, INPUTS)
    bias = model.get_weights()[2]
    kept = 1 / (1 + np.exp(-(bias[5:10] if kind == "lstm" else bias[0, :5])))
    np.testing.assert_allclose(1 / (1 - kept), [2, 14, 26, 38, 50], rtol=1e-5)
    if kind == "lstm":
        np.testing.assert_allclose(bias[:5], -bias[5:10])


def test_a_memory_of_t_steps_keeps_about_a_third_of_a_state_for_t_steps():
    kept = 1 / (1 + np.exp(-times_to_forget(200, 2)[1]))
    assert kept**200 == pytest.approx(np.exp(-1), abs=1e-3)


@EACH
def test_long_sequences_are_not_rounded_to_16_bits_at_every_step(kind):
    exact = made(kind, 200)
    keras.config.set_dtype_policy("mixed_bfloat16")
    mixed = made(kind, 200)
    x = np.round(uniform(4, 200, INPUTS) * 128) / 256  # as bytes are
    y = np.asarray(exact(x))
    rounded = np.asarray(tf.cast(mixed(x), "float32"))
    np.testing.assert_allclose(rounded, y, rtol=2.0**-8)  # of the output alone


@EACH
def test_a_file_for_others_holds_keras_s_own_layer(kind, tmp_path):
    options = {} if kind == "recurrent" else {"memory": 20}
    model = made(kind, **options)
    plain = model.layers[-1].as_keras()
    assert type(plain) is KERAS[kind]
    x = uniform(3, STEPS, INPUTS)
    np.testing.assert_allclose(plain(x), model(x), atol=1e-6)
    again = reloaded(model, tmp_path)
    np.testing.assert_array_equal(again(x), model(x))
    assert again.layers[-1].get_config() == model.layers[-1].get_config()
