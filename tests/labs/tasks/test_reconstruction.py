"""Reconstruction, by the formulas: what comes out beside what went in, pixel by pixel."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import mean_squared_error

from dsutil import FACES, Images
from dsutil.pictures import enlarged, tiled
from labs.tasks import Reconstruction
from labs.tasks.reconstruction import PAIRS, STEPS

TASK = Reconstruction("code", Images((4, 6)))
COLOURED = Reconstruction("code", Images((4, 6, 3)))


@pytest.fixture(scope="module")
def case():
    """Images (30, 4, 6), the outputs of a network (30, 24), and what was measured of them."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (30, 4, 6), np.uint8)
    y = random.uniform(-0.7, 0.7, (30, 24)).astype(np.float32)  # some are darker than black
    x = tf.constant((images.reshape(30, 24) - 128.0) / 256, tf.float32)
    return images, y, {"error": np.asarray(TASK.measure(tf.constant(y), TASK.desired(x)))}


def test_no_column_of_truths_is_read_and_all_pixels_are_asked():
    assert Reconstruction("code").columns == (FACES,)
    assert Reconstruction("code").output_shape == (2304,)
    assert COLOURED.output_shape == (72,)
    assert TASK.examples(3) == ()


def test_what_is_desired_is_what_went_in():
    x = tf.constant([[0.25, -0.5]])
    assert TASK.desired(x) is x


def test_the_error_of_an_image_is_its_pixels_mean_squared_error(case):
    images, y, measured = case
    pixels = (images.reshape(30, 24) - 128.0) / 256
    each = [mean_squared_error(*pair) for pair in zip(pixels, y, strict=True)]
    assert measured["error"] == pytest.approx(each, rel=1e-5)
    assert TASK.numbers(measured) == pytest.approx({"error": np.mean(each)}, rel=1e-5)
    said = json.loads(json.dumps(TASK.as_json(measured, ()), allow_nan=False))
    assert said == TASK.numbers(measured)
    assert TASK.worst(measured, 4).tolist() == np.argsort(each)[::-1][:4].tolist()


def test_answers_are_grey_levels_that_a_picture_has(case):
    _, y, _ = case
    answers = np.asarray(TASK.answer(None)(tf.constant(y)))
    assert answers.shape == (30, 4, 6)
    assert answers.reshape(30, 24) == pytest.approx(np.clip(256.0 * y + 128, 0, 255), abs=1e-4)
    assert COLOURED.answer(None)(tf.zeros((5, 72))).shape == (5, 4, 6, 3)


def test_a_perfect_output_gives_the_image_back():
    images = np.arange(256, dtype=np.uint8).reshape(-1, 4, 4)
    task = Reconstruction("code", Images((4, 4)))
    x = (images.reshape(-1, 16) - 128.0) / 256
    answers = np.asarray(task.answer(None)(tf.constant(x, tf.float32)))
    assert np.array_equal(answers, images)
    assert task.told(images[3], answers[3]) == "0.00000"


def test_an_answer_is_told_by_its_error(case):
    images, _, _ = case
    answer = np.clip(images[0] + 12.8, 0, 255).astype(np.float32)
    error = np.mean((answer.astype(float) - images[0]) ** 2) / 256**2
    assert TASK.told(images[0], answer) == f"{error:.5f}"
    assert TASK.caption(images[0], answer) == (f"error {error:.4f}", None, None)
    assert TASK.answer_as_json(images[0], answer) == pytest.approx({"error": error})


def test_an_output_that_is_no_number_is_undecided_no_answer_and_null_in_json():
    y = np.zeros((2, 24), np.float32)
    y[1, 5] = np.nan
    measured = {"error": np.asarray(TASK.measure(tf.constant(y), tf.zeros((2, 24))))}
    assert TASK.undecided(measured).tolist() == [False, True]
    good, bad = np.asarray(TASK.answer(None)(tf.constant(y)))
    assert TASK.why_none(good) is None
    assert TASK.why_none(bad) == "the network's output is no number"
    image = np.zeros((4, 6), np.uint8)
    assert TASK.answer_as_json(image, bad) == {"error": None}
    assert TASK.picture(image, bad).dtype == np.uint8


