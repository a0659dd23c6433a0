"""Compute the L2 penalty on large weights, and its gradient.

The slide adds lambda/2 times the sum of the squared weights to the loss. The 1/2 is there for the
gradient, which becomes simply lambda w: gradient descent then shrinks each weight in proportion to
its size. Other books, and lecture 001, leave the 1/2 out; here it is in.

Lecture: 000, "Regularization".
"""

import numpy as np


def l2_penalty(w, strength):
    """Computes what is added to the loss, and to the gradient.

    Args:
        w: an array of float of any shape, the weights.
        strength: lambda, a number.

    Returns:
        penalty: a number, lambda/2 times the sum of the squares.
        gradient: of w's shape, d penalty / d w.
    """
    ...
