"""The way back up: unpooling to the places that pooling remembers, and upsampling."""

import keras
import numpy as np
import pytest
import reference
import tensorflow as tf
from one_layer import network, output_and_gradients, reloaded
from reference import assert_close, uniform

import layers as Layers

SIZES = pytest.mark.parametrize(
    ("height", "width", "size"), [(4, 6, 2), (5, 7, 2), (6, 9, 3), (8, 7, 3), (4, 3, 1), (5, 5, 5)]
)


def there_and_back(size):
    return lambda t: Layers.unpool(*Layers.maxpool_with_places(t, size), size)


def pooling_with_places(height, width, channels, size):
    x = keras.Input((height, width, channels))
    return keras.Model(x, Layers.maxpool_with_places(x, size))


def picture(rows):
    """A batch of one picture of one channel."""
    return np.array(rows, "float32")[None, ..., None]


def first_places(x, size):
    """1 at the first of the largest numbers of each square, row by row, of (n, h, w, c)."""
    places = np.zeros_like(x)
    for i, j, _ in reference.windows(x, size, size):
        for n, channel in np.ndindex(len(x), x.shape[-1]):
            square = x[n, i * size : (i + 1) * size, j * size : (j + 1) * size, channel]
            row, column = np.unravel_index(np.argmax(square), square.shape)
            places[n, i * size + row, j * size + column, channel] = 1
    return places


def placed(y, places, size):
    """Each number of `y` where `places` has the 1 of its square."""
    x = np.zeros_like(places)
    for i, j, window in reference.windows(x, size, size):
        x[window] = places[window] * y[:, i : i + 1, j : j + 1]
    return x


def taken(x, places, size):
    """The number of each square of `x` that `places` points to."""
    y = reference.output_of_windows(x, size, size, x.shape[-1])
    for i, j, window in reference.windows(x, size, size):
        y[:, i, j] = (x[window] * places[window]).sum((1, 2))
    return y


# ------------------------------------------------------------------------------------- unpooling


