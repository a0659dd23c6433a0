"""The answer to labs/exercises/conv_backward.py."""

import numpy as np


def conv_backward(dy, x, w, stride, padding):
    frame = ((0, 0), (padding, padding), (padding, padding), (0, 0))
    padded = np.pad(x, frame)
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for i, j in np.ndindex(dy.shape[1:3]):
        rows = slice(i * stride, i * stride + w.shape[0])
        columns = slice(j * stride, j * stride + w.shape[1])
        dw += np.einsum("nhwc,nf->hwcf", padded[:, rows, columns], dy[:, i, j])
        dx[:, rows, columns] += np.einsum("hwcf,nf->nhwc", w, dy[:, i, j])
    height, width = x.shape[1:3]
    dx = dx[:, padding : padding + height, padding : padding + width]
    return dx, dw, dy.sum(axis=(0, 1, 2))
