"""nn4 slides over a large picture."""

import numpy as np
import pytest

from labs.architectures import sliding


def test_a_heat_map_of_a_run_is_written(trained_runs, said_by, tmp_path):
    code, out, error = said_by(sliding, trained_runs / "nn4/r", "--out", tmp_path)
    assert (code, error) == (None, "")
    # 352x528 pixels: (352 - 48) / 8 + 1 rows of windows.
    assert f"{tmp_path / 'sliding.png'}: written, 39x61 windows" in out
    assert (tmp_path / "sliding.png").read_bytes().startswith(b"\x89PNG")


def test_the_drawn_picture_has_the_faces_where_it_says():
    from dsutil.drawn import faces

    picture, places = sliding.crowd()
    images, labels = faces.draw(0, len(places), stream="test")
    for (row, column, woman), image, label in zip(places, images, labels, strict=True):
        found = picture[row : row + 48, column : column + 48]
        np.testing.assert_array_equal(found, image.reshape(48, 48))
        assert woman == (label[1] == 1)


def test_a_picture_smaller_than_a_window_is_one_sentence(trained_runs, said_by, tmp_path):
    from PIL import Image

    Image.new("L", (40, 60)).save(tmp_path / "small.png")
    words = (trained_runs / "nn4/r", "--picture", tmp_path / "small.png", "--out", tmp_path)
    code, _, error = said_by(sliding, *words)
    assert code == 2
    assert "found 40x60 pixels, expected at least 48x48" in error


@pytest.mark.parametrize("folder", ["nosuch", "nn4"])
def test_what_is_no_run_is_one_sentence(folder, trained_runs, said_by, tmp_path):
    code, _, error = said_by(sliding, trained_runs / folder, "--out", tmp_path)
    assert code == 2
    assert error.splitlines()[-1].startswith("error: ")
