"""The modules of the lectures' networks: inception, fire, dense block, groups, LRN."""

import keras
import numpy as np
import pytest
import reference
import tensorflow as tf
from one_layer import arrays, network, output_and_gradients, with_random_weights
from reference import assert_close, uniform

import layers as Layers


def weights(model, name):
    return arrays(model.get_layer(name).weights)


def relu(x):
    return np.maximum(x, 0)


def test_an_inception_module_is_four_ways_side_by_side():
    model = with_random_weights(
        network(lambda t: Layers.inception(t, 2, (2, 3), (1, 2), 1, "i"), 6, 5, 3)
    )
    x = uniform(2, 6, 5, 3)

    def conv(x, name):
        return relu(reference.conv(x, *weights(model, name)))

    framed = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-np.inf)
    ways = [
        conv(x, "i_1x1"),
        conv(conv(x, "i_3x3_reduce"), "i_3x3"),
        conv(conv(x, "i_5x5_reduce"), "i_5x5"),
        conv(reference.maxpool(framed, 3, 1), "i_pool_proj"),
    ]
    assert_close(model(x), np.concatenate(ways, axis=-1))


def test_inception_3a_has_the_parameters_of_the_papers_table():
    # Szegedy et al. 2015, table 1, says 159K: 192 * 64 + 192 * 96 + 9 * 96 * 128 + 192 * 16 +
    # 25 * 16 * 32 + 192 * 32 weights, and 64 + 96 + 128 + 16 + 32 + 32 biases.
    model = network(lambda t: Layers.inception(t, 64, (96, 128), (16, 32), 32), 4, 4, 192)
    assert model.count_params() == 163_328 + 368


def test_a_fire_module_squeezes_and_then_expands_in_two_ways():
    model = with_random_weights(network(lambda t: Layers.fire(t, 2, 4, "f"), 6, 5, 3))
    x = uniform(2, 6, 5, 3)
    squeezed = relu(reference.conv(x, *weights(model, "f_squeeze")))
    ways = [relu(reference.conv(squeezed, *weights(model, f"f_{size}"))) for size in ("1x1", "3x3")]
    assert_close(model(x), np.concatenate(ways, axis=-1))


def test_fire2_has_11_920_parameters():
    # Iandola et al. 2016, table 1.
    assert network(lambda t: Layers.fire(t, 16, 64), 4, 4, 96).count_params() == 11_920


def test_each_layer_of_a_dense_block_sees_all_those_before_it():
    model = with_random_weights(
        network(lambda t: Layers.dense_block(t, 2, 2, 3, "d", normalization=None), 5, 6, 4)
    )
    x = uniform(2, 5, 6, 4)
    seen = x
    for i in (1, 2):
        inner = seen
        for j in (1, 2):
            (kernel,) = weights(model, f"d_{i}_conv_{j}")
            inner = reference.conv(relu(inner), kernel, 0)
        seen = np.concatenate([seen, inner], axis=-1)
    assert_close(model(x), seen)


def test_a_dense_block_normalizes_before_each_convolution():
    model = network(lambda t: Layers.dense_block(t, 1, 2, 3, "d"), 5, 6, 4)
    names = [layer.name for layer in model.layers[1:]]
    order = ["norm_1", "activation_1", "conv_1", "norm_2", "activation_2", "conv_2"]
    assert names == [*(f"d_1_{part}" for part in order), "d_1"]


def test_the_first_block_of_densenet_121_has_the_parameters_of_its_formula():
    # Layer i: 2 c + 128 c + 2 * 128 + 9 * 128 * 32, of c = 64 + 32 i channels.
    model = network(lambda t: Layers.dense_block(t, 6, 32), 4, 4, 64)
    expected = sum(130 * (64 + 32 * i) + 256 + 36_864 for i in range(6))
    assert sum(int(np.prod(w.shape)) for w in model.trainable_weights) == expected


@pytest.mark.parametrize("groups", [2, 3])
@pytest.mark.parametrize("strides", [1, 2])
def test_groups_of_a_convolution_are_convolutions_of_their_own(groups, strides):
    model = with_random_weights(
        network(lambda t: Layers.conv_grouped(t, 6, 3, groups, strides, "c", None), 7, 6, 12)
    )
    kernel, bias = weights(model, "c")
    x, dy = uniform(2, 7, 6, 12), uniform(2, -(-7 // strides), -(-6 // strides), 6, seed=1)
    y, gradients = output_and_gradients(model, x, dy)
    shares = zip(
        *(np.split(whole, groups, axis=-1) for whole in (x, kernel, bias, dy)), strict=True
    )
    expected = [
        (
            reference.conv(share, own, offset, strides),
            *reference.conv_gradients(share, own, back, strides),
        )
        for share, own, offset, back in shares
    ]
    for found, wanted in zip((y, *gradients), zip(*expected, strict=True), strict=True):
        assert_close(found, np.concatenate(wanted, axis=-1))


def test_a_grouped_convolution_has_a_groupth_of_the_weights():
    model = network(lambda t: Layers.conv_grouped(t, 256, 5, 2), 4, 4, 96)
    assert model.count_params() == 25 * 48 * 256 + 256


def test_a_grouped_convolution_is_keras_own_for_a_file():
    model = with_random_weights(network(lambda t: Layers.conv_grouped(t, 6, 3, 2), 5, 5, 4))
    layer = model.layers[-1].as_keras()
    assert type(layer) is keras.layers.Conv2D
    x = tf.constant(uniform(2, 5, 5, 4), "float32")
    assert_close(layer(x), model(x))


def test_groups_that_do_not_divide_the_channels_are_refused():
    with pytest.raises(ValueError, match="groups"):
        Layers.conv_grouped(keras.Input((4, 4, 5)), 6, 3, 2)


@pytest.mark.parametrize(
    ("radius", "bias", "alpha", "beta"), [(2, 2.0, 1e-4, 0.75), (1, 1, 2, 0.5)]
)
def test_local_response_normalization_is_its_formula(radius, bias, alpha, beta):
    model = network(
        lambda t: Layers.local_response_normalization(t, radius, bias, alpha, beta), 3, 2, 7
    )
    x = 10 * uniform(2, 3, 2, 7)
    expected = np.empty_like(x)
    for c in range(7):
        near = x[..., max(0, c - radius) : c + radius + 1]
        expected[..., c] = x[..., c] / (bias + alpha * (near**2).sum(-1)) ** beta
    assert_close(model(x), expected)


def test_a_negative_radius_is_refused():
    with pytest.raises(ValueError, match="depth_radius"):
        Layers.local_response_normalization(keras.Input((4, 4, 5)), -1)
