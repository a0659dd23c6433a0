"""Pictures say what their numbers say, pixel by pixel."""

import numpy as np
import pytest

from labs.board import pictures


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
    picture = pictures.first_kernel("conv_1", kernel, 48)[-(3 * 50 + pictures.GAP) :]
    limit = np.abs(kernel).max()
    for i in range(9):
        pixels = tile(picture, i // 3, i % 3, 48, 48)[8::16, 8::16]
        assert (pixels - 127.5) / 127.5 * limit == pytest.approx(kernel[:, :, 0, i], abs=0.02)


def test_the_rows_of_a_fully_connected_layer_are_faces():
    kernel = np.random.default_rng(0).normal(size=(2304, 4))
    picture = pictures.first_kernel("fc_1", kernel, 48)[-(2 * 50 + pictures.GAP) :]
    limit = np.abs(kernel).max()
    for i in range(4):
        weights = (tile(picture, i // 2, i % 2, 48, 48) - 127.5) / 127.5 * limit
        assert weights == pytest.approx(kernel[:, i].reshape(48, 48), abs=0.02)


def test_what_sees_no_pixels_has_no_picture():
    assert pictures.first_kernel("fc_7", np.ones((576, 2)), 48) is None


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
    assert pictures.first_kernel("conv", kernel, 48).size < 4 * pictures.MOST_PIXELS


def test_right_and_wrong_answers_differ_in_colour():
    faces = np.zeros((2, 48, 48), np.uint8)
    labels, probabilities = np.eye(2), np.array([[0.9, 0.1], [0.8, 0.2]])
    picture = pictures.answered(faces, labels, probabilities, ("man", "woman"))
    right, wrong = picture[100, 3], picture[100, 3 + 98]
    assert right.tolist() == list(pictures.GREEN)
    assert wrong.tolist() == list(pictures.RED)


def test_the_longest_caption_of_a_face_is_not_cut_off():
    picture = pictures.answered(
        np.zeros((1, 48, 48), np.uint8), np.eye(2)[[1]], np.array([[0.0, 1.0]]), ("man", "woman")
    )
    beside = picture[100:-3, -6:-2]  # of the caption, what is right of the text
    assert (beside == pictures.GREEN).all()
    assert (picture[100:-3, 3:-6] == pictures.WHITE).any()


def test_a_cell_of_the_confusion_matrix_is_as_dark_as_its_share_of_the_row():
    picture = pictures.confusion(np.array([[30, 10], [0, 20]]), ("man", "woman"))
    corners = picture[[[80], [190]], [80, 190]]
    assert corners.tolist() == [[64, 191], [255, 0]]


def test_a_sprite_is_a_square_of_faces_row_by_row():
    faces = np.random.default_rng(0).integers(0, 256, (7, 4, 4), np.uint8)
    sprite = pictures.sprite(faces)
    assert sprite.shape == (12, 12)
    assert np.array_equal(sprite[4:8, 8:12], faces[5])
    assert not sprite[8:, 4:].any()
