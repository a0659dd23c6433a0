"""Points, by the formulas: places in pixels, and distances as NumPy's norm has them."""

import json

import numpy as np
import pytest
import tensorflow as tf

from dsutil import FACE_POINTS, FACES, Images, InputError
from dsutil import Points as PointsColumn
from dsutil.pictures import RED
from labs.tasks import Points
from labs.tasks.points import GREEN

TASK = Points(PointsColumn("points", ("nose", "left of the mouth"), side=48))
IMAGE = np.full((48, 48), 100, np.uint8)
TRUTH = np.float32([[10, 20], [30, 40]])
ANSWER = np.float32([[13, 24], [30, 41]])  # 5 pixels off, and 1


@pytest.fixture(scope="module")
def case():
    """Places in pixels of 40 images, the network's and the true ones, and what was measured."""
    random = np.random.default_rng(0)
    places, truths = random.uniform(0, 48, (2, 40, 2, 2)).astype(np.float32)
    y = tf.constant((places / 48 - 0.5).reshape(40, 4))
    desired = TASK.desired(None, tf.constant(truths))
    measured = {"distance": TASK.measure(y, desired)}
    measured |= TASK.details(y, desired, TASK.answer(None)(y))
    return places, truths, {name: np.asarray(value) for name, value in measured.items()}


def test_the_points_of_a_face_are_asked_unless_told():
    assert Points().columns == (FACES, FACE_POINTS)
    assert Points().output_shape == (10,)
    assert Points().output == "x and y of each of the 5 points"
    assert Points().scale == 48


def test_outputs_run_from_half_below_0_at_the_left_and_top_to_half_above_it():
    corners = tf.constant([[[0.0, 0.0], [48.0, 0.0]], [[24.0, 24.0], [48.0, 48.0]]])
    expected = [[-0.5, -0.5, 0.5, -0.5], [0, 0, 0.5, 0.5]]
    assert np.asarray(TASK.desired(None, corners)).tolist() == expected


def test_answers_are_pixels_and_what_is_desired_gives_the_truth_back(case):
    _, truths, _ = case
    answers = TASK.answer(None)(TASK.desired(None, tf.constant(truths)))
    assert answers.shape == (40, 2, 2)
    assert np.asarray(answers) == pytest.approx(truths, abs=1e-4)


def test_distances_are_numpy_s_norm_and_an_image_s_is_the_mean_of_its_points(case):
    places, truths, measured = case
    far = np.linalg.norm(places.astype(float) - truths, axis=2)
    assert measured["distances"] == pytest.approx(far, rel=1e-4)
    assert measured["distance"] == pytest.approx(far.mean(axis=1), rel=1e-4)
    assert list(TASK.numbers(measured)) == [
        "distance",
        "distance/nose",
        "distance/left of the mouth",
    ]
    expected = [far.mean(), *far.mean(axis=0)]
    assert list(TASK.numbers(measured).values()) == pytest.approx(expected, rel=1e-4)
    json.dumps(TASK.as_json(measured, (truths,)), allow_nan=False)


def test_the_lines_below_the_headline_name_each_point(case):
    _, truths, measured = case
    nose, mouth = list(TASK.numbers(measured).values())[1:]
    assert list(TASK.lines(measured, (truths,))) == [
        f"distance/nose               {nose:.4f}",
        f"distance/left of the mouth  {mouth:.4f}",
    ]


def test_the_worst_are_the_farthest(case):
    places, truths, measured = case
    far = np.linalg.norm(places - truths, axis=2).mean(axis=1)
    assert TASK.worst(measured, 5).tolist() == np.argsort(-far)[:5].tolist()


def test_an_output_that_is_no_number_is_undecided_and_has_a_reason():
    y = tf.constant([[0.1, 0.1, 0.2, 0.2], [0.1, np.nan, 0.2, 0.2]], tf.float32)
    measured = {"distance": np.asarray(TASK.measure(y, tf.zeros((2, 4))))}
    assert TASK.undecided(measured).tolist() == [False, True]
    good, bad = np.asarray(TASK.answer(None)(y))
    assert TASK.why_none(good) is None
    assert TASK.why_none(bad) == "the network's output is no number"
    said = TASK.answer_as_json(IMAGE, bad, (TRUTH,))
    assert said == {"points": {"nose": None, "left of the mouth": None}}


def test_an_answer_is_told_below_the_points_names_and_how_far_off_it_is_where_that_is_known():
    told = TASK.told(IMAGE, ANSWER)
    for name, place in zip(TASK.column.points, ("13.0, 24.0", "30.0, 41.0"), strict=True):
        end = TASK.header.index(name) + len(name)
        assert told[:end].endswith(f" {place}")
    assert TASK.told(IMAGE, ANSWER, (TRUTH,)) == f"{told}  (3.00 off)"


def test_json_has_each_point_by_name_in_a_thousandth_of_a_pixel():
    answer = np.float32([[13.12345, 24], [30, 41]])
    said = {"points": {"nose": [13.123, 24.0], "left of the mouth": [30.0, 41.0]}}
    assert json.loads(json.dumps(TASK.answer_as_json(IMAGE, answer))) == said
    assert TASK.answer_as_json(IMAGE, ANSWER, (TRUTH,))["distance"] == 3.0


def test_a_caption_says_how_far_off_it_is_and_calls_nothing_wrong():
    assert TASK.caption(IMAGE, ANSWER) == ("", None, None)
    assert TASK.caption(IMAGE, ANSWER, (TRUTH,)) == ("3.00 pixels off", None, None)


@pytest.mark.parametrize("image", [IMAGE, np.full((48, 48, 3), 100, np.uint8)])
def test_the_picture_has_the_answer_in_red_over_the_truth_in_green(image):
    picture = TASK.picture(image, ANSWER, (TRUTH,))
    assert picture.shape == (144, 144, 3)
    assert picture[3 * 20, 3 * 10].tolist() == list(GREEN)
    assert picture[3 * 24, 3 * 13].tolist() == list(RED)
    assert picture[0, 0].tolist() == [100, 100, 100]
    covered = TASK.picture(image, TRUTH, (TRUTH,))
    assert covered[3 * 20, 3 * 10].tolist() == list(RED)
    alone = TASK.picture(image, ANSWER)
    assert not (alone == GREEN).all(axis=2).any()


def test_a_large_image_is_not_enlarged():
    large = Points(PointsColumn("points", ("nose",), side=300), Images((300, 300)))
    picture = large.picture(np.zeros((300, 300), np.uint8), np.float32([[150, 20]]))
    assert picture.shape == (300, 300, 3)
    assert picture[20, 150].tolist() == list(RED)


def test_the_projector_s_table_has_the_distances(case):
    places, truths, _ = case
    header, rows = TASK.labels(places, (truths,))
    far = np.linalg.norm(places.astype(float) - truths, axis=2).mean(axis=1)
    assert header == ("row", "distance")
    assert rows == [(str(row), f"{one:.3f}") for row, one in enumerate(far)]


def test_an_exported_model_answers_in_pixels():
    assert TASK.outputs("places") == {"points": "places"}
    assert TASK.outputs_told() == "points (n, 2, 2): x and y in pixels"


@pytest.mark.parametrize("column", [PointsColumn("points", ("nose",), side=96), "points"], ids=str)
def test_points_of_another_picture_are_refused(column):
    with pytest.raises(InputError, match="lie in no such picture"):
        Points(column)
