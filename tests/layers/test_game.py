"""Chance to paint from, and a gradient that turns round."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from one_layer import network, output_and_gradients
from reference import uniform
from scipy import stats

import layers as Layers


def test_the_gradient_turns_and_the_numbers_pass():
    x, dy = uniform(5, 3).astype("float32"), uniform(5, 3, seed=1).astype("float32")
    y, (dx,) = output_and_gradients(network(Layers.reverse_gradient, 3), x, dy)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(dx, -dy)


def test_an_adversary_s_gradient_is_turned_and_that_of_log_d_instead_of_log_1_minus_d():
    """By hand, of a linear discriminator: s = xw + b, and the loss is softplus(s)."""
    w, bias = uniform(3, 1).astype("float32"), np.array([0.5], "float32")
    discriminator = keras.layers.Dense(1)
    model = network(lambda t: Layers.Adversary(discriminator)(t), 3)
    discriminator.set_weights([w, bias])
    x = tf.constant(3 * uniform(5, 3, seed=1), "float32")
    with tf.GradientTape() as tape:
        tape.watch(x)
        scores = model(x)
        loss = tf.reduce_sum(tf.nn.softplus(scores))
    dx, dw, db = tape.gradient(loss, [x, *model.trainable_variables])
    s = x.numpy() @ w + bias
    real = 1 / (1 + np.exp(-s))  # D
    np.testing.assert_allclose(scores, s, rtol=1e-6)
    np.testing.assert_allclose(dw, x.numpy().T @ real, rtol=1e-5)
    np.testing.assert_allclose(db, real.sum(axis=0), rtol=1e-5)
    np.testing.assert_allclose(dx, -(1 - real) @ w.T, rtol=1e-5, atol=1e-7)  # of -log D


def test_of_an_adversary_s_pictures_each_has_its_own_weight():
    discriminator = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
    model = network(lambda t: Layers.Adversary(discriminator)(t), 3, 2, 2)
    x = uniform(5, 3, 2, 2).astype("float32")
    scores, (dx, *_) = output_and_gradients(model, x, np.ones((5, 1), "float32"))
    w = discriminator.get_weights()[0].ravel()
    np.testing.assert_allclose(np.reshape(dx, (5, 12)), -np.exp(-scores) * w, rtol=1e-5)


def test_an_adversary_answers_as_the_discriminator_in_training_and_in_inference():
    discriminator = keras.Sequential([keras.layers.Dropout(0.5, seed=0), keras.layers.Dense(1)])
    model = network(lambda t: Layers.Adversary(discriminator)(t), 3)
    x = uniform(50, 3).astype("float32")
    np.testing.assert_array_equal(model(x), discriminator(x))
    assert np.any(model(x, training=True) != discriminator(x))
    np.testing.assert_array_equal(model.layers[-1].as_keras()(x), discriminator(x))


def test_one_loss_moves_two_players_to_the_saddle():
    """Of (a - 1)(b + 2), b, behind the turn, goes down and a, before it, up: by hand."""
    a, b = tf.Variable([[0.5]]), tf.Variable([[0.25]])
    turn = network(Layers.reverse_gradient, 1)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum((turn(a) - 1) * (b + 2))
    da, db = tape.gradient(loss, [a, b])
    np.testing.assert_array_equal(da, [[-2.25]])  # down this one, loss goes up
    np.testing.assert_array_equal(db, [[-0.5]])


def test_draws_are_of_a_standard_normal_distribution_and_new_each_time():
    model = network(lambda t: Layers.latent(t, 50, seed=3), 2)
    first, second = (np.asarray(model(np.zeros((200, 2)), training=True)) for _ in range(2))
    assert stats.kstest(first.ravel(), "norm").pvalue > 0.01
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.05


def test_in_inference_each_row_of_a_batch_has_its_own_draw_whatever_the_batch():
    model = network(lambda t: Layers.latent(t, 6), 2)
    three, many = (np.asarray(model(np.zeros((count, 2)))) for count in (3, 300))
    np.testing.assert_array_equal(many[:3], three)
    np.testing.assert_array_equal(many[256:], many[:44])  # after which they come again
    assert len(np.unique(many[:256], axis=0)) == 256
    assert stats.kstest(many[:256].ravel(), "norm").pvalue > 0.01


def test_no_numbers_at_all_are_refused():
    with pytest.raises(ValueError, match="units must be positive, got 0"):
        Layers.latent(keras.Input((2,)), 0)
