"""The answer to labs/exercises/relu.py."""

import numpy as np


def relu(x):
    return np.maximum(x, 0), (x > 0).astype(x.dtype)
