"""The answer to labs/exercises/xavier.py."""

import numpy as np


def xavier(noise):
    return noise * np.sqrt(2 / sum(noise.shape))
