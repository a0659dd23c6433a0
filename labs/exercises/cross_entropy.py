"""Compute the cross-entropy loss of scores, and its gradient.

The probabilities are the softmax of the scores, and the loss of an example is minus the logarithm
of the probability of its class. The slide adds the examples up; take their mean, which does not
grow with the batch. The scores may be large: a probability that is rounded to 0 has no logarithm,
so compute the logarithm of the softmax at once, log p_i = s_i - log(sum_j e^s_j).

Lecture: 000, "Cross Entropy".
"""

import numpy as np


def cross_entropy(scores, labels):
    """Computes the mean loss of a batch and its gradient.

    Args:
        scores: (n, classes) float.
        labels: (n, classes) float, one-hot: 1 for the class, 0 for the others.

    Returns:
        loss: a number, the mean over the n examples.
        gradient: (n, classes) float, d loss / d scores.
    """
    ...
