"""Send a gradient back through batch normalization.

The slide has six formulas. An x_i acts on the loss in three ways: by its own x_hat_i, by the
batch's mean, and by the batch's variance, and its gradient is the sum of all three. gamma and beta
serve all examples, so theirs are sums over the batch.

Lecture: 000, "Backpropagation with Batch Normalization".
"""

import numpy as np


def batchnorm_backward(dy, x, gamma, epsilon):
    """Computes the gradients of `batchnorm_forward`.

    Args:
        dy: (n, features) float, d loss / d y.
        x: (n, features) float, what went in.
        gamma: (features,) float, the scale.
        epsilon: the number that was added to the variance.

    Returns:
        dx: (n, features) float, d loss / d x.
        dgamma: (features,) float, d loss / d gamma.
        dbeta: (features,) float, d loss / d beta.
    """
    ...
