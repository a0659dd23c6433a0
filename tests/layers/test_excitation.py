"""Squeeze and excitation."""

import numpy as np
import pytest
import reference
from one_layer import arrays, network, with_random_weights
from reference import assert_close, uniform

import layers as Layers


def test_channels_are_multiplied_by_a_sigmoid_of_two_layers_of_their_means():
    model = with_random_weights(network(lambda t: Layers.squeeze_excitation(t, 2, "se"), 5, 6, 4))
    weights_1, weights_2 = (arrays(model.get_layer(name).weights) for name in ("se_1", "se_2"))
    x = uniform(3, 5, 6, 4)
    hidden = np.maximum(reference.fc(x.mean((1, 2)), *weights_1), 0)
    factors = 1 / (1 + np.exp(-reference.fc(hidden, *weights_2)))
    assert_close(model(x), x * factors[:, None, None])


@pytest.mark.parametrize(
    ("channels", "ratio", "units"), [(64, 16, 4), (64, 8, 8), (20, 16, 1), (8, 16, 1)]
)
def test_parameters_are_those_of_two_layers(channels, ratio, units):
    model = network(lambda t: Layers.squeeze_excitation(t, ratio), 6, 6, channels)
    assert model.count_params() == 2 * channels * units + units + channels


def test_64_channels_have_580_parameters_by_default():
    assert network(Layers.squeeze_excitation, 6, 6, 64).count_params() == 580


def test_name_is_the_multiplications_and_begins_the_layers():
    model = network(lambda t: Layers.squeeze_excitation(t, name="se"), 5, 6, 4)
    assert {layer.name for layer in model.layers[1:]} == {"se_mean", "se_1", "se_2", "se"}


def test_blocks_without_a_name_live_together():
    model = network(lambda t: Layers.squeeze_excitation(Layers.squeeze_excitation(t)), 5, 6, 4)
    assert model.output_shape == (None, 5, 6, 4)


def test_further_arguments_reach_both_layers():
    model = network(lambda t: Layers.squeeze_excitation(t, use_bias=False), 5, 6, 4)
    assert [weight.name for weight in model.weights] == ["kernel"] * 2


def test_pictures_may_have_any_size():
    model = network(Layers.squeeze_excitation, None, None, 4)
    assert model(uniform(2, 3, 7, 4)).shape == (2, 3, 7, 4)
