"""The answer to labs/exercises/batchnorm_forward.py."""

import numpy as np


def batchnorm_forward(x, gamma, beta, epsilon):
    x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + epsilon)
    return gamma * x_hat + beta
