"""The exercises on convolutions and pooling."""

import math
from functools import partial

import numpy as np

from labs.checking.differences import backward
from labs.checking.exercise import Exercise, Mistake, distinct

# ----------------------------------------------------------------------------- output_size


def _sizes(random):
    filter_size, stride = random.integers(7, 12), random.integers(2, 4)
    padding, steps = random.integers(3, 6), random.integers(4, 10)
    size = filter_size - 2 * padding + steps * stride + random.integers(1, stride)  # does not fit
    return tuple(map(int, (size, filter_size, stride, padding)))


def _even_sizes(random):
    size, filter_size, stride, padding = _sizes(random)
    return size - (size - filter_size + 2 * padding) % stride, filter_size, stride, padding


def _output_size(size, filter_size, stride, padding):
    """Lays the filter on the line until it does not fit any more."""
    side, end = 0, filter_size
    while end <= size + 2 * padding:
        side, end = side + 1, end + stride
    return side


def _side(size, filter_size, stride, padding, ends=2, inside=0, more=1, rounded=math.floor):
    """The formula with something else in one place: (N - F + ends P + inside)/S + more."""
    return rounded((size - filter_size + ends * padding + inside) / stride) + more


OUTPUT_SIZE = Exercise(
    "output_size",
    ("side",),
    (_even_sizes, _sizes),
    _output_size,
    (
        Mistake(
            "The filter has one position more than it takes steps: + 1.", partial(_side, more=0)
        ),
        Mistake("The zeros are added at both ends: 2P.", partial(_side, ends=1)),
        Mistake("The padding is missing: + 2P.", partial(_side, ends=0)),
        Mistake(
            "The stride is missing: the filter moves by S pixels at a time.",
            lambda size, filter_size, stride, padding: size - filter_size + 2 * padding + 1,
        ),
        Mistake(
            "Where the last step does not fit, round down, not up: the filter may not stick out.",
            partial(_side, rounded=math.ceil),
        ),
        Mistake("Add the 1 after dividing by the stride.", partial(_side, inside=1, more=0)),
        Mistake(
            "A side is a whole number of pixels: // rounds the quotient down and keeps it whole.",
            partial(_side, rounded=float),
        ),
    ),
)

# ----------------------------------------------------------------------------- convolution


def _images(random, stride, padding):
    n, channels, filters = distinct(random, 3, 2, 4)
    height, width = distinct(random, 2, 4, 6)
    x = random.normal(size=(n, height, width, channels))
    w = random.normal(size=(*distinct(random, 2, 2, 3), channels, filters))
    return x, w, random.normal(size=filters), stride, padding


def _plain(random):
    return _images(random, stride=1, padding=0)


def _strided(random):
    return _images(random, stride=2, padding=int(random.integers(1, 3)))


def _square(random):
    """One image and a square filter, which is moved in the most usual way."""
    x, w, b, stride, padding = _images(random, stride=1, padding=1)
    side = random.integers(2, 4)
    return x[:1], random.normal(size=(side, side, *w.shape[2:])), b, stride, padding


def _out(x, w, stride, padding):
    """Height and width of the output."""
    return tuple(
        _output_size(side, part, stride, padding)
        for side, part in zip(x.shape[1:3], w.shape[:2], strict=True)
    )


def _touching(x, w, stride, padding):
    """Yields each place of the output and of the filter, and the pixel there, if it is one."""
    out = _out(x, w, stride, padding)
    for i, j, a, b in np.ndindex(*out, *w.shape[:2]):
        row, column = i * stride + a - padding, j * stride + b - padding
        if 0 <= row < x.shape[1] and 0 <= column < x.shape[2]:
            yield i, j, a, b, row, column


def _conv_forward(x, w, b, stride, padding):
    y = np.zeros((len(x), *_out(x, w, stride, padding), w.shape[3])) + b
    for i, j, a, c, row, column in _touching(x, w, stride, padding):
        for n, f in np.ndindex(len(x), w.shape[3]):
            for k in range(w.shape[2]):
                y[n, i, j, f] += x[n, row, column, k] * w[a, c, k, f]
    return y


