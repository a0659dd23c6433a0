"""Compute the hyperbolic tangent and its derivative.

tanh is a sigmoid stretched to -1 ... 1: tanh(x) = 2 sigmoid(2x) - 1. Like the sigmoid's, its
derivative follows from its value: 1 - tanh(x)^2. NumPy has np.tanh; whoever writes it with np.exp
should try x = 1000.

Lecture: 001, "Using Neural Networks for Classification".
"""

import numpy as np


def tanh(x):
    """Computes tanh and its derivative, number by number.

    Args:
        x: an array of float of any shape.

    Returns:
        value: tanh of x, of x's shape.
        derivative: its derivative at x, of x's shape.
    """
    ...
