"""Probabilities of the classes, from the scores of a network.

What a score means follows from the loss by which the network learned.
"""

import numpy as np
import tensorflow as tf
from keras import ops


def from_scores(loss, classes):
    """The function that makes probabilities (n, classes) of the scores of a lab's network.

    A loss that costs nothing where the scores are the label itself, such as the squared error,
    makes the scores estimates of the label. Its mean over faces like this one is the probability,
    and is what they come to: see `nearest`. Any other loss is taken for a cross-entropy, which
    makes the scores the probabilities' logarithms, or those plus a constant: softmax undoes both.

    Args:
        loss: the lab's, from scores and one-hot labels to a loss for each image.
        classes: how many there are.
    """
    labels = np.eye(classes, dtype=np.float32)
    almost = labels * 0.999 + 0.001 / classes  # a cross-entropy takes the logarithm
    right, wrong = (
        float(np.max(np.abs(loss(tf.constant(y), tf.constant(labels)))))
        for y in (almost, np.roll(almost, 1, axis=0))
    )
    return nearest if right < 0.01 * wrong else ops.softmax


def nearest(scores):
    """The probabilities nearest to the scores, (n, classes).

    Estimates of probabilities need neither add up to 1 nor stay between 0 and 1. The nearest point
    of the simplex does both, and keeps the differences between the scores as far as they go.

    Source: J. Duchi et al., "Efficient projections onto the l1-ball", 2008, figure 1.
    """
    classes = scores.shape[-1]
    if classes == 2:
        return ops.clip((1 + (scores - ops.flip(scores, axis=-1))) / 2, 0, 1)
    # The nearest point stays the same, and no large score rounds the 1 away.
    scores = scores - ops.max(scores, axis=-1, keepdims=True)
    falling = ops.flip(ops.sort(scores, axis=-1), axis=-1)
    ranks = ops.arange(1, classes + 1, dtype=scores.dtype)
    kept = ops.cast(falling * ranks > ops.cumsum(falling, axis=-1) - 1, scores.dtype)
    excess = ops.sum(kept * falling, axis=-1, keepdims=True) - 1
    return ops.maximum(scores - excess / ops.sum(kept, axis=-1, keepdims=True), 0)
