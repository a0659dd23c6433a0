"""Average precision, against pycocotools, whose numbers it is to have."""

import contextlib
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from labs.tasks import geometry, precision

KINDS = 2


def of_pycocotools(boxes, scores, classes, true_boxes, true_classes):
    """`COCOeval`'s precision, a mean over recalls: (classes, thresholds), NaN where none is."""
    truths, answers = [], []
    for image, (row, kinds) in enumerate(zip(true_boxes, true_classes, strict=True)):
        for (left, top, right, bottom), kind in zip(row.tolist(), kinds.tolist(), strict=True):
            if kind:
                box = [left, top, right - left, bottom - top]
                its = {"image_id": image, "category_id": kind, "bbox": box, "iscrowd": 0}
                truths.append(its | {"id": len(truths) + 1, "area": box[2] * box[3]})
    for image, rows in enumerate(
        zip(boxes.tolist(), scores.tolist(), classes.tolist(), strict=True)
    ):
        for (left, top, right, bottom), score, kind in zip(*rows, strict=True):
            if kind:
                box = [left, top, right - left, bottom - top]
                its = {"image_id": image, "category_id": kind, "bbox": box, "score": score}
                answers.append(its)
    coco = COCO()
    coco.dataset = {
        "images": [{"id": image} for image in range(len(boxes))],
        "annotations": truths,
        "categories": [{"id": kind} for kind in range(1, KINDS + 1)],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        answered = coco.loadRes(answers) if answers else of_no_answers(coco)
        evaluation = COCOeval(coco, answered, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
    found = evaluation.eval["precision"][:, :, :, 0, -1]  # of any area, 100 answers at most
    return np.where(found < 0, np.nan, found).mean(axis=1).T


def of_no_answers(coco):
    """What `loadRes`, which asks the first answer what it is, cannot make."""
    empty = COCO()
    empty.dataset = coco.dataset | {"annotations": []}
    empty.createIndex()
    return empty


def ours(boxes, scores, classes, true_boxes, true_classes):
    overlaps = precision.box_overlaps(boxes, true_boxes)
    hits = precision.hits(overlaps, scores, classes, true_classes)
    return precision.average_precisions(hits, scores, classes, true_classes, KINDS)


def scenes(random, count, answers=8, things=4):
    """Boxes that are there, and answers near them and elsewhere."""
    corners = random.uniform(0, 60, (count, things, 2))
    true_boxes = np.concatenate([corners, corners + random.uniform(10, 40, corners.shape)], axis=2)
    true_classes = random.integers(0, KINDS + 1, (count, things))
    meant = random.integers(0, things, (count, answers))
    boxes = np.take_along_axis(true_boxes, meant[..., None], axis=1)
    boxes = boxes + random.normal(size=boxes.shape) * random.choice([0.5, 2, 5], (count, 1, 1))
    boxes[..., 2:] = np.maximum(boxes[..., 2:], boxes[..., :2])
    classes = np.take_along_axis(true_classes, meant, axis=1)
    wrong = random.uniform(size=classes.shape) < 0.2
    classes = np.where(wrong, random.integers(0, KINDS + 1, classes.shape), classes)
    scores = random.integers(0, 50, classes.shape) / 50  # many are the same
    return boxes, scores, classes, true_boxes, true_classes


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("answered", [True, False])
def test_sets_without_any_things_or_answers_have_pycocotools_numbers(there, answered):
    boxes, scores, classes, true_boxes, true_classes = scenes(np.random.default_rng(5), 6)
    case = boxes, scores, classes * answered, true_boxes, true_classes * there
    found = ours(*case)
    assert found == pytest.approx(of_pycocotools(*case), abs=1e-12, nan_ok=True)
    assert np.isnan(found).all() == (not there)


@pytest.mark.parametrize("seed", range(10))
def test_the_numbers_are_pycocotools_own(seed):
    random = np.random.default_rng(seed)
    case = scenes(random, count=random.integers(1, 40))
    assert ours(*case) == pytest.approx(of_pycocotools(*case), abs=1e-12, nan_ok=True)


def test_a_picture_without_things_and_one_without_answers_count():
    boxes, scores, classes, true_boxes, true_classes = scenes(np.random.default_rng(3), 12)
    classes[:3], true_classes[2:5] = 0, 0
    case = boxes, scores, classes, true_boxes, true_classes
    assert ours(*case) == pytest.approx(of_pycocotools(*case), abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("seed", range(5))
def test_boxes_of_no_area_count_there_or_answered(seed):
    boxes, scores, classes, true_boxes, true_classes = scenes(np.random.default_rng(seed), 12)
    true_boxes[::2, 0, 2:] = true_boxes[::2, 0, :2]  # missed, even by the very same box
    boxes[::3, 1, 2], boxes[::4, 0] = boxes[::3, 1, 0], true_boxes[::4, 0]
    case = boxes, scores, classes, true_boxes, true_classes
    assert ours(*case) == pytest.approx(of_pycocotools(*case), abs=1e-12, nan_ok=True)


def test_two_answers_of_the_same_score_are_taken_in_their_order():
    box = np.float64([[[0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60]]])
    for order in ([0, 1, 2], [1, 0, 2], [2, 1, 0]):
        case = (
            box[:, order],
            np.full((1, 3), 0.5),
            np.ones((1, 3), int),
            box[:, :1],
            np.ones((1, 1), int),
        )
        assert ours(*case) == pytest.approx(of_pycocotools(*case), abs=1e-12, nan_ok=True)


def test_answers_that_are_all_right_reach_1_and_none_at_all_0():
    _, _, _, true_boxes, true_classes = scenes(np.random.default_rng(4), 12)
    scores = np.full(true_classes.shape, 0.9)
    assert ours(true_boxes, scores, true_classes, true_boxes, true_classes) == pytest.approx(1)
    nothing = np.zeros_like(true_classes)
    assert ours(true_boxes, scores, nothing, true_boxes, true_classes) == pytest.approx(0)


def test_a_class_of_which_there_is_nothing_has_no_average():
    boxes, scores, classes, true_boxes, true_classes = scenes(np.random.default_rng(5), 12)
    true_classes[true_classes == 2] = 0
    found = ours(boxes, scores, classes, true_boxes, true_classes)
    assert np.isnan(found[1]).all()
    assert not np.isnan(found[0]).any()


def test_a_second_answer_for_the_same_thing_is_no_hit():
    box = np.float64([[[0, 0, 10, 10], [0, 0, 10, 10]]])
    overlaps = precision.box_overlaps(box, box[:, :1])
    hits = precision.hits(overlaps, np.array([[0.7, 0.9]]), np.ones((1, 2)), np.ones((1, 1)))
    assert hits[0, 1].all()  # the surer one
    assert not hits[0, 0].any()


def test_boxes_of_no_area_overlap_with_nothing():
    point, box = np.float64([[3, 3, 3, 3]]), np.float64([[0, 0, 10, 10]])
    assert precision.box_overlaps(point, point) == 0
    assert precision.box_overlaps(point, box) == 0


def test_the_overlap_of_boxes_is_intersection_over_union():
    a, b = np.float64([[0, 0, 4, 4], [0, 0, 2, 2]]), np.float64([[2, 2, 6, 4], [10, 10, 11, 11]])
    assert precision.box_overlaps(a, b).tolist() == [[4 / 20, 0], [0, 0]]


@pytest.mark.parametrize("seed", range(5))
def test_overlaps_are_those_of_the_pixels_of_both(seed):
    random = np.random.default_rng(seed)
    corners = np.sort(random.integers(0, 12, (2, 3, 6, 2, 2)), axis=3)  # some have no area
    boxes, others = corners.reshape(2, 3, 6, 4)
    pairs = zip(boxes, others, strict=True)
    expected = np.array([[[of_pixels(a, b) for b in theirs] for a in own] for own, theirs in pairs])
    assert 0 < np.count_nonzero(expected) < expected.size
    assert precision.box_overlaps(np.float64(boxes), np.float64(others)) == pytest.approx(expected)
    in_the_graph = geometry.overlaps(np.float32(boxes), np.float32(others)).numpy()
    assert in_the_graph == pytest.approx(expected, rel=1e-6)


def of_pixels(box, other):
    """IoU of two boxes between whole numbers, by painting both."""
    painted = np.zeros((2, 12, 12), bool)
    for canvas, (left, top, right, bottom) in zip(painted, (box, other), strict=True):
        canvas[top:bottom, left:right] = True
    either = np.count_nonzero(painted.any(axis=0))
    return np.count_nonzero(painted.all(axis=0)) / either if either else 0
