"""The share of idle units, of networks whose dead and saturated units are known; and the step."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from dsutil import DataSet
from dsutil.binary import pair_paths
from dsutil.dataset import normalized
from labs.optimization import activations
from labs.optimization.activations import ACTIVATIONS
from labs.tasks import COURSE

UNITS = 128  # of two hidden layers


@pytest.fixture
def idle_of(faces, monkeypatch):
    """The share of idle units of a model, judged by the data set `other`."""

    def idle(model):
        monkeypatch.setattr(
            activations.trained, "restored", lambda *_, **__: SimpleNamespace(model=model)
        )
        monkeypatch.setattr(activations.runs, "existing", lambda path: path)
        asked = {"databases": str(faces), "test": "other"}
        return activations.idle(
            SimpleNamespace(lab=SimpleNamespace(task=COURSE), path="logs/a/b", asked=asked)
        )

    return idle


def network(name, first, second):
    """A network of two hidden layers, whose units get these numbers whatever the image."""
    make, start = ACTIVATIONS[name]
    x = keras.Input((2304,))
    model = keras.Model(x, activations.network(x, 2, make, start))
    for layer, numbers in (("fc_1", first), ("fc_2", second)):
        kernel, _ = model.get_layer(layer).get_weights()
        model.get_layer(layer).set_weights([np.zeros_like(kernel), numbers])
    return model


def numbers(**count):
    """64 numbers, so many of each; the others are 0.5.

    Args:
        **count: how many are `low` (-20) and `high` (20).
    """
    low, high = count.get("low", 0), count.get("high", 0)
    return np.array([-20.0] * low + [20.0] * high + [0.5] * (64 - low - high))


@pytest.mark.parametrize(
    ("name", "idle"),
    [
        ("step", UNITS),
        ("sigmoid", 16 + 8 + 3),  # dead at both ends
        ("tanh", 16 + 8 + 3),
        ("ReLU", 16 + 3),  # below 0 only
        ("leaky ReLU", 0),  # its slope below 0 is small, and there
        ("PReLU", 16 + 3),  # which starts as a ReLU
    ],
)
def test_idle_units_are_those_without_a_slope(idle_of, name, idle):
    model = network(name, numbers(low=16, high=8), numbers(low=3))
    assert idle_of(model) == pytest.approx(idle / UNITS)


def test_a_unit_that_one_image_wakes_is_not_idle(idle_of, faces):
    model = network("ReLU", numbers(low=2), numbers())
    assert idle_of(model) == pytest.approx(2 / UNITS)
    images = normalized(DataSet(*pair_paths(faces, "other")).take(np.arange(30)))
    *_, next_, highest = np.sort(images, axis=0)
    pixel = np.argmax(highest - next_)
    assert highest[pixel] > next_[pixel]
    kernel, biases = model.get_layer("fc_1").get_weights()
    kernel[pixel, 0], biases[0] = 1, -(highest[pixel] + next_[pixel]) / 2
    model.get_layer("fc_1").set_weights([kernel, biases])
    assert idle_of(model) == pytest.approx(1 / UNITS)


def test_the_step_is_0_up_to_0_and_1_above_and_has_no_slope():
    t = tf.constant([-2.0, -1e-6, 0.0, 1e-6, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(t)
        y = activations.step(t)
    assert y.dtype == tf.float32
    np.testing.assert_array_equal(y, [0, 0, 0, 1, 1])
    np.testing.assert_array_equal(tape.gradient(y, t, unconnected_gradients="zero"), np.zeros(5))
