"""Convolve a batch of images with filters.

Put each filter on each place of the image, multiply what lies on top of each other, and add it all
up, channels included; then add the filter's bias. As in every deep-learning library, the filter is
not flipped. Put `padding` zeros around the image first, and move by `stride` pixels.

Lecture: 000, "Convolutional layer"; 001, "Convolutional Layer".
"""

import numpy as np


def conv_forward(x, w, b, stride, padding):
    """Computes a convolutional layer.

    Args:
        x: (n, height, width, channels) float, the images.
        w: (filter height, filter width, channels, filters) float.
        b: (filters,) float, the biases.
        stride: step of the filter in both directions, in pixels.
        padding: zeros on each of the four sides, in pixels.

    Returns:
        y: (n, out height, out width, filters) float; `output_size` says how large.
    """
    ...
