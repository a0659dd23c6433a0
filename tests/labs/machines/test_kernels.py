"""What oneDNN computes wrongly is computed rightly, or refused."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework.ops import gradient_registry

import layers as Layers
from dsutil import InputError
from labs.machines import kernels

HERE = Path(__file__).parent


def output_of(program, *arguments, instructions):
    """What a program prints where oneDNN is on and may use these instructions."""
    environment = {"TF_ENABLE_ONEDNN_OPTS": "1", "ONEDNN_MAX_CPU_ISA": instructions}
    done = subprocess.run(
        [sys.executable, HERE / program, *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("instructions", ["DEFAULT", "AVX2"])
def test_convolutions_and_their_gradients_are_the_sums_over_the_taps(instructions):
    assert output_of("convolution_gradients.py", "some", instructions=instructions) == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("instructions", "precision"),
    [
        ("DEFAULT", "float32"),
        ("DEFAULT", "bfloat16"),
        ("AVX2", "float32"),
    ],
)
def test_all_convolutions_and_their_gradients_are_the_sums_over_the_taps(instructions, precision):
    output = output_of("convolution_gradients.py", "all", precision, instructions=instructions)
    assert output == ""


@pytest.mark.slow
def test_a_strided_shortcut_of_the_picture_trains_twice_to_the_same_bits():
    lines = output_of("strided_shortcuts.py", instructions="AVX2").splitlines()
    names, first, second = zip(*(line.split() for line in lines), strict=True)
    assert names == ("block_of_ours", "block_of_keras")
    assert first == second


# Where a wrong kernel writes is a matter of luck; so these look whether it is still called.


class Subclassed(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.inner = keras.Sequential([keras.layers.Conv2D(3, 1, strides=2)])

    def call(self, x):
        return self.inner(x)


class OfTensorFlow(keras.layers.Layer):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def build(self, shape):
        self.kernel = self.add_weight(shape=(1, 1, shape[-1], 3))

    def call(self, x):
        return self.function(x, tf.convert_to_tensor(self.kernel))


STRIDED = {  # each made anew, with the shape of its inputs
    "Conv1D": (lambda: keras.layers.Conv1D(3, 1, strides=2), (8, 4)),
    "Conv2D": (lambda: keras.layers.Conv2D(3, 1, strides=(1, 2)), (8, 8, 4)),
    "Conv2D of one channel": (lambda: keras.layers.Conv2D(3, 1, strides=3), (9, 9, 1)),
    "Conv1DTranspose": (lambda: keras.layers.Conv1DTranspose(3, 1, strides=2), (8, 4)),
    "Conv2DTranspose": (lambda: keras.layers.Conv2DTranspose(3, 1, strides=2), (8, 8, 4)),
    "DepthwiseConv2D": (lambda: keras.layers.DepthwiseConv2D(1, strides=2), (8, 8, 1)),
    "SeparableConv2D": (lambda: keras.layers.SeparableConv2D(3, 1, strides=2), (8, 8, 1)),
    "ConvLSTM2D": (lambda: keras.layers.ConvLSTM2D(3, 1, strides=2), (2, 8, 8, 4)),
    "TimeDistributed": (
        lambda: keras.layers.TimeDistributed(keras.layers.Conv2D(3, 1, strides=2)),
        (2, 8, 8, 4),
    ),
    "a layer in a layer": (Subclassed, (8, 8, 4)),
    "tf.nn.conv2d": (
        lambda: OfTensorFlow(lambda x, w: tf.nn.conv2d(x, w, 2, "SAME")),
        (8, 8, 4),
    ),
    "tf.nn.conv2d with explicit zeros": (
        lambda: OfTensorFlow(lambda x, w: tf.nn.conv2d(x, w, 2, [[0, 0]] * 4)),
        (8, 8, 4),
    ),
    "tf.nn.convolution": (
        lambda: OfTensorFlow(lambda x, w: tf.nn.convolution(x, w, (2, 2), "VALID")),
        (8, 8, 4),
    ),
    "tf.function": (
        lambda: OfTensorFlow(tf.function(lambda x, w: tf.nn.conv2d(x, w, 2, "SAME"))),
        (8, 8, 4),
    ),
    "Layers.conv": (lambda: lambda t: Layers.conv(t, 3, 1, 2, None, "tanh"), (8, 8, 4)),
    "Layers.residual": (lambda: lambda t: Layers.residual(t, 3, 1, 2, None, "tanh"), (8, 8, 4)),
}


@pytest.fixture
def mended(monkeypatch):
    """As where oneDNN is on, whatever the processor; TensorFlow's own gradients afterwards."""
    monkeypatch.setattr(kernels._pywrap_util_port, "IsMklEnabled", lambda: True)
    before = dict(gradient_registry._registry)
    kernels.mend_gradients.__wrapped__()
    yield
    gradient_registry._registry.update(before)


def gradients_of(make, shape):
    """A function from pictures to the gradients of a network of one layer; and the network."""
    x = keras.Input(shape, 2)
    model = keras.Model(x, make()(x))

    def gradients(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.sin(model(x)))
        return tape.gradient(loss, [x, *model.trainable_variables])

    return tf.function(gradients), model


def wrong_kernels(function):
    return [
        op.name
        for op in kernels._operations(function.graph)
        if op.type.endswith("BackpropFilter")
        and op.outputs[0].shape[:2] == (1, 1)
        and max(op.get_attr("strides")) > 1
    ]