def test_unpooling_example_of_the_lecture():
    pictures, small = keras.Input((4, 4, 1)), keras.Input((2, 2, 1))
    pooled, places = Layers.maxpool_with_places(pictures, 2)
    model = keras.Model([pictures, small], [pooled, Layers.unpool(small, places, 2)])
    pooled, unpooled = model(
        [
            picture([[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]),
            picture([[1, 2], [3, 4]]),
        ]
    )
    np.testing.assert_array_equal(pooled[0, ..., 0], [[5, 6], [7, 8]])
    np.testing.assert_array_equal(
        unpooled[0, ..., 0], [[0, 0, 2, 0], [0, 1, 0, 0], [0, 0, 0, 0], [3, 0, 0, 4]]
    )


@SIZES
def test_pooling_with_places_pools_as_maxpool_does(height, width, size):
    x = uniform(2, height, width, 3)
    expected = reference.maxpool(x, size)
    dy = uniform(*expected.shape, seed=1)
    model = network(lambda t: Layers.maxpool_with_places(t, size)[0], height, width, 3)
    y, (dx,) = output_and_gradients(model, x, dy)
    assert_close(y, expected)
    assert_close(dx, reference.maxpool_gradient(x, size, dy))


@SIZES
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_of_equal_numbers_the_first_has_the_place(height, width, size, policy):
    keras.config.set_dtype_policy(policy)
    x = np.random.default_rng(0).integers(0, 3, (4, height, width, 3)).astype("float32")
    _, places = pooling_with_places(height, width, 3, size)(x)
    np.testing.assert_array_equal(np.asarray(places, "float32"), first_places(x, size))


@SIZES
def test_unpool_and_its_gradient_move_numbers_to_the_places_and_back(height, width, size):
    places = first_places(uniform(2, height, width, 3), size)
    t = keras.Input((height // size, width // size, 3))
    marks = keras.Input((height, width, 3))
    model = keras.Model([t, marks], Layers.unpool(t, marks, size))
    y, dx = uniform(2, *t.shape[1:], seed=1), uniform(2, height, width, 3, seed=2)
    small = tf.constant(y, "float32")
    with tf.GradientTape() as tape:
        tape.watch(small)
        x = model([small, tf.constant(places, "float32")])
    dy = tape.gradient(x, small, output_gradients=tf.constant(dx, "float32"))
    np.testing.assert_array_equal(x, placed(y, places, size).astype("float32"))
    assert_close(dy, taken(dx, places, size))


@SIZES
def test_after_pooling_and_unpooling_only_the_largest_are_left(height, width, size):
    x = uniform(2, height, width, 3)
    places = first_places(x, size)
    dy = uniform(*x.shape, seed=1)
    y, (dx,) = output_and_gradients(network(there_and_back(size), height, width, 3), x, dy)
    assert_close(y, x * places)
    assert_close(dx, dy * places)


def test_pictures_of_any_size_are_unpooled():
    x = uniform(2, 6, 8, 3)
    model = network(there_and_back(2), None, None, 3)
    graph = tf.function(model, input_signature=[tf.TensorSpec((None, None, None, 3))])
    assert_close(graph(x.astype("float32")), x * first_places(x, 2))


def test_unpooling_gives_each_layer_a_name():
    x = keras.Input((5, 4, 3))
    t, places = Layers.maxpool_with_places(x, 2, "pool_1")
    model = keras.Model(x, Layers.unpool(t, places, 2, "unpool_2"))
    names = [layer.name for layer in model.layers[1:]]
    assert {"pool_1", "pool_1_places", "unpool_2_squares", "unpool_2"} < set(names)
    assert names[-1] == "unpool_2"


@pytest.mark.parametrize(
    ("small", "large", "size"),
    [
        ((2, 2, 3), (6, 6, 3), 2),
        ((2, 2, 3), (4, 6, 3), 2),
        ((2, 2, 3), (4, 4, 1), 2),
        ((4, 4, 3), (2, 2, 3), 2),
        ((12,), (4, 4, 3), 2),
        ((2, 2, 3), (48,), 2),
    ],
    ids=str,
)
def test_places_of_other_pictures_are_refused(small, large, size):
    with pytest.raises(ValueError, match="unpool with pool_size 2 and places of the shape"):
        Layers.unpool(keras.Input(small), keras.Input(large), size)


@pytest.mark.parametrize("sides", [(4, 6), (5, 7)], ids=str)
def test_keras_operations_find_the_same_places(sides):
    model = pooling_with_places(*sides, 3, 2)
    plain = model.layers[-1].as_keras()
    assert all(type(part).__module__.startswith("keras.") for part in plain.operations)
    x = tf.constant(np.random.default_rng(0).integers(0, 3, (4, *sides, 3)), "float32")
    pooled, places = model(x)
    np.testing.assert_array_equal(plain([x, pooled]), places)


def test_places_read_from_a_file_still_have_keras_operations(tmp_path):
    model = reloaded(pooling_with_places(4, 5, 3, 2), tmp_path)
    (layer,) = (layer for layer in model.layers if hasattr(layer, "as_keras"))
    assert layer.as_keras().output_shape == (None, 4, 5, 3)


# ------------------------------------------------------------------------------------ upsampling


def test_upsample_repeats_each_pixel():
    model = network(lambda t: Layers.upsample(t, 2, "up"), 2, 2, 1)
    y = model(picture([[1, 2], [3, 4]]))
    np.testing.assert_array_equal(y[0, ..., 0], np.kron([[1, 2], [3, 4]], np.ones((2, 2))))
    assert model.layers[-1].name == "up"


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_upsample_draws_straight_lines_between_the_middles_of_pixels(policy):
    keras.config.set_dtype_policy(policy)
    model = network(lambda t: Layers.upsample(t, 2, interpolation="bilinear"), 1, 3, 1)
    y = model(picture([[0, 4, 2]]))
    assert y.dtype == model.compute_dtype
    for row in np.asarray(y, "float32")[0, ..., 0]:
        np.testing.assert_array_equal(row, [0, 1, 3, 3.5, 2.5, 2])


def test_upsample_refuses_rows():
    with pytest.raises(ValueError, match="ndim=2"):
        Layers.upsample(keras.Input((2304,)), 2)
