"""The exercises on boxes: how much they overlap, and which to keep."""

from functools import partial

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


def _area(sides):
    return np.maximum(sides, 0).prod(axis=1)


def _overlaps(
    box,
    boxes,
    pixel=0,
    area=_area,
    corners=lambda boxes: boxes,
    divisor=lambda own, others, common: own + others - common,
):
    """The same by arithmetic, with something else in one place.

    Args:
        pixel: what is added to each side.
        area: of an intersection, from its sides.
        corners: the boxes as x1, y1, x2, y2.
        divisor: from the two areas and the intersection to what this is divided by.
    """
    boxes = corners(np.vstack([box, boxes]))
    low, high = boxes[:, :2], boxes[:, 2:]
    sides = np.minimum(high[0], high[1:]) - np.maximum(low[0], low[1:]) + pixel
    common = area(sides)
    own, *others = (high - low + pixel).prod(axis=1)
    return common / divisor(own, np.array(others), common)


NEGATIVE = (
    "Where boxes are apart, the sides of the intersection come out negative, and the product of "
    "two negative sides is positive: replace a negative side by 0."
)

LATE = (
    "Replace each negative side by 0 before you multiply: where boxes are apart on both axes, both "
    "sides are negative, and their product is positive."
)

ABSOLUTE = (
    "Where boxes are apart, a side of the intersection comes out negative; without its sign it "
    "looks like an overlap. Replace it by 0."
)


def _not_below_0(sides):
    return np.maximum(sides.prod(axis=1), 0)


def _absolute(sides):
    return np.abs(sides.prod(axis=1))


IOU = Exercise(
    "iou",
    ("overlaps",),
    (_boxes,),
    _iou,
    (
        Mistake(
            "Your union counts the intersection twice: subtract it once from the sum of the two "
            "areas.",
            partial(_overlaps, divisor=lambda own, others, common: own + others),
        ),
        Mistake(NEGATIVE, partial(_overlaps, area=lambda sides: sides.prod(axis=1))),
        Mistake(LATE, partial(_overlaps, area=_not_below_0)),
        Mistake(ABSOLUTE, partial(_overlaps, area=_absolute)),
        Mistake(
            "A side is x2 - x1, without + 1: the corners are places, not pixels.",
            partial(_overlaps, pixel=1),
        ),
        Mistake(
            "Divide by the union; you divided by the smaller area.",
            partial(_overlaps, divisor=lambda own, others, common: np.minimum(own, others)),
        ),
        Mistake(
            "Divide by the union; you divided by the area of `box`.",
            partial(_overlaps, divisor=lambda own, others, common: own),
        ),
        Mistake(
            "Divide by the union; you divided by the area of the other boxes.",
            partial(_overlaps, divisor=lambda own, others, common: others),
        ),
        Mistake(
            "A box is given by two corners, (x1, y1, x2, y2); you took the last two numbers for "
            "width and height.",
            partial(_overlaps, corners=lambda b: np.hstack([b[:, :2], b[:, :2] + b[:, 2:]])),
        ),
        Mistake(
            "You returned the area of the intersection: divide it by that of the union.",
            partial(_overlaps, divisor=lambda own, others, common: 1),
        ),
    ),
)

# ----------------------------------------------------------------------------- suppression


def _detections(random):
    """A chain of three, a pair whose IoU equals the threshold 0.5, and boxes that are alone.

    In the chain the second overlaps with both, by 0.6, and the others by 1/3: the first drops the
    second, which then must not drop the third. One that is alone is kept between the two.
    """
    down = np.array([0, 20, 0, 20])
    chain = [np.array([step, 0, 12 + step, 6]) for step in (0, 3, 6)]
    pair = [down + [0, 0, 12, 6], down + [0, 0, 6, 6]]
    alone = [2 * down + [0, 0, random.integers(4, 9), 5], 3 * down + [0, 0, 5, 5]]
    boxes = np.array(chain + pair + alone, float) + random.integers(0, 9, 2)[[0, 1, 0, 1]]
    scores = _apart(random, len(boxes))
    for falling in ([0, 5, 1, 2], [3, 4]):
        scores[falling] = -np.sort(-scores[falling])
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


def _suppressed(
    boxes,
    scores,
    threshold,
    order=lambda scores: np.argsort(-scores),
    drops=np.greater,
    area=_area,
    rivals=lambda kept, before: kept,
    result=lambda kept, order, boxes: kept,
):
    """The same by arithmetic, with something else in one place.

    Args:
        order: in which the boxes are looked at, from the scores.
        drops: whether a box is dropped, from the overlap and the threshold.
        area: of an intersection, from its sides.
        rivals: which boxes may drop one, from those that are kept and all before it.
        result: what is returned, from those that are kept, the order, and the boxes.
    """
    looked_at = list(order(scores))
    kept = []
    for number, i in enumerate(looked_at):
        others = boxes[rivals(kept, looked_at[:number])] if kept else boxes[:0]
        if not drops(_overlaps(boxes[i], others, area=area), threshold).any():
            kept.append(i)
    return result(np.array(kept), looked_at, boxes)


NON_MAXIMUM_SUPPRESSION = Exercise(
    "non_maximum_suppression",
    ("kept",),
    (_crowd, _detections),
    _non_maximum_suppression,
    (
        Mistake(
            "A box is dropped if its IoU is above the threshold; if it equals it, the box stays: "
            "use > instead of >=.",
            partial(_suppressed, drops=np.greater_equal),
        ),
        Mistake(
            "Start with the box of the highest score; you took the boxes as they came.",
            partial(_suppressed, order=lambda scores: range(len(scores))),
        ),
        Mistake(
            "Start with the highest score; you started with the lowest. np.argsort sorts in "
            "ascending order.",
            partial(_suppressed, order=np.argsort),
        ),
        Mistake(NEGATIVE, partial(_suppressed, area=lambda sides: sides.prod(axis=1))),
        Mistake(ABSOLUTE, partial(_suppressed, area=_absolute)),
        Mistake(
            "A box that was dropped drops no other: compare with those that are kept.",
            partial(_suppressed, rivals=lambda kept, before: before),
        ),
        Mistake(
            "Compare a box with all that are kept, not only with the last one of them.",
            partial(_suppressed, rivals=lambda kept, before: kept[-1:]),
        ),
        Mistake(
            "The boxes are the right ones; list the one with the highest score first.",
            partial(_suppressed, result=lambda kept, order, boxes: np.sort(kept)),
        ),
        Mistake(
            "You returned positions in the sorted order; return indices into `boxes` as they were "
            "given.",
            partial(
                _suppressed,
                result=lambda kept, order, boxes: np.array([order.index(i) for i in kept]),
            ),
        ),
        Mistake(
            "Return the indices of the boxes, not the boxes.",
            partial(_suppressed, result=lambda kept, order, boxes: boxes[kept]),
        ),
        Mistake(
            "It is the other way round: drop the boxes that overlap by more than the threshold.",
            partial(_suppressed, drops=np.less),
        ),
        Mistake(
            "Only the best box is kept: go on with the best of those that are left.",
            partial(_suppressed, result=lambda kept, order, boxes: kept[:1]),
        ),
    ),
)