@pytest.mark.parametrize("task", [TASK, COLOURED], ids=["grey", "coloured"])
def test_the_picture_is_the_image_and_right_of_it_what_came_out(task):
    random = np.random.default_rng(0)
    image = random.integers(0, 256, task.images.shape, np.uint8)
    answer = random.uniform(0, 255, task.images.shape).astype(np.float32)
    picture = task.picture(image, answer)
    assert np.array_equal(picture[:, :6], image)
    assert np.array_equal(picture[:, 6:], np.rint(answer))
    assert picture.dtype == np.uint8


def test_the_projector_s_table_has_how_much_the_answers_vary():
    answers = np.random.default_rng(0).uniform(0, 255, (3, 4, 6)).astype(np.float32)
    header, rows = TASK.labels(answers, ())
    assert header == ("row", "deviation")
    assert rows == [(str(row), f"{np.std(one):.1f}") for row, one in enumerate(answers)]


def test_an_exported_model_gives_the_reconstruction():
    assert TASK.outputs("levels") == {"reconstruction": "levels"}
    assert TASK.outputs_told() == "reconstruction (n, 4, 6), grey levels 0 to 255"


def dense(x):
    code = keras.layers.Dense(3, "tanh", name="code")(x)
    return keras.layers.Dense(24, name="decoded")(code)


def convolutional(x):
    t = keras.layers.Reshape((4, 6, 1))(x)
    code = keras.layers.Conv2D(2, 3, 2, "same", activation="tanh", name="code")(t)
    t = keras.layers.Conv2DTranspose(1, 3, 2, "same", name="decoded")(code)
    return keras.layers.Reshape((24,))(t)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("network", [dense, convolutional])
@pytest.mark.parametrize("count", [32, 5])
def test_between_two_faces_the_decoder_is_shown_at_work_on_what_lies_between_their_codes(
    network, count
):
    keras.utils.set_random_seed(1)
    x = keras.Input((24,))
    model = keras.Model(x, network(x))
    images = np.random.default_rng(0).uniform(-0.5, 0.5, (count, 24)).astype(np.float32)
    (shown,) = TASK.explored(model, images)
    (picture,) = shown.values
    assert (shown.kind, shown.tag) == ("image", "between")
    pairs = min(PAIRS, count // 2)
    codes = keras.Model(x, model.get_layer("code").output).predict(images, verbose=0)
    after = model.layers[model.layers.index(model.get_layer("code")) + 1 :]
    tiles = []
    for pair in range(pairs):
        left, right = codes[2 * pair], codes[2 * pair + 1]
        for step in range(STEPS):
            t = (left + (right - left) * np.float32(step / (STEPS - 1)))[None]
            for layer in after:
                t = layer(t)
            levels = np.clip(np.asarray(t) * 256 + 128, 0, 255)
            tiles.append(np.rint(levels).astype(np.uint8).reshape(4, 6))
    expected = tiled(enlarged(np.stack(tiles), 96), STEPS, gap=2)
    assert picture.shape == expected.shape
    assert picture == pytest.approx(expected, abs=1)
    ends = [model.predict(images[i : i + 1], verbose=0)[0] for i in (0, 1)]
    for column, end in ((0, ends[0]), (STEPS - 1, ends[1])):  # the faces themselves at both ends
        left = column * (6 * 24 + 2)  # 4x6 pixels are enlarged to 96 in height
        middles = picture[12:96:24, left + 12 : left + 6 * 24 : 24]
        assert middles.ravel() == pytest.approx(np.clip(end * 256 + 128, 0, 255), abs=1)
