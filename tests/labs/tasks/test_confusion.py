"""Accuracy, confusion matrix, precision and recall, beside scikit-learn's."""

import numpy as np
import pytest
from sklearn import metrics

from labs.tasks.confusion import Confusion

random = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("labels", "answers"),
    [
        (random.integers(0, 2, 1000), random.integers(0, 2, 1000)),
        (np.array([0, 0, 1]), np.array([0, 1, 1])),
        (np.array([0, 1]), np.array([0, 0])),  # nothing is answered `woman`
        (np.array([1, 1]), np.array([0, 1])),  # there is no man
    ],
)
def test_agrees_with_scikit_learn(labels, answers):
    ours = Confusion(labels, answers)
    assert np.array_equal(ours.matrix, metrics.confusion_matrix(labels, answers, labels=[0, 1]))
    assert ours.accuracy == metrics.accuracy_score(labels, answers)
    precision, recall, _, _ = metrics.precision_recall_fscore_support(
        labels, answers, labels=[0, 1], zero_division=np.nan
    )
    assert ours.precision == pytest.approx(precision, nan_ok=True)
    assert ours.recall == pytest.approx(recall, nan_ok=True)


def test_what_cannot_be_said_is_null_in_json_and_none_in_the_table():
    ours = Confusion(np.array([0, 1]), np.array([0, 0]))
    assert ours.as_json()["precision"] == {"man": 0.5, "woman": None}
    assert list(ours.lines())[-1].split() == ["precision", "0.5000", "none"]


def test_the_table_shows_the_classes_in_rows_and_the_answers_in_columns():
    labels, answers = [0] * 1500 + [1] * 3, [0] * 1200 + [1] * 300 + [0, 1, 1]
    table = [line.split() for line in Confusion(np.array(labels), np.array(answers)).lines()]
    assert table[1] == ["man", "1,200", "300", "0.8000"]
    assert table[2] == ["woman", "1", "2", "0.6667"]
    assert table[3] == ["precision", "0.9992", "0.0066"]
