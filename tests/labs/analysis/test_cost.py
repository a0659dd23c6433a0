"""What a network costs, by formulas and by what others published."""

import keras
import numpy as np
import pytest

import layers as Layers
from labs import nn4
from labs.analysis import cost


def model(network, *shape):
    x = keras.Input(shape)
    return keras.Model(x, network(x))


@pytest.mark.parametrize(
    ("filters", "size", "parameters"), [(8, 5, 608), (16, 5, 3216), (32, 1, 544)]
)
def test_a_convolution_of_1024_pixels_has_the_parameters_of_the_slide(filters, size, parameters):
    channels = {608: 3, 3216: 8, 544: 16}[parameters]
    layer = model(lambda t: Layers.conv(t, filters, size), 32, 32, channels).layers[-1]
    weights = size * size * channels * filters
    assert cost.of_layer(layer) == cost.Cost(parameters, 1024 * weights, 1024 * filters)


def test_a_fully_connected_layer_multiplies_once_for_each_weight():
    layer = model(lambda t: Layers.fc(t, 10), 256).layers[-1]
    assert cost.of_layer(layer) == cost.Cost(2570, 2560, 10)


def test_a_grouped_convolution_multiplies_a_groupth():
    layer = model(lambda t: Layers.conv_grouped(t, 8, 3, 4), 6, 6, 8).layers[-1]
    assert cost.of_layer(layer).multiplications == 36 * 9 * 2 * 8


def test_a_network_costs_what_its_layers_do():
    # The pixels, and what conv_1, pool_2, conv_3, pool_4, conv_5, pool_6 and fc_7 give.
    values = 2304 + 48**2 * 64 + 24**2 * (64 + 32) + 12**2 * (32 + 16) + 6**2 * 16 + 2
    multiplications = 48**2 * 576 + 24**2 * 18432 + 12**2 * 4608 + 1152
    assert cost.of(model(nn4.network, 2304)) == cost.Cost(24882, multiplications, values)


def test_what_a_pixel_sees_grows_by_each_filter_and_each_step():
    # 3; pooling by 2: 4; 3: 8; pooling: 10; 3: 18; pooling: 22.
    assert cost.sight(model(nn4.network, 2304)) == cost.Sight(depth=4, field=22, step=8)


def test_holes_and_skipped_pixels_count():
    def network(t):
        t = Layers.conv(t, 2, 3, dilation_rate=2)  # sees 5
        t = Layers.conv(t, 2, 1, strides=2)  # skips every other pixel
        return Layers.conv(t, 2, 3)  # 5 + 2 * 2

    assert cost.sight(model(network, 12, 12, 1)) == cost.Sight(3, 9, 2)


def test_the_way_that_sees_most_counts():
    def network(t):
        return keras.layers.add([Layers.conv(t, 2, 1), Layers.conv(Layers.conv(t, 2, 5), 2, 5)])

    assert cost.sight(model(network, 12, 12, 1)) == cost.Sight(2, 9, 1)


def test_nothing_is_allocated_where_only_shapes_are_asked_for():
    keras.config.set_dtype_policy("mixed_bfloat16")
    with cost.without_numbers():
        large = model(lambda t: Layers.fc(t, 10**6, kernel_initializer=never), 10**6)
        assert cost.of(large).parameters == 10**12 + 10**6
    assert keras.config.dtype_policy().name == "mixed_bfloat16"
    assert np.isfinite(model(lambda t: Layers.fc(t, 2), 3)(np.ones((1, 3)))).all()


def never(shape, dtype=None):
    raise AssertionError("numbers were made")
