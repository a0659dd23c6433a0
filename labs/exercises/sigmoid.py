"""Compute the sigmoid and its derivative.

The sigmoid 1 / (1 + e^-x) turns any number into one between 0 and 1. Its derivative needs no
further exponential: the slide arrives at f'(x) = f(x) (1 - f(x)). Both must be right for x = 1000
and x = -1000, too.

Lecture: 000, "Sigmoid function".
"""

import numpy as np


def sigmoid(x):
    """Computes the sigmoid and its derivative, number by number.

    Args:
        x: an array of float of any shape.

    Returns:
        value: the sigmoid of x, of x's shape.
        derivative: its derivative at x, of x's shape.
    """
    ...
