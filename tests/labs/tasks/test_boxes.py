"""Boxes, by their formulas, NumPy's overlaps and TensorFlow's own suppression."""

import json

import numpy as np
import pytest
import tensorflow as tf

from dsutil import InputError
from dsutil.columns import SCENE, SCENE_BOXES, Boxes, Images
from labs.tasks import Anchors, precision
from labs.tasks import Boxes as Task
from labs.tasks.boxes import LEAST, MOST, SUPPRESSED

ANCHORS = Anchors(side=32, stride=8, shapes=((8, 10), (16, 20)))
COLUMN = Boxes("boxes", ("man", "woman"), 3, (32, 32))
TASK = Task(ANCHORS, COLUMN, Images((32, 32), "scene"))
NOTHING = np.float32([9, 0, 0, 0, 0, 0, 0])  # an anchor's scores of nothing, man, woman; its place


def outputs(*answers):
    """The network's output for a picture in which some anchors answer: (anchor, class, score)."""
    y = np.tile(NOTHING, (len(ANCHORS), 1))
    for anchor, kind, score in answers:
        y[anchor, :3] = 0
        y[anchor, kind] = score
    return y


def box(anchor):
    return np.clip(ANCHORS.boxes[anchor], 0, 32)


def there(*things):
    """What is true of a picture in which some anchors' boxes are: (anchor, class)."""
    rows = [[*box(anchor), kind] for anchor, kind in things]
    return np.float32(rows + [[0] * 5] * (3 - len(rows)))


def measured(y, truths):
    y, desired = np.stack(y), TASK.desired(None, tf.constant(np.stack(truths)))
    found = {"AP": TASK.measure(y, desired)} | TASK.details(y, desired, TASK.answer(None)(y))
    return {name: np.asarray(value) for name, value in found.items()}


def test_the_faces_of_scenes_are_asked_unless_told():
    task = Task(Anchors(side=96, stride=8, shapes=((13, 17),)))
    assert task.columns == (SCENE, SCENE_BOXES)
    assert task.output_shape == (144, 7)


def test_what_is_found_is_the_surest_first_and_then_nothing():
    answer = TASK.answer(None)(outputs((12, 1, 5), (3, 2, 7))[None])
    found = np.asarray(TASK.found(answer))[0]
    assert found.shape == (MOST, 6)
    assert found[:2, 4].tolist() == [2, 1]
    assert found[0, :4] == pytest.approx(box(3))
    assert found[1, :4] == pytest.approx(box(12))
    assert found[0, 5] > found[1, 5] > 0.9
    assert not found[2:, 4].any()


def test_of_boxes_that_overlap_the_surest_is_kept_as_tensorflow_s_own_suppression_has_it():
    y = np.random.default_rng(0).normal(size=(1, len(ANCHORS), 7)).astype(np.float32)
    answer = np.asarray(TASK.answer(None)(y))
    found = np.asarray(TASK.found(answer))[0]
    for kind in (1, 2):
        mine = found[found[:, 4] == kind]
        kept = tf.image.non_max_suppression(
            answer[0, :, [1, 0, 3, 2]].T, answer[0, :, 3 + kind], MOST, 0.5, 0.01
        ).numpy()
        assert mine[:, 5] == pytest.approx(answer[0, kept, 3 + kind][: len(mine)])


def kept_of(boxes, scores):
    """Greedy suppression, one box after another: the rows that are left, the surest first."""
    kept = []
    for row in np.argsort(-scores, kind="stable"):
        overlaps = precision.box_overlaps(boxes[[row]], boxes[kept]) if kept else np.zeros(1)
        if scores[row] > LEAST and overlaps.max() <= SUPPRESSED:
            kept.append(row)
    return kept[:MOST]


@pytest.mark.parametrize("seed", range(10))
def test_what_is_kept_is_what_numpy_keeps_also_of_same_scores_and_boxes_of_no_area(seed):
    random = np.random.default_rng(seed)
    boxes = random.uniform(0, 20, (60, 4)).astype(np.float32)
    boxes[:, 2:] += boxes[:, :2]
    boxes[::7, 2] = boxes[::7, 0]  # of no width
    boxes[1::7] = boxes[::7]  # and again, with a score of its own
    scores = random.integers(0, 8, (60, 2)).astype(np.float32) / 10
    answer = np.concatenate([boxes, scores], axis=1)
    found = np.asarray(TASK.found(tf.constant(answer[None])))[0]
    rows = [[*boxes[row], kind, scores[row, kind - 1]]
            for kind in (1, 2) for row in kept_of(boxes, scores[:, kind - 1])]  # fmt: skip
    expected = np.float32(sorted(rows, key=lambda row: -row[5]))
    assert found[:, 5] == pytest.approx(np.resize(expected[:, 5], MOST))
    surer = expected[expected[:, 5] > expected[MOST - 1, 5]]  # where MOST do not cut through a tie
    assert sorted(found[: len(surer)].tolist()) == sorted(surer.tolist())


