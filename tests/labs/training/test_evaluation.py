"""What one pass over a data set yields, against scikit-learn."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss

from dsutil import DataSet
from dsutil.binary import pair_paths
from labs import nn4
from labs.training.evaluation import Evaluation, evaluate, softmax


@pytest.fixture(scope="module")
def case(faces):
    """A data set, and logarithms of probabilities for its images."""
    dataset = DataSet(*pair_paths(faces, "tiny"))
    projection = np.random.default_rng(3).normal(0, 0.1, (2304, 2)).astype(np.float32)
    calls = []

    def scores(images):
        calls.append(len(images))
        return np.log(softmax(images @ projection)).astype(np.float32)

    found = evaluate(dataset, scores, nn4.loss)
    return SimpleNamespace(dataset=dataset, scores=scores, calls=list(calls), found=found)


def test_each_image_is_looked_at_once(case):
    assert sum(case.calls) == case.dataset.count


def test_accuracy_loss_and_confusion_are_scikit_learn_s(case):
    labels = case.dataset.labels.argmax(axis=1)
    images, _ = DataSet(case.dataset.data_path, case.dataset.label_path, batch_size=50).next_batch()
    probabilities = np.exp(case.scores(images).astype(float))
    probabilities /= probabilities.sum(axis=1, keepdims=True)  # 1 to float32 only
    answers = probabilities.argmax(axis=1)
    assert case.found.accuracy == accuracy_score(labels, answers)
    assert case.found.accuracy == case.dataset.mean_accuracy(case.scores)
    assert case.found.loss == pytest.approx(log_loss(labels, probabilities), rel=1e-5)
    assert case.found.probabilities == pytest.approx(probabilities, abs=1e-6)
    assert np.array_equal(case.found.confusion, confusion_matrix(labels, answers))


def test_the_most_wrong_are_wrong_and_the_surest_comes_first():
    women = np.array([0.9, 0.2, 0.6, 0.99, 0.3, 0.4])
    labels = np.eye(2)[[0, 1, 0, 1, 1, 0]]
    found = Evaluation(0, 0, np.stack([1 - women, women], axis=1), labels)
    assert found.most_wrong(10).tolist() == [0, 1, 4, 2]
    assert found.most_wrong(2).tolist() == [0, 1]
