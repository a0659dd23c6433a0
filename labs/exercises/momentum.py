"""Take one step of gradient descent with momentum.

The slide's two lines: v = mu * v - learning_rate * dx, then x += v. So the weights do not follow
the gradient but a velocity, which the gradient changes; mu says how much of it is kept. Return new
arrays: `+=` would change the caller's.

Lecture: 002, "Momentum update".
"""

import numpy as np


def momentum(w, v, dw, learning_rate, mu):
    """Takes one step.

    Args:
        w: an array of float, the weights.
        v: of w's shape, the velocity so far.
        dw: of w's shape, the gradient at w.
        learning_rate: a number.
        mu: a number from 0 to 1, the share of the velocity that is kept.

    Returns:
        w: the new weights.
        v: the new velocity.
    """
    ...
