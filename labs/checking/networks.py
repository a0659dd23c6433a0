"""The exercises on files, fully connected layers and the numeric gradient."""

import dataclasses
import math
import struct
from functools import partial

import numpy as np

from labs.checking.differences import backward
from labs.checking.exercise import Exercise, File, Mistake, distinct

PIXELS = 48 * 48

# ----------------------------------------------------------------------------- read_pair


def _pair(random):
    count = 4 * random.integers(1, 3)  # so that numbers of 4 and of 8 bytes would fit as well
    images = random.integers(0, 256, (count, PIXELS), np.uint8)
    labels = np.eye(2, dtype="<f4")[random.permutation(count) % 2]
    return File("data_tiny.bin", images.tobytes()), File("gender_tiny.bin", labels.tobytes())


def _read_pair(data_path, label_path):
    pixels, labels = data_path.read_bytes(), label_path.read_bytes()
    images = [list(pixels[i : i + PIXELS]) for i in range(0, len(pixels), PIXELS)]
    return np.array(images, np.float32), np.array(list(struct.iter_unpack("<2f", labels)), "f4")


def _read(
    data_path,
    label_path,
    pixel=np.uint8,
    number="<f4",
    image=lambda bytes_: bytes_.reshape(-1, PIXELS),
    label=lambda numbers: numbers.reshape(-1, 2),
):
    """Reads with something else in one place: a type, or what is made of the numbers of a file."""
    images = image(np.fromfile(data_path, pixel)).astype(np.float32)
    return images, label(np.fromfile(label_path, number)).astype(np.float32)


READ_PAIR = Exercise(
    "read_pair",
    ("images", "labels"),
    (_pair,),
    _read_pair,
    (
        Mistake(
            "Pixels are unsigned bytes, 0 to 255: np.uint8. As np.int8, anything brighter than 127 "
            "turns negative.",
            partial(_read, pixel=np.int8),
        ),
        Mistake(
            "A pixel is one byte: read np.uint8 first, then convert to float32.",
            partial(_read, pixel="<f4"),
        ),
        Mistake(
            "Keep the grey levels between 0 and 255: do not scale them here.",
            partial(_read, image=lambda bytes_: bytes_.reshape(-1, PIXELS) / 255),
        ),
        Mistake(
            "You read the first image and the first label only: leave out `count`, or repeat until "
            "the end of the files.",
            partial(
                _read,
                image=lambda bytes_: bytes_[None, :PIXELS],
                label=lambda numbers: numbers[None, :2],
            ),
        ),
        Mistake(
            "Each image should be a row of 2304 numbers: reshape(-1, 2304).",
            partial(_read, image=lambda bytes_: bytes_.reshape(-1, 48, 48)),
        ),
        Mistake(
            "The images are in one long row: reshape(-1, 2304) gives each a row of its own.",
            partial(_read, image=lambda bytes_: bytes_),
        ),
        Mistake(
            "The labels are in one long row: reshape(-1, 2) gives each a row of its own.",
            partial(_read, label=lambda numbers: numbers),
        ),
        Mistake(
            "The file holds one image after another: reshape(-1, 2304), without transposing and "
            'without order="F".',
            partial(_read, image=lambda bytes_: bytes_.reshape((-1, PIXELS), order="F")),
        ),
        Mistake(
            "The labels are 4-byte numbers, np.float32. NumPy's default float has 8 bytes.",
            partial(_read, number="<f8"),
        ),
        Mistake(
            "The labels are float32, not integers: the bits of the float 1.0 are those of the "
            "integer 1065353216.",
            partial(_read, number="<i4"),
        ),
        Mistake(
            "The labels are little-endian: np.float32 or '<f4', not '>f4'.",
            partial(_read, number=">f4"),
        ),
    ),
)

# ----------------------------------------------------------------------------- fc


def _layer(random):
    n, inputs, outputs = distinct(random, 3)
    x, w = random.normal(size=(n, inputs)), random.normal(size=(inputs, outputs))
    return x, w, random.normal(size=outputs)


def _single(random):
    """One example, the smallest batch."""
    x, w, b = _layer(random)
    return x[:1], w, b


