"""The page of worked examples: its numbers, and that it finds a gradient that is wrong."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import layers as Layers
from labs.optimization import gradients
from labs.optimization.gradients import SINGLE, Layer


@pytest.fixture
def said(capsys):
    """What a function prints."""

    def said(function, *arguments):
        function(*arguments)
        return capsys.readouterr().out

    return said


def test_the_scores_of_the_linear_classifier(said):
    out = said(gradients.linear_classifier)
    # By hand: 0.1 - 18.25 + 22.7 + 205 - 2, 36.5 + 45.4 - 49.2 + 1.7, 2 + 58.4 + 408.6 - 8.2 - 0.5.
    for score in ("= 207.55", "= 34.40", "= 460.30"):
        assert score in out


def test_of_the_slide_s_three_scores_one_is_right(said):
    cat, turtle, owl = [
        line.strip() for line in said(gradients.linear_classifier).splitlines() if "slide" in line
    ]
    assert cat == "The slide says -337.3, which is wrong."
    assert turtle == "The slide says -38.6, which is wrong: it has -0.5 for the weight 0.5."
    assert owl == "The slide says 460.3, too."


def test_the_lecture_s_backpropagation():
    assert gradients.backpropagated(-2, 5, -4) == (3, -12, (-4, -4, 3))
    assert gradients.taped(-2.0, 5.0, -4.0) == [-4, -4, 3]


def test_the_sigmoid_s_slope_is_a_quarter_in_the_middle(said):
    assert "  0  0.500000   0.250000" in said(gradients.sigmoid)


def test_the_numeric_gradient_of_a_cubic():
    w = tf.Variable(np.array([[1.0, -2], [0.5, 3]]))
    slopes = gradients.numeric_gradient(lambda: tf.reduce_sum(w**3), w, 1e-5)
    np.testing.assert_allclose(slopes, 3 * w.numpy() ** 2, rtol=1e-8)
    np.testing.assert_array_equal(w.numpy(), [[1, -2], [0.5, 3]])  # as it was


def test_a_difference_is_relative_to_the_largest_number_of_its_own_array():
    a = [np.array([1.0, 100]), np.array([1e-3]), np.zeros(2)]
    b = [np.array([2.0, 100]), np.array([0.9e-3]), np.zeros(2)]
    assert gradients.difference(a, b) == pytest.approx(0.1)
    assert np.isnan(gradients.difference([np.zeros(1), np.array([np.nan])], [np.zeros(1)] * 2))


def test_a_layer_s_gradients_are_by_the_input_and_by_each_weight():
    analytic, numeric = gradients.gradients(Layer(lambda t: Layers.fc(t, 3), (6,)))
    assert [a.shape for a in analytic] == [n.shape for n in numeric] == [(2, 6), (6, 3), (3,)]


@pytest.mark.parametrize("name", gradients.LAYERS)
def test_a_layer_s_two_gradients_agree(name):
    layer = gradients.LAYERS[name]
    analytic, numeric = gradients.gradients(layer)
    for a, n in zip(analytic, numeric, strict=True):
        np.testing.assert_allclose(a, n, rtol=0, atol=layer.precision.allowed * np.max(np.abs(n)))
        assert np.any(n != 0) or name == "step"  # otherwise nothing is compared


@keras.saving.register_keras_serializable("tests")
class Doubled(keras.layers.Layer):
    """Leaves what it gets, and says that its slope is 2."""

    def call(self, t):
        @tf.custom_gradient
        def doubled(t):
            return tf.identity(t), lambda dy: 2 * dy

        return doubled(t)


def test_a_wrong_gradient_is_found_and_named(capsys):
    layers = {"right": Layer(lambda t: Layers.flat(t)), "wrong": Layer(lambda t: Doubled()(t))}
    assert not gradients.compare(layers)
    out, err = capsys.readouterr()
    verdicts = {line.split()[0]: line.split()[-1] for line in out.splitlines() if "float64" in line}
    assert verdicts == {"right": "agrees", "wrong": "differs"}
    assert err == "error: the gradients of wrong differ.\n"


def test_32_bits_are_enough_to_find_a_gradient_that_is_wrong_by_a_hundredth():
    analytic, numeric = gradients.gradients(gradients.LAYERS["batchnorm"])
    assert gradients.difference(analytic, numeric) < SINGLE.allowed
    assert gradients.difference([1.01 * a for a in analytic], numeric) > SINGLE.allowed


@pytest.mark.parametrize(("made", "code"), [(Layers.flat, 0), (lambda t: Doubled()(t), 1)])
def test_the_command_s_exit_code_says_whether_all_agree(said_by, monkeypatch, made, code):
    monkeypatch.setattr(gradients, "LAYERS", {"made": Layer(made)})
    assert said_by(gradients)[0] == code
    assert keras.config.dtype_policy().name == "float32"  # as it was
