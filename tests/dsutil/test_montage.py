"""Pictures with what is said of each."""

import numpy as np
import pytest
from PIL import Image

from dsutil import montage
from dsutil.montage import Caption


@pytest.fixture
def made(tmp_path):
    """Makes a montage of so many pictures; returns them and the montage's pixels."""

    def make(count, captions=None, shape=(48, 48)):
        pictures = list(np.random.default_rng(0).integers(0, 256, (count, *shape), np.uint8))
        captions = captions or [Caption(f"{i}.jpg", "man 0.51") for i in range(count)]
        montage.save(tmp_path / "seen.png", pictures, captions)
        assert [path.name for path in tmp_path.iterdir()] == ["seen.png"]
        with Image.open(tmp_path / "seen.png") as picture:
            return pictures, np.asarray(picture.convert("RGB"))

    return make


@pytest.mark.parametrize(
    ("shape", "times"), [((48, 48), 3), ((32, 32, 3), 4), ((96, 96), 2), ((40, 20, 3), 4)]
)
@pytest.mark.parametrize("count", [1, 8, 11])
def test_every_picture_is_there_pixel_by_pixel(made, count, shape, times):
    pictures, whole = made(count, shape=shape)
    high, wide = shape[0] * times, shape[1] * times
    a_row = 1216 // (wide + 8)  # the picture is as wide as 8 faces
    below = 8 + 12 + 17 + 12  # a margin, two lines of text and what is about them
    for i, picture in enumerate(pictures):
        y, x = 8 + i // a_row * (high + below), 8 + i % a_row * (wide + 8)
        shown = whole[y : y + high : times, x : x + wide : times]
        assert np.array_equal(shown, picture if len(shape) == 3 else np.stack([picture] * 3, 2))


def test_pictures_of_several_sizes_stand_side_by_side(tmp_path):
    pictures = [np.full(shape, 10, np.uint8) for shape in ((48, 48), (32, 32, 3), (96, 60))]
    montage.save(tmp_path / "seen.png", pictures, [Caption("x", "y")] * 3)
    with Image.open(tmp_path / "seen.png") as picture:
        dark = np.asarray(picture.convert("L"))[8 : 8 + 192] == 10
    assert dark.sum() == (3 * 48) ** 2 + (4 * 32) ** 2 + 2 * 96 * 2 * 60  # all of each


def test_a_wrong_answer_is_red(made):
    def is_red(pixels):
        return ((pixels[..., 0] > 150) & (pixels[..., 1] < 50)).any()

    assert not is_red(made(1)[1])
    assert is_red(made(1, [Caption("1.jpg", "man 0.51", wrong=True)])[1])


@pytest.mark.parametrize(
    "name", ["a" * 500 + ".jpg", "", "\u8138\u270b.png", "two\nlines\x1b", "\udcff"]
)
def test_any_name_fits_below_its_face(made, name):
    _, picture = made(1, [Caption(name, "woman 1.00")])
    assert picture.shape[1] == 3 * 48 + 2 * 8


def test_more_faces_than_can_be_looked_at_are_left_out(made, monkeypatch):
    monkeypatch.setattr(montage, "MOST", 8)
    assert made(20)[1].shape == made(8)[1].shape
