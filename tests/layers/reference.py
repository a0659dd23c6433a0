"""What the layers compute, in NumPy and float64: sums over windows, and the slides' formulas.

Images are (batch, height, width, channels). `dy` is the gradient of the loss with respect to the
output, and what a function `..._gradients` returns are the loss's gradients further back.
"""

import numpy as np

# A float32 sum of 100 terms whose partial sums are about 1 is off by at most 100 * 2^-24 = 6e-6.
TOLERANCE = 1e-5


def assert_close(actual, desired):
    """`actual` is `desired` but for what float32 rounds away in the sums of these tests."""
    np.testing.assert_allclose(np.asarray(actual), desired, rtol=TOLERANCE, atol=TOLERANCE)


def uniform(*shape, seed=0):
    """Numbers as DataSet's pixels: in [-0.5, 0.5), the same for the same shape and seed."""
    return np.random.default_rng(seed).uniform(-0.5, 0.5, shape)


# Convolution and pooling: one output pixel is made of one window of the (padded) images.


def same_padding(side, kernel, strides):
    """Zeros before and after, for ceil(side / strides) outputs; an odd one goes after."""
    missing = max((-(-side // strides) - 1) * strides + kernel - side, 0)
    return missing // 2, missing - missing // 2


def padded(x, kernel_size, strides):
    height, width = (same_padding(side, kernel_size, strides) for side in x.shape[1:3])
    return np.pad(x, ((0, 0), height, width, (0, 0)))


def without_padding(padded_x, x, kernel_size, strides):
    top, left = (same_padding(side, kernel_size, strides)[0] for side in x.shape[1:3])
    return padded_x[:, top : top + x.shape[1], left : left + x.shape[2]]


def windows(x, size, strides):
    """Each output pixel's row and column, and the slices of its window in `x`."""
    for i in range((x.shape[1] - size) // strides + 1):
        for j in range((x.shape[2] - size) // strides + 1):
            top, left = i * strides, j * strides
            yield i, j, np.s_[:, top : top + size, left : left + size]


def output_of_windows(x, size, strides, channels):
    height, width = ((side - size) // strides + 1 for side in x.shape[1:3])
    return np.zeros((len(x), height, width, channels))


def conv(x, kernel, bias, strides=1):
    """Padding 'same'; kernel (F, F, channels, filters), bias (filters,)."""
    size, _, _, filters = kernel.shape
    x = padded(x, size, strides)
    y = output_of_windows(x, size, strides, filters)
    for i, j, window in windows(x, size, strides):
        y[:, i, j] = np.einsum("nhwc,hwcf->nf", x[window], kernel) + bias
    return y


def conv_gradients(x, kernel, dy, strides=1):
    """dl/dx, dl/dkernel, dl/dbias."""
    size = len(kernel)
    padded_x = padded(x, size, strides)
    padded_dx, dkernel = np.zeros_like(padded_x), np.zeros_like(kernel)
    for i, j, window in windows(padded_x, size, strides):
        padded_dx[window] += np.einsum("nf,hwcf->nhwc", dy[:, i, j], kernel)
        dkernel += np.einsum("nhwc,nf->hwcf", padded_x[window], dy[:, i, j])
    return without_padding(padded_dx, x, size, strides), dkernel, dy.sum((0, 1, 2))


def maxpool(x, size, strides=None):
    strides = strides or size
    y = output_of_windows(x, size, strides, x.shape[-1])
    for i, j, window in windows(x, size, strides):
        y[:, i, j] = x[window].max((1, 2))
    return y


def maxpool_gradient(x, size, dy, strides=None):
    """dl/dx: each dl/dy goes to where its window is largest (which must be one place)."""
    dx = np.zeros_like(x)
    for i, j, window in windows(x, size, strides or size):
        largest = x[window] == x[window].max((1, 2), keepdims=True)
        dx[window] += largest * dy[:, i : i + 1, j : j + 1]
    return dx


def avgpool(x, size, strides=None):
    strides = strides or size
    y = output_of_windows(x, size, strides, x.shape[-1])
    for i, j, window in windows(x, size, strides):
        y[:, i, j] = x[window].mean((1, 2))
    return y


def avgpool_gradient(x, size, dy, strides=None):
    """dl/dx: each dl/dy is shared evenly by its window."""
    dx = np.zeros_like(x)
    for i, j, window in windows(x, size, strides or size):
        dx[window] += dy[:, i : i + 1, j : j + 1] / size**2
    return dx


# Fully connected.


def fc(x, kernel, bias):
    """kernel (inputs, units), bias (units,)."""
    return np.einsum("ni,iu->nu", x, kernel) + bias


def fc_gradients(x, kernel, dy):
    """dl/dx, dl/dkernel, dl/dbias."""
    return np.einsum("nu,iu->ni", dy, kernel), np.einsum("ni,nu->iu", x, dy), dy.sum(0)


# Batch normalization: Ioffe and Szegedy 2015, algorithm 1 and the formulas of section 3.


def moments(x):
    """mu_B and sigma_B^2 of each feature, over all axes but the last."""
    rows = x.reshape(-1, x.shape[-1])
    mean = rows.sum(0) / len(rows)
    return mean, ((rows - mean) ** 2).sum(0) / len(rows)


def normalized(x, mean, variance, gamma=1.0, beta=0.0, epsilon=0.01):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def batch_normalization(x, gamma, beta, epsilon):
    return normalized(x, *moments(x), gamma, beta, epsilon)


def batch_normalization_gradients(x, gamma, dy, epsilon):
    """dl/dx, dl/dgamma, dl/dbeta."""
    shape, x, dy = x.shape, x.reshape(-1, x.shape[-1]), dy.reshape(-1, x.shape[-1])
    m = len(x)
    mean, variance = moments(x)
    xhat = (x - mean) / np.sqrt(variance + epsilon)

    dxhat = dy * gamma
    dvariance = (dxhat * (x - mean) * -1 / 2 * (variance + epsilon) ** (-3 / 2)).sum(0)
    # The paper's second term, dvariance * sum(-2 (x - mean)) / m, is 0; the slide leaves it out.
    dmean = (dxhat * -1 / np.sqrt(variance + epsilon)).sum(0)
    dx = dxhat / np.sqrt(variance + epsilon) + dvariance * 2 * (x - mean) / m + dmean / m
    dgamma = (dy * xhat).sum(0)
    dbeta = dy.sum(0)
    return dx.reshape(shape), dgamma, dbeta


def weighted_mean(newest_last, decay):
    """The newest weighs 1, each earlier one `decay` times its successor."""
    weights = decay ** np.arange(len(newest_last) - 1, -1, -1.0)
    return np.average(newest_last, axis=0, weights=weights)
