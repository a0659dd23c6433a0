"""Keep one box for each object.

A detector answers with many boxes around the same object. Take the box with the highest score and
drop all others whose IoU with it is above the threshold (an IoU equal to it is not); then go on
with the best of those that are left. A box that was dropped drops no other.

Lecture: 000, "SSD: Single Shot MultiBox Detector"; 002, "YOLO / SSD".
"""

import numpy as np


def non_maximum_suppression(boxes, scores, threshold):
    """Chooses among boxes.

    Args:
        boxes: (n, 4) float, x1, y1, x2, y2 in pixels.
        scores: (n,) float, all different.
        threshold: a number from 0 to 1.

    Returns:
        kept: indices into `boxes`, those of higher scores first.
    """
    ...
