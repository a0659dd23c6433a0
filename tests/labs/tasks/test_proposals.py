"""Regions that are looked at twice, by formulas, and against overlaps that NumPy computes."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import softmax

import layers as Layers
from dsutil import SCENE, SCENE_BOXES
from labs.detection import two_stage
from labs.tasks import Anchors
from labs.tasks.geometry import decoded, encoded
from labs.tasks.precision import box_overlaps
from labs.tasks.proposals import TwoStage, matched

ANCHORS = Anchors(side=96, stride=24, shapes=((20, 26), (42, 54)))
TASK = TwoStage(ANCHORS, regions=3)


def some_boxes(random, *shape):
    corner = random.uniform(0, 60, (*shape, 2))
    boxes = np.concatenate([corner, corner + random.uniform(5, 36, corner.shape)], axis=-1)
    return boxes.astype(np.float32)


def some_parts(count):
    """Outputs' parts: what is proposed, the regions, and what is in each."""
    random = np.random.default_rng(0)
    proposed, regions, found = (
        random.normal(size=(count, *shape)).astype(np.float32) for shape in TASK.parts
    )
    return [proposed, some_boxes(random, *regions.shape[:2]), found]


def packed(parts):
    inputs = [keras.Input(shape) for shape in TASK.parts]
    return np.asarray(keras.Model(inputs, TASK.packed(inputs))(parts))


def there(*rows):
    """Truths of one scene."""
    return np.float32([[*rows, *[[0] * 5] * (SCENE_BOXES.most - len(rows))]])


def test_it_asks_for_the_boxes_of_a_scene():
    assert TASK.columns == (SCENE, SCENE_BOXES)
    assert TASK.output_shape == (32 * 7 + 3 * 4 + 3 * 7,)


def test_what_is_unpacked_was_packed_to_the_bit():
    parts = some_parts(5)
    y = packed(parts)
    assert y.shape == (5, *TASK.output_shape)
    for part, back in zip(parts, TASK.unpacked(y), strict=True):
        assert np.array_equal(part, back)


def test_places_in_pixels_are_packed_in_32_bits_in_any_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        parts = some_parts(2)
        assert np.array_equal(np.asarray(TASK.unpacked(packed(parts))[1]), parts[1])
    finally:
        keras.config.set_dtype_policy("float32")


def test_an_answer_is_each_region_moved_and_stretched_and_the_classes_probabilities():
    parts = some_parts(4)
    answer = np.asarray(TASK.answer(None)(packed(parts)))
    left, top, right, bottom = np.moveaxis(parts[1], -1, 0)
    found = parts[2]
    wide, high = right - left, bottom - top
    x = (left + right) / 2 + found[..., 3] * wide
    y = (top + bottom) / 2 + found[..., 4] * high
    wide, high = wide * np.exp(found[..., 5]), high * np.exp(found[..., 6])
    boxes = [x - wide / 2, y - high / 2, x + wide / 2, y + high / 2]
    assert answer.shape == (4, 3, 6)
    assert answer[..., :4] == pytest.approx(np.stack(boxes, axis=-1), abs=1e-3)
    assert answer[..., 4:] == pytest.approx(softmax(found[..., :3], axis=-1)[..., 1:], abs=1e-6)


def test_what_is_decoded_was_encoded():
    random = np.random.default_rng(1)
    boxes, regions = some_boxes(random, 6, 4), some_boxes(random, 6, 4)
    back = np.asarray(decoded(encoded(boxes, regions), regions))
    assert back == pytest.approx(boxes, abs=1e-3)


def test_boxes_lie_from_regions_as_they_do_from_anchors():
    boxes = some_boxes(np.random.default_rng(2), 2, len(ANCHORS))
    regions = np.broadcast_to(ANCHORS.boxes, boxes.shape)
    expected = np.asarray(ANCHORS.encoded(boxes))
    assert np.asarray(encoded(boxes, regions)) == pytest.approx(expected, abs=1e-5)


def test_a_region_of_no_area_gives_finite_places():
    nothing, box = np.zeros((1, 1, 4), np.float32), np.float32([[[3, 4, 30, 50]]])
    assert np.isfinite(encoded(box, nothing)).all()
    assert np.isfinite(decoded(np.zeros_like(box), nothing)).all()


