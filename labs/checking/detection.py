"""The exercises on boxes: how much they overlap, and which to keep."""

import numpy as np

from labs.checking.exercise import Exercise, Mistake

# ----------------------------------------------------------------------------- iou


def _box(random, low=0, high=12):
    """A box whose sides are whole numbers of pixels, 2 or more."""
    x1, y1 = random.integers(low, high - 2, 2)
    return [x1, y1, random.integers(x1 + 2, high + 1), random.integers(y1 + 2, high + 1)]


def _boxes(random):
    """Some that overlap, one inside, one apart on each axis, and one that is apart on both."""
    box = np.array([10, 10, random.integers(14, 20), random.integers(14, 20)])
    x1, y1, x2, y2 = box
    others = [
        [x1 - 2, y1 - 1, x2 - 2, y2 + 3],
        [x1 + 1, y1 + 1, x2 - 1, y2],
        [x2 + 2, y1, x2 + 5, y2],
        [x1, y2 + 1, x2, y2 + 4],
        [x2 + 1, y2 + 2, x2 + 4, y2 + 4],
        [x1 - 5, y1 - 6, x1 - 1, y1 - 2],
        *(_box(random, 6, 20) for _ in range(random.integers(1, 4))),
    ]
    return box.astype(float), random.permutation(np.array(others, float))


def _pixels(box):
    x1, y1, x2, y2 = map(int, box)
    return {(x, y) for x in range(x1, x2) for y in range(y1, y2)}


def _iou(box, boxes):
    """Counts pixels."""
    own, others = _pixels(box), [_pixels(other) for other in boxes]
    return np.array([len(own & other) / len(own | other) for other in others])


def _overlaps(box, boxes, pixel=0, apart=0, divisor=None):
    """The same by arithmetic, with something else in one place.

    Args:
        pixel: what is added to each side.
        apart: the least that the side of an intersection can be.
        divisor: from the two areas and the intersection to what this is divided by.
    """
    divisor = divisor or (lambda own, others, common: own + others - common)
    corners = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2]) + pixel
    common = np.maximum(corners, apart).prod(axis=1)
    own = (box[2:] - box[:2] + pixel).prod()
    return common / divisor(own, (boxes[:, 2:] - boxes[:, :2] + pixel).prod(axis=1), common)


IOU = Exercise(
    "iou",
    ("overlaps",),
    (_boxes,),
    _iou,
    (
        Mistake(
            "The union counts the intersection twice: take it off the sum of the two areas once.",
            lambda box, boxes: _overlaps(box, boxes, divisor=lambda own, others, _: own + others),
        ),
        Mistake(
            "Right where boxes overlap. Where they are apart, the sides come out negative, and the "
            "product of two negative sides is positive: take 0 for a negative side.",
            lambda box, boxes: _overlaps(box, boxes, apart=-np.inf),
        ),
        Mistake(
            "A side is x2 - x1, without + 1: the corners are places, not pixels.",
            lambda box, boxes: _overlaps(box, boxes, pixel=1),
        ),
        Mistake(
            "Divide by the union; you divided by the smaller area.",
            lambda box, boxes: _overlaps(
                box, boxes, divisor=lambda own, others, _: np.minimum(own, others)
            ),
        ),
        Mistake(
            "Divide by the union; you divided by the area of `box`.",
            lambda box, boxes: _overlaps(box, boxes, divisor=lambda own, others, _: own),
        ),
        Mistake(
            "Divide by the union; you divided by the area of the other boxes.",
            lambda box, boxes: _overlaps(box, boxes, divisor=lambda own, others, _: others),
        ),
        Mistake(
            "A box is given by two corners, (x1, y1, x2, y2); you took the last two numbers for "
            "width and height.",
            lambda box, boxes: _overlaps(
                np.r_[box[:2], box[:2] + box[2:]], np.c_[boxes[:, :2], boxes[:, :2] + boxes[:, 2:]]
            ),
        ),
        Mistake(
            "That is the area of the intersection: divide it by that of the union.",
            lambda box, boxes: _overlaps(box, boxes, divisor=lambda *_: 1),
        ),
    ),
)

# ----------------------------------------------------------------------------- suppression


