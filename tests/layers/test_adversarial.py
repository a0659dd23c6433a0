"""Pictures that mislead: against closed forms and numeric gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from one_layer import network, output_and_gradients, with_random_weights
from reference import assert_close, uniform

import layers as Layers

W = np.array([[2.0, -1.0], [-3.0, 1.0], [0.5, 0.25], [0.0, 4.0]], np.float32)
DIFFERENCE = np.sign(W[:, 0] - W[:, 1])  # which way each pixel speaks for the first class
LABELS = np.eye(3, dtype=np.float32)[[2, 0, 1, 1]]


def linear(x):
    return tf.matmul(x, W)


def share_of(y, labels):
    """The probability of each labelled class, in 64 bits."""
    e = np.exp(np.asarray(y, np.float64))
    return (e * labels).sum(axis=1) / e.sum(axis=1)


@pytest.mark.parametrize("constant", [0, 7], ids=["scores", "shifted"])
def test_log_odds_are_the_logarithm_of_the_probability_over_that_of_all_others(constant):
    y = 5 * uniform(4, 3).astype("float32")
    p = share_of(y, LABELS)
    assert_close(Layers.log_odds(y + constant, LABELS), np.log(p / (1 - p)))


def test_their_gradient_points_where_that_of_the_log_probability_does():
    y = tf.constant(5 * uniform(4, 3), "float32")
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(y)
        odds = Layers.log_odds(y, LABELS)
        log_probability = tf.reduce_sum(tf.nn.log_softmax(y) * LABELS, axis=1)
    ours, theirs = (tape.gradient(one, y).numpy() for one in (odds, log_probability))
    unit = [g / np.linalg.norm(g, axis=1, keepdims=True) for g in (ours, theirs)]
    np.testing.assert_allclose(*unit, atol=1e-5)


def test_the_sign_of_a_linear_classifier_is_that_of_the_difference_of_its_weights():
    x = uniform(2, 4).astype("float32")
    signs = Layers.gradient_sign(linear, tf.constant(x), np.eye(2, dtype=np.float32))
    np.testing.assert_array_equal(signs, [DIFFERENCE, -DIFFERENCE])


def test_without_labels_the_class_is_what_the_network_answers():
    x = uniform(20, 4).astype("float32")
    answers = (x @ W).argmax(axis=1)
    assert set(answers) == {0, 1}
    expected = np.where(answers[:, None] == 0, DIFFERENCE, -DIFFERENCE)
    np.testing.assert_array_equal(Layers.gradient_sign(linear, tf.constant(x)), expected)


def test_the_sign_is_that_of_the_numeric_gradient_of_the_log_probability():
    model = with_random_weights(
        network(
            lambda t: Layers.fc(Layers.flat(Layers.conv(t, 3, 3, 1, "conv_1", "tanh")), 3),
            4,
            4,
            1,
        )
    )
    x, step = uniform(4, 16), 1e-2
    numeric = np.zeros_like(x)
    for pixel, one in enumerate(np.eye(16)):
        p, q = (
            share_of(model((x + way * one).reshape(4, 4, 4, 1).astype("float32")), LABELS)
            for way in (step, -step)
        )
        numeric[:, pixel] = np.log(p) - np.log(q)
    clear = abs(numeric) > 1e-5
    assert clear.mean() > 0.9
    pictures = tf.constant(x.reshape(4, 4, 4, 1), "float32")
    signs = Layers.gradient_sign(model, pictures, LABELS).numpy().reshape(4, 16)
    np.testing.assert_array_equal(signs[clear], np.sign(numeric[clear]))


def test_a_network_that_is_as_sure_as_rounding_allows_can_still_be_misled():
    x = tf.constant([[0.4, -0.4, 0.0, 0.1]])

    def sure(x):
        return tf.nn.log_softmax(linear(x) * 1e3)

    assert float(tf.exp(sure(x))[0, 0]) == 1
    np.testing.assert_array_equal(Layers.gradient_sign(sure, x), [DIFFERENCE])


# --------------------------------------------------------------------------------- in training


def hardened(share, epsilon=0.125):
    """A linear classifier in adversarial training, and the classifier."""
    classifier = keras.layers.Dense(2, use_bias=False)
    model = network(lambda t: Layers.AdversarialTraining(classifier, epsilon, share)(t), 4)
    classifier.set_weights([W])
    return model, classifier


@pytest.mark.parametrize(("share", "changed"), [(0, 0), (0.5, 2), (0.6, 3), (1, 5)])
def test_in_training_the_first_pictures_are_moved_against_their_own_answer(share, changed):
    x = uniform(5, 4).astype("float32")
    answers = (x @ W).argmax(axis=1)
    moved = x - 0.125 * np.where(answers[:, None] == 0, DIFFERENCE, -DIFFERENCE)
    expected = np.where(np.arange(5)[:, None] < changed, moved.clip(-0.5, 0.5), x)
    model, _ = hardened(share)
    assert_close(model(x, training=True), expected @ W)


def test_in_inference_it_is_the_classifier():
    x = uniform(5, 4).astype("float32")
    model, classifier = hardened(1)
    np.testing.assert_array_equal(model(x, training=False), classifier(x))
    np.testing.assert_array_equal(model(x), classifier(x))
    (layer,) = model.layers[1:]
    assert layer.as_keras() is classifier


def test_the_weights_gradient_takes_the_changed_pictures_for_constants():
    x = uniform(5, 4).astype("float32")
    model, _ = hardened(1)
    dy = uniform(5, 2, seed=1)
    _, (_, dw) = output_and_gradients(model, x, dy, training=True)
    layer = model.layers[1]
    assert_close(dw, layer.misleading(tf.constant(x)).numpy().T @ dy)


def test_the_classifier_s_own_state_changes_as_often_as_without():
    """Looking for the noise is no step of batch normalization."""
    x = uniform(6, 4).astype("float32")
    means = []
    for share in (0, 1):
        norm = keras.layers.BatchNormalization()
        classifier = keras.Sequential([norm, keras.layers.Dense(2)])
        model = network(lambda t: Layers.AdversarialTraining(classifier, 0, share)(t), 4)  # noqa: B023
        model(x, training=True)
        means.append(norm.moving_mean.numpy())
    np.testing.assert_allclose(*means, rtol=1e-6)


@pytest.mark.parametrize("wrong", [{"epsilon": -0.1}, {"epsilon": 8}, {"epsilon": 0, "share": 2}])
def test_what_is_out_of_its_range_is_refused(wrong):
    with pytest.raises(ValueError, match="must be between 0 and 1"):
        Layers.AdversarialTraining(keras.layers.Dense(2), **wrong)
