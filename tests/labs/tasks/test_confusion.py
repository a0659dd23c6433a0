"""Accuracy, confusion matrix, precision and recall, beside scikit-learn's."""

import numpy as np
import pytest
from sklearn import metrics

from labs.tasks.confusion import Confusion

random = np.random.default_rng(0)
TWO, THREE = ("man", "woman"), ("child", "adult", "old")


@pytest.mark.parametrize(
    ("labels", "answers", "classes"),
    [
        (random.integers(0, 2, 1000), random.integers(0, 2, 1000), TWO),
        (np.array([0, 0, 1]), np.array([0, 1, 1]), TWO),
        (np.array([0, 1]), np.array([0, 0]), TWO),  # nothing is answered `woman`
        (np.array([1, 1]), np.array([0, 1]), TWO),  # there is no man
        (random.integers(0, 3, 1000), random.integers(0, 3, 1000), THREE),
        (np.array([0, 2, 2]), np.array([0, 1, 2]), THREE),
    ],
)
def test_agrees_with_scikit_learn(labels, answers, classes):
    ours, known = Confusion(labels, answers, classes), range(len(classes))
    assert np.array_equal(ours.matrix, metrics.confusion_matrix(labels, answers, labels=known))
    assert ours.accuracy == metrics.accuracy_score(labels, answers)
    precision, recall, _, _ = metrics.precision_recall_fscore_support(
        labels, answers, labels=known, zero_division=np.nan
    )
    assert ours.precision == pytest.approx(precision, nan_ok=True)
    assert ours.recall == pytest.approx(recall, nan_ok=True)


def test_what_cannot_be_said_is_null_in_json_and_none_in_the_table():
    ours = Confusion(np.array([0, 1]), np.array([0, 0]), TWO)
    assert ours.as_json()["precision"] == {"man": 0.5, "woman": None}
    assert list(ours.lines())[-1].split() == ["precision", "0.5000", "none"]


def test_the_table_shows_the_classes_in_rows_and_the_answers_in_columns():
    labels, answers = [0] * 1500 + [1] * 3, [0] * 1200 + [1] * 300 + [0, 1, 1]
    table = [line.split() for line in Confusion(np.array(labels), np.array(answers), TWO).lines()]
    assert table[1] == ["man", "1,200", "300", "0.8000"]
    assert table[2] == ["woman", "1", "2", "0.6667"]
    assert table[3] == ["precision", "0.9992", "0.0066"]


def test_the_columns_of_the_table_stand_below_one_another_however_long_the_names_are():
    classes = ("a", "somebody in the middle of life", "old")
    lines = list(Confusion(np.array([0, 1, 2, 2]), np.array([0, 1, 2, 1]), classes).lines())
    ends = [lines[0].index(f"answered {name}") + len(f"answered {name}") for name in classes]
    for line, numbers in zip(lines[1:4], ([1, 0, 0], [0, 1, 0], [0, 1, 1]), strict=True):
        assert [line[:end][-1] for end in ends] == [str(number) for number in numbers]
    assert len({len(line) for line in lines[:-1]}) == 1  # the last one has no recall
