"""Compute the scores of a fully connected layer for a batch.

Each output is a weighted sum of all inputs, plus a bias of its own: y_j = sum_i x_i w_ij + b_j.
The rows of `x` are the examples, as on the slide `tf.matmul(tensor, W) + B`. One matrix product
does it, without a loop.

Lecture: 000, "nn1: simplest.py"; 001, "Linear layer".
"""

import numpy as np


def fc_forward(x, w, b):
    """Computes x w + b.

    Args:
        x: (n, inputs) float, an example in each row.
        w: (inputs, outputs) float, the weights.
        b: (outputs,) float, the biases.

    Returns:
        y: (n, outputs) float.
    """
    ...