def _detections(random):
    """A chain of three, a pair whose IoU equals the threshold 0.5, and boxes that are alone.

    In the chain the second overlaps with both, by 0.6, and the others by 1/3: the first drops the
    second, which then must not drop the third.
    """
    down = np.array([0, 20, 0, 20])
    chain = [np.array([step, 0, 12 + step, 6]) for step in (0, 3, 6)]
    pair = [down + [0, 0, 12, 6], down + [0, 0, 6, 6]]
    alone = [2 * down + [0, 0, random.integers(4, 9), 5], 3 * down + [0, 0, 5, 5]]
    boxes = np.array(chain + pair + alone, float) + random.integers(0, 9, 2)[[0, 1, 0, 1]]
    scores = _apart(random, len(boxes))
    scores[:3], scores[3:5] = -np.sort(-scores[:3]), -np.sort(-scores[3:5])
    while True:  # until the order of the rows is neither that of the scores nor the opposite
        order = random.permutation(len(boxes))
        if not (list(order).index(0) < list(order).index(1)):
            return boxes[order], scores[order], 0.5


def _apart(random, count):
    """Scores that differ by 0.01 or more."""
    return random.permutation(np.arange(20, 100))[:count] / 100


def _crowd(random):
    count = random.integers(6, 12)
    boxes = np.array([_box(random) for _ in range(count)], float)
    return boxes, _apart(random, count), float(random.uniform(0.1, 0.4))


def _non_maximum_suppression(boxes, scores, threshold):
    """A box is kept unless one that is kept, and has a higher score, overlaps with it too much."""
    kept = []
    for i in sorted(range(len(boxes)), key=lambda i: scores[i], reverse=True):
        if all(_iou(boxes[i], boxes[[k]])[0] <= threshold for k in kept):
            kept.append(i)
    return np.array(kept)


def _suppressed(boxes, scores, threshold, order=None, drops=None):
    """The same by arithmetic, in another order, or dropping by another rule."""
    drops = drops or (lambda overlaps: overlaps > threshold)
    kept, left = [], np.argsort(-scores) if order is None else order
    while len(left):
        kept.append(left[0])
        left = left[1:][~drops(_overlaps(boxes[left[0]], boxes[left[1:]]))]
    return np.array(kept)


def _dropped_drop(boxes, scores, threshold):
    order = np.argsort(-scores)
    kept = [
        i
        for place, i in enumerate(order)
        if not (_overlaps(boxes[i], boxes[order[:place]]) > threshold).any()
    ]
    return np.array(kept)


NON_MAXIMUM_SUPPRESSION = Exercise(
    "non_maximum_suppression",
    ("kept",),
    (_crowd, _detections),
    _non_maximum_suppression,
    (
        Mistake(
            "A box is dropped if its IoU is above the threshold; one that equals it stays: > in "
            "place of >=.",
            lambda boxes, scores, threshold: _suppressed(
                boxes, scores, threshold, drops=lambda overlaps: overlaps >= threshold
            ),
        ),
        Mistake(
            "Begin with the box of the highest score; you took the boxes as they came.",
            lambda boxes, scores, threshold: _suppressed(
                boxes, scores, threshold, order=np.arange(len(boxes))
            ),
        ),
        Mistake(
            "Begin with the highest score; you began with the lowest. np.argsort sorts upwards.",
            lambda boxes, scores, threshold: _suppressed(
                boxes, scores, threshold, order=np.argsort(scores)
            ),
        ),
        Mistake(
            "A box that was dropped drops no other: compare with those that are kept.",
            _dropped_drop,
        ),
        Mistake(
            "The boxes are the right ones; name that with the highest score first.",
            lambda *given: np.sort(_suppressed(*given)),
        ),
        Mistake(
            "Those are places in the sorted order; return indices into `boxes` as they were given.",
            lambda boxes, scores, threshold: _suppressed(
                boxes[np.argsort(-scores)], np.sort(scores)[::-1], threshold
            ),
        ),
        Mistake(
            "Return the indices of the boxes, not the boxes.",
            lambda boxes, scores, threshold: boxes[_suppressed(boxes, scores, threshold)],
        ),
        Mistake(
            "It is the other way round: drop the boxes that overlap by more than the threshold.",
            lambda boxes, scores, threshold: _suppressed(
                boxes, scores, threshold, drops=lambda overlaps: overlaps < threshold
            ),
        ),
        Mistake(
            "Only the best box is kept: go on with the best of those that are left.",
            lambda *given: _suppressed(*given)[:1],
        ),
    ),
)
