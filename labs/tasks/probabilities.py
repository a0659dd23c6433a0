"""Probabilities of the two classes, from the scores of a network.

What a score means follows from the loss by which the network learned.
"""

import tensorflow as tf
from keras import ops


def from_scores(loss):
    """The function that makes probabilities (n, 2) of the scores (n, 2) of a lab's network.

    A loss that costs nothing where the scores are the label itself, such as the squared error,
    makes the scores estimates of the label. Its mean over faces like this one is the probability,
    and is what they come to: see `nearest`. Any other loss is taken for a cross-entropy, which
    makes the scores the probabilities' logarithms, or those plus a constant: softmax undoes both.

    Args:
        loss: the lab's, from scores and one-hot labels (n, 2) to a loss for each image.
    """
    labels = tf.eye(2)
    almost = labels * 0.999 + 0.0005  # a cross-entropy takes the logarithm
    right, wrong = (tf.reduce_max(tf.abs(loss(y, labels))) for y in (almost, almost[::-1]))
    return nearest if right < 0.01 * wrong else ops.softmax


def nearest(scores):
    """The pairs of probabilities nearest to the scores, (n, 2).

    Estimates of probabilities need neither add up to 1 nor stay between 0 and 1. The nearest pair
    that does both keeps their difference, as far as it goes; which of the two is larger stays.
    """
    return ops.clip((1 + scores - ops.flip(scores, axis=-1)) / 2, 0, 1)
