"""Masks of things, against pycocotools, whose numbers they are to have."""

import contextlib
import io
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from dsutil import INSTANCES, SCENE, SCENE_BOXES, InputError, Parts
from labs.detection import instances as lab
from labs.tasks import Anchors
from labs.tasks.instance_masks import Instances, mask_overlaps, spread

TASK = Instances(Anchors(side=96, stride=24, shapes=((20, 26),)), regions=6, bins=4)
KINDS, THINGS = 2, SCENE_BOXES.most


def of_pycocotools(masks, scores, classes, instances, true_classes):
    """`COCOeval`'s precision, a mean over recalls: (classes, thresholds), NaN where none is."""
    truths, answers = [], []
    for image, (parts, kinds) in enumerate(zip(instances, true_classes.tolist(), strict=True)):
        for thing, kind in enumerate(kinds, 1):
            if kind:
                its = one(image, kind, parts == thing)
                area = int(np.count_nonzero(parts == thing))
                truths.append(its | {"id": len(truths) + 1, "area": area, "iscrowd": 0})
    for image, rows in enumerate(zip(masks, scores.tolist(), classes.tolist(), strict=True)):
        answers += [
            one(image, kind, mask) | {"score": score}
            for mask, score, kind in zip(*rows, strict=True)
            if kind
        ]
    height, width = instances.shape[1:]
    coco = COCO()
    coco.dataset = {
        "images": [{"id": image, "height": height, "width": width} for image in range(len(masks))],
        "annotations": truths,
        "categories": [{"id": kind} for kind in range(1, KINDS + 1)],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(answers), "segm")
        evaluation.evaluate()
        evaluation.accumulate()
    found = evaluation.eval["precision"][:, :, :, 0, -1]  # of any area, 100 answers at most
    return np.where(found < 0, np.nan, found).mean(axis=1).T


def one(image, kind, mask):
    code = rle.encode(np.asfortranarray(mask, np.uint8))
    return {"image_id": image, "category_id": kind, "segmentation": code}


def scenes(random, count, side=24, answers=8):
    """Masks that are there, and answers that are like one of them, or not at all."""
    down, across = np.mgrid[:side, :side]
    places = random.integers(0, side, (2, count, THINGS, 1, 1))
    instances = np.zeros((count, side, side), np.uint8)
    for thing in range(THINGS, 0, -1):
        apart = np.hypot(down - places[0][:, thing - 1], across - places[1][:, thing - 1])
        instances[apart < random.integers(4, 9, (count, 1, 1))] = thing
    true_classes = random.integers(0, KINDS + 1, (count, THINGS))
    meant = random.integers(0, THINGS, (count, answers))
    masks = instances[:, None] == meant[..., None, None] + 1
    masks ^= random.uniform(size=masks.shape) < random.choice(
        [0, 0.02, 0.1], (count, answers, 1, 1)
    )
    classes = np.take_along_axis(true_classes, meant, axis=1)
    wrong = random.uniform(size=classes.shape) < 0.2
    classes = np.where(wrong, random.integers(0, KINDS + 1, classes.shape), classes)
    scores = random.integers(0, 50, classes.shape) / 50  # many are the same
    return masks, scores, classes, instances, true_classes


def ours(masks, scores, classes, instances, true_classes):
    found = np.zeros((*classes.shape, 6))
    found[..., 4], found[..., 5] = classes, scores
    there = np.zeros((*true_classes.shape, 5))
    there[..., 4] = true_classes
    overlaps = mask_overlaps(masks, tf.constant(instances, tf.float32), THINGS)
    measured = {"found": found, "there": there, "mask overlaps": np.asarray(overlaps)}
    return TASK.average_precisions(measured), TASK.numbers(measured)


@pytest.mark.parametrize("seed", range(10))
def test_the_numbers_are_pycocotools_own(seed):
    random = np.random.default_rng(seed)
    case = scenes(random, count=random.integers(5, 30))
    each, numbers = ours(*case)
    expected = of_pycocotools(*case)
    assert each == pytest.approx(expected, abs=1e-12, nan_ok=True)
    assert numbers["mask AP"] == pytest.approx(np.nanmean(expected))
    assert numbers["mask AP50"] == pytest.approx(np.nanmean(expected[:, 0]))


def test_a_scene_without_things_and_one_without_answers_count():
    masks, scores, classes, instances, true_classes = scenes(np.random.default_rng(3), 12)
    classes[:3], true_classes[2:5], instances[2:5] = 0, 0, 0
    case = masks, scores, classes, instances, true_classes
    assert ours(*case)[0] == pytest.approx(of_pycocotools(*case), abs=1e-12, nan_ok=True)


def test_overlaps_are_intersection_over_union_of_pixels():
    instances = np.zeros((1, 4, 4), np.float32)
    instances[0, 0], instances[0, 1, :2] = 1, 2
    mask = np.zeros((1, 1, 4, 4), bool)
    mask[0, 0, :, 0] = True
    assert np.asarray(mask_overlaps(mask, instances, 3)).tolist() == [[[1 / 7, 1 / 5, 0]]]


