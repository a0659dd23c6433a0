"""Compute how much boxes overlap: intersection over union.

A box is given by two corners, (x1, y1, x2, y2), and its area is (x2 - x1) (y2 - y1). The
intersection of two boxes is a box, too, or nothing at all; their union is the area that at least
one of them covers. The quotient is 1 for equal boxes and 0 for boxes that are apart.

Lecture: 000, "SSD: Single Shot MultiBox Detector"; 002, "Object Detection".
"""

import numpy as np


def iou(box, boxes):
    """Computes the overlap of one box with each of several.

    Args:
        box: (4,) float, x1, y1, x2, y2 in pixels, x1 < x2 and y1 < y2.
        boxes: (n, 4) float, likewise.

    Returns:
        overlaps: (n,) float, from 0 to 1.
    """
    ...
