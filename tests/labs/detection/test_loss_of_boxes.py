"""What is wrong with a detector's answers, by the formulas of the focal loss and of Huber's."""

import numpy as np
import pytest
from scipy.special import huber, softmax

from labs.detection.detection import wrong
from labs.tasks.anchors import IGNORED

CLASSES = np.int32([[0, 1, 2, IGNORED, 2], [0, 0, 0, 0, 0]])


@pytest.fixture
def answers():
    return np.random.default_rng(3).normal(size=(2, 5, 7)).astype(np.float32)


@pytest.fixture
def places():
    return np.random.default_rng(4).normal(size=(2, 5, 4)).astype(np.float32)


def test_each_anchor_adds_a_focal_loss_and_where_a_face_is_its_box_s_huber_loss(answers, places):
    expected = np.zeros(2)
    for scene, anchor in np.ndindex(CLASSES.shape):
        kind, y = CLASSES[scene, anchor], answers[scene, anchor].astype(float)
        if kind == IGNORED:
            continue
        sure = softmax(y[:3])[kind]
        expected[scene] -= (1 - sure) ** 2 * np.log(sure)  # Lin et al. 2017, with gamma 2
        if kind > 0:
            expected[scene] += 10 * huber(0.1, places[scene, anchor] - y[3:]).sum()
    np.testing.assert_allclose(wrong(answers, CLASSES, places), expected, rtol=1e-5)


def test_a_face_costs_as_much_among_others_as_alone(answers, places):
    together = wrong(answers[:1], CLASSES[:1], places[:1])
    alone = [
        wrong(answers[:1], np.where(np.arange(5) == one, CLASSES[:1], IGNORED), places[:1])
        for one in range(5)
    ]
    np.testing.assert_allclose(together, np.sum(alone, axis=0), rtol=1e-5)
