"""What a network is shown, and how clean it makes it, against NumPy, SciPy and OpenCV."""

import cv2
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from dsutil import Images
from labs.tasks import Denoising

SIGMA = 20
TASK = Denoising(noise=SIGMA)
GREY = np.random.default_rng(0).integers(100, 156, (40, 2304), np.uint8)  # nothing is clipped


@pytest.fixture(scope="module")
def noise():
    return np.asarray(TASK.seen(GREY), np.float64) - GREY


def test_the_noise_is_normal_of_the_deviation_that_was_asked_for(noise):
    assert noise.std() == pytest.approx(np.hypot(SIGMA, np.sqrt(1 / 12)), rel=0.01)  # rounded
    assert abs(noise.mean()) < 0.3
    draws = noise.ravel() + np.random.default_rng(1).uniform(-0.5, 0.5, noise.size)
    assert stats.kstest(draws, "norm", (0, SIGMA)).pvalue > 0.01


def test_each_image_and_each_pixel_has_noise_of_its_own(noise):
    assert np.abs(np.corrcoef(noise) - np.eye(len(noise))).max() < 0.1
    neighbours = [np.corrcoef(noise[:, :-step].ravel(), noise[:, step:].ravel())[0, 1]
                  for step in (1, 48)]  # fmt: skip
    assert np.abs(neighbours).max() < 0.02


def test_an_image_has_the_same_noise_in_any_batch_in_a_graph_and_alone():
    together = np.asarray(TASK.seen(GREY))
    graph = np.asarray(tf.function(TASK.seen)(GREY[::-1]))
    np.testing.assert_array_equal(graph, together[::-1])
    np.testing.assert_array_equal(TASK.noisy(GREY[7].reshape(48, 48)), together[7].reshape(48, 48))


def test_black_and_white_are_the_limits():
    dark, bright = (np.asarray(TASK.seen(np.full((1, 2304), v, np.uint8))) for v in (0, 255))
    for shown, limit in ((dark, 0), (bright, 255)):
        assert np.mean(shown == limit) == pytest.approx(0.5, abs=0.05)
        assert np.abs(shown.astype(float) - limit).max() > SIGMA


def test_no_noise_shows_the_images_themselves():
    np.testing.assert_array_equal(Denoising(noise=0).seen(GREY), GREY)


def test_what_is_desired_is_the_picture_without_noise():
    x = tf.constant([[0.25, -0.5]])
    assert TASK.desired(x) is x


def test_the_ratio_is_opencv_s_averaged_over_the_images():
    answers = np.random.default_rng(1).integers(0, 256, GREY.shape, np.uint8)
    y, x = ((levels - 128.0) / 256 for levels in (answers, GREY))
    measured = {"error": np.asarray(TASK.measure(tf.constant(y), tf.constant(x)))}
    expected = np.mean([cv2.PSNR(*pair) for pair in zip(answers, GREY, strict=True)])
    assert TASK.numbers(measured)["PSNR"] == pytest.approx(expected, abs=1e-4)


def test_a_perfect_answer_has_a_finite_ratio():
    assert 100 < TASK.numbers({"error": np.zeros(3)})["PSNR"] < np.inf


def test_its_picture_is_the_image_the_noisy_one_and_the_answer():
    image = GREY[0].reshape(48, 48)
    answer = np.float32(image) + 3
    picture = TASK.picture(image, answer)
    parts = np.split(picture, 3, axis=1)
    for part, expected in zip(parts, (image, TASK.noisy(image), image + 3), strict=True):
        np.testing.assert_array_equal(part, expected)


def test_an_answer_is_told_by_the_errors_before_and_after():
    image = GREY[0].reshape(48, 48)
    before = np.mean((TASK.noisy(image) - np.float64(image)) ** 2) / 256**2
    answer = np.float32(image) + 12.8
    assert TASK.told(image, answer) == f"{before:.5f}  0.00250"
    said = TASK.answer_as_json(image, answer)
    assert said == pytest.approx({"error": 0.0025, "error_of_noise": before})
    assert TASK.caption(image, answer).answer == f"{20 * np.log10(255 / 12.8):.1f} dB"


def test_pictures_may_have_colours():
    task = Denoising(images=Images((4, 6, 3)))
    image = np.full((4, 6, 3), 128, np.uint8)
    assert task.picture(image, np.float32(image)).shape == (4, 18, 3)
