"""What all tasks have in common."""

import dataclasses
import json

import numpy as np
import pytest

from dsutil import FACE_POINTS, FACES
from labs import nn2
from labs.tasks import COURSE, Points, Reconstruction, Task
from labs.tasks.task import Number, by_image

TASKS = [COURSE, Points(), Reconstruction("code")]
EACH = pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
ACCURACY = Number("accuracy", higher_is_better=True, is_share=True)
DISTANCE = Number("distance", higher_is_better=False, unit="pixels")


def test_a_number_is_told_with_its_unit():
    assert ACCURACY.told(0.5) == "0.5000"
    assert DISTANCE.told(1.23456) == "1.235 pixels"
    assert Number("error", higher_is_better=False).told(0.000123456) == "0.0001235"


def test_a_gap_is_above_0_where_the_network_does_better_on_what_it_trained_on():
    assert ACCURACY.gap(train=0.75, test=0.5) == 0.25
    assert DISTANCE.gap(train=1.5, test=2.0) == 0.5


def test_the_worst_come_first_and_equal_ones_in_their_order():
    values = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 4.0])
    assert DISTANCE.worst(values, 4).tolist() == [4, 2, 5, 0]
    assert ACCURACY.worst(values, 3).tolist() == [1, 3, 0]
    assert DISTANCE.worst(values, 100).tolist() == [4, 2, 5, 0, 1, 3]


def test_what_is_true_of_each_image_is_a_tuple_of_its_own():
    first, second = np.arange(6).reshape(3, 2), np.arange(3)
    found = by_image((first, second), 3)
    assert [(a.tolist(), b) for a, b in found] == [([0, 1], 0), ([2, 3], 1), ([4, 5], 2)]
    assert by_image((), 2) == [(), ()]


@EACH
def test_a_data_set_for_a_task_has_its_images_first_and_then_its_truths(task):
    assert task.columns == (task.images, *task.truths)
    assert task.columns[0] == FACES


def test_what_a_run_keeps_of_its_task_survives_json():
    kept = json.loads(json.dumps(Points().described(), allow_nan=False))
    assert kept["columns"] == ["data", FACE_POINTS.name]
    assert Number(**kept["headline"]) == Points.headline
    assert json.loads(json.dumps(COURSE.described()))["columns"] == ["data", "gender"]
    assert json.loads(json.dumps(Reconstruction("code").described()))["columns"] == ["data"]


@EACH
def test_a_task_may_be_a_key(task):
    assert {task: 1}[task] == 1


@EACH
def test_examples_are_truths_that_the_columns_take(task):
    examples = task.examples(3)
    for column, values in zip(task.truths, examples, strict=True):
        assert values.shape == (3, *column.shape)
        assert values.dtype == column.dtype
        column.check(values, "x.bin")


def test_without_more_to_say_a_task_says_its_headline():
    class Brightness(Task):
        headline = Number("brightness", higher_is_better=True)

    Brightness.__abstractmethods__ = frozenset()  # what is asked here needs none of them
    task, measured = Brightness(), {"brightness": np.array([0.25, 0.5, np.nan], np.float32)}
    whole = {"brightness": measured["brightness"][:2]}
    assert task.numbers(whole) == task.as_json(whole, ()) == {"brightness": 0.375}
    assert list(task.lines(whole, ())) == []
    assert task.undecided(measured).tolist() == [False, False, True]
    assert task.worst(whole, 1).tolist() == [0]
    assert list(task.shown(whole, ())) == []
    assert task.some((), 9, 3).tolist() == [0, 1, 2]
    assert task.some((), 2, 3).tolist() == [0, 1]
    assert "no number" in task.why_none(np.array([0.5, np.inf]))
    assert task.why_none(np.array([0.5])) is None


def test_a_task_of_one_s_own_that_lacks_methods_is_told_which():
    class Half(Task):
        headline = Number("brightness", higher_is_better=True)

        def desired(self, x):
            return x

    with pytest.raises(TypeError, match="methods answer, answer_as_json, caption, measure"):
        Half()


@pytest.mark.parametrize("task", [None, "gender", Task], ids=str)
def test_a_lab_whose_task_is_none_is_one_sentence(task, capsys):
    lab = dataclasses.replace(nn2.lab, task=task)
    with pytest.raises(SystemExit) as exit_:
        lab.main(["--help"])
    assert exit_.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("error: The lab nn2 has the task")
    assert error.count("\n") == 1