def _fc_forward(x, w, b):
    return np.array(
        [
            [
                sum(x_i * w_i[j] for x_i, w_i in zip(row, w, strict=True)) + b[j]
                for j in range(len(b))
            ]
            for row in x
        ]
    )


def _fc(x, w, b, bias=lambda b: b, inner=0, share=lambda x: 1, result=lambda y: y):
    """A layer with something else in one place: the bias, weights with `inner` times b, a mean."""
    return result(x @ (w + inner * b) / share(x) + bias(b))


FC_FORWARD = Exercise(
    "fc_forward",
    ("y",),
    (_layer, _single, _layer),
    _fc_forward,
    (
        Mistake("The bias is missing: add b to every row.", partial(_fc, bias=lambda b: 0)),
        Mistake(
            "Each output has a bias of its own; you added the sum of all of them.",
            partial(_fc, bias=np.sum),
        ),
        Mistake(
            "An output is the sum over the inputs; you took their mean.",
            partial(_fc, share=lambda x: x.shape[1]),
        ),
        Mistake(
            "The bias is added once, after the product; you added it to the weights.",
            partial(_fc, bias=lambda b: 0, inner=1),
        ),
        Mistake("Add the bias; you subtracted it.", partial(_fc, bias=np.negative)),
        Mistake(
            "The result is transposed: examples belong in the rows, outputs in the columns.",
            partial(_fc, result=np.transpose),
        ),
    ),
)


def _after_layer(random, layer=_layer):
    x, w, b = layer(random)
    return random.normal(size=(len(x), len(b))), x, w


def _fc_backward(dy, x, w):
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(w.shape[1])
    for n, i, j in np.ndindex(len(x), *w.shape):
        dx[n, i] += dy[n, j] * w[i, j]
        dw[i, j] += dy[n, j] * x[n, i]
    for n, j in np.ndindex(dy.shape):
        db[j] += dy[n, j]
    return dx, dw, db


def _fc_gradients(
    dy,
    x,
    w,
    through=lambda dy, w: dy @ w.T,
    product=lambda dy, x: x.T @ dy,
    share=lambda dy: 1,
    bias=lambda dy: dy.sum(axis=0),
    bias_share=lambda dy: 1,
):
    """The same with whole arrays, and with something else in one place.

    Args:
        through: dx.
        product: dw.
        share: what dw is divided by.
        bias: db.
        bias_share: what db is divided by.
    """
    return through(dy, w), product(dy, x) / share(dy), bias(dy) / bias_share(dy)


TWICE = (
    "The loss is averaged over the batch once, and dy contains that: do not divide {} by the "
    "number of examples again."
)

FC_BACKWARD = Exercise(
    "fc_backward",
    ("dx", "dw", "db"),
    (_after_layer, partial(_after_layer, layer=_single), _after_layer),
    _fc_backward,
    (
        Mistake(
            "The same bias is added for every example, so its gradient is the sum over the batch; "
            "you took the mean.",
            partial(_fc_gradients, bias_share=len),
        ),
        Mistake(TWICE.format("dw"), partial(_fc_gradients, share=len)),
        Mistake(
            TWICE.format("dx"),
            partial(_fc_gradients, through=lambda dy, w: dy @ w.T / len(dy)),
        ),
        Mistake(
            "dw is transposed: it has the shape of w, inputs by outputs.",
            partial(_fc_gradients, product=lambda dy, x: dy.T @ x),
        ),
        Mistake(
            "Sum the bias's gradient over the examples, axis=0; you summed over the outputs.",
            partial(_fc_gradients, bias=lambda dy: dy.sum(axis=1)),
        ),
        Mistake(
            "Each bias has a gradient of its own: sum over the examples only, axis=0.",
            partial(_fc_gradients, bias=np.sum),
        ),
        Mistake(
            "db has one axis, like b: leave out keepdims.",
            partial(_fc_gradients, bias=lambda dy: dy.sum(axis=0, keepdims=True)),
        ),
        Mistake(
            "Sum db over the examples, axis=0.",
            partial(_fc_gradients, bias=lambda dy: dy),
        ),
        Mistake(
            "A factor of the chain rule is missing in dx: the gradient of y, times the weight that "
            "the input went through.",
            partial(_fc_gradients, through=lambda dy, w: dy @ np.ones(w.T.shape)),
        ),
        Mistake(
            "A factor of the chain rule is missing in dw: the input, times the gradient dy of the "
            "output.",
            partial(_fc_gradients, product=lambda dy, x: x.T @ np.ones(dy.shape)),
        ),
    ),
    numeric=lambda dy, x, w: backward(lambda x, w, b: x @ w + b, dy, x, w, np.zeros(w.shape[1])),
)

