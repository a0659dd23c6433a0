"""Pictures say what their numbers say, pixel by pixel."""

import numpy as np
import pytest

from labs.board import pictures
from labs.tasks.task import Caption


def tile(picture, row, column, height, width, top=0, left=0):
    """The pixels of a tile."""
    top += pictures.GAP + row * (height + pictures.GAP)
    left += pictures.GAP + column * (width + pictures.GAP)
    return picture[top : top + height, left : left + width]


def test_grey_is_black_at_0_and_white_at_the_largest():
    assert pictures.grey(np.array([0.0, 1.0, 4.0])).tolist() == [0, 64, 255]


def test_grey_is_in_the_middle_at_0_where_some_are_negative():
    assert pictures.grey(np.array([-2.0, 0.0, 1.0, 2.0])).tolist() == [0, 128, 191, 255]


@pytest.mark.parametrize("values", [np.zeros(3), np.array([np.nan, 0, np.nan])])
def test_grey_of_nothing_is_black(values):
    assert pictures.grey(values).tolist() == [0, 0, 0]


def test_a_convolution_s_kernels_are_tiles_in_the_order_of_the_filters():
    kernel = np.random.default_rng(0).normal(size=(3, 3, 1, 9))
    picture = pictures.first_kernel("conv_1", kernel, (48, 48))[-(3 * 50 + pictures.GAP) :]
    limit = np.abs(kernel).max()
    for i in range(9):
        pixels = tile(picture, i // 3, i % 3, 48, 48)[8::16, 8::16]
        assert (pixels - 127.5) / 127.5 * limit == pytest.approx(kernel[:, :, 0, i], abs=0.02)


def test_the_rows_of_a_fully_connected_layer_are_faces():
    kernel = np.random.default_rng(0).normal(size=(2304, 4))
    picture = pictures.first_kernel("fc_1", kernel, (48, 48))[-(2 * 50 + pictures.GAP) :]
    limit = np.abs(kernel).max()
    for i in range(4):
        weights = (tile(picture, i // 2, i % 2, 48, 48) - 127.5) / 127.5 * limit
        assert weights == pytest.approx(kernel[:, i].reshape(48, 48), abs=0.02)


def test_the_rows_of_a_layer_that_sees_colours_are_a_picture_of_each_colour():
    kernel = np.random.default_rng(0).normal(size=(4 * 6 * 3, 2))
    picture = pictures.first_kernel("fc_1", kernel, (4, 6, 3))
    height, width = 12 * 4, 12 * 6  # enlarged to 48 in height
    picture = picture[-(2 * (height + pictures.GAP) + pictures.GAP) :]
    limit = np.abs(kernel).max()
    for i in range(6):  # 3 a row
        pixels = tile(picture, i // 3, i % 3, height, width)[6::12, 6::12]
        expected = kernel[:, i // 3].reshape(4, 6, 3)[..., i % 3]
        assert (pixels - 127.5) / 127.5 * limit == pytest.approx(expected, abs=0.02)


def test_what_sees_no_pixels_has_no_picture():
    assert pictures.first_kernel("fc_7", np.ones((576, 2)), (48, 48)) is None


def test_each_face_stands_beside_its_maps():
    faces = np.random.default_rng(0).integers(0, 256, (2, 48, 48), np.uint8)
    values = np.random.default_rng(1).random((2, 24, 24, 5))
    picture = pictures.maps("pool_2", faces, values)[-2 * (48 + 2 * pictures.GAP) :]
    left = 48 + 4 * pictures.GAP
    for i in range(2):
        top = i * (48 + 2 * pictures.GAP)
        assert np.array_equal(tile(picture, 0, 0, 48, 48, top), faces[i])
        for j in range(5):
            pixels = tile(picture, 0, j, 48, 48, top, left)[::2, ::2]
            assert pixels / 255 * values[i].max() == pytest.approx(values[i, ..., j], abs=0.003)


def test_a_coloured_face_stands_in_grey_beside_its_maps():
    faces = np.random.default_rng(0).integers(0, 256, (1, 48, 48, 3), np.uint8)
    picture = pictures.maps("conv_1", faces, np.ones((1, 48, 48, 2)))
    shown = tile(picture[-(48 + 2 * pictures.GAP) :], 0, 0, 48, 48)
    assert shown == pytest.approx(faces[0].mean(axis=2), abs=1)


def test_of_very_many_maps_the_first_are_drawn():
    faces = np.zeros((1, 48, 48), np.uint8)
    values = np.random.default_rng(0).random((1, 1, 1, 100_000))
    picture = pictures.maps("many", faces, values)
    count = pictures.MOST_PIXELS // 48**2
    assert picture.size < 4 * pictures.MOST_PIXELS
    block = picture[-(-(-count // 16) * 50 + pictures.GAP) :]
    left = 48 + 4 * pictures.GAP
    last = tile(block, (count - 1) // 16, (count - 1) % 16, 48, 48, 0, left)
    assert last / 255 * values.max() == pytest.approx(values[0, 0, 0, count - 1], abs=0.003)


def test_of_a_very_large_map_every_so_many_a_pixel_is_drawn():
    faces = np.zeros((1, 48, 48), np.uint8)
    values = np.random.default_rng(0).random((1, 1200, 900, 1))
    picture = pictures.maps("large", faces, values)[-(400 + 2 * pictures.GAP) :]
    shown = tile(picture, 0, 0, 400, 300, 0, 48 + 4 * pictures.GAP)
    assert shown / 255 * values.max() == pytest.approx(values[0, ::3, ::3, 0], abs=0.003)


def test_of_very_many_kernels_the_first_are_drawn():
    kernel = np.random.default_rng(0).normal(size=(1, 1, 2304, 1000)).astype(np.float32)
    assert pictures.first_kernel("conv", kernel, (48, 48)).size < 4 * pictures.MOST_PIXELS


def test_right_and_wrong_answers_differ_in_colour_from_what_is_neither():
    faces = np.zeros((3, 48, 48), np.uint8)
    captions = [Caption("man", "man", False), Caption("woman", "man", True), Caption("5 points")]
    below = pictures.answered(faces, captions)[100]
    colours = [below[3 + 98 * i].tolist() for i in range(3)]
    assert colours == [list(pictures.GREEN), list(pictures.RED), list(pictures.GREY)]


def test_the_longest_caption_of_a_face_is_not_cut_off():
    caption = Caption("woman 1.00", "woman", False)
    picture = pictures.answered(np.zeros((1, 48, 48), np.uint8), [caption])
    beside = picture[100:-3, -6:-2]  # of the caption, what is right of the text
    assert (beside == pictures.GREEN).all()
    assert (picture[100:-3, 3:-6] == pictures.WHITE).any()


def test_pictures_of_any_shape_stand_above_their_captions():
    random = np.random.default_rng(0)
    coloured = random.integers(0, 256, (5, 24, 32, 3), np.uint8)
    picture = pictures.answered(coloured, [Caption("error 0.01")] * 5)
    height, width = 4 * 24, 4 * 32  # enlarged to 96 in height
    with_caption = height + 2 * pictures.FONT_SIZE + 6
    for i in range(5):
        pixels = tile(picture, i // 4, i % 4, with_caption, width)[:height]
        assert np.array_equal(pixels[2::4, 2::4], coloured[i])


def test_a_sprite_is_a_square_of_faces_row_by_row():
    faces = np.random.default_rng(0).integers(0, 256, (7, 4, 4), np.uint8)
    sprite = pictures.sprite(faces)
    assert sprite.shape == (12, 12)
    assert np.array_equal(sprite[4:8, 8:12], faces[5])
    assert not sprite[8:, 4:].any()
