"""How the lecture's layers start."""

import numpy as np
import pytest
from one_layer import arrays, network

import layers as Layers

LAYERS = pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (lambda t: Layers.conv(t, 32, 3), (4, 4, 64)),
        (lambda t: Layers.fc(t, 128), (128,)),
        (lambda t: Layers.residual(t, 32, 3), (4, 4, 64)),
    ],
    ids=["conv", "fc", "residual"],
)


def kernels_and_biases(layer, shape):
    weights = arrays(network(layer, *shape).trainable_weights)
    return weights[::2], weights[1::2]


@LAYERS
def test_no_weight_starts_beyond_two_deviations_of_a_tenth(layer, shape):
    for kernel in kernels_and_biases(layer, shape)[0]:
        assert 0.19 < abs(kernel).max() <= 0.2


@LAYERS
def test_weights_start_spread_as_a_normal_cut_off_at_two_deviations(layer, shape):
    # Its deviation is 0.1 sqrt(1 - 2 * 2 phi(2) / (Phi(2) - Phi(-2))), with the normal density phi
    # and distribution Phi.
    phi, between = np.exp(-2) / np.sqrt(2 * np.pi), 0.9544997
    deviation = 0.1 * np.sqrt(1 - 4 * phi / between)
    for kernel in kernels_and_biases(layer, shape)[0]:
        assert kernel.std() == pytest.approx(deviation, rel=4 / np.sqrt(2 * kernel.size))
        assert abs(kernel.mean()) < 4 * deviation / np.sqrt(kernel.size)


@LAYERS
def test_biases_start_at_0(layer, shape):
    for bias in kernels_and_biases(layer, shape)[1]:
        np.testing.assert_array_equal(bias, np.zeros(bias.shape))


def test_layers_of_one_shape_start_differently():
    model = network(lambda t: Layers.fc(Layers.fc(t, 8), 8), 8)
    first, second = arrays(model.trainable_weights)[::2]
    assert np.any(first != second)