def test_a_mask_is_spread_over_the_pixels_whose_middles_are_in_its_box():
    spread_out = np.asarray(
        spread(np.ones((1, 4, 4), np.float32), np.float32([[1.4, 2, 4, 5.6]]), (6, 7))
    )
    expected = np.zeros((6, 7))
    expected[2:5, 1:4] = 1  # 5.5 is in, 1.5 too
    expected[5, 1:4] = 1
    assert spread_out[0] == pytest.approx(expected)


def test_between_the_middles_of_its_bins_a_mask_is_linear():
    mask = np.float32([[[0, 4], [0, 4]]])
    rows = np.asarray(spread(mask, np.float32([[0, 0, 8, 2]]), (2, 8)))[0]
    expected = np.interp(np.arange(8) + 0.5, [2, 6], [0, 4])
    assert rows == pytest.approx(np.stack([expected, expected]), abs=1e-5)


def test_a_box_of_no_area_has_no_pixels():
    points = np.float32([[3, 3, 3, 3], [5, 5, 4, 4]])
    assert not np.asarray(spread(np.ones((2, 4, 4), np.float32), points, (8, 8))).any()


def outputs(boxes, classes, masks):
    """Outputs that are sure of classes in boxes, one row for each region of one scene."""
    count = len(boxes)
    regions = np.zeros((1, TASK.regions, 4), np.float32)
    regions[0, :count] = np.reshape(boxes, (count, 4))
    found = np.zeros((1, *TASK.parts[2]), np.float32)
    found[..., 0] = 9  # nothing
    found[0, np.arange(count), classes] = 18 - np.arange(count)
    scores = np.full((1, *TASK.parts[3]), -9, np.float32)
    scores[0, :count] = masks
    parts = [np.zeros((1, *TASK.parts[0]), np.float32), regions, found, scores]
    return np.concatenate([part.reshape(1, -1) for part in parts], axis=1)


def truths(boxes, classes):
    """Truths of one scene whose faces fill their boxes."""
    there = np.zeros((1, *SCENE_BOXES.shape), np.float32)
    instances = np.zeros((1, *INSTANCES.shape), np.uint8)
    for place, (box, kind) in enumerate(zip(boxes, classes, strict=True)):
        left, top, right, bottom = box
        there[0, place] = (*box, kind)
        instances[0, top:bottom, left:right] = place + 1
    return there, instances


BOXES = [[10, 20, 30, 50], [60, 10, 90, 70]]


def evaluated(y, truth):
    desired = TASK.desired(None, *map(tf.constant, truth))
    answer = TASK.answer(None)(y)
    measured = {TASK.headline.name: TASK.measure(y, desired)} | TASK.details(y, desired, answer)
    return np.asarray(answer), {name: np.asarray(value) for name, value in measured.items()}


def test_it_asks_for_boxes_and_instances_of_a_scene():
    assert TASK.columns == (SCENE, SCENE_BOXES, INSTANCES)
    assert TASK.output_shape == (16 * 7 + 6 * (4 + 7 + 16),)


def test_instances_of_other_pictures_are_refused():
    with pytest.raises(InputError, match="with a part for each of the 5 boxes"):
        Instances(TASK.anchors, instances=Parts("instances", INSTANCES.parts[:4], SCENE.shape))


def test_both_truths_come_back_out_of_what_is_desired():
    boxes, instances = truths(BOXES, [1, 2])
    back = TASK.there(TASK.desired(None, tf.constant(boxes), tf.constant(instances)))
    assert np.array_equal(back[0], boxes)
    assert np.array_equal(back[1], instances)


def test_answers_that_are_right_reach_1():
    y = outputs(BOXES, [1, 2], np.full((2, 4, 4), 9))
    answer, measured = evaluated(y, truths(BOXES, [1, 2]))
    assert answer.shape == (1, 6, 4 + 2 + 16)
    numbers = TASK.numbers(measured)
    assert numbers["mask AP"] == pytest.approx(1)
    assert numbers["box AP"] == pytest.approx(1)
    assert measured[TASK.headline.name].tolist() == [1]


def test_each_mask_stays_with_its_box_when_suppression_orders_them():
    left_half = np.where(np.arange(4) < 2, 9, -9) * np.ones((4, 1))
    y = outputs(BOXES[::-1], [2, 1], [np.full((4, 4), 9), left_half])
    _, measured = evaluated(y, truths(BOXES, [1, 2]))
    assert measured["mask overlaps"][0, :2, :2] == pytest.approx(np.float64([[0, 1], [0.5, 0]]))
    assert TASK.numbers(measured)["mask AP/man"] == pytest.approx(1 / 10)  # at 0.5 alone


