"""Average precision of what was found in pictures: the area below precision against recall.

Answers of a whole set are taken from the surest down. Each is a hit if it overlaps enough with
something of its class that is there and was not found before; of what one picture shows, the
overlap that is largest counts. Precision is the share of hits among the answers so far, recall the
share of what is there that they have found. As COCO has it, precision never falls short of what it
is at a higher recall, and its mean is over 101 recalls, 0, 0.01 ... 1.

Source: Lin et al. 2014; pycocotools' `COCOeval`, whose numbers these are.
"""

import numpy as np

THRESHOLDS = np.linspace(0.5, 0.95, 10)  # of overlap; the mean over them is COCO's "AP"
RECALLS = np.linspace(0, 1, 101)


def box_overlaps(boxes, others):
    """The IoU, intersection over union, of boxes with others of the same picture.

    Args:
        boxes: (..., k, 4): left, top, right, bottom.
        others: (..., m, 4).

    Returns:
        (..., k, m) float64; 0 for boxes of no area.
    """
    a, b = np.asarray(boxes, float)[..., :, None, :], np.asarray(others, float)[..., None, :, :]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    met = np.prod(np.maximum(sides, 0), axis=-1)
    either = _area(a) + _area(b) - met
    return np.divide(met, either, out=np.zeros_like(met), where=either > 0)


def _area(boxes):
    return np.prod(boxes[..., 2:] - boxes[..., :2], axis=-1)


def hits(overlaps, scores, classes, true_classes, thresholds=THRESHOLDS):
    """Which answers are hits, at each threshold: (n, answers, thresholds) of bool.

    Args:
        overlaps: (n, answers, things), IoU of each answer with each thing that is there.
        scores: (n, answers).
        classes: (n, answers) whole numbers; 0 where there is no answer.
        true_classes: (n, things); 0 where there is no thing.
        thresholds: (thresholds,), the least overlap of a hit.
    """
    count, things, levels = len(overlaps), overlaps.shape[2], len(thresholds)
    may = (classes[:, :, None] == true_classes[:, None, :]) & (classes[:, :, None] > 0)
    found = np.zeros((count, overlaps.shape[1], levels), bool)
    taken = np.zeros((count, things, levels), bool)
    rows = np.arange(count)
    for answer in np.argsort(-scores, axis=1, kind="stable").T:  # of each picture, the surest first
        best = np.broadcast_to(thresholds, (count, levels))
        which = np.full((count, levels), -1)
        for thing in range(things):
            overlap = overlaps[rows, answer, thing][:, None]
            better = may[rows, answer, thing][:, None] & ~taken[:, thing] & (overlap >= best)
            best, which = np.where(better, overlap, best), np.where(better, thing, which)
        found[rows, answer] = which >= 0
        taken |= which[:, None] == np.arange(things)[:, None]
    return found


def average_precisions(found, scores, classes, true_classes, kinds):
    """The average precision of each class at each threshold: (classes, thresholds).

    NaN for a class of which there is nothing in the whole set.

    Args:
        found: what `hits` returns.
        scores, classes, true_classes: as there.
        kinds: how many classes there are; they are numbered from 1.
    """
    each = np.full((kinds, found.shape[2]), np.nan)
    for kind in range(1, kinds + 1):
        there = np.count_nonzero(true_classes == kind)
        if there:
            mine = classes == kind
            order = np.argsort(-scores[mine], kind="stable")
            each[kind - 1] = _area_below(found[mine][order], there)
    return each


def _area_below(found, there):
    """The mean precision over `RECALLS`, of hits (answers, thresholds) from the surest down."""
    right = np.cumsum(found, axis=0)
    precision = right / np.arange(1, len(found) + 1)[:, None]
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    ends = np.append(precision, np.zeros((1, found.shape[1])), axis=0)
    return [
        np.mean(ends[np.searchsorted(right[:, level] / there, RECALLS), level])
        for level in range(found.shape[1])
    ]
