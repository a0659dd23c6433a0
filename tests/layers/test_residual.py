"""The residual block."""

import itertools

import keras
import numpy as np
import pytest
import reference
from one_layer import arrays, network, output_and_gradients, reloaded, with_random_weights
from reference import assert_close, uniform

import layers as Layers

BLOCKS = pytest.mark.parametrize(("filters", "strides"), [(3, 1), (4, 1), (3, 2), (4, 2)])


def with_zero_kernels(model):
    for weight in model.trainable_weights:
        weight.assign(np.zeros(weight.shape))
    return model


def weights_by_layer(model):
    return {layer.name: arrays(layer.weights) for layer in model.layers if layer.weights}


@BLOCKS
def test_residual_and_its_gradient_are_two_convolutions_and_a_shortcut(filters, strides):
    model = network(lambda t: Layers.residual(t, filters, 3, strides, "r"), 5, 6, 3)
    weights = weights_by_layer(with_random_weights(model))
    (kernel_1, bias_1), (kernel_2, bias_2) = weights["r_1"], weights["r_2"]
    x = uniform(2, 5, 6, 3)

    linear = reference.conv(x, kernel_1, bias_1, strides)
    hidden = np.maximum(linear, 0)
    expected = reference.conv(hidden, kernel_2, bias_2)
    dy = uniform(*expected.shape, seed=1)
    dhidden, _, _ = reference.conv_gradients(hidden, kernel_2, dy)
    dx, _, _ = reference.conv_gradients(x, kernel_1, dhidden * (linear > 0), strides)
    if "r_shortcut" in weights:
        kernel, bias = weights["r_shortcut"]
        expected += reference.conv(x, kernel, bias, strides)
        dx += reference.conv_gradients(x, kernel, dy, strides)[0]
    else:
        expected += x
        dx += dy

    y, gradients = output_and_gradients(model, x, dy)
    assert_close(y, expected)
    assert_close(gradients[0], dx)


def test_identity_shortcut_has_no_parameters():
    model = network(lambda t: Layers.residual(t, 16, 3), 6, 6, 16)
    assert model.count_params() == 2 * (3 * 3 * 16 * 16 + 16)


@pytest.mark.parametrize(("filters", "strides"), [(32, 1), (16, 2), (32, 2)])
def test_shortcut_is_a_1x1_convolution_where_shapes_differ(filters, strides):
    model = network(lambda t: Layers.residual(t, filters, 3, strides), 6, 6, 16)
    main = (3 * 3 * 16 * filters + filters) + (3 * 3 * filters * filters + filters)
    assert model.count_params() == main + (1 * 1 * 16 * filters + filters)


def test_strides_of_a_picture_of_one_pixel_take_no_identity():
    model = network(lambda t: Layers.residual(t, 3, 3, 2, "r"), 1, 1, 3)
    assert len(model.get_layer("r_shortcut").weights) == 2


def test_a_picture_of_any_size_takes_the_identity():
    model = network(lambda t: Layers.residual(t, 3, 1), None, None, 3)
    assert model.count_params() == 2 * (3 * 3 + 3)


def test_block_with_zero_kernels_is_the_identity():
    model = with_zero_kernels(network(lambda t: Layers.residual(t, 3, 3), 5, 6, 3))
    x = uniform(2, 5, 6, 3).astype("float32")
    np.testing.assert_array_equal(model(x), x)


def test_gradient_passes_a_block_with_zero_kernels_unchanged():
    model = with_zero_kernels(network(lambda t: Layers.residual(t, 3, 3), 5, 6, 3))
    dy = uniform(2, 5, 6, 3).astype("float32")
    _, gradients = output_and_gradients(model, uniform(2, 5, 6, 3, seed=1), dy)
    np.testing.assert_array_equal(gradients[0], dy)


@BLOCKS
def test_nothing_follows_the_addition(filters, strides):
    model = network(lambda t: Layers.residual(t, filters, 3, strides), 5, 6, 3)
    assert isinstance(model.layers[-1], keras.layers.Add)
    assert np.min(model(uniform(2, 5, 6, 3))) < 0


@pytest.mark.parametrize(("strides", "sides"), [(1, (5, 6)), (2, (3, 3)), (3, (2, 2))])
def test_strides_divide_the_sides_once(strides, sides):
    assert Layers.residual(keras.Input((5, 6, 3)), 4, 3, strides).shape == (None, *sides, 4)


def test_name_is_the_additions_and_begins_the_convolutions():
    model = network(lambda t: Layers.residual(t, 4, 3, 1, "res_2"), 5, 6, 3)
    names = {layer.name for layer in model.layers[1:]}
    assert names == {"res_2", "res_2_1", "res_2_2", "res_2_shortcut"}


def test_blocks_without_a_name_live_together():
    model = network(lambda t: Layers.residual(Layers.residual(t, 4, 3), 4, 3), 5, 6, 3)
    assert model.output_shape == (None, 5, 6, 4)


