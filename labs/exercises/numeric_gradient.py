"""Compute a gradient by trial: move each number a little and see what happens.

The slide moves a weight to one side, (f(x + h) - f(x)) / h; going to both sides is far more exact:
(f(x + h) - f(x - h)) / 2h. Only one number of x is moved at a time, and x is as before when you
are done. It is slow and needs no thought, which makes it the judge of every gradient that is
derived by hand.

Lecture: 003, "Minimizing the loss function".
"""

import numpy as np


def numeric_gradient(f, x, h):
    """Computes the gradient of f at x by central differences.

    Args:
        f: a function from an array of x's shape to a number.
        x: an array of float of any shape.
        h: how far a number is moved to either side.

    Returns:
        gradient: of x's shape, d f / d x.
    """
    ...