# ----------------------------------------------------------------------------- count_parameters


def _shapes(random):
    channels, shapes = random.integers(1, 4), []
    for _ in range(random.integers(1, 4)):
        side, filters = random.integers(1, 6), channels + random.integers(1, 20)
        shapes.append((side, side, channels, filters))
        channels = filters
    shapes.append((channels * random.integers(4, 9), random.integers(2, 11)))
    return ([tuple(map(int, shape)) for shape in shapes],)


def _count_parameters(shapes):
    count = 0
    for *inputs, outputs in shapes:
        for _ in range(outputs):
            count += len(list(np.ndindex(*inputs))) + 1
    return count


COUNT_PARAMETERS = Exercise(
    "count_parameters",
    ("count",),
    (_shapes,),
    _count_parameters,
    (
        Mistake(
            "The biases are missing: one for each output, which the last axis counts.",
            lambda shapes: sum(map(math.prod, shapes)),
        ),
        Mistake(
            "A layer has one bias for each output, not a single one.",
            lambda shapes: sum(math.prod(shape) + 1 for shape in shapes),
        ),
        Mistake(
            "A bias belongs to an output, the last axis; you counted one for each input.",
            lambda shapes: sum(math.prod(shape) + shape[-2] for shape in shapes),
        ),
        Mistake(
            "An array of shape (a, b) holds a times b numbers; you added the sides.",
            lambda shapes: sum(sum(shape) + shape[-1] for shape in shapes),
        ),
        Mistake(
            "You counted the last layer only: add up all of them.",
            lambda shapes: math.prod(shapes[-1]) + shapes[-1][-1],
        ),
    ),
)

# ----------------------------------------------------------------------------- numeric_gradient


@dataclasses.dataclass(frozen=True)
class Wave:
    """A function whose central differences are known: the sine of a weighted sum.

    Attributes:
        weights: of x's shape.
        phase: a number, added to the sum.
    """

    weights: np.ndarray
    phase: float

    def angle(self, x):
        return float((self.weights * x).sum() + self.phase)

    def __call__(self, x):
        return math.sin(self.angle(x))

    def __repr__(self):
        return "a function"


def _slope(random):
    shape = distinct(random, 2, 2, 4)
    x, weights = random.normal(size=shape), random.uniform(1, 2, shape)
    there = random.uniform(0.3, 1.2)  # neither the crest of the wave nor where it is straight
    return Wave(weights, there - (weights * x).sum()), x, float(random.uniform(0.1, 0.2))


def _numeric_gradient(f, x, h):
    return math.cos(f.angle(x)) * np.sin(f.weights * h) / h


def _moved(x, place, h):
    moved = x.copy()
    moved[place] += h
    return moved


def _by(x, quotient):
    """An array of what `quotient` says of each place of x."""
    return np.array([quotient(place) for place in np.ndindex(x.shape)]).reshape(x.shape)


def _left_moved(f, x, h):
    x = x.copy()

    def quotient(place):
        x[place] += h
        ahead = f(x)
        x[place] -= 2 * h
        return (ahead - f(x)) / (2 * h)

    return _by(x, quotient)


def _difference(f, x, place, h):
    return f(_moved(x, place, h)) - f(_moved(x, place, -h))


