"""Masks, against scikit-learn's Jaccard score, which is intersection over union."""

import json

import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import accuracy_score, jaccard_score

from dsutil import FACE_MASK, FACES, Images, InputError, Parts
from labs.tasks import Masks

PARTS = ("wall", "skin", "hair", "hat")
COLUMN = Parts("mask", PARTS, (6, 5))
TASK = Masks(COLUMN, Images((6, 5)))


@pytest.fixture(scope="module")
def case():
    """Answers, masks and truths of 20 images, and what was measured; none of them has a hat."""
    random = np.random.default_rng(0)
    y = random.normal(size=(20, 6, 5, 4)).astype(np.float32)
    y[..., 3] = -9
    truths = random.integers(0, 3, (20, 6, 5)).astype(np.uint8)
    truths[0] = 0  # of one part only
    desired = TASK.desired(None, tf.constant(truths))
    answers = np.asarray(TASK.answer(None)(y))
    measured = {"IoU": TASK.measure(y, desired)} | TASK.details(y, desired, answers)
    return (
        answers,
        np.argmax(y, axis=-1),
        truths,
        {name: np.asarray(value) for name, value in measured.items()},
    )


def test_the_parts_of_a_face_are_asked_unless_told():
    assert Masks().columns == (FACES, FACE_MASK)
    assert Masks().output_shape == (48, 48, len(FACE_MASK.parts))


def test_answers_are_probabilities_also_of_their_logarithms(case):
    answers, _, _, _ = case
    assert answers.sum(axis=-1) == pytest.approx(np.ones((20, 6, 5)))
    again = np.asarray(TASK.answer(None)(np.log(answers)))
    assert again == pytest.approx(answers, abs=1e-6)


def test_the_iou_of_a_set_is_scikit_learn_s_over_all_its_pixels(case):
    _, answers, truths, measured = case
    each = jaccard_score(truths.ravel(), answers.ravel(), labels=[0, 1, 2], average=None)
    numbers = TASK.numbers(measured)
    assert list(numbers) == ["IoU", "pixel accuracy", "IoU/wall", "IoU/skin", "IoU/hair"]
    assert [numbers[f"IoU/{name}"] for name in PARTS[:3]] == pytest.approx(each)
    assert numbers["IoU"] == pytest.approx(np.mean(each))
    assert numbers["pixel accuracy"] == pytest.approx(
        accuracy_score(truths.ravel(), answers.ravel())
    )


def test_an_image_s_iou_is_scikit_learn_s_over_the_parts_in_it_or_in_its_answer(case):
    answers, masks, truths, measured = case
    for answer, mask, truth, iou in zip(answers, masks, truths, measured["IoU"], strict=True):
        expected = jaccard_score(truth.ravel(), mask.ravel(), average="macro")
        assert iou == pytest.approx(expected)
        assert f"(IoU {expected:.3f})" in TASK.told(None, answer, (truth,))
        assert TASK.answer_as_json(None, answer, (truth,))["IoU"] == pytest.approx(expected)


def test_a_score_that_is_no_number_leaves_its_image_undecided():
    y = np.zeros((3, 6, 5, 4), np.float32)
    y[1, 0, 0, 2] = np.nan
    desired = np.zeros((3, 6, 5), np.int32)
    assert np.isnan(TASK.measure(y, desired)).tolist() == [False, True, False]


def test_the_largest_parts_are_told_first():
    answer = np.eye(4)[np.repeat([2, 0], [10, 20])].reshape(6, 5, 4)
    assert TASK.told(None, answer) == "wall 67%, hair 33%"
    assert TASK.answer_as_json(None, answer) == {
        "shares": {"wall": 20 / 30, "skin": 0, "hair": 10 / 30, "hat": 0}
    }


def test_a_picture_shows_face_truth_and_answer_side_by_side():
    image = np.full((6, 5), 100, np.uint8)
    answer, truth = np.eye(4)[np.zeros((6, 5), int)], np.ones((6, 5), np.uint8)
    shown = TASK.picture(image, answer, (truth,))
    assert shown.shape == (6, 15, 3)
    assert (shown[:, :5] == 100).all()
    colours = [np.unique(shown[:, left : left + 5].reshape(-1, 3), axis=0) for left in (5, 10)]
    assert [len(colour) for colour in colours] == [1, 1]
    assert (colours[0] != colours[1]).any()
    assert TASK.picture(image, answer).shape == (6, 10, 3)


def test_what_is_told_for_json_is_json(case):
    _, _, truths, measured = case
    json.dumps(TASK.as_json(measured, (truths,)), allow_nan=False)


def test_parts_that_do_not_fit_the_images_are_refused():
    with pytest.raises(InputError, match="none of its pixels"):
        Masks(COLUMN, FACES)
