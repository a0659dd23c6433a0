"""Take one step of Adagrad.

Each weight has its own learning rate: the common one, divided by the root of the sum of all its
squared gradients so far. The slide: cache += dx**2, then x -= learning_rate * dx / sqrt(cache +
epsilon), with this step's gradient already in the cache, and epsilon inside the root.

Lecture: 002, "Adagrad".
"""

import numpy as np


def adagrad(w, cache, dw, learning_rate, epsilon):
    """Takes one step.

    Args:
        w: an array of float, the weights.
        cache: of w's shape, the sum of the squared gradients so far.
        dw: of w's shape, the gradient at w.
        learning_rate: a number.
        epsilon: a small number that keeps the divisor above 0.

    Returns:
        w: the new weights.
        cache: the new sum.
    """
    ...