def test_a_scene_without_faces_and_an_answer_without_boxes_are_told_and_drawn():
    image = np.full(SCENE.shape, 100, np.uint8)
    answer, measured = evaluated(outputs([], [], np.zeros((0, 4, 4))), truths([], []))
    assert measured[TASK.headline.name].tolist() == [1]
    assert not measured["mask overlaps"].any()
    assert TASK.numbers(measured)["mask AP"] == 0
    assert TASK.told(image, answer[0]) == "nothing"
    assert TASK.answer_as_json(image, answer[0]) == {"boxes": []}
    assert np.unique(TASK.picture(image, answer[0])).tolist() == [100]


def test_a_picture_shows_each_mask_and_the_json_counts_its_pixels():
    image = np.full(SCENE.shape, 100, np.uint8)
    y = outputs(BOXES, [1, 2], np.full((2, 4, 4), 9))
    answer, _ = evaluated(y, truths(BOXES, [1, 2]))
    said = TASK.answer_as_json(image, answer[0])["boxes"]
    assert [(box["class"], box["pixels"]) for box in said] == [("man", 600), ("woman", 1800)]
    json.dumps(said)
    shown = TASK.picture(image, answer[0])
    assert shown.shape == (192, 192, 3)
    in_first, in_second, outside = shown[60, 40], shown[60, 150], shown[10, 10]
    assert outside.tolist() == [100, 100, 100]
    assert len({tuple(colour) for colour in (in_first, in_second, outside)}) == 3


def test_boxes_beside_the_picture_are_told_and_not_drawn():
    image = np.full(SCENE.shape, 100, np.uint8)
    y = outputs(
        [[96, 10, 120, 40], [-50, 10, -20, 40], [10, 200, 40, 230]],
        [1, 2, 1],
        np.full((3, 4, 4), 9),
    )
    answer, measured = evaluated(y, truths([], []))
    assert len(TASK.answer_as_json(image, answer[0])["boxes"]) == 3
    assert not measured["mask overlaps"].any()
    assert np.unique(TASK.picture(image, answer[0])).tolist() == [100]


def test_a_score_that_is_no_number_leaves_its_image_undecided():
    y = outputs(BOXES, [1, 2], np.full((2, 4, 4), np.nan))
    _, measured = evaluated(y, truths(BOXES, [1, 2]))
    assert np.isnan(measured[TASK.headline.name]).all()


def test_the_masks_that_a_box_is_to_find_are_its_face_s_alone():
    _, instances = truths([[10, 20, 30, 50], [20, 20, 40, 50]], [1, 2])
    boxes = np.float32([[[10, 20, 38, 48]]])
    first = np.asarray(lab.true_masks(tf.constant(instances), boxes, tf.constant([[0]])))[0, 0]
    second = np.asarray(lab.true_masks(tf.constant(instances), boxes, tf.constant([[1]])))[0, 0]
    assert first.shape == (14, 14)
    assert first[:, :4] == pytest.approx(1)
    assert first[:, 6:] == pytest.approx(0)
    assert first + second == pytest.approx(np.ones((14, 14)))


def test_a_mask_is_learned_of_a_box_that_is_far_off_and_of_none_that_is_beside():
    parts = [np.zeros((1, *shape), np.float32) for shape in lab.TASK.parts]
    parts[1][0, :2] = [[23, 20, 43, 50], [23, 60, 43, 90]]  # the first: 7 columns of 33
    y = tf.constant(np.concatenate([part.reshape(1, -1) for part in parts], axis=1))
    desired = lab.TASK.desired(None, *map(tf.constant, truths([[10, 20, 30, 50]], [1])))
    with tf.GradientTape() as tape:
        tape.watch(y)
        loss = lab.loss(y, desired)
    slope = np.asarray(lab.TASK.unpacked(tape.gradient(loss, y))[3][0])
    assert np.any(slope, axis=(1, 2)).tolist() == [True] + [False] * (lab.TASK.regions - 1)


@pytest.fixture(scope="module")
def model():
    x = keras.Input((SCENE.numbers,))
    return keras.Model(x, lab.network(x))


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(5).uniform(-0.5, 0.5, (2, SCENE.numbers)).astype(np.float32)


def test_gradients_are_finite_and_reach_all_weights_also_without_faces(model, pictures):
    columns = zip(truths([], []), truths(BOXES, [1, 2]), strict=True)
    desired = lab.TASK.desired(None, *(tf.constant(np.concatenate(both)) for both in columns))
    with tf.GradientTape() as tape:
        loss = lab.loss(model(pictures, training=True), desired)
    assert loss.shape == (2,)
    for gradient in tape.gradient(loss, model.trainable_variables):
        assert np.isfinite(gradient).all()


def test_a_network_that_was_saved_answers_to_the_bit(model, pictures, tmp_path):
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert np.array_equal(model(pictures), again(pictures))
