"""The answer to labs/exercises/maxpool_backward.py."""

import numpy as np


def maxpool_backward(dy, x, size):
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(dy.shape):
        window = x[n, i * size : (i + 1) * size, j * size : (j + 1) * size, c]
        row, column = np.unravel_index(window.argmax(), window.shape)
        dx[n, i * size + row, j * size + column, c] = dy[n, i, j, c]
    return dx
