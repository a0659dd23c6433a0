"""The answer to labs/exercises/non_maximum_suppression.py."""

import numpy as np


def non_maximum_suppression(boxes, scores, threshold):
    kept, left = [], np.argsort(-scores)
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        left = left[_overlaps(boxes[best], boxes[left]) <= threshold]
    return kept


def _overlaps(box, boxes):
    corners = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    intersection = np.maximum(corners, 0).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return intersection / ((box[2:] - box[:2]).prod() + areas - intersection)