def _conv(
    x,
    w,
    b,
    stride,
    padding,
    mode="constant",
    frame=lambda padding: (padding, padding),
    filters=lambda w: w,
    bias=lambda b: b,
    step=lambda stride: stride,
    cropped=False,
    examples=lambda y: y,
):
    """The same with whole arrays, and with something else in one place.

    Args:
        mode: of `numpy.pad`.
        frame: zeros before and behind.
        filters: what is used in place of the filters.
        bias: what is added in place of the bias.
        step: how far the filter moves.
        cropped: whether the output is cut to the size that it should have.
        examples: what is made of the batch.
    """
    sides = frame(padding)
    padded = np.pad(x, ((0, 0), sides, sides, (0, 0)), mode=mode)
    laid, move = filters(w), step(stride)
    windows = np.lib.stride_tricks.sliding_window_view(padded, laid.shape[:2], axis=(1, 2))
    y = np.einsum("nhwcij,ijcf->nhwf", windows[:, ::move, ::move], laid)
    if cropped:
        rows, columns = _out(x, w, stride, padding)
        y = y[:, :rows, :columns]
    return examples(y) + bias(b)


MOVES = (
    "The filter moves by `stride` pixels at a time: the window of output (i, j) begins at "
    "(i * stride, j * stride)."
)

CONV_FORWARD = Exercise(
    "conv_forward",
    ("y",),
    (_plain, _square, _strided),
    _conv_forward,
    (
        Mistake(
            "The bias is missing: add b, one number for each filter.",
            partial(_conv, bias=lambda b: 0),
        ),
        Mistake(
            "You flipped the filter, as mathematicians do. Here its upper left corner lies on the "
            "upper left corner of the window (a cross-correlation).",
            partial(_conv, filters=lambda w: w[::-1, ::-1]),
        ),
        Mistake(
            "Rows and columns of the filter are swapped: its first axis is its height.",
            partial(_conv, filters=lambda w: w.swapaxes(0, 1)),
        ),
        Mistake(
            "The padding is missing: put zeros around the image first.",
            partial(_conv, frame=lambda padding: (0, 0)),
        ),
        Mistake(
            "The padding belongs on all four sides, half of it before the image and half behind "
            "it.",
            partial(_conv, frame=lambda padding: (0, 2 * padding)),
        ),
        Mistake(
            "The padding consists of zeros; you repeated the image's edge.",
            partial(_conv, mode="edge"),
        ),
        Mistake(MOVES, partial(_conv, step=lambda stride: 1)),
        Mistake(MOVES, partial(_conv, step=lambda stride: 1, cropped=True)),
        Mistake(
            "An output is the sum of the products; you took their mean.",
            partial(_conv, filters=lambda w: w / math.prod(w.shape[:3])),
        ),
        Mistake(
            "Sum over the channels as well; you used only the first one.",
            partial(_conv, filters=lambda w: w * (np.arange(w.shape[2]) == 0)[:, None]),
        ),
        Mistake(
            "You summed over the examples as well. Each image has an output of its own: sum over "
            "the other axes only, axis=(1, 2, 3).",
            partial(_conv, examples=lambda y: 0 * y + y.sum(axis=0)),
        ),
    ),
)


def _after_conv(random, images):
    x, w, b, stride, padding = images(random)
    dy = random.normal(size=(len(x), *_out(x, w, stride, padding), len(b)))
    return dy, x, w, stride, padding


def _conv_backward(dy, x, w, stride, padding):
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(w.shape[3])
    for i, j, a, b, row, column in _touching(x, w, stride, padding):
        for n, f in np.ndindex(len(x), w.shape[3]):
            for k in range(w.shape[2]):
                dx[n, row, column, k] += w[a, b, k, f] * dy[n, i, j, f]
                dw[a, b, k, f] += x[n, row, column, k] * dy[n, i, j, f]
    for place in np.ndindex(dy.shape):
        db[place[-1]] += dy[place]
    return dx, dw, db


def _without_padding(padded, padding):
    rows, columns = (slice(padding, side - padding) for side in padded.shape[1:3])
    return padded[:, rows, columns]


def _gradients(
    dy,
    x,
    w,
    stride,
    padding,
    filters=lambda w: w,
    crop=_without_padding,
    add=True,
    gather=lambda parts: parts.sum(axis=(0, 1)),
    step=lambda stride: stride,
    share=lambda dy: 1,
    bias=lambda dy: dy.sum(axis=(0, 1, 2)),
):
    """The same by windows, with something else in one place.

    Args:
        filters: what dx is made of, in place of the filters.
        crop: how the padding is cut off dx, from this and the padding.
        add: whether windows that overlap are added up in dx.
        gather: dw, from the share of each window of each example in it.
        step: how far the filter moves.
        share: what dw is divided by.
        bias: db.
    """
    move = step(stride)
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dx, parts = np.zeros(padded.shape), []
    for i, j in np.ndindex(dy.shape[1:3]):
        window = np.s_[:, i * move : i * move + w.shape[0], j * move : j * move + w.shape[1]]
        parts.append(np.einsum("nhwc,nf->nhwcf", padded[window], dy[:, i, j]))
        back = np.einsum("hwcf,nf->nhwc", filters(w), dy[:, i, j])
        dx[window] = dx[window] + back if add else back
    return crop(dx, padding), gather(np.array(parts)) / share(dy), bias(dy)