def test_only_the_first_convolution_has_the_activation():
    model = network(lambda t: Layers.residual(t, 4, 3, 1, "r", "tanh"), 5, 6, 3)
    activations = {name: model.get_layer(name).activation for name in ("r_1", "r_2", "r_shortcut")}
    linear = keras.activations.linear
    assert activations == {"r_1": keras.activations.tanh, "r_2": linear, "r_shortcut": linear}


def test_further_arguments_reach_every_convolution():
    model = network(lambda t: Layers.residual(t, 4, 3, use_bias=False), 5, 6, 3)
    assert [weight.name for weight in model.weights] == ["kernel"] * 3


def test_strides_may_be_given_for_each_direction():
    model = network(lambda t: Layers.residual(t, 3, 3, strides=(1, 1)), 6, 6, 3)
    assert model.count_params() == 2 * (3 * 3 * 3 * 3 + 3)  # the shortcut has none


class OfOnesOwn(keras.initializers.RandomUniform):
    """Such as a student writes: Keras cannot make another one from its config."""

    def __init__(self):
        super().__init__(-0.3, 0.3)


INITIALIZERS = {
    "instance": lambda: keras.initializers.HeNormal(),
    "instance with a seed": lambda: keras.initializers.HeNormal(seed=7),
    "instance with a generator": lambda: keras.initializers.HeNormal(keras.random.SeedGenerator(7)),
    "orthogonal": lambda: keras.initializers.Orthogonal(),
    "subclass": OfOnesOwn,
    "class": lambda: keras.initializers.HeNormal,
    "name": lambda: "random_normal",
    "config": lambda: {"class_name": "RandomNormal", "config": {"seed": 7}},
    "function": lambda: lambda shape, dtype: keras.random.normal(shape, dtype=dtype),
}


def starts(**options):
    """The kernels and the biases of a block whose three convolutions have the same shapes."""
    keras.utils.set_random_seed(3)
    options = {name: make() for name, make in options.items()}
    weights = arrays(network(lambda t: Layers.residual(t, 4, 1, 2, **options), 4, 4, 4).weights)
    return weights[::2], weights[1::2]


def pairs(weights):
    return itertools.combinations(weights, 2)


@pytest.mark.parametrize("initializer", INITIALIZERS.values(), ids=INITIALIZERS)
def test_each_convolution_starts_with_weights_of_its_own(initializer):
    if initializer is INITIALIZERS["orthogonal"]:
        biases = []  # they are no matrices
        kernels, _ = starts(kernel_initializer=initializer)
    else:
        kernels, biases = starts(kernel_initializer=initializer, bias_initializer=initializer)
    for first, second in [*pairs(kernels), *pairs(biases)]:
        assert np.all(first != second)


def test_a_name_of_the_lecture_starts_each_convolution_differently():
    kernels, _ = starts(kernel_initializer=lambda: "he")
    assert all(np.all(first != second) for first, second in pairs(kernels))


@pytest.mark.parametrize("initializer", INITIALIZERS.values(), ids=INITIALIZERS)
def test_the_same_random_seed_gives_the_same_start(initializer):
    np.testing.assert_array_equal(*(starts(kernel_initializer=initializer)[0] for _ in range(2)))


def test_an_initializers_seed_holds_whatever_was_drawn_before():
    def kernels():
        initializer = keras.initializers.HeNormal(seed=7)
        model = network(
            lambda t: Layers.residual(t, 4, 1, 2, kernel_initializer=initializer), 4, 4, 4
        )
        return arrays(model.weights)[::2]

    first, second = kernels(), kernels()
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first[0], keras.initializers.HeNormal(seed=7)((1, 1, 4, 4)))


def test_blocks_that_share_an_initializer_without_a_seed_start_differently():
    initializer = keras.initializers.HeNormal()

    def blocks(t):
        for _ in range(2):
            t = Layers.residual(t, 4, 1, 1, kernel_initializer=initializer)
        return t

    kernels = arrays(network(blocks, 4, 4, 4).weights)[::2]
    assert all(np.all(first != second) for first, second in pairs(kernels))


