import keras
import numpy as np
import pytest
import tensorflow as tf

import layers as Layers
from labs import nn4
from labs.training.fusion import pool_first


def gradients(model, like, images):
    """Outputs of `model`, and the gradients of their squares by the weights of `like`."""
    with tf.GradientTape() as tape:
        y = model(images, training=True)
        loss = tf.reduce_sum(tf.square(y))
    return y.numpy(), [g.numpy() for g in tape.gradient(loss, like.trainable_variables)]


def pictures(count=6):
    return np.random.default_rng(0).uniform(-0.5, 0.5, (count, 2304)).astype(np.float32)


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", None])
@pytest.mark.parametrize("pool", [2, 3])
def test_values_and_gradients_are_those_of_the_network(activation, pool):
    x = keras.Input((2304,))
    t = Layers.conv(Layers.unflat(x, 48, 48, 1), 5, 3, activation=activation)
    t = Layers.maxpool(t, pool)
    t = Layers.conv(t, 4, 3, activation=activation, bias_initializer="random_normal")
    model = keras.Model(x, Layers.flat(Layers.maxpool(t, pool)))
    y, dy = gradients(model, model, pictures())
    fused_y, fused_dy = gradients(pool_first(model), model, pictures())
    assert fused_y == pytest.approx(y, abs=1e-6)
    for ours, theirs in zip(fused_dy, dy, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4, abs=1e-4)


def test_nn4_pools_first_three_times_and_shares_the_weights():
    x = keras.Input((2304,))
    model = keras.Model(x, nn4.network(x))
    fused = pool_first(model)
    kinds = [type(layer).__name__ for layer in fused.layers]
    assert kinds.count("_PooledConvolution") == 3
    assert "MaxPooling2D" not in kinds
    ours = {id(variable) for variable in fused.trainable_variables}
    assert ours == {id(variable) for variable in model.trainable_variables}


def test_the_network_that_was_given_stays_as_the_lab_wrote_it():
    x = keras.Input((2304,))
    model = keras.Model(x, nn4.network(x))
    before = model.to_json()
    pool_first(model)
    assert model.to_json() == before


@pytest.mark.parametrize(
    "block",
    [
        lambda t: Layers.maxpool(Layers.conv(t, 2, 3, activation="gelu"), 2),  # not monotone
        lambda t: Layers.avgpool(Layers.conv(t, 2, 3), 2),
        lambda t: Layers.conv(Layers.conv(t, 2, 3), 2, 3),
        lambda t: Layers.maxpool(Layers.conv(t, 2, 3, use_bias=False), 2),
        lambda t: Layers.maxpool(Layers.conv(t, 2, 3, activity_regularizer="l2"), 2),
    ],
)
def test_what_may_not_be_exchanged_is_left_alone(block):
    x = keras.Input((48, 48, 1))
    model = keras.Model(x, block(x))
    assert [type(layer) for layer in pool_first(model).layers] == [
        type(layer) for layer in model.layers
    ]


@pytest.mark.parametrize("also", [Layers.flat, lambda t: t])
def test_a_convolution_that_others_see_too_is_left_alone(also):
    x = keras.Input((48, 48, 1))
    t = Layers.conv(x, 2, 3)
    model = keras.Model(x, [Layers.maxpool(t, 2), also(t)])
    assert len(pool_first(model).layers) == len(model.layers)


def test_a_pool_that_serves_twice_is_left_alone():
    x = keras.Input((48, 48, 1))
    pool = keras.layers.MaxPooling2D(2)
    model = keras.Model(x, [pool(Layers.conv(x, 1, 3)), pool(x)])
    assert len(pool_first(model).layers) == len(model.layers)
