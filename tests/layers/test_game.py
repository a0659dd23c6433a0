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


def test_each_row_s_gradient_is_multiplied_by_its_weight_and_none_flows_to_that():
    t, w = keras.Input((3,)), keras.Input((1,))
    model = keras.Model([t, w], Layers.reverse_gradient(t, w))
    x, weights = tf.constant(uniform(2, 3), "float32"), tf.constant([[2.0], [0.5]])
    with tf.GradientTape() as tape:
        tape.watch([x, weights])
        y = model([x, weights])
    dx, dw = tape.gradient(y, [x, weights], output_gradients=tf.ones((2, 3)))
    np.testing.assert_array_equal(dx, [[-2.0] * 3, [-0.5] * 3])
    np.testing.assert_array_equal(dw, [[0.0], [0.0]])


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
