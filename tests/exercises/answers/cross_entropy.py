"""The answer to labs/exercises/cross_entropy.py."""

import numpy as np


def cross_entropy(scores, labels):
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -(labels * logs).sum() / len(scores)
    return loss, (np.exp(logs) - labels) / len(scores)
