"""Regions of a feature map, against bilinear interpolation point by point."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from reference import assert_close, uniform

import layers as Layers

HEIGHT, WIDTH, STRIDE = 6, 9, 4  # of maps; of pictures 24 pixels high and 36 wide


def pixel(place, pixels):
    """The two pixels about a place, and how far it is from the first towards the second."""
    place = min(max(place, 0.0), pixels - 1.0)
    first = min(int(place), max(pixels - 2, 0))
    return first, min(first + 1, pixels - 1), place - first


def corners(x, y):
    """Yields row, column and weight of the four pixels of a map about a point of the picture."""
    left, right, across = pixel(x / STRIDE - 0.5, WIDTH)
    top, bottom, down = pixel(y / STRIDE - 0.5, HEIGHT)
    yield top, left, (1 - down) * (1 - across)
    yield top, right, (1 - down) * across
    yield bottom, left, down * (1 - across)
    yield bottom, right, down * across


def sampled(boxes, size, samples):
    """Yields image, region, bin, row, column and weight of all pixels that make up the regions."""
    for image, region in np.ndindex(boxes.shape[:2]):
        left, top, right, bottom = boxes[image, region].astype("float64")
        for i, j, a, b in np.ndindex(size, size, samples, samples):
            y = top + (bottom - top) * (i + (a + 0.5) / samples) / size
            x = left + (right - left) * (j + (b + 0.5) / samples) / size
            for row, column, weight in corners(x, y):
                yield image, region, (i, j), row, column, weight / samples**2


def pooled(maps, boxes, size, samples):
    regions = np.zeros((*boxes.shape[:2], size, size, maps.shape[-1]))
    for image, region, place, row, column, weight in sampled(boxes, size, samples):
        regions[(image, region, *place)] += weight * maps[image, row, column]
    return regions


def pooled_gradient(maps, boxes, dy, size, samples):
    dmaps = np.zeros(maps.shape)
    for image, region, place, row, column, weight in sampled(boxes, size, samples):
        dmaps[image, row, column] += weight * dy[(image, region, *place)]
    return dmaps


def model_of(size, stride=STRIDE, regions=8, height=HEIGHT, width=WIDTH, **options):
    t, boxes = keras.Input((height, width, 3)), keras.Input((regions, 4))
    return keras.Model([t, boxes], Layers.roi_pool(t, boxes, size, stride, **options))


def random_boxes(low, high):
    """Eight boxes for each of two pictures, whose corners lie between `low` and `high`."""
    points = np.random.default_rng(0).uniform(low, high, (2, 8, 2, 2))
    return np.concatenate([points.min(2), points.max(2)], axis=-1).astype("float32")


BOXES = {
    "inside": random_boxes((0, 0), (4 * WIDTH, 4 * HEIGHT)),
    "over the border": random_boxes((-20, -20), (4 * WIDTH + 20, 4 * HEIGHT + 20)),
    "outside": random_boxes((4 * WIDTH, -40), (4 * WIDTH + 40, -5)),
    "of no area": np.tile(random_boxes(0, 24)[..., :2], 2),
    "of no width": random_boxes(0, 24)[..., [0, 1, 0, 3]],
}


@pytest.mark.parametrize("name", BOXES)
@pytest.mark.parametrize(("size", "samples"), [(1, 1), (3, 1), (3, 2), (2, 3)])
def test_regions_and_the_map_s_gradient_are_of_points_interpolated_one_by_one(name, size, samples):
    maps, boxes = uniform(2, HEIGHT, WIDTH, 3).astype("float32"), BOXES[name]
    expected = pooled(maps, boxes, size, samples)
    dy = uniform(*expected.shape, seed=1)
    maps = tf.constant(maps)
    with tf.GradientTape() as tape:
        tape.watch(maps)
        y = model_of(size, samples=samples)([maps, tf.constant(boxes)])
    dmaps = tape.gradient(y, maps, output_gradients=tf.constant(dy, "float32"))
    assert_close(y, expected)
    assert_close(dmaps, pooled_gradient(maps, boxes, dy, size, samples))


def test_a_box_round_the_whole_picture_gives_the_whole_map():
    maps = uniform(2, 5, 5, 3).astype("float32")
    y = model_of(5, 8, 1, 5, 5, samples=1)([maps, np.full((2, 1, 4), [0, 0, 40, 40], "float32")])
    assert_close(y[:, 0], maps)


def test_a_map_that_rises_evenly_shows_where_the_middle_of_each_bin_is():
    places = np.arange(12) + 0.5
    maps = np.stack(np.broadcast_arrays(places, places[:, None], 0), axis=-1).astype("float32")
    y = model_of(2, 1, 1, 12, 12)([maps[None], np.array([[[2, 3, 6, 11]]], "float32")])[0, 0]
    np.testing.assert_allclose(y[..., 0], [[3, 5], [3, 5]], rtol=1e-6)
    np.testing.assert_allclose(y[..., 1], [[5, 5], [9, 9]], rtol=1e-6)


def test_maps_of_one_pixel_give_it_everywhere():
    maps = uniform(2, 1, 1, 3).astype("float32")
    y = model_of(3, height=1, width=1)([maps, BOXES["over the border"]])
    np.testing.assert_array_equal(y, np.broadcast_to(maps[:, None], (2, 8, 3, 3, 3)))


def test_no_boxes_give_no_regions():
    y = model_of(3, regions=None)([uniform(2, HEIGHT, WIDTH, 3), np.zeros((2, 0, 4))])
    assert y.shape == (2, 0, 3, 3, 3)


def test_boxes_keep_their_fractions_of_a_pixel_in_16_bits():
    keras.config.set_dtype_policy("mixed_bfloat16")
    row = np.arange(300, dtype="float32") % 2
    maps = np.tile(row[:, None], (1, 4, 1, 3))  # 4 pixels high
    boxes = np.array([[[x, 0, x, 4] for x in (256.5, 257.0, 257.5)]], "float32")
    y = model_of(1, 1, 3, 4, 300)([maps, boxes])
    np.testing.assert_array_equal(np.asarray(y, "float32")[0, :, 0, 0, 0], [0, 0.5, 1])


def test_no_gradient_flows_to_the_boxes():
    maps, boxes = tf.constant(uniform(2, HEIGHT, WIDTH, 3), "float32"), tf.constant(BOXES["inside"])
    with tf.GradientTape() as tape:
        tape.watch(boxes)
        y = model_of(3)([maps, boxes])
    assert tape.gradient(y, boxes) is None


def test_keras_operations_cut_out_the_same_regions():
    model = model_of(3)
    plain = model.layers[-1].as_keras()
    assert all(type(part).__module__.startswith("keras.") for part in plain.operations)
    maps, boxes = uniform(2, HEIGHT, WIDTH, 3).astype("float32"), BOXES["over the border"]
    inputs = [tf.constant(maps), tf.constant(boxes)]
    np.testing.assert_array_equal(plain(inputs), model(inputs))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size and samples must be 1 or more, got 0 and 2"),
        ({"size": 3, "samples": 0}, "size and samples must be 1 or more, got 3 and 0"),
        ({"size": 3, "stride": 0}, "stride must be above 0, got 0"),
    ],
    ids=str,
)
def test_arguments_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        model_of(**options)


@pytest.mark.parametrize(
    ("maps", "boxes"), [((6, 9, 3), (4,)), ((6, 9, 3), (8, 5)), ((54,), (8, 4))], ids=str
)
def test_what_are_no_maps_and_boxes_is_refused(maps, boxes):
    with pytest.raises(ValueError, match="roi_pool expects maps of the shape"):
        Layers.roi_pool(keras.Input(maps), keras.Input(boxes), 3)
