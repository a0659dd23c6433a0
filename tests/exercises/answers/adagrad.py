"""The answer to labs/exercises/adagrad.py."""

import numpy as np


def adagrad(w, cache, dw, learning_rate, epsilon):
    cache = cache + dw**2
    return w - learning_rate * dw / np.sqrt(cache + epsilon), cache
