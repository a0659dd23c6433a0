"""Anchors, by their formulas, and against overlaps that NumPy computes."""

import numpy as np
import pytest

from labs.tasks.anchors import IGNORED, Anchors
from labs.tasks.precision import box_overlaps

ANCHORS = Anchors(side=32, stride=8, shapes=((8, 10), (16, 20)))


def test_there_is_one_of_each_shape_around_the_middle_of_each_place_row_by_row():
    assert len(ANCHORS) == 4 * 4 * 2
    assert ANCHORS.boxes[:3].tolist() == [[0, -1, 8, 9], [-4, -6, 12, 14], [8, -1, 16, 9]]
    assert ANCHORS.boxes[8].tolist() == [0, 7, 8, 17]


def test_a_box_on_an_anchor_lies_nowhere_else():
    there = np.float32([[*ANCHORS.boxes[13], 2], [0] * 5])
    classes, places = map(np.asarray, ANCHORS.matched(there[None]))
    assert classes[0, 13] == 2
    assert places[0, 13].tolist() == [0, 0, 0, 0]


def test_offsets_are_shares_of_the_anchor_and_logarithms():
    left, top, right, bottom = ANCHORS.boxes[13]
    wide, high, y = right - left, bottom - top, (top + bottom) / 2
    box = np.float32([left - wide / 4, y - 3 * high / 4, right + 3 * wide / 4, y - high / 4])
    boxes = np.broadcast_to(box, (1, len(ANCHORS), 4))
    expected = [1 / 4, -1 / 2, np.log(2), np.log(1 / 2)]
    assert np.asarray(ANCHORS.encoded(boxes))[0, 13] == pytest.approx(expected, abs=1e-6)


def test_what_is_decoded_was_encoded():
    random = np.random.default_rng(0)
    corner = random.uniform(0, 20, (3, len(ANCHORS), 2))
    boxes = np.concatenate([corner, corner + random.uniform(2, 20, corner.shape)], axis=2)
    back = np.asarray(ANCHORS.decoded(np.asarray(ANCHORS.encoded(boxes.astype(np.float32)))))
    assert back == pytest.approx(boxes, abs=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_an_anchor_finds_what_it_overlaps_with_most_and_each_thing_is_found(seed):
    random = np.random.default_rng(seed)
    corner = random.uniform(0, 16, (6, 3, 2))
    boxes = np.concatenate([corner, corner + random.uniform(6, 16, corner.shape)], axis=2)
    kinds = random.integers(0, 3, (6, 3))
    there = np.concatenate([boxes, kinds[..., None]], axis=2).astype(np.float32)
    classes, _ = map(np.asarray, ANCHORS.matched(there))
    for image in range(6):
        overlaps = box_overlaps(ANCHORS.boxes, boxes[image]) * (kinds[image] > 0)
        most = overlaps.max(axis=0)
        best = ((overlaps > most - 1e-6) & (most > 0)).any(axis=1)  # several, if they tie
        for anchor, row in enumerate(overlaps):
            if best[anchor]:
                assert classes[image, anchor] > 0
            elif row.max() >= 0.5:
                assert classes[image, anchor] == kinds[image, np.argmax(row)]
            else:
                assert classes[image, anchor] == (0 if row.max() < 0.4 else IGNORED)


def test_where_nothing_is_every_anchor_is_to_find_nothing():
    classes, places = map(np.asarray, ANCHORS.matched(np.zeros((2, 5, 5), np.float32)))
    assert not classes.any()
    assert np.isfinite(places).all()


def test_a_box_of_no_area_gives_finite_places():
    _, places = map(np.asarray, ANCHORS.matched(np.float32([[[3, 3, 3, 3, 1]]])))
    assert np.isfinite(places).all()
