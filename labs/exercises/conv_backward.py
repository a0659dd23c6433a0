"""Send a gradient back through a convolution.

Each output is a sum of products of a window of x with a filter. So at every place of the filter
the window, times the output's gradient, adds to dw; and the filter, times the same gradient, adds
to dx where the window lay. Loop over the places of the output, and cut the padding off dx in the
end.

Lecture: 000, "How to back propagate?" and "Convolutional layer".
"""

import numpy as np


def conv_backward(dy, x, w, stride, padding):
    """Computes the gradients of `conv_forward`.

    Args:
        dy: (n, out height, out width, filters) float, d loss / d y.
        x: (n, height, width, channels) float, the images that went in.
        w: (filter height, filter width, channels, filters) float.
        stride: step of the filter in both directions, in pixels.
        padding: zeros on each of the four sides, in pixels.

    Returns:
        dx: of x's shape, d loss / d x.
        dw: of w's shape, d loss / d w.
        db: (filters,) float, d loss / d b.
    """
    ...