COLLECTS = (
    "The filter is the same in all windows of all examples, and dw is the sum over them: use += "
    "instead of =."
)

CONV_BACKWARD = Exercise(
    "conv_backward",
    ("dx", "dw", "db"),
    tuple(partial(_after_conv, images=images) for images in (_plain, _square, _strided)),
    _conv_backward,
    (
        Mistake(
            "dx must be as large as x: cut off the padding at the end.",
            partial(_gradients, crop=lambda dx, padding: dx),
        ),
        Mistake(
            "Without padding, dx[:, padding:-padding] is dx[:, 0:0], and nothing is left of it: "
            "end at padding + height, and at padding + width.",
            partial(
                _gradients,
                crop=lambda dx, padding: dx[:, padding:-padding, padding:-padding],
            ),
        ),
        Mistake(COLLECTS, partial(_gradients, gather=lambda parts: parts[-1].sum(axis=0))),
        Mistake(COLLECTS, partial(_gradients, gather=lambda parts: parts[-1, -1])),
        Mistake(
            "Windows overlap, and a pixel's gradient is the sum over all windows that it lies in: "
            "use += instead of =.",
            partial(_gradients, add=False),
        ),
        Mistake(
            "You flipped the filter in dx: add w as it is to where the window lay. (A single "
            "convolution with dy would need the flipped filter; adding windows does not.)",
            partial(_gradients, filters=lambda w: w[::-1, ::-1]),
        ),
        Mistake(
            "A factor of the chain rule is missing in dx: the weight that the pixel was multiplied "
            "by.",
            partial(_gradients, filters=np.ones_like),
        ),
        Mistake(MOVES, partial(_gradients, step=lambda stride: 1)),
        Mistake(
            "dw is the sum over the examples; you divided by their number, which the loss did "
            "already.",
            partial(_gradients, share=len),
        ),
        Mistake(
            "A filter's bias is added at every place of every example: its gradient is the sum "
            "over all of these; you took the mean.",
            partial(_gradients, bias=lambda dy: dy.mean(axis=(0, 1, 2))),
        ),
        Mistake(
            "The bias is the same at every place: sum over height and width as well, axis=(0, 1, "
            "2).",
            partial(_gradients, bias=lambda dy: dy.sum(axis=0)),
        ),
        Mistake(
            "Sum db over the examples as well: axis=(0, 1, 2).",
            partial(_gradients, bias=lambda dy: dy.sum(axis=(1, 2))),
        ),
    ),
    numeric=lambda dy, x, w, stride, padding: backward(
        lambda x, w, b: _conv(x, w, b, stride, padding), dy, x, w, np.zeros(w.shape[3])
    ),
)

# ----------------------------------------------------------------------------- max pooling


def _map(random):
    """Whole numbers with ties for the largest, and a window without any that is positive."""
    size = int(random.integers(2, 4))
    n, rows, columns, channels = distinct(random, 4, 1, 4)
    x = random.integers(-5, 6, (n, rows * size, columns * size, channels)).astype(float)
    x[-1, -size:, -size:, -1] = random.integers(-5, 0, (size, size))
    x[-1, -size:, -size:, -1].flat[:2] = -1
    x[-1, -1, -1, -1] = -1
    return x, size


