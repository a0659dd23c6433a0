"""The answer to labs/exercises/rmsprop.py."""

import numpy as np


def rmsprop(w, cache, dw, learning_rate, decay, epsilon):
    cache = decay * cache + (1 - decay) * dw**2
    return w - learning_rate * dw / np.sqrt(cache + epsilon), cache
