"""The lectures' networks are those of keras.applications: same parameters, same output."""

import functools

import keras
import numpy as np
import pytest
from keras import applications

from labs.analysis import cost
from labs.architectures import densenet, googlenet, resnet, vgg

CLASSES = 7
CLOSE = 1e-4
# name: ours, Keras's, the side of small pictures, whether its convolutions have a bias that the
# normalization behind them takes away
TWINS = {
    "VGG16": (vgg.network, applications.VGG16, 32, False),
    "VGG19": (functools.partial(vgg.network, configuration="E"), applications.VGG19, 32, False),
    "DenseNet121": (densenet.network, applications.DenseNet121, 64, False),
    "InceptionV3": (googlenet.inception_v3, applications.InceptionV3, 107, False),
    "ResNet50": (resnet.network, applications.ResNet50, 64, True),
    "ResNet101": (functools.partial(resnet.network, depth=101), applications.ResNet101, 64, True),
    "ResNet152": (functools.partial(resnet.network, depth=152), applications.ResNet152, 64, True),
}
LARGE = {"VGG19", "InceptionV3", "DenseNet121", "ResNet101", "ResNet152"}
# The size of the pictures that they are published for.
SIDES = dict.fromkeys(TWINS, 224) | {"InceptionV3": 299}
# White of the pictures: weights that are not trained leave 152 layers sure of one class at 255.
BRIGHTEST = dict.fromkeys(TWINS, 255) | {"ResNet152": 1}
WITH_WEIGHTS = (keras.layers.Conv2D, keras.layers.Dense)


def normalizing(layer):
    return "Normaliz" in type(layer).__name__


def biases_taken_away(twin):
    return sum(layer.filters for layer in twin.layers if isinstance(layer, keras.layers.Conv2D))


@pytest.mark.parametrize("name", TWINS)
def test_it_has_the_parameters_of_its_twin(name):
    ours, theirs, _, biased = TWINS[name]
    with cost.without_numbers():
        x = keras.Input((SIDES[name], SIDES[name], 3))
        found = cost.of(keras.Model(x, ours(x))).parameters
        twin = theirs(weights=None)
        expected = cost.of(twin).parameters - (biases_taken_away(twin) if biased else 0)
    assert found == expected


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in LARGE else ()) for name in TWINS]
)
def test_it_says_the_same_as_its_twin_with_the_twin_s_weights(name):
    keras.utils.set_random_seed(0)
    ours, theirs, side, _ = TWINS[name]
    twin = theirs(weights=None, input_shape=(side, side, 3), classes=CLASSES)
    scatter(twin)
    x = keras.Input((side, side, 3))
    model = keras.Model(x, ours(x, classes=CLASSES))
    copy_weights(twin, model)
    pictures = np.random.default_rng(1).uniform(0, BRIGHTEST[name], (2, side, side, 3))
    expected = np.log(twin(pictures))
    assert np.ptp(expected, axis=0).max() > 10 * CLOSE  # pictures make a difference
    np.testing.assert_allclose(model(pictures), expected, atol=CLOSE)


def scatter(twin):
    """Gives a network's normalizations averages and offsets that are not 0 and 1."""
    random = np.random.default_rng(0)
    for layer in filter(normalizing, twin.layers):
        for weight in layer.weights:
            drawn = random.uniform(-0.2, 0.2, weight.shape)
            weight.assign(drawn if weight.name in ("beta", "moving_mean") else 1 + drawn)
    for layer in twin.layers:
        if isinstance(layer, WITH_WEIGHTS) and layer.use_bias:
            layer.bias.assign(random.uniform(-0.1, 0.1, layer.bias.shape))


def copy_weights(twin, model):
    """Gives a network its twin's weights; layers of a kind come in the same order in both."""

    def in_order(network, wanted):
        return [layer for layer in network.layers if wanted(layer)]

    def weighted(layer):
        return isinstance(layer, WITH_WEIGHTS)

    taken_away = []
    for own, other in zip(in_order(model, weighted), in_order(twin, weighted), strict=True):
        own.kernel.assign(other.kernel)
        if own.use_bias:
            own.bias.assign(other.bias)
        elif other.use_bias:  # the normalization behind it takes it away
            taken_away.append((other.output, np.asarray(other.bias)))
    for own, other in zip(in_order(model, normalizing), in_order(twin, normalizing), strict=True):
        mean = np.asarray(other.moving_mean) - next(
            (bias for tensor, bias in taken_away if tensor is other.input), 0
        )
        own.beta.assign(other.beta)
        if isinstance(own, keras.layers.BatchNormalization):
            own.moving_mean.assign(mean)
            own.moving_variance.assign(other.moving_variance)
            continue
        own.gamma.assign(other.gamma)
        own.mean_sum.assign(mean)
        own.variance_sum.assign(other.moving_variance)
        own.weight_sum.assign(1.0)
