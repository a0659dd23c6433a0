"""The slide's fixed kernels."""

import cv2
import numpy as np
import pytest

from labs.architectures import kernels


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(0).integers(0, 256, (17, 23), np.uint8)


@pytest.mark.parametrize("name", kernels.KERNELS)
def test_a_kernel_does_to_a_picture_what_opencv_s_filter2d_does(name, picture):
    kernel = kernels.KERNELS[name]
    expected = cv2.filter2D(picture, cv2.CV_64F, kernel.astype(np.float64))
    np.testing.assert_allclose(kernels.filtered(picture, kernel), expected, atol=1e-9)


def test_a_kernel_that_is_not_symmetric_is_not_turned_round(picture):
    kernel = np.arange(25).reshape(5, 5)
    expected = cv2.filter2D(picture, cv2.CV_64F, kernel.astype(np.float64))
    np.testing.assert_allclose(kernels.filtered(picture, kernel), expected, atol=1e-9)


def test_the_slide_s_kernels_have_the_slide_s_numbers():
    def told(name, divisor=1):
        return (kernels.KERNELS[name] * divisor).round(9).tolist()

    assert told("sharpen") == [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
    assert told("box blur", 9) == [[1, 1, 1]] * 3
    assert told("Gaussian blur", 16) == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


@pytest.mark.parametrize(
    ("name", "total"),
    [("identity", 1), ("sharpen", 1), ("box blur", 1), ("Gaussian blur", 1)]
    + [("edge detection", 0), ("Sobel x", 0), ("Sobel y", 0)],
)
def test_an_even_grey_stays_itself_or_becomes_0(name, total):
    grey = np.full((5, 5), 200, np.uint8)
    np.testing.assert_allclose(kernels.filtered(grey, kernels.KERNELS[name]), 200.0 * total)


def test_the_command_writes_the_picture_of_a_photograph(picture, tmp_path, said_by):
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), picture)
    code, out, error = said_by(kernels, "--picture", photo, "--out", tmp_path / "out")
    assert (code, error) == (None, "")
    assert (tmp_path / "out/kernels.png").read_bytes().startswith(b"\x89PNG")
    assert "kernels.png: written" in out


def test_a_file_that_is_no_picture_is_one_sentence_and_exit_2(tmp_path, said_by):
    path = tmp_path / "photo.png"
    path.write_text("words")
    code, _, error = said_by(kernels, "--picture", path, "--out", tmp_path)
    assert code == 2
    assert error.startswith(f"error: {path}")
    assert error.count("\n") == 1
