"""The answer to labs/exercises/residual_backward.py."""

import numpy as np


def residual_backward(dy, x, w1, w2):
    before = x @ w1
    dbefore = dy @ w2.T * (before > 0)
    return dy + dbefore @ w1.T, x.T @ dbefore, np.maximum(before, 0).T @ dy
