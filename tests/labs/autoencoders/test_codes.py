"""What is measured of codes, against automatic differentiation and NumPy."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit

from dsutil.drawn import faces
from labs.autoencoders import codes, overcomplete

UNITS = 6


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    x = keras.Input((2304,))
    return keras.Model(x, overcomplete.network(x, units=UNITS))


@pytest.fixture(scope="module")
def code(model):
    """The `Code` of an untrained network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            codes.trained, "restored", lambda *args, **kwargs: SimpleNamespace(model=model)
        )
        patch.setattr(codes.runs, "existing", lambda path: path)
        return codes.code_of.__wrapped__(None, "a run")


@pytest.fixture(scope="module")
def pictures():
    return (faces.draw(0, codes.FACES, stream="test")[0] - 128.0) / 256


def patches(x):
    """The 16 patches of each picture, (n, 16, 144)."""
    return x.reshape(-1, 4, 12, 4, 12).transpose(0, 1, 3, 2, 4).reshape(-1, 16, 144)


def encoded(model, x):
    kernel, bias = (w.numpy().astype(np.float64) for w in model.get_layer("code").weights)
    return expit(patches(x) @ kernel + bias)


def test_the_activation_is_the_mean_of_sigmoids_of_patches(model, code, pictures):
    assert code.active == pytest.approx(encoded(model, pictures).mean(), rel=1e-4)


def test_the_norm_is_that_of_tensorflow_s_jacobian(model, code, pictures):
    x = tf.constant(pictures[:20], tf.float32)
    encoder = keras.Model(model.input, model.get_layer("code").output)
    with tf.GradientTape() as tape:
        tape.watch(x)
        h = encoder(x)
    jacobian = tape.batch_jacobian(h, x).numpy()
    each = np.sqrt(np.sum(jacobian**2, axis=(1, 2, 3)))
    assert code.jacobian == pytest.approx(each.mean(), rel=0.05)  # of the first faces


def test_a_code_that_follows_the_picture_moves_as_the_picture_does(code, pictures):
    # Sigmoids of small sums are nearly linear, and random kernels keep distances in proportion.
    between = np.sqrt(np.mean((pictures - np.roll(pictures, 1, axis=0)) ** 2))
    assert 0 < code.moves < 3 * codes.CHANGE / between


def test_kernels_are_one_a_unit(model, code):
    assert code.kernels.shape == (UNITS, 12, 12)
    kernel = model.get_layer("code").kernel.numpy()
    np.testing.assert_array_equal(code.kernels[3], kernel[:, 3].reshape(12, 12))


def test_weights_of_noise_are_not_alike_and_those_of_a_slope_are():
    noise = np.random.default_rng(0).normal(size=(50, 12, 12))
    slope = np.add.outer(np.arange(12.0), np.arange(12.0))[None]
    assert codes.Code(noise, 0, 0, 0, 0).smoothness == pytest.approx(0, abs=0.05)
    assert codes.Code(slope, 0, 0, 0, 0).smoothness > 0.95


def test_tiles_show_the_largest_kernels_in_the_order_of_their_size():
    kernels = np.ones((100, 12, 12)) * np.arange(100)[:, None, None]
    kernels[:, 0, 0] *= -1
    shown = codes.tiles(kernels)
    assert shown.shape == (8 * 14 - 2, 8 * 14 - 2)
    assert shown[0, 0] == 0
    assert shown[1, 1] == 255
