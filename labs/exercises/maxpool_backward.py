"""Send a gradient back through max pooling.

Only the largest pixel of a window reached the output, so it alone receives the window's gradient,
and all others receive 0: the slide's unpooling. If several pixels of a window are equally large,
the first of them, row by row, receives all of it. An image has many such windows after ReLU, whose
zeros are equal.

Lecture: 002, "Max Unpooling".
"""

import numpy as np


def maxpool_backward(dy, x, size):
    """Computes the gradient of `maxpool_forward`.

    Args:
        dy: (n, height / size, width / size, channels) float, d loss / d y.
        x: (n, height, width, channels) float, what went in.
        size: side of a window, and the step to the next one, in pixels.

    Returns:
        dx: of x's shape, d loss / d x.
    """
    ...
