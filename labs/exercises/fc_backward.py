"""Send a gradient back through a fully connected layer.

Given is dy, the gradient of the loss by the outputs y = x w + b. By the chain rule a weight's
gradient is the product of its input and of its output's gradient, added up over the batch. The
shapes tell which array to transpose.

Lecture: 000, "How to back propagate?".
"""

import numpy as np


def fc_backward(dy, x, w):
    """Computes the gradients of a fully connected layer.

    Args:
        dy: (n, outputs) float, d loss / d y.
        x: (n, inputs) float, what went in.
        w: (inputs, outputs) float, the weights.

    Returns:
        dx: (n, inputs) float, d loss / d x.
        dw: (inputs, outputs) float, d loss / d w.
        db: (outputs,) float, d loss / d b.
    """
    ...
