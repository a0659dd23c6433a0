"""The answer to labs/exercises/batchnorm_inference.py."""

import numpy as np


def batchnorm_inference(x, gamma, beta, batches, decay, epsilon):
    mean, variance = np.zeros(x.shape[1]), np.ones(x.shape[1])
    for batch in batches:
        mean = decay * mean + (1 - decay) * batch.mean(axis=0)
        variance = decay * variance + (1 - decay) * batch.var(axis=0)
    y = gamma * (x - mean) / np.sqrt(variance + epsilon) + beta
    return y, mean, variance
