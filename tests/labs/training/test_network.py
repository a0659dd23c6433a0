import dataclasses
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

import layers as Layers
from labs import nn3, nn4
from labs.machines import devices
from labs.training.network import Network
from labs.training.options import Options


def network(lab, **given):
    return Network(lab.lab, Options.of_lab(lab.lab, **given))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_layers_compute_in_the_precision_and_keep_their_weights_in_float32(precision):
    model = network(nn4, precision=precision).model
    assert {layer.compute_dtype for layer in model.layers} == {precision}
    assert {variable.dtype for variable in model.variables} == {"float32"}


def test_names_do_not_depend_on_what_was_built_before():
    first, second = (network(nn4) for _ in range(2))
    assert [v.path for v in first.model.variables] == [v.path for v in second.model.variables]
    paths = [[v.path for v in one.optimizer.variables] for one in (first, second)]
    assert paths[0] == paths[1]


def test_parameters_are_those_that_are_learned():
    assert network(nn3).parameters == 2304 * 50 + 50 + 50 * 2 + 2


def test_the_learning_rate_is_the_one_that_was_asked_for():
    assert network(nn3, learning_rate=0.125).learning_rate == 0.125
    assert network(nn4, learning_rate=0.125).learning_rate == 0.125


class OnlyFloat32(keras.layers.Layer):
    """As students write them: TensorFlow adds no float32 to bfloat16."""

    def call(self, t, training=False):
        return t + tf.ones((1,)) if training else t


def test_auto_falls_back_to_float32_for_a_layer_that_knows_nothing_else(monkeypatch):
    def built(precision):
        own = dataclasses.replace(
            nn4.lab, network=lambda x: Layers.fc(OnlyFloat32()(Layers.fc(x, 4)), 2)
        )
        return network(SimpleNamespace(lab=own), precision=precision)

    monkeypatch.setattr(devices, "native_bfloat16", lambda: True)
    assert network(nn4, precision="auto").precision == "bfloat16"
    found = built("auto")
    assert found.precision == "float32"
    assert {variable.path.partition("/")[0] for variable in found.model.variables} == {
        "dense",
        "dense_1",
    }
    (warning,) = found.warnings
    assert "bfloat16" in warning
    assert built("bfloat16").warnings == []  # who asks for it gets it


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: keras.optimizers.SGD(0.1, use_ema=True),
        lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.1, use_ema=True)),
    ],
    ids=["plain", "inside"],
)
def test_final_weights_are_keras_s_averages_and_go_back(optimizer):
    own = dataclasses.replace(nn3.lab, optimizer=lambda rate: optimizer())
    found = network(SimpleNamespace(lab=own), precision="float32")
    variables = found.model.trainable_variables
    weights = []
    for k in range(3):
        found.optimizer.apply([tf.ones(v.shape) * (k + 1) * 1000 for v in variables])
        weights.append([v.numpy() for v in variables])
    averages = weights[0]  # Keras begins with the weights after the first step
    for newest in weights[1:]:
        averages = [0.99 * a + 0.01 * w for a, w in zip(averages, newest, strict=True)]
    assert found.keeps_averages
    with found.final_weights():
        for variable, average in zip(variables, averages, strict=True):
            assert variable.numpy() == pytest.approx(average, rel=1e-4, abs=1e-4)
    for variable, last in zip(variables, weights[-1], strict=True):
        assert np.array_equal(variable.numpy(), last)