def test_an_answer_without_boxes_is_nothing():
    nothing = np.zeros((2, 60, 6), np.float32)
    assert not np.asarray(TASK.found(tf.constant(nothing)))[..., 4:].any()


def test_answers_lie_in_the_picture():
    y = np.random.default_rng(1).normal(size=(2, len(ANCHORS), 7)).astype(np.float32) * 5
    boxes = np.asarray(TASK.answer(None)(y))[..., :4]
    assert boxes.min() == 0
    assert boxes.max() == 32


def test_a_set_of_right_answers_reaches_1_and_of_none_0():
    truths = [there((12, 1), (3, 2)), there((7, 2)), there()]
    right = [outputs((12, 1, 5), (3, 2, 7)), outputs((7, 2, 5)), outputs()]
    numbers = TASK.numbers(measured(right, truths))
    assert numbers == pytest.approx({"AP": 1, "AP50": 1, "AP/man": 1, "AP/woman": 1})
    nothing = TASK.numbers(measured([outputs()] * 3, truths))
    assert nothing == pytest.approx({"AP": 0, "AP50": 0, "AP/man": 0, "AP/woman": 0})
    json.dumps(TASK.as_json(measured(right, truths), truths), allow_nan=False)


def test_a_set_counts_as_precision_says_of_what_was_found():
    random = np.random.default_rng(2)
    y = random.normal(size=(30, len(ANCHORS), 7)).astype(np.float32)
    truths = [there((random.integers(32), random.integers(1, 3))) for _ in range(30)]
    its = measured(y, truths)
    found, boxes = its["found"], np.stack(truths)
    hits = precision.hits(
        precision.box_overlaps(found[..., :4], boxes[..., :4]),
        found[..., 5],
        found[..., 4],
        boxes[..., 4],
    )
    each = precision.average_precisions(hits, found[..., 5], found[..., 4], boxes[..., 4], 2)
    numbers = TASK.numbers(its)
    assert 0 < numbers["AP"] < 1
    assert [numbers["AP/man"], numbers["AP/woman"]] == pytest.approx(np.nanmean(each, axis=1))
    assert numbers["AP50"] == pytest.approx(np.nanmean(each[:, 0]))


@pytest.mark.parametrize(
    ("answers", "things", "expected"),
    [
        ([(12, 1, 9)], [(12, 1)], 1),  # right
        ([], [], 1),  # nothing there, nothing said
        ([], [(12, 1)], 0.5),  # none found, none wrong
        ([(12, 1, 9)], [], 0.5),  # all found, one wrong
        ([(12, 2, 9)], [(12, 1)], 0),  # the other class
        ([(12, 1, 9), (3, 1, 9)], [(12, 1)], 0.75),  # one found, half of the answers right
    ],
)
def test_an_image_s_number_is_the_mean_of_what_is_found_and_of_what_is_right(
    answers, things, expected
):
    its = measured([outputs(*answers)], [there(*things)])
    assert its["AP"].tolist() == pytest.approx([expected])


def test_an_output_that_is_no_number_leaves_its_image_undecided():
    broken = outputs((12, 1, 9))
    broken[4, 5] = np.nan
    its = measured([outputs(), broken], [there(), there()])
    assert np.isnan(its["AP"]).tolist() == [False, True]


def test_answers_are_told_by_class_score_and_place():
    answer = np.asarray(TASK.answer(None)(outputs((12, 1, 9))[None]))[0]
    assert TASK.told(None, answer, (there((12, 1), (3, 2)),)) == (
        "man 1.00 at 16 7 24 17  (there are 2)"
    )
    (said,) = TASK.answer_as_json(None, answer)["boxes"]
    assert said["class"] == "man"
    assert said["box"] == pytest.approx(box(12), abs=0.01)
    assert TASK.told(None, np.asarray(TASK.answer(None)(outputs()[None]))[0]) == "nothing"


def test_a_picture_shows_the_boxes():
    answer = np.asarray(TASK.answer(None)(outputs((12, 1, 9))[None]))[0]
    grey = np.full((32, 32), 100, np.uint8)
    shown = TASK.picture(grey, answer, (there((3, 2)),))
    assert shown.shape == (192, 192, 3)
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) == 3  # grey, the answer's and the truth's


def test_boxes_that_are_not_the_images_are_refused():
    with pytest.raises(InputError, match="expected"):
        Task(ANCHORS)
