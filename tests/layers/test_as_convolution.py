"""A network whose fully connected end is made of convolutions."""

import keras
import numpy as np
import pytest
from one_layer import network, with_random_weights
from reference import assert_close, uniform

import layers as Layers
from labs import nn4


def valid(t):
    """A small network without padding, so that a window's numbers are its own."""
    t = Layers.conv(t, 3, 3, padding="valid")
    t = Layers.maxpool(t, 2)
    t = Layers.fc(Layers.flat(t), 4, activation="relu")
    return Layers.fc(Layers.dropout(t, 0.5), 2, activation="log_softmax")


def averaged(t):
    return Layers.fc(Layers.global_avgpool(Layers.conv(t, 3, 3, padding="valid")), 2)


@pytest.mark.parametrize("function", [valid, averaged])
def test_a_picture_of_the_model_s_size_gets_the_same_numbers(function):
    model = with_random_weights(network(function, 8, 10, 2))
    x = uniform(3, 8, 10, 2)
    y = Layers.as_convolution(model)(x)
    assert y.shape == (3, 1, 1, 2)
    assert_close(y[:, 0, 0], model(x))


@pytest.mark.parametrize(("function", "step"), [(valid, 2), (averaged, 1)])
def test_a_larger_picture_gets_for_each_window_what_the_model_says_of_it(function, step):
    model = with_random_weights(network(function, 8, 10, 2))
    x = uniform(2, 14, 16, 2)
    y = np.asarray(Layers.as_convolution(model)(x))
    assert y.shape == (2, 6 // step + 1, 6 // step + 1, 2)
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            window = x[:, i * step : i * step + 8, j * step : j * step + 10]
            assert_close(y[:, i, j], model(window))


def test_nn4_slides_over_pictures_and_says_the_same_of_its_own():
    x = keras.Input((2304,))
    model = keras.Model(x, nn4.network(x))
    slides = Layers.as_convolution(model)
    faces = uniform(2, 2304)
    np.testing.assert_allclose(
        slides(faces.reshape(2, 48, 48, 1))[:, 0, 0], model(faces), atol=1e-4
    )
    assert slides(uniform(1, 96, 144, 1)).shape == (1, 7, 13, 2)


def test_it_has_as_many_parameters_and_shares_none():
    model = network(valid, 8, 10, 2)
    slides = Layers.as_convolution(model)
    assert slides.count_params() == model.count_params()
    assert not {id(w) for w in slides.weights} & {id(w) for w in model.weights}


def test_a_model_without_pictures_is_refused():
    with pytest.raises(ValueError, match="no pictures"):
        Layers.as_convolution(network(lambda t: Layers.fc(t, 2), 8))