def test_a_copy_made_from_the_configs_starts_as_the_block_did():
    initializer = keras.initializers.HeNormal(seed=7)
    model = network(lambda t: Layers.residual(t, 4, 1, 2, kernel_initializer=initializer), 4, 4, 4)
    copy = keras.Model.from_config(model.get_config())
    for ours, theirs in zip(model.get_weights(), copy.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_without_an_initializer_it_starts_as_three_convolutions_in_turn():
    kernels, biases = starts()
    keras.utils.set_random_seed(3)
    expected = [keras.initializers.TruncatedNormal(stddev=0.1) for _ in range(3)]
    np.testing.assert_array_equal(kernels, [draw((1, 1, 4, 4)) for draw in expected])
    np.testing.assert_array_equal(biases, np.zeros((3, 4)))


# --------------------------------------------------------------- normalization and pre-activation

NORMALIZED = pytest.mark.parametrize("pre_activation", [False, True], ids=["post", "pre"])


def normalize(t, name):
    """A normalization that is simple to compute: it has an offset for each feature."""
    return keras.layers.LayerNormalization(axis=[1, 2, 3], epsilon=0.5, name=name)(t)


def standardized(x, gamma, beta):
    mean, variance = (f(x, axis=(1, 2, 3), keepdims=True) for f in (np.mean, np.var))
    return (x - mean) / np.sqrt(variance + 0.5) * gamma + beta


def relu(x):
    return np.maximum(x, 0)


def normalized_block(filters, strides, pre_activation, **options):
    options |= {"normalization": normalize, "pre_activation": pre_activation}
    model = network(lambda t: Layers.residual(t, filters, 3, strides, "r", **options), 6, 6, 3)
    return with_random_weights(model)


@BLOCKS
def test_with_a_normalization_each_convolution_is_normalised_and_nothing_follows(filters, strides):
    model = normalized_block(filters, strides, pre_activation=False)
    w = weights_by_layer(model)
    x = uniform(2, 6, 6, 3)
    hidden = reference.conv(x, *w["r_1"], 0, strides)
    hidden = relu(standardized(hidden, *w["r_norm_1"]))
    expected = standardized(reference.conv(hidden, *w["r_2"], 0), *w["r_norm_2"])
    if "r_shortcut" in w:
        shortcut = reference.conv(x, *w["r_shortcut"], 0, strides)
        expected += standardized(shortcut, *w["r_norm_shortcut"])
    else:
        expected += x
    assert_close(model(x), expected)


@BLOCKS
def test_with_pre_activation_normalization_and_activation_come_first(filters, strides):
    model = normalized_block(filters, strides, pre_activation=True)
    w = weights_by_layer(model)
    x = uniform(2, 6, 6, 3)
    before = relu(standardized(x, *w["r_norm_0"]))
    hidden = relu(standardized(reference.conv(before, *w["r_1"], 0, strides), *w["r_norm_1"]))
    expected = reference.conv(hidden, *w["r_2"])
    if "r_shortcut" in w:
        expected += reference.conv(before, *w["r_shortcut"], strides)
    else:
        expected += x
    assert_close(model(x), expected)


def test_pre_activation_needs_no_normalization():
    model = network(lambda t: Layers.residual(t, 3, 3, 1, "r", pre_activation=True), 5, 6, 3)
    w = weights_by_layer(with_random_weights(model))
    x = uniform(2, 5, 6, 3)
    hidden = relu(reference.conv(relu(x), *w["r_1"]))
    assert_close(model(x), reference.conv(hidden, *w["r_2"]) + x)


@NORMALIZED
def test_without_an_activation_none_is_there(pre_activation):
    model = normalized_block(3, 1, pre_activation, activation=None)
    assert not any(isinstance(layer, keras.layers.Activation) for layer in model.layers)


@NORMALIZED
def test_convolutions_that_a_normalization_follows_have_no_bias(pre_activation):
    weights = weights_by_layer(normalized_block(4, 2, pre_activation))
    followed = ["r_1"] if pre_activation else ["r_1", "r_2", "r_shortcut"]
    have_none = [name for name, values in weights.items() if "norm" not in name and len(values) < 2]
    assert have_none == followed


@NORMALIZED
@pytest.mark.parametrize("use_bias", [False, True])
def test_a_bias_that_is_asked_for_is_there(pre_activation, use_bias):
    model = normalized_block(4, 2, pre_activation, use_bias=use_bias)
    counts = [len(model.get_layer(name).weights) for name in ("r_1", "r_2", "r_shortcut")]
    assert counts == [1 + use_bias] * 3


@NORMALIZED
@pytest.mark.parametrize("normalization", [Layers.batchnorm, Layers.layernorm])
def test_blocks_with_the_layers_normalizations_are_stored(normalization, pre_activation, tmp_path):
    def blocks(t):
        options = {"normalization": normalization, "pre_activation": pre_activation}
        t = Layers.residual(t, 4, 3, 2, "r", **options)
        return Layers.residual(t, 4, 3, **options)

    model = network(blocks, 6, 6, 3)
    x = uniform(2, 6, 6, 3).astype("float32")
    np.testing.assert_array_equal(reloaded(model, tmp_path)(x), model(x))


@NORMALIZED
def test_names_of_a_normalised_block_begin_with_its_own(pre_activation):
    model = normalized_block(4, 2, pre_activation)
    names = {layer.name for layer in model.layers[1:]}
    expected = {"r", "r_1", "r_2", "r_shortcut", "r_norm_1", "r_activation_1"}
    if pre_activation:
        expected |= {"r_norm_0", "r_activation_0"}
    else:
        expected |= {"r_norm_2", "r_norm_shortcut"}
    assert names == expected


@NORMALIZED
def test_convolutions_of_a_normalised_block_start_with_weights_of_their_own(pre_activation):
    options = {"normalization": Layers.batchnorm, "pre_activation": pre_activation}
    model = network(lambda t: Layers.residual(t, 4, 1, 2, "r", **options), 4, 4, 4)
    kernels = [np.asarray(model.get_layer(f"r_{part}").kernel) for part in (1, 2, "shortcut")]
    assert all(np.all(first != second) for first, second in pairs(kernels))
