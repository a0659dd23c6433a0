"""Boxes, by their formulas, NumPy's overlaps and TensorFlow's own suppression."""

import json

import numpy as np
import pytest
import tensorflow as tf

from dsutil import InputError
from dsutil.columns import SCENE, SCENE_BOXES, Boxes, Images
from labs.tasks import Anchors, precision
from labs.tasks import Boxes as Task
from labs.tasks.boxes import MOST

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
    x, y, wide, high = ANCHORS.boxes[anchor]
    return np.clip([x - wide / 2, y - high / 2, x + wide / 2, y + high / 2], 0, 32)


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
