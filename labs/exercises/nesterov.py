"""Take one step with Nesterov's momentum.

First jump to where the velocity would carry the weights, w + mu v, and measure the gradient there;
then correct: v = mu v - learning_rate * (that gradient), w = w + v. Momentum measures before it
jumps, Nesterov after. Here the gradient is a function, so that you choose where to measure.

Lecture: 002, "Nesterov Momentum"; 000, "A better type of momentum".
"""

import numpy as np


def nesterov(w, v, gradient, learning_rate, mu):
    """Takes one step.

    Args:
        w: an array of float, the weights.
        v: of w's shape, the velocity so far.
        gradient: a function from weights to the gradient there, an array of the same shape.
        learning_rate: a number.
        mu: a number from 0 to 1, the share of the velocity that is kept.

    Returns:
        w: the new weights.
        v: the new velocity.
    """
    ...
