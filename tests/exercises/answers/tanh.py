"""The answer to labs/exercises/tanh.py."""

import numpy as np


def tanh(x):
    value = np.tanh(x)
    return value, 1 - value**2
