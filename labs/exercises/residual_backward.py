"""Send a gradient back through a residual block.

The block computes y = x + relu(x w1) w2: the layers learn only what is to be added to x. Its
gradient comes back on both ways, through the layers and over the shortcut, where nothing weakens
it. That is why networks of a hundred such blocks can be trained.

Lecture: 000, "Residual Learning Block".
"""

import numpy as np


def residual_backward(dy, x, w1, w2):
    """Computes the gradients of a residual block.

    Args:
        dy: (n, features) float, d loss / d y.
        x: (n, features) float, what went in.
        w1: (features, hidden) float.
        w2: (hidden, features) float.

    Returns:
        dx: (n, features) float, d loss / d x.
        dw1: of w1's shape, d loss / d w1.
        dw2: of w2's shape, d loss / d w2.
    """
    ...
