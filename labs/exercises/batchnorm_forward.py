"""Normalize a batch, as in training.

For each feature, take its mean and its variance over the batch: the slide divides the sum of the
squares by m, the number of examples. Then x_hat = (x - mean) / sqrt(variance + epsilon), with mean
0 and variance 1. At last let the network undo it, if that is better: y = gamma x_hat + beta.

Lecture: 000, "Batch Normalization".
"""

import numpy as np


def batchnorm_forward(x, gamma, beta, epsilon):
    """Computes batch normalization.

    Args:
        x: (n, features) float.
        gamma: (features,) float, the scale that is learned.
        beta: (features,) float, the shift that is learned.
        epsilon: a small number, added to the variance.

    Returns:
        y: (n, features) float.
    """
    ...
