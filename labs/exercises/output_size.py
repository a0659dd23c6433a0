"""Compute how large the output of a convolution is.

A filter of F pixels, moved S pixels at a time over N pixels with P zeros at either end, fits (N -
F + 2P)/S + 1 times. Where that is no whole number the last step does not fit, so round down. Check
it with the slides: (7 - 3)/1 + 1 = 5 and (7 - 3)/2 + 1 = 3.

Lecture: 003, "Convolutional layer: input x filter x stride"; 002, "Convolution layer".
"""

import numpy as np


def output_size(size, filter_size, stride, padding):
    """Computes the side of the output.

    Args:
        size: N, the side of the input in pixels.
        filter_size: F, the side of the filter in pixels.
        stride: S, in pixels.
        padding: P, the zeros at either end, in pixels.

    Returns:
        side: a whole number (int) of pixels.
    """
    ...