def _places(x, size):
    """Yields each place of the output, with the places of its window, row by row."""
    count, height, width, channels = x.shape
    for n, i, j, c in np.ndindex(count, height // size, width // size, channels):
        yield (n, i, j, c), [(n, i * size + a, j * size + b, c) for a, b in np.ndindex(size, size)]


def _maxpool_forward(x, size):
    n, height, width, channels = x.shape
    y = np.empty((n, height // size, width // size, channels))
    for out, window in _places(x, size):
        y[out] = max(x[place] for place in window)
    return y


def _windows(x, size):
    """(n, rows, size, columns, size, channels)."""
    n, height, width, channels = x.shape
    return x.reshape(n, height // size, size, width // size, size, channels)


MAXPOOL_FORWARD = Exercise(
    "maxpool_forward",
    ("y",),
    (_map,),
    _maxpool_forward,
    (
        Mistake(
            "That is the mean of each window: keep its largest number.",
            lambda x, size: _windows(x, size).mean(axis=(2, 4)),
        ),
        Mistake(
            "Where all numbers of a window are negative, the largest is negative, too: do not "
            "begin the search with 0.",
            lambda x, size: np.maximum(_windows(x, size).max(axis=(2, 4)), 0),
        ),
        Mistake(
            "Take the largest number, not the one farthest from 0.",
            lambda x, size: np.abs(_windows(x, size)).max(axis=(2, 4)),
        ),
        Mistake(
            "Windows lie side by side: the step to the next one is `size`. Yours overlap.",
            lambda x, size: np.lib.stride_tricks.sliding_window_view(x, (size, size), (1, 2)).max(
                axis=(4, 5)
            ),
        ),
        Mistake(
            "You took the upper left pixel of each window: look at all of them.",
            lambda x, size: x[:, ::size, ::size],
        ),
        Mistake(
            "Each channel is pooled on its own; you took the largest of all channels.",
            lambda x, size: _windows(x, size).max(axis=(2, 4, 5)),
        ),
        Mistake(
            "A window is a square of neighbouring pixels, and your reshape picks others: its axes "
            "should be (n, height / size, size, width / size, size, channels).",
            lambda x, size: x.reshape(
                len(x), x.shape[1] // size, x.shape[2] // size, size, size, -1
            ).max(axis=(3, 4)),
        ),
    ),
)


def _after_pool(random):
    x, size = _map(random)
    n, height, width, channels = x.shape
    return random.normal(size=(n, height // size, width // size, channels)), x, size


def _maxpool_backward(dy, x, size):
    dx = np.zeros(x.shape)
    for out, window in _places(x, size):
        dx[max(window, key=lambda place: x[place])] = dy[out]  # max returns the first of equals
    return dx


def _shared(dy, x, size, share):
    """The gradient, by what `share` makes of windows (n, rows, size, columns, size, channels)."""
    return (share(_windows(x, size)) * dy[:, :, None, :, None]).reshape(x.shape)


def _is_largest(windows):
    return windows == windows.max(axis=(2, 4), keepdims=True)


def _last_of_equals(dy, x, size):
    turned = _maxpool_backward(dy[:, ::-1, ::-1], x[:, ::-1, ::-1], size)
    return turned[:, ::-1, ::-1]


def _numeric_pool(dy, x, size):
    """x is made a little smaller, pixel by pixel, so that the first of equals is the largest."""
    later = np.arange(x[0, :, :, 0].size).reshape(x.shape[1:3])[..., None]
    untied = x - later * 1e-3
    return backward(lambda x: _windows(x, size).max(axis=(2, 4)), dy, untied)[0]


MAXPOOL_BACKWARD = Exercise(
    "maxpool_backward",
    ("dx",),
    (_after_pool,),
    _maxpool_backward,
    (
        Mistake(
            "Several pixels of a window are equally large, and each received the whole gradient. "
            "Give it to the first of them only.",
            lambda dy, x, size: _shared(dy, x, size, _is_largest),
        ),
        Mistake(
            "Several pixels of a window are equally large, and you shared the gradient among them. "
            "Give it to the first of them only.",
            lambda dy, x, size: _shared(
                dy, x, size, lambda w: _is_largest(w) / _is_largest(w).sum((2, 4), keepdims=True)
            ),
        ),
        Mistake(
            "Several pixels of a window are equally large, and you gave the gradient to the last "
            "of them. Give it to the first, row by row.",
            _last_of_equals,
        ),
        Mistake(
            "All pixels of a window received a share, which is the gradient of the mean. Only the "
            "largest pixel reached the output.",
            lambda dy, x, size: _shared(dy, x, size, lambda w: np.full(w.shape, 1 / size**2)),
        ),
        Mistake(
            "All pixels of a window received its gradient. Only the largest reached the output; "
            "the others receive 0.",
            lambda dy, x, size: _shared(dy, x, size, lambda w: np.ones(w.shape)),
        ),
        Mistake(
            "Each channel is pooled on its own; you looked for the largest of all channels.",
            lambda dy, x, size: _shared(
                dy, x, size, lambda w: w == w.max(axis=(2, 4, 5), keepdims=True)
            ),
        ),
        Mistake(
            "The places are right, but they receive the gradient dy, not the value of x.",
            lambda dy, x, size: _maxpool_backward(_maxpool_forward(x, size), x, size),
        ),
        Mistake(
            "The gradient is multiplied by the value of x; the output's derivative by its largest "
            "pixel is 1.",
            lambda dy, x, size: _maxpool_backward(dy, x, size) * x,
        ),
    ),
    numeric=_numeric_pool,
)
