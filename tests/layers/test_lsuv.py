"""LSUV: kernels that are orthonormal up to a scale, and outputs of variance 1."""

import random

import keras
import numpy as np
import pytest
import reference
import tensorflow as tf
from one_layer import network
from reference import assert_close, uniform

import layers as Layers

IMAGES = uniform(32, 144).astype("float32")


class Network:
    """Convolutions of all kinds, a block, a normalization, a model within, and full connections."""

    def __init__(self):
        inside = keras.Input((6, 6, 5))
        self.inner = keras.Model(inside, Layers.conv(inside, 6, 3, 1, "inner", padding="same"))
        x = keras.Input((144,))
        t = Layers.random_shift(Layers.unflat(x, 12, 12, 1), 0.1)
        # A layer's name: what goes into it. What the layer computes is told by its kernel.
        self.inputs = {"conv": t}
        t = self.inputs["block_1"] = self.inputs["block_shortcut"] = Layers.conv(
            t, 4, 3, 1, "conv", "tanh"
        )
        t = Layers.residual(t, 5, 3, 2, "block", bias_initializer="random_normal")
        t = Layers.batchnorm(t, decay=0.5)
        t = self.inputs["inner"] = Layers.dropout(t, 0.5)
        t = self.inputs["transposed"] = self.inner(t)
        t = Layers.conv_transposed(t, 3, 4, 2, "transposed", "tanh")
        t = self.inputs["fc"] = Layers.flat(t)
        t = self.inputs["answers"] = Layers.fc(t, 50, "fc", "relu")
        self.model = keras.Model(x, Layers.fc(t, 2, "answers", "log_softmax"))
        between = keras.Model(self.model.input, self.model.get_layer("block_1").output)
        self.inputs["block_2"] = between.output

    def layer(self, name):
        return (self.inner if name == "inner" else self.model).get_layer(name)

    def linear_outputs(self, name):
        """What the layer makes of IMAGES before its activation."""
        x = np.asarray(keras.Model(self.model.input, self.inputs[name])(IMAGES), "float64")
        kernel, bias = (np.asarray(weight, "float64") for weight in self.layer(name).weights)
        if name in ("fc", "answers"):
            return reference.fc(x, kernel, bias)
        if name == "transposed":
            large = np.zeros((len(x), 2 * x.shape[1], 2 * x.shape[2], kernel.shape[2]))
            return reference.conv_gradients(large, kernel, x, 2)[0] + bias
        strides = 2 if name in ("block_1", "block_shortcut") else 1
        return reference.conv(x, kernel, bias, strides)


NAMES = ["conv", "block_1", "block_2", "block_shortcut", "inner", "transposed", "fc", "answers"]
EACH_LAYER = pytest.mark.parametrize("name", NAMES)


def started(seed=0, **options):
    keras.utils.set_random_seed(seed)
    network = Network()
    Layers.lsuv(network.model, IMAGES, **options)
    return network


@pytest.fixture(scope="module")
def net():
    return started()


def as_matrix(kernel):
    return np.reshape(kernel, (-1, kernel.shape[-1])).astype("float64")


def gram(kernel):
    """Products of the columns, or of the rows where there are fewer of them."""
    matrix = as_matrix(kernel)
    return matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T


def kernels(model):
    return [np.asarray(weight) for weight in model.weights if weight.name == "kernel"]


def assert_orthonormal(kernel):
    np.testing.assert_allclose(gram(kernel), np.eye(len(gram(kernel))), atol=1e-5)


def test_every_kernel_is_tested(net):
    assert len(NAMES) == len(kernels(net.model))


@EACH_LAYER
def test_outputs_before_the_activation_have_variance_1(net, name):
    assert net.linear_outputs(name).var() == pytest.approx(1, abs=0.1)


@EACH_LAYER
def test_kernels_are_orthonormal_up_to_a_scale(net, name):
    products = gram(np.asarray(net.layer(name).kernel))
    scale = np.mean(np.diag(products))
    np.testing.assert_allclose(products / scale, np.eye(len(products)), atol=1e-5)


def test_a_smaller_tolerance_is_kept():
    net = started(tolerance=1e-4)
    for name in NAMES:
        assert net.linear_outputs(name).var() == pytest.approx(1, abs=2e-4)


