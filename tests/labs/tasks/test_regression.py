"""A number that is asked for: its squared error, by the formula, and how it is told."""

import json

import numpy as np
import pytest
import tensorflow as tf

from dsutil import ADDING_50, FACES, GENDER, SUM, InputError, Quantity
from dsutil.pictures import RED
from labs.tasks import Regression

TASK = Regression()
AGE = Regression(Quantity("age", 0, 120), FACES)
SEQUENCE = np.zeros((50, 2), np.uint8)


def test_the_sum_of_the_marked_numbers_is_asked_unless_told():
    assert TASK.columns == (ADDING_50, SUM)
    assert TASK.output_shape == (1,)
    assert TASK.question == "What is the sum?"
    assert AGE.question == "What is the age?"
    assert AGE.scale == 120


def test_the_error_is_the_squared_difference_and_answers_are_the_outputs():
    random = np.random.default_rng(0)
    y, numbers = random.normal(size=(20, 1)), random.uniform(0, 2, 20)
    desired = TASK.desired(None, tf.constant(numbers))
    measured = {"error": np.asarray(TASK.measure(tf.constant(y), desired))}
    np.testing.assert_allclose(measured["error"], (y[:, 0] - numbers) ** 2)
    assert TASK.numbers(measured) == {"error": pytest.approx(np.mean((y[:, 0] - numbers) ** 2))}
    answers = np.asarray(TASK.answer(None)(tf.constant(y)))
    np.testing.assert_array_equal(answers, y[:, 0])
    assert TASK.worst(measured, 3).tolist() == np.argsort(-measured["error"])[:3].tolist()


def test_an_answer_is_told_with_the_truth_where_that_is_known():
    truth = (np.float32(1.25),)
    assert TASK.told(SEQUENCE, np.float32(1.5)) == "1.500"
    assert TASK.told(SEQUENCE, np.float32(1.5), truth) == "1.500  (true: 1.250)"
    said = TASK.answer_as_json(SEQUENCE, np.float32(1.5), truth)
    assert said == {"sum": 1.5, "error": 0.0625}
    none = TASK.answer_as_json(SEQUENCE, np.float32("nan"), truth)
    assert json.loads(json.dumps(none, allow_nan=False)) == {"sum": None}
    assert TASK.caption(SEQUENCE, np.float32(1.5), truth)[:2] == ("1.500", "1.250")


def test_a_sequence_is_shown_as_bars_whose_marks_are_red():
    sequence = SEQUENCE.copy()
    sequence[10] = 255, 255
    picture = TASK.picture(sequence, np.float32(0))
    rows, columns = np.nonzero((picture == RED).all(axis=2))
    wide = picture.shape[1] // 52  # 50 bars and the margin
    assert columns.min() // wide == columns.max() // wide == 10
    assert np.ptp(rows) == 99
    face = np.zeros((48, 48), np.uint8)
    assert AGE.picture(face, np.float32(0)) is face


def test_a_column_of_something_else_is_refused():
    with pytest.raises(InputError, match=r"Quantity\("):
        Regression(GENDER, FACES)
