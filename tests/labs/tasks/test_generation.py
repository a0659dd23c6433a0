"""Generation: two scores and a picture in one row of numbers."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special

from dsutil import FACES, Images
from dsutil.pictures import enlarged, tiled
from labs.tasks import Generation
from labs.tasks.generation import EDGE, packed, scores

TASK = Generation("generator", Images((4, 6)))
SCORES = np.array([[2, -1], [2, 1], [-2, -1], [-2, 1]], np.float32)  # real, painted


@pytest.fixture
def y():
    """Outputs for four images, whose painted pictures have white, black and what is beyond."""
    pixels = np.tile(np.float32([127 / 256, -0.5, 0.9, -0.9, 0, 0.25]), (4, 4))
    return tf.constant(np.concatenate([SCORES, pixels], axis=1))


def test_no_column_of_truths_is_read():
    assert Generation("generator").columns == (FACES,)
    assert Generation("generator").output_shape == (2306,)


def test_what_is_packed_is_found_again():
    real, painted, pixels = (keras.Input((n,)) for n in (1, 1, 24))
    assert packed(real, painted, pixels).shape == (None, *TASK.output_shape)
    y = packed(*(tf.constant(part) for part in (SCORES[:, :1], SCORES[:, 1:], np.ones((4, 24)))))
    np.testing.assert_array_equal(scores(y), SCORES.T)


def test_half_of_an_image_counts_for_the_real_one_and_half_for_the_painted_one(y):
    np.testing.assert_array_equal(TASK.measure(y, None), [1, 0.5, 0.5, 0])


def test_where_there_are_no_numbers_nothing_is_told_apart(y):
    assert np.isnan(TASK.measure(y * np.nan, None)).all()


def test_over_a_set_both_shares_are_told(y):
    details = TASK.details(y, None, None)
    measured = {"told apart": np.asarray(TASK.measure(y, None))}
    measured |= {name: np.asarray(values) for name, values in details.items()}
    assert TASK.numbers(measured) == {
        "told apart": 0.5, "real taken for real": 0.5, "painted taken for real": 0.5,
    }  # fmt: skip


def test_an_answer_is_two_probabilities_and_a_picture(y):
    answer = np.asarray(TASK.answer(None)(y))
    np.testing.assert_allclose(answer[:, :2], special.expit(SCORES), rtol=1e-6)
    outputs = TASK.outputs(answer)
    np.testing.assert_array_equal(outputs["real"], answer[:, 0])
    np.testing.assert_array_equal(outputs["painted_real"], answer[:, 1])
    np.testing.assert_allclose(
        np.asarray(outputs["painted"])[0, 0] * 255, [255, 0, 255, 0, 128, 192], rtol=1e-6
    )


def test_the_image_stands_beside_the_painted_one(y):
    answer, image = np.asarray(TASK.answer(None)(y))[0], np.full((4, 6), 7, np.uint8)
    picture = TASK.picture(image, answer)
    np.testing.assert_array_equal(picture[:, :6], image)
    np.testing.assert_array_equal(picture[0, 6:], [255, 0, 255, 0, 128, 192])


def test_what_is_said_of_one_image(y):
    answer, image = np.asarray(TASK.answer(None)(y))[0], np.zeros((4, 6), np.uint8)
    assert TASK.told(image, answer) == "0.8808, 0.2689"
    assert TASK.caption(image, answer).answer == "real 0.88, 0.27"
    said = TASK.answer_as_json(image, answer)
    assert said == {
        "real": pytest.approx(0.8808, abs=1e-4),
        "painted_real": pytest.approx(0.2689, abs=1e-4),
    }
    assert (
        json.dumps(TASK.answer_as_json(image, answer * np.nan))
        == '{"real": null, "painted_real": null}'
    )


def painter():
    z = keras.Input((3,))
    generator = keras.Model(z, keras.layers.Dense(24)(z), name="generator")
    x = keras.Input((5,))
    return keras.Model(x, generator(keras.layers.Dense(3)(x)))


def test_pictures_are_painted_from_the_same_numbers_each_time():
    keras.utils.set_random_seed(0)
    model = painter()
    first, again, others = (
        TASK.painted(model, 300),
        TASK.painted(model, 300),
        TASK.painted(model, 300, 1),
    )
    assert first.shape == (300, 24)
    np.testing.assert_array_equal(first, again)
    assert (first != others).any()
    z = np.random.default_rng(0).standard_normal((300, 3), np.float32)
    y = z @ model.get_layer("generator").get_weights()[0]
    np.testing.assert_allclose(first, np.clip(y * 256 + 128, 0, 255), atol=0.51)


def test_tensorboard_shows_a_grid_of_them():
    model = painter()
    (shown,) = TASK.explored(model, None)
    assert (shown.kind, shown.tag) == ("image", "painted")
    painted = TASK.painted(model, EDGE * EDGE).reshape(-1, 4, 6)
    np.testing.assert_array_equal(shown.values[0], tiled(enlarged(painted, 96), EDGE, gap=2))
