"""Faces with what is said of each."""

import numpy as np
import pytest
from PIL import Image

from dsutil import montage
from dsutil.montage import Caption


@pytest.fixture
def made(tmp_path):
    """Makes a montage of so many faces; returns them and the picture's pixels."""

    def make(count, captions=None):
        faces = list(np.random.default_rng(0).integers(0, 256, (count, 2304), np.uint8))
        captions = captions or [Caption(f"{i}.jpg", "man 0.51") for i in range(count)]
        montage.save(tmp_path / "seen.png", faces, captions)
        assert [path.name for path in tmp_path.iterdir()] == ["seen.png"]
        with Image.open(tmp_path / "seen.png") as picture:
            return faces, np.asarray(picture.convert("RGB"))

    return make


@pytest.mark.parametrize("count", [1, 8, 11])
def test_every_face_is_there_pixel_by_pixel(made, count):
    faces, picture = made(count)
    side = 48 * montage.ENLARGED
    for i, face in enumerate(faces):
        top = np.flatnonzero(picture[:, montage.MARGIN, 0] != 255)[0]
        assert top == montage.MARGIN
        y = top + i // montage.COLUMNS * ((len(picture) - top) // -(-count // montage.COLUMNS))
        x = montage.MARGIN + i % montage.COLUMNS * (side + montage.MARGIN)
        shown = picture[y : y + side : montage.ENLARGED, x : x + side : montage.ENLARGED, 1]
        assert np.array_equal(shown, face.reshape(48, 48))


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
    assert picture.shape[1] == 48 * montage.ENLARGED + 2 * montage.MARGIN


def test_more_faces_than_can_be_looked_at_are_left_out(made, monkeypatch):
    monkeypatch.setattr(montage, "MOST", 8)
    assert made(20)[1].shape == made(8)[1].shape
