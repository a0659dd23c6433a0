"""Decide when to stop training, and which weights to keep.

After every epoch the loss on the validation set is known. Training stops as soon as `patience`
epochs in a row have brought no loss below the lowest one so far (an equal loss is no progress), or
when the losses end. Kept are the weights of the epoch with the lowest loss, the first one if
several are equal.

Lecture: 000, "Early stopping".
"""

import numpy as np


def early_stopping(losses, patience):
    """Finds the last epoch and the best one.

    Args:
        losses: a list of float, the validation loss after each epoch.
        patience: a whole number, 1 or more.

    Returns:
        last: index into `losses` of the last epoch that is trained.
        best: index into `losses` of the epoch whose weights are kept.
    """
    ...
