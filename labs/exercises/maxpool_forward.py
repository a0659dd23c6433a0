"""Pool a batch of images: keep the largest of each window.

Windows of `size` x `size` pixels lie side by side without overlap, and each channel is pooled on
its own. The slide's [[1,2,6,3],[3,5,2,1],[1,2,2,1],[7,3,4,8]] becomes [[5,6],[7,8]]. Height and
width are multiples of `size`.

Lecture: 002, "Max Pooling"; 000, "Pooling layer".
"""

import numpy as np


def maxpool_forward(x, size):
    """Computes max pooling.

    Args:
        x: (n, height, width, channels) float.
        size: side of a window, and the step to the next one, in pixels.

    Returns:
        y: (n, height / size, width / size, channels) float.
    """
    ...
