"""The answer to labs/exercises/sigmoid.py."""

import numpy as np


def sigmoid(x):
    decay = np.exp(-np.abs(x))  # at most 1, so that nothing overflows
    value = np.where(x >= 0, 1, decay) / (1 + decay)
    return value, value * (1 - value)