@pytest.mark.parametrize("seed", range(5))
def test_a_region_is_to_find_what_it_overlaps_with_most_if_by_a_half(seed):
    random = np.random.default_rng(seed)
    true, kinds = some_boxes(random, 6, 4), random.integers(1, 3, (6, 4))
    kinds[:, 3:], true[:, 3:] = 0, 0
    regions = np.repeat(true[:, :3], 4, axis=1) + random.normal(size=(6, 12, 4)) * 4
    boxes = np.concatenate([true, kinds[..., None]], axis=2)
    thing, classes = map(np.asarray, matched(np.float32(regions), np.float32(boxes)))
    apart = box_overlaps(regions, true)
    assert np.array_equal(thing, apart.argmax(axis=2))
    enough = apart.max(axis=2) >= 0.5
    assert enough.any()
    assert not enough.all()
    assert np.array_equal(classes, np.where(enough, np.take_along_axis(kinds, thing, 1), 0))


def test_the_regions_are_what_suppression_leaves_of_the_moved_anchors():
    random = np.random.default_rng(3)
    count = len(two_stage.ANCHORS)
    proposed = 0.2 * random.normal(size=(2, count, 7)).astype(np.float32)
    t = keras.Input((count, 7))
    regions = np.asarray(keras.Model(t, two_stage.best(t))(proposed))
    for image, kept in zip(proposed, regions, strict=True):
        boxes = np.clip(two_stage.ANCHORS.decoded(image[None, :, 3:])[0], 0, 96)
        something = softmax(image[:, :3], axis=-1)[:, 1:].sum(axis=-1)
        rows = tf.image.non_max_suppression(
            boxes, something, two_stage.TASK.regions, two_stage.OVERLAP
        )
        assert kept == pytest.approx(boxes[rows.numpy()], abs=1e-4)


def test_where_fewer_are_left_the_last_ones_are_0_and_find_nothing():
    same = np.broadcast_to(np.float32([10, 20, 30, 50]), (1, 5, 4))
    t, scores = keras.Input((5, 4)), keras.Input((5,))
    model = keras.Model([t, scores], Layers.propose(t, scores, 3))
    kept = np.asarray(model([same, np.full((1, 5), 0.5, np.float32)]))
    assert kept.tolist() == [[[10, 20, 30, 50], [0] * 4, [0] * 4]]
    _, classes = matched(kept, there([10, 20, 30, 50, 2]))
    assert np.asarray(classes).tolist() == [[2, 0, 0]]


def test_no_gradient_flows_through_the_choice():
    boxes = tf.constant(some_boxes(np.random.default_rng(4), 1, 6))
    scores = tf.constant(np.random.default_rng(5).uniform(size=(1, 6)).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch([boxes, scores])
        kept = Layers.propose(boxes, scores, 3)
    assert tape.gradient(kept, [boxes, scores]) == [None, None]


def test_a_scene_without_faces_and_an_answer_without_boxes_count():
    parts = some_parts(2)
    parts[2][..., :3] = [9, -9, -9]  # sure of nothing
    y = packed(parts)
    desired = np.concatenate([there(), there([10, 20, 30, 50, 1])])
    assert np.asarray(TASK.measure(y, desired)).tolist() == [1, 0.5]
    answer = TASK.answer(None)(y)
    details = TASK.details(y, desired, answer)
    measured = {name: np.asarray(value) for name, value in details.items()}
    assert not measured["found"][..., 4].any()
    assert TASK.numbers(measured)["AP"] == 0
    assert TASK.told(None, np.asarray(answer)[0], (desired[0],)) == "nothing  (there are 0)"


def test_an_output_that_is_no_number_leaves_its_image_undecided():
    y = packed(some_parts(3)).copy()
    y[1, 0] = np.nan
    desired = np.zeros((3, *SCENE_BOXES.shape), np.float32)
    assert np.isnan(TASK.measure(y, desired)).tolist() == [False, True, False]


@pytest.fixture(scope="module")
def model():
    x = keras.Input((SCENE.numbers,))
    return keras.Model(x, two_stage.network(x))


@pytest.fixture(scope="module")
def scenes():
    return np.random.default_rng(5).uniform(-0.5, 0.5, (2, SCENE.numbers)).astype(np.float32)


def test_gradients_are_finite_and_reach_all_weights_also_without_faces(model, scenes):
    desired = np.concatenate([there(), there([10, 20, 40, 60, 1], [50, 50, 50, 50, 2])])
    with tf.GradientTape() as tape:
        loss = two_stage.loss(model(scenes, training=True), desired)
    assert loss.shape == (2,)
    for gradient in tape.gradient(loss, model.trainable_variables):
        assert np.isfinite(gradient).all()


def test_a_network_that_was_saved_answers_to_the_bit(model, scenes, tmp_path):
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert np.array_equal(model(scenes), again(scenes))