@pytest.mark.parametrize("name", STRIDED)
def test_no_gradient_of_a_filter_of_one_pixel_has_strides(name, mended):
    make, shape = STRIDED[name]
    gradients, _ = gradients_of(make, shape)
    function = gradients.get_concrete_function(tf.TensorSpec((2, *shape)))
    assert not wrong_kernels(function)


@pytest.mark.parametrize("name", STRIDED)
def test_the_gradients_are_the_numeric_ones(name, mended):
    make, shape = STRIDED[name]
    gradients, model = gradients_of(make, shape)
    random = np.random.default_rng(1)
    x = tf.constant(random.uniform(-0.5, 0.5, (2, *shape)), "float32")
    inputs = [x, *model.trainable_variables]
    steps = [random.uniform(-1, 1, variable.shape) for variable in inputs]
    along = sum(np.sum(g * d) for g, d in zip(gradients(x), steps, strict=True))

    def loss(length):
        moved = [tf.constant(v + length * d, "float32") for v, d in zip(inputs, steps, strict=True)]
        for variable, value in zip(model.trainable_variables, moved[1:], strict=True):
            variable.assign(value)
        return float(tf.reduce_sum(tf.sin(tf.cast(model(moved[0]), "float64"))))

    started = [variable.numpy() for variable in model.trainable_variables]
    inputs = [x.numpy(), *started]
    # Fourth order: off by the fifth derivative times 1e-10, and by float32's rounding over 0.01.
    numeric = (8 * (loss(0.01) - loss(-0.01)) - (loss(0.02) - loss(-0.02))) / 0.12
    assert along == pytest.approx(numeric, rel=1e-3, abs=1e-2)


def test_second_derivatives_exist(mended):
    make, shape = STRIDED["tf.nn.conv2d"]
    gradients, model = gradients_of(make, shape)
    x = tf.ones((2, *shape))
    with tf.GradientTape() as tape:
        total = tf.add_n([tf.reduce_sum(tf.square(g)) for g in gradients(x)])
    (second,) = tape.gradient(total, model.trainable_variables)
    assert second.shape == (1, 1, 4, 3)
    assert np.any(second)


def test_other_gradients_stay_tensorflows_own(mended):
    gradients, _ = gradients_of(lambda: keras.layers.Conv2D(3, 2, strides=2), (8, 8, 4))
    graph = gradients.get_concrete_function(tf.TensorSpec((2, 8, 8, 4))).graph
    (gradient,) = (op for op in graph.get_operations() if op.type == "Conv2DBackpropFilter")
    assert gradient.get_attr("strides") == [1, 2, 2, 1]


def test_without_onednn_nothing_is_changed(monkeypatch):
    monkeypatch.setattr(kernels._pywrap_util_port, "IsMklEnabled", lambda: False)
    before = dict(gradient_registry._registry)
    kernels.mend_gradients.__wrapped__()
    assert gradient_registry._registry == before


def test_a_model_is_saved_as_it_was(mended, tmp_path):
    x = keras.Input((8, 8, 4))
    model = keras.Model(x, keras.layers.Conv2D(3, 1, strides=2, name="mine")(x))
    assert model.get_layer("mine").get_config()["strides"] == (2, 2)
    model.save(tmp_path / "model.keras")
    pictures = np.random.default_rng(0).uniform(size=(2, 8, 8, 4)).astype("float32")
    read = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(read(pictures), model(pictures))


# In bfloat16 with AMX.


@pytest.fixture
def amx(monkeypatch):
    monkeypatch.setattr(kernels, "_uses_amx", lambda: True)


def convolving(side, channels, dtype="bfloat16"):
    @tf.function
    def inner(x, kernel):
        return tf.nn.conv2d(x, kernel, 2, "SAME")

    return tf.function(inner).get_concrete_function(
        tf.TensorSpec((None, 16, 16, channels), dtype),
        tf.TensorSpec((side, side, channels, 3), dtype),
    )


def test_what_amx_computes_wrongly_is_refused_with_what_to_do(amx):
    with pytest.raises(InputError, match=r"filters of 4x4 on 16 channels.*--precision float32"):
        kernels.check_graph(convolving(4, 16))


@pytest.mark.parametrize(
    ("side", "channels", "dtype"),
    [
        (3, 16, "bfloat16"),
        (4, 3, "bfloat16"),
        (4, 32, "bfloat16"),
        (4, 16, "float32"),
        (None, 16, "bfloat16"),  # not known before it runs
    ],
)
def test_what_amx_computes_rightly_is_not_refused(amx, side, channels, dtype):
    kernels.check_graph(convolving(side, channels, dtype))


@pytest.mark.parametrize(
    ("limit", "onednn", "flags", "used"),
    [
        (None, True, {"amx_bf16"}, True),
        ("ALL", True, {"amx_bf16"}, True),
        ("avx512_core_amx", True, {"amx_bf16"}, True),
        ("AVX512_CORE_FP16", True, {"amx_bf16"}, False),
        (None, True, {"avx512_bf16"}, False),
        (None, False, {"amx_bf16"}, False),
    ],
)
def test_amx_is_used_where_the_processor_has_it_and_nothing_forbids_it(
    monkeypatch, limit, onednn, flags, used
):
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    if limit:
        monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", limit)
    monkeypatch.setattr(kernels._pywrap_util_port, "IsMklEnabled", lambda: onednn)
    monkeypatch.setattr(kernels.devices, "processor_flags", lambda: flags)
    assert kernels._uses_amx() is used
