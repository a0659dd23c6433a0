"""How the lecture's layers start."""

import keras
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


# ------------------------------------------------------------------------------ the lecture's names

N_IN, N_OUT = 3 * 3 * 20, 3 * 3 * 50  # of a 3x3 convolution from 20 channels to 50
VARIANCES = {
    "1/N": 1 / N_IN,
    "xavier": 2 / (N_IN + N_OUT),
    "he": 2 / N_IN,
    "gaussian": 0.01**2,
    "orthonormal": 1 / N_IN,  # 50 columns of length 1
}


def kernel(name, layer=Layers.conv):
    sizes = [50] if layer is Layers.fc else [50, 3]
    return kernels_and_biases(lambda t: layer(t, *sizes, kernel_initializer=name), (4, 4, 20))[0][0]


@pytest.mark.parametrize("name", VARIANCES)
def test_names_of_the_lecture_have_its_variance(name):
    weights = kernel(name)
    deviation = np.sqrt(VARIANCES[name])
    assert weights.std() == pytest.approx(deviation, rel=4 / np.sqrt(2 * weights.size))
    assert abs(weights.mean()) < 4 * deviation / np.sqrt(weights.size)


@pytest.mark.parametrize("name", ["1/N", "xavier", "he"])
def test_where_the_docstring_says_so_nothing_lies_beyond_two_deviations(name):
    # Cutting a normal off at two deviations leaves 0.8796 of its deviation.
    beyond = abs(kernel(name)).max() / np.sqrt(VARIANCES[name])
    assert 1.9 / 0.8796 < beyond < 2.001 / 0.8796


def test_a_gaussian_is_not_cut_off():
    assert abs(kernel("gaussian")).max() > 3 * 0.01


def test_orthonormal_filters_are_orthonormal():
    columns = kernel("orthonormal").reshape(-1, 50)
    np.testing.assert_allclose(columns.T @ columns, np.eye(50), atol=1e-5)


@pytest.mark.parametrize(("name", "value"), [("zeros", 0), ("equal", 0.01)])
def test_zeros_and_equal_weights_are(name, value):
    np.testing.assert_allclose(kernel(name), value, rtol=1e-6)


@pytest.mark.parametrize("layer", [Layers.conv, Layers.conv_transposed, Layers.fc, Layers.residual])
def test_every_layer_takes_the_names(layer):
    np.testing.assert_allclose(kernel("equal", layer), 0.01, rtol=1e-6)


@pytest.mark.parametrize(
    "given",
    ["he_uniform", keras.initializers.Ones(), keras.initializers.Ones, np.ones],
    ids=["name", "initializer", "class", "function"],
)
def test_anything_else_is_what_keras_makes_of_it(given):
    ours, kerass = Layers.initializer(given), keras.initializers.get(given)
    assert type(ours) is type(kerass)


@pytest.mark.parametrize("layer", [Layers.conv, Layers.fc, Layers.residual])
def test_an_unknown_name_is_refused_with_those_there_are(layer):
    expected = "'xaver': expected one of zeros, equal, 1/N, xavier, he, gaussian, orthonormal"
    with pytest.raises(ValueError, match=expected):
        kernel("xaver", layer)
