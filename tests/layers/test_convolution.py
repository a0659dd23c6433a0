"""Convolution and pooling."""

import keras
import numpy as np
import pytest
import reference
from fresh_python import WITHOUT_LAYERS, predictions
from one_layer import arrays, network, output_and_gradients, with_random_weights
from reference import assert_close, uniform

import layers as Layers

MAX_POOLING_EXAMPLE = [[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]

SIZES = pytest.mark.parametrize(
    ("height", "width", "kernel_size", "strides"),
    [(6, 7, 3, 1), (6, 7, 3, 2), (6, 7, 5, 3), (5, 4, 2, 1), (5, 4, 1, 2), (2, 2, 5, 1)],
)

POOLING = pytest.mark.parametrize(
    ("layer", "forward", "backward"),
    [
        (Layers.maxpool, reference.maxpool, reference.maxpool_gradient),
        (Layers.avgpool, reference.avgpool, reference.avgpool_gradient),
    ],
    ids=["maxpool", "avgpool"],
)


@SIZES
def test_conv_and_its_gradients_are_the_sums_over_the_windows(height, width, kernel_size, strides):
    model = network(
        lambda t: Layers.conv(t, 4, kernel_size, strides, activation=None), height, width, 3
    )
    kernel, bias = arrays(with_random_weights(model).trainable_weights)
    x = uniform(2, height, width, 3)
    expected = reference.conv(x, kernel, bias, strides)
    dy = uniform(*expected.shape, seed=1)
    y, gradients = output_and_gradients(model, x, dy)
    assert_close(y, expected)
    for actual, desired in zip(
        gradients, reference.conv_gradients(x, kernel, dy, strides), strict=True
    ):
        assert_close(actual, desired)


@pytest.mark.parametrize("channels", [1, 3, 8, 16])
@pytest.mark.parametrize("strides", [2, 3, (1, 2), [3, 1]], ids=str)
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("sides", [(12, 12), (7, 5), (1, 1)], ids=str)
def test_filters_of_one_pixel_see_the_pixels_that_the_strides_meet(
    channels, strides, padding, sides
):
    model = network(
        lambda t: Layers.conv(t, 4, 1, strides, activation=None, padding=padding), *sides, channels
    )
    kernel, bias = arrays(with_random_weights(model).trainable_weights)
    rows, columns = np.broadcast_to(strides, 2)
    x = uniform(2, *sides, channels)
    met = x[:, ::rows, ::columns]
    dy = uniform(*met.shape[:-1], 4, seed=1)
    y, (dx, dkernel, dbias) = output_and_gradients(model, x, dy)
    assert_close(y, np.einsum("nhwc,cf->nhwf", met, kernel[0, 0]) + bias)
    expected_dx = np.zeros_like(x)
    expected_dx[:, ::rows, ::columns] = np.einsum("nhwf,cf->nhwc", dy, kernel[0, 0])
    assert_close(dx, expected_dx)
    assert_close(dkernel[0, 0], np.einsum("nhwc,nhwf->cf", met, dy))
    assert_close(dbias, dy.sum((0, 1, 2)))


def test_filters_of_one_pixel_with_strides_are_stored_as_any_others(tmp_path):
    def convolution(t):
        return Layers.conv(t, 4, 1, 2, "conv_1")

    model = network(convolution, 6, 6, 3)
    assert model.layers[-1] is model.get_layer("conv_1")
    assert [weight.path for weight in model.weights] == ["conv_1/kernel", "conv_1/bias"]
    x = uniform(2, 6, 6, 3).astype("float32")
    (read,) = predictions(model, x, tmp_path, WITHOUT_LAYERS)
    np.testing.assert_array_equal(read, model(x))


def test_filters_of_one_pixel_take_pictures_of_any_size_and_either_layout():
    assert Layers.conv(keras.Input((None, None, 3)), 4, 1, 2).shape == (None, None, None, 4)
    t = Layers.conv(keras.Input((3, 8, 6)), 4, 1, (2, 3), data_format="channels_first")
    assert t.shape == (None, 4, 4, 2)


@pytest.mark.parametrize(("kernel_size", "strides"), [(4, 2), (5, 2), (3, 1), (3, 3)])
def test_a_transposed_convolution_is_the_gradient_of_one_by_its_input(kernel_size, strides):
    model = network(
        lambda t: Layers.conv_transposed(t, 2, kernel_size, strides, activation=None), 3, 4, 5
    )
    kernel, bias = arrays(with_random_weights(model).trainable_weights)
    small, large = uniform(2, 3, 4, 5), np.zeros((2, 3 * strides, 4 * strides, 2))
    by_input, *_ = reference.conv_gradients(large, kernel, small, strides)
    assert_close(model(small.astype("float32")), by_input + bias)


def test_transposed_convolution_example_of_the_lecture():
    a, b, x, y, z = 2.0, 3.0, 5.0, 7.0, 11.0
    model = network(
        lambda t: Layers.conv_transposed(
            t, 1, (1, 3), (1, 2), activation=None, padding="valid", use_bias=False
        ),
        *(1, 2, 1),
    )
    model.set_weights([np.reshape([x, y, z], (1, 3, 1, 1))])
    output = model(np.reshape([a, b], (1, 1, 2, 1)))
    np.testing.assert_array_equal(output[0, 0, :, 0], [a * x, a * y, a * z + b * x, b * y, b * z])


def test_deconv_is_the_course_s_word_for_a_transposed_convolution():
    assert Layers.deconv is Layers.conv_transposed


def test_conv_goes_through_relu_unless_told():
    model = with_random_weights(network(lambda t: Layers.conv(t, 4, 3), 6, 6, 3))
    x = uniform(2, 6, 6, 3)
    linear = reference.conv(x, *arrays(model.trainable_weights))
    assert linear.min() < 0
    assert_close(model(x), np.maximum(linear, 0))


@pytest.mark.parametrize(
    ("side", "kernel_size", "strides", "padding", "output_side"),
    [(7, 3, 1, "valid", 5), (7, 3, 2, "valid", 3), (32, 5, 1, "same", 32), (48, 3, 1, "same", 48)],
)
def test_output_sides_of_the_lecture(side, kernel_size, strides, padding, output_side):
    t = Layers.conv(keras.Input((side, side, 1)), 2, kernel_size, strides, padding=padding)
    assert t.shape == (None, output_side, output_side, 2)


def test_parameters_of_the_lectures_three_convolutions():
    def chain(t):
        return Layers.conv(Layers.conv(Layers.conv(t, 8, 5), 16, 5), 32, 1)

    counts = [layer.count_params() for layer in network(chain, 32, 32, 3).layers[1:]]
    assert counts == [608, 3216, 544]


@pytest.mark.parametrize(
    "option",
    [
        {"padding": "valid"},
        {"dilation_rate": 2},
        {"kernel_initializer": "ones"},
        {"kernel_regularizer": "l2"},
        {"use_bias": False},
    ],
    ids=str,
)
def test_conv_hands_further_arguments_on_to_keras(option):
    (name,) = option
    layer = network(lambda t: Layers.conv(t, 2, 3, **option), 6, 6, 3).layers[-1]
    assert layer.get_config()[name] == keras.layers.Conv2D(2, 3, **option).get_config()[name]


def test_max_pooling_example_of_the_lecture():
    model = network(lambda t: Layers.maxpool(t, 2), 4, 4, 1)
    y = model(np.reshape(MAX_POOLING_EXAMPLE, (1, 4, 4, 1)).astype("float32"))
    np.testing.assert_array_equal(y[0, ..., 0], [[5, 6], [7, 8]])


@POOLING
@pytest.mark.parametrize("size", [2, 3])
def test_pooling_and_its_gradient_are_of_squares_side_by_side(layer, forward, backward, size):
    x = uniform(2, 6, 7, 3)
    expected = forward(x, size)
    dy = uniform(*expected.shape, seed=1)
    y, (dx,) = output_and_gradients(network(lambda t: layer(t, size), 6, 7, 3), x, dy)
    assert_close(y, expected)
    assert_close(dx, backward(x, size, dy))


@POOLING
def test_pooling_hands_strides_on_to_keras(layer, forward, backward):
    x = uniform(2, 6, 7, 3)
    expected = forward(x, 3, 2)
    dy = uniform(*expected.shape, seed=1)
    y, (dx,) = output_and_gradients(network(lambda t: layer(t, 3, strides=2), 6, 7, 3), x, dy)
    assert_close(y, expected)
    assert_close(dx, backward(x, 3, dy, 2))


@pytest.mark.parametrize("dilation", [2, 3])
def test_a_dilated_filter_sees_pixels_that_lie_apart(dilation):
    model = network(
        lambda t: Layers.conv(t, 4, 3, activation=None, dilation_rate=dilation), 8, 9, 3
    )
    kernel, bias = arrays(with_random_weights(model).trainable_weights)
    with_holes = np.zeros((2 * dilation + 1, 2 * dilation + 1, 3, 4))
    with_holes[::dilation, ::dilation] = kernel
    x = uniform(2, 8, 9, 3)
    assert_close(model(x), reference.conv(x, with_holes, bias))


def test_global_average_pooling_takes_the_mean_of_each_channel():
    x = uniform(2, 6, 7, 3)
    assert_close(network(Layers.global_avgpool, 6, 7, 3)(x), x.mean((1, 2)))


@pytest.mark.parametrize(
    "layer",
    [
        lambda t: Layers.conv(t, 2, 3, 1, "mine"),
        lambda t: Layers.maxpool(t, 2, "mine"),
        lambda t: Layers.avgpool(t, 2, "mine"),
        lambda t: Layers.global_avgpool(t, "mine"),
    ],
    ids=["conv", "maxpool", "avgpool", "global_avgpool"],
)
def test_the_last_positional_argument_names_the_layer(layer):
    assert network(layer, 4, 4, 1).layers[-1].name == "mine"


@pytest.mark.parametrize(
    "layer",
    [
        lambda t: Layers.conv(t, 2, 3),
        lambda t: Layers.conv(t, 2, 1, 2),
        lambda t: Layers.maxpool(t, 2),
        lambda t: Layers.avgpool(t, 2),
        Layers.global_avgpool,
    ],
    ids=["conv", "strided conv", "maxpool", "avgpool", "global_avgpool"],
)
def test_rows_are_refused_where_pictures_are_due(layer):
    with pytest.raises(ValueError, match="ndim=2"):
        layer(keras.Input((2304,)))


@pytest.mark.parametrize("layer", [Layers.maxpool, Layers.avgpool])
def test_pictures_smaller_than_a_square_are_refused(layer):
    with pytest.raises(ValueError, match="zero or negative"):
        layer(keras.Input((1, 1, 3)), 2)