NUMERIC_GRADIENT = Exercise(
    "numeric_gradient",
    ("gradient",),
    (_slope,),
    _numeric_gradient,
    (
        Mistake(
            "You went to one side, (f(x + h) - f(x)) / h. Going to both sides is far more exact.",
            lambda f, x, h: _by(x, lambda place: (f(_moved(x, place, h)) - f(x)) / h),
        ),
        Mistake(
            "From x - h to x + h it is 2h: divide by 2 * h.",
            lambda f, x, h: _by(x, lambda place: _difference(f, x, place, h) / h),
        ),
        Mistake(
            "Divide by (2 * h), in brackets: / 2 * h divides by 2 and multiplies by h.",
            lambda f, x, h: _by(x, lambda place: _difference(f, x, place, h) / 2 * h),
        ),
        Mistake(
            "Divide the difference by 2 * h.",
            lambda f, x, h: _by(x, lambda place: _difference(f, x, place, h)),
        ),
        Mistake(
            "The sign is wrong: f(x + h) - f(x - h).",
            lambda f, x, h: _by(x, lambda place: -_difference(f, x, place, h) / (2 * h)),
        ),
        Mistake(
            "You moved all numbers at once: move one at a time.",
            lambda f, x, h: np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h)),
        ),
        Mistake("Put each number back before you move the next one.", _left_moved),
    ),
)

# ----------------------------------------------------------------------------- residual_backward


def _block(random):
    n, features, hidden = distinct(random, 3)
    while True:
        x, w1 = random.normal(size=(n, features)), random.normal(size=(features, hidden))
        if np.abs(x @ w1).min() > 1e-3:  # where ReLU bends there is no numeric gradient
            break
    return random.normal(size=(n, features)), x, w1, random.normal(size=(hidden, features))


def _single_block(random):
    dy, x, w1, w2 = _block(random)
    return dy[:1], x[:1], w1, w2


def _residual_backward(dy, x, w1, w2):
    dx, dw1, dw2 = dy.copy(), np.zeros(w1.shape), np.zeros(w2.shape)
    for n, k in np.ndindex(len(x), len(w2)):
        before = sum(x[n, i] * w1[i, k] for i in range(len(w1)))
        if before > 0:
            behind = sum(dy[n, j] * w2[k, j] for j in range(len(w1)))
            for i in range(len(w1)):
                dx[n, i] += behind * w1[i, k]
                dw1[i, k] += behind * x[n, i]
                dw2[k, i] += before * dy[n, i]
    return dx, dw1, dw2


def _residual(
    dy,
    x,
    w1,
    w2,
    shortcut=1,
    layers=1,
    mask=lambda before, behind: before > 0,
    hidden=lambda before: np.maximum(before, 0),
    share=lambda dy: 1,
):
    """The same with whole arrays, and with something else in one place.

    Args:
        shortcut, layers: 0 leaves that way back out of dx.
        mask: the derivative of ReLU, from what was before it and the gradient behind it.
        hidden: what w2 was multiplied by, from x w1.
        share: what the gradients of the weights are divided by.
    """
    before, behind = x @ w1, dy @ w2.T
    dbefore = behind * mask(before, behind)
    dx = shortcut * dy + layers * (dbefore @ w1.T)
    return dx, x.T @ dbefore / share(dy), hidden(before).T @ dy / share(dy)


RESIDUAL_BACKWARD = Exercise(
    "residual_backward",
    ("dx", "dw1", "dw2"),
    (_block, _single_block, _block),
    _residual_backward,
    (
        Mistake(
            "The shortcut is missing: x reaches y directly as well, so dy itself is a part of dx.",
            partial(_residual, shortcut=0),
        ),
        Mistake(
            "You have the shortcut alone: add what comes back through the two layers.",
            partial(_residual, layers=0),
        ),
        Mistake(
            "A factor of the chain rule is missing, the derivative of ReLU: 0 where x w1 was "
            "negative, so that nothing comes back there.",
            partial(_residual, mask=lambda before, behind: 1),
        ),
        Mistake(
            "ReLU lets a gradient back where it let a number through: the sign of x w1 decides, "
            "not that of the gradient.",
            partial(_residual, mask=lambda before, behind: behind > 0),
        ),
        Mistake(
            "w2 was multiplied by relu(x w1), not by x w1: apply ReLU before you compute dw2.",
            partial(_residual, hidden=lambda before: before),
        ),
        Mistake(
            "Sum over the batch: dy contains the loss's mean already.",
            partial(_residual, share=len),
        ),
    ),
    numeric=lambda dy, x, w1, w2: backward(
        lambda x, w1, w2: x + np.maximum(x @ w1, 0) @ w2, dy, x, w1, w2
    ),
)
