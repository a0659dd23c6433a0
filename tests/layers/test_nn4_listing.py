"""The lecture's listing of nn4, as it stands."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from reference import uniform

import layers as Layers


@pytest.fixture(scope="module")
def nn4():
    x = keras.Input((2304,))
    t = Layers.unflat(x, 48, 48, 1)
    t = Layers.conv(t, 64, 3, 1, "conv_1")
    t = Layers.maxpool(t, 2, "pool_2")
    t = Layers.conv(t, 32, 3, 1, "conv_3")
    t = Layers.maxpool(t, 2, "pool_4")
    t = Layers.conv(t, 16, 3, 1, "conv_5")
    t = Layers.maxpool(t, 2, "pool_6")
    t = Layers.flat(t)
    y = Layers.fc(t, 2, "fc_7", tf.nn.log_softmax)
    return keras.Model(x, y)


def test_parameters_are_24882_in_all(nn4):
    assert nn4.count_params() == 24882


@pytest.mark.parametrize(
    ("name", "parameters"), [("conv_1", 640), ("conv_3", 18464), ("conv_5", 4624), ("fc_7", 1154)]
)
def test_parameters_of_each_layer(nn4, name, parameters):
    assert nn4.get_layer(name).count_params() == parameters


def test_input_of_conv_3_has_24_pixels_a_side(nn4):
    up_to_pool_2 = keras.Model(nn4.input, nn4.get_layer("pool_2").output)
    assert up_to_pool_2.compute_output_shape((128, 2304)) == (128, 24, 24, 64)


def test_answers_are_logarithms_of_probabilities(nn4):
    y = np.asarray(nn4(uniform(3, 2304)))
    np.testing.assert_allclose(np.exp(y).sum(1), 1, rtol=1e-6)