def test_without_scaling_kernels_are_orthonormal():
    for kernel in kernels(started(most=0).model):
        assert_orthonormal(kernel)


def test_the_same_seed_gives_the_same_kernels_and_another_one_others(net):
    same, other = started(), started(seed=1)
    for ours, theirs, others in zip(
        *map(kernels, (net.model, same.model, other.model)), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
        assert np.any(ours != others)


def test_kernels_of_one_shape_differ():
    model = network(lambda t: Layers.fc(Layers.fc(t, 8), 8), 8)
    Layers.lsuv(model, uniform(16, 8))
    first, second = kernels(model)
    assert np.any(abs(first / first[0, 0] - second / second[0, 0]) > 0.1)


def test_nothing_but_kernels_changes():
    net = Network()
    net.model.compile(metrics=["accuracy"])
    net.model(IMAGES, training=True)  # so that there are averages
    others = [v for v in net.model.variables if v.name != "kernel"]
    before = [np.array(variable) for variable in others]
    attributes = [set(vars(net.layer(name))) for name in NAMES]
    activations = [net.layer(name).activation for name in NAMES]
    draws = random.getstate()
    Layers.lsuv(net.model, IMAGES)
    for variable, value in zip(others, before, strict=True):
        np.testing.assert_array_equal(variable, value)
    assert [set(vars(net.layer(name))) for name in NAMES] == attributes
    assert [net.layer(name).activation for name in NAMES] == activations
    assert random.getstate() == draws


def test_a_failure_on_the_way_leaves_the_layers_as_they_were():
    net = Network()
    with pytest.raises(ValueError, match="shape"):
        Layers.lsuv(net.model, IMAGES[:, :-1])
    assert all("call" not in vars(net.layer(name)) for name in NAMES)


def test_layers_that_may_not_learn_keep_their_kernels():
    net = Network()
    net.inner.trainable = False
    before = np.array(net.layer("inner").kernel)
    Layers.lsuv(net.model, IMAGES)
    np.testing.assert_array_equal(net.layer("inner").kernel, before)
    assert net.linear_outputs("transposed").var() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("value", [0, np.nan])
def test_outputs_without_a_variance_leave_kernels_orthonormal(value):
    model = network(lambda t: Layers.conv(t, 4, 3), 6, 6, 1)
    Layers.lsuv(model, np.full((8, 6, 6, 1), value))
    assert_orthonormal(kernels(model)[0])


def test_kernels_keep_32_bits_in_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = network(lambda t: Layers.fc(t, 8), 32)
    Layers.lsuv(model, uniform(64, 32))
    products = gram(kernels(model)[0])
    np.testing.assert_allclose(products / products[0, 0], np.eye(8), atol=1e-5)


@pytest.mark.parametrize(
    "style",
    [keras.Sequential, lambda layers: Subclassed(*layers)],
    ids=["sequential", "subclassed"],
)
def test_models_of_other_styles_start_alike(style):
    model = style([keras.layers.Dense(8, "tanh"), keras.layers.Dense(3)])
    x = uniform(64, 16).astype("float32")
    Layers.lsuv(model, x)
    kernel, bias = (np.asarray(weight) for weight in model.layers[0].weights)
    hidden = reference.fc(x, kernel, bias)
    assert hidden.var() == pytest.approx(1, abs=0.1)
    assert np.var(model(x)) == pytest.approx(1, abs=0.1)


class Subclassed(keras.Model):
    def __init__(self, first, second):
        super().__init__()
        self.first, self.second = first, second

    def call(self, t):
        return self.second(self.first(t))


def test_kernels_of_a_distribution_strategy_start_as_any_others(net):
    keras.utils.set_random_seed(0)
    with tf.distribute.MirroredStrategy(["/cpu:0"]).scope():
        mirrored = Network()
    Layers.lsuv(mirrored.model, IMAGES)
    for ours, theirs in zip(kernels(net.model), kernels(mirrored.model), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_layer_that_is_used_twice_is_scaled_for_its_first_use():
    layer = keras.layers.Dense(8, "tanh")
    model = network(lambda t: layer(layer(t)), 8)
    x = uniform(64, 8)
    Layers.lsuv(model, x)
    assert_close(np.var(x @ np.asarray(layer.kernel, "float64")), 1)
