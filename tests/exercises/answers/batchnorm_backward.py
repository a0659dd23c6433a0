"""The answer to labs/exercises/batchnorm_backward.py."""

import numpy as np


def batchnorm_backward(dy, x, gamma, epsilon):
    n = len(x)
    centred = x - x.mean(axis=0)
    deviation = np.sqrt(x.var(axis=0) + epsilon)
    dx_hat = dy * gamma
    dvariance = (dx_hat * centred).sum(axis=0) * -0.5 * deviation**-3
    dmean = -dx_hat.sum(axis=0) / deviation  # the mean's way over the variance adds up to 0
    dx = dx_hat / deviation + dvariance * 2 * centred / n + dmean / n
    return dx, (dy * centred / deviation).sum(axis=0), dy.sum(axis=0)
