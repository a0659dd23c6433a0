"""Turn scores into probabilities.

A probability is e^score divided by the sum of e^score over the classes of the same example; here a
higher score means a higher probability. The scores may be as large as 1000, and e^1000 is too
large for a float. Softmax does not change if the same number is subtracted from all scores of an
example: use that.

Lecture: 000, "Softmax function".
"""

import numpy as np


def softmax(scores):
    """Computes the probabilities of each example's classes.

    Args:
        scores: (n, classes) float.

    Returns:
        probabilities: (n, classes) float, each row adds up to 1.
    """
    ...
