"""The answer to labs/exercises/conv_forward.py."""

import numpy as np


def conv_forward(x, w, b, stride, padding):
    frame = ((0, 0), (padding, padding), (padding, padding), (0, 0))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, frame), w.shape[:2], axis=(1, 2))
    return np.einsum("nhwcij,ijcf->nhwf", windows[:, ::stride, ::stride], w) + b
