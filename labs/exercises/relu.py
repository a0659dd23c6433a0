"""Compute the rectified linear unit and its derivative.

ReLU passes what is positive and makes everything else 0: max(0, x). Its derivative is 1 where x is
positive and 0 where it is negative; at 0 itself either will do. The array that you are given must
stay as it is.

Lecture: 000, "Rectified Linear Units".
"""

import numpy as np


def relu(x):
    """Computes ReLU and its derivative, number by number.

    Args:
        x: an array of float of any shape.

    Returns:
        value: max(0, x), of x's shape.
        derivative: its derivative at x, of x's shape, 0. or 1.
    """
    ...
