"""Normalize when testing, by the averages that training left behind.

A single example has no batch to be normalized by, so training keeps averages, which start at a
mean of 0 and a variance of 1. Each batch moves them: average = decay * average + (1 - decay) *
(the batch's own). Go through `batches`, then normalize x with the averages in place of its own
mean and variance.

Lecture: 000, "Batch Normalization with tensorflow".
"""

import numpy as np


def batchnorm_inference(x, gamma, beta, batches, decay, epsilon):
    """Computes batch normalization with running averages.

    Args:
        x: (n, features) float, what is tested.
        gamma: (features,) float, the scale.
        beta: (features,) float, the shift.
        batches: a list of (m, features) float, those of the training, in their order.
        decay: a number from 0 to 1, the share of the old average that is kept.
        epsilon: a small number, added to the variance.

    Returns:
        y: (n, features) float.
        mean: (features,) float, the average of the means.
        variance: (features,) float, the average of the variances; a batch's is over its m.
    """
    ...
