"""Pictures side by side, enlarged, and with points on them."""

import numpy as np
import pytest
from PIL import Image

from dsutil.pictures import (
    COLOURS,
    enlarged,
    enlargement,
    tiled,
    with_boxes,
    with_parts,
    with_points,
)

SHAPES = pytest.mark.parametrize("shape", [(5, 4), (5, 4, 3), (1, 1)])


def random_pictures(count, shape):
    return np.random.default_rng(0).integers(0, 250, (count, *shape), np.uint8)


@SHAPES
@pytest.mark.parametrize(("count", "columns"), [(1, 1), (6, 3), (7, 3), (2, 5)])
@pytest.mark.parametrize(("gap", "ground"), [(0, 255), (2, 0), (3, 99)])
def test_every_picture_stands_in_its_place_and_the_rest_is_ground(
    shape, count, columns, gap, ground
):
    pictures = random_pictures(count, shape)
    height, width = shape[:2]
    rows = -(-count // columns)
    expected = np.full(
        (rows * height + (rows - 1) * gap, columns * width + (columns - 1) * gap, *shape[2:]),
        ground,
        np.uint8,
    )
    for i, picture in enumerate(pictures):
        y, x = i // columns * (height + gap), i % columns * (width + gap)
        expected[y : y + height, x : x + width] = picture
    whole = tiled(pictures, columns, gap, ground)
    assert whole.dtype == np.uint8
    assert np.array_equal(whole, expected)


@pytest.mark.parametrize(
    ("shape", "side", "times"),
    [((48, 48), 144, 3), ((32, 32, 3), 144, 4), ((96, 96), 144, 2), ((10, 40), 100, 10)],
)
def test_each_pixel_becomes_a_square_and_the_picture_about_as_high_as_asked(shape, side, times):
    pictures = random_pictures(3, shape)
    size = shape[1] * times, shape[0] * times
    assert enlargement(pictures[0], side) == times
    for large, picture in zip(enlarged(pictures, side), pictures, strict=True):
        nearest = Image.fromarray(picture).resize(size, Image.Resampling.NEAREST)
        assert np.array_equal(large, np.asarray(nearest))


def test_a_picture_that_is_larger_than_asked_stays_as_it_is():
    pictures = random_pictures(1, (200, 150))
    assert np.array_equal(enlarged(pictures, 144), pictures)


@SHAPES
@pytest.mark.parametrize("scale", [1, 4])
def test_points_are_coloured_and_nothing_else_is_changed(shape, scale):
    picture = random_pictures(1, shape)[0].repeat(scale, 0).repeat(scale, 1)
    before = picture.copy()
    shown = with_points(picture, [(0.5, 0.5)], scale, (1, 2, 255))
    marked = (shown == (1, 2, 255)).all(axis=2)
    middle = int(0.5 * scale)
    assert marked[middle, middle]
    far = np.abs(np.arange(len(marked)) - middle) > scale
    assert not marked[far].any()
    grey = picture if picture.ndim == 3 else np.stack([picture] * 3, axis=2)
    assert np.array_equal(shown[~marked], grey[~marked])
    assert np.array_equal(picture, before)


def test_a_point_is_where_its_pixel_is():
    """x goes to the right, y goes down, and the middle of pixel i is i + 0.5."""
    shown = with_points(np.zeros((20, 20), np.uint8), [(7.5, 3.5)])
    rows, columns = np.nonzero(shown[..., 0])
    assert (rows.mean(), columns.mean()) == (3, 7)


def test_points_at_the_edge_and_beyond_it_do_no_harm():
    black = np.zeros((8, 8), np.uint8)
    assert with_points(black, [(0, 0), (7.9, 7.9)], 1).any()
    assert not with_points(black, [(8, 3), (3, 8), (-0.1, 3), (np.nan, np.nan)], 1).any()


def test_each_part_is_halfway_to_its_colour_and_part_0_is_left_as_it_is():
    picture = np.array([[[10, 20, 30]]], np.uint8)
    shown = with_parts(
        picture, np.array([[[0, 1, 3]]]), colours=((9, 9, 9), (0, 100, 200), (1, 1, 1))
    )
    assert shown.tolist() == [[[[10, 10, 10], [10, 60, 110], [15, 65, 115]]]]


def test_a_box_is_an_outline_of_the_pixels_within_it():
    shown = with_boxes(np.zeros((8, 9), np.uint8), [(1, 2, 5, 6, 2), (0, 0, 9, 8, 0)], 1, COLOURS)
    inside = np.zeros((8, 9), bool)
    inside[2:6, 1:5] = True
    inside[3:5, 2:4] = False
    assert np.array_equal(shown.any(axis=2), inside)
    assert (shown[inside] == COLOURS[1]).all()


def test_boxes_follow_the_enlargement_and_end_at_the_picture_s_edges():
    shown = with_boxes(np.zeros((8, 8), np.uint8), [(1, 1, 9, 3, 1)], scale=2)
    y, x = np.nonzero(shown.any(axis=2))
    assert (x.min(), y.min(), x.max(), y.max()) == (2, 2, 7, 5)
