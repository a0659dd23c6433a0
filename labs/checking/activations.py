"""The exercises on activation functions and their derivatives."""

import math

import numpy as np

from labs.checking.differences import slope
from labs.checking.exercise import Exercise, Mistake, distinct


def _small(random):
    """Numbers that are neither large nor 0, where ReLU bends."""
    shape = distinct(random, 2, 3, 6)
    return (random.choice([-1, 1], shape) * random.uniform(0.1, 3, shape),)


def _some_large(random):
    """The same, with 1000 and -1000 among them."""
    (x,) = _small(random)
    x.flat[random.permutation(x.size)[:2]] = 1000, -1000
    return (x,)


def _number_by_number(function, x):
    """The pair that `function` makes of each number, as a pair of arrays."""
    pairs = np.array([function(number) for number in x.flat])
    return pairs[:, 0].reshape(x.shape), pairs[:, 1].reshape(x.shape)


def _s(x):
    """The sigmoid by way of tanh, which never overflows."""
    return (1 + np.tanh(x / 2)) / 2


def _sigmoid(x):
    def pair(number):
        return (1 + math.tanh(number / 2)) / 2, (1 / math.cosh(number / 2)) ** 2 / 4

    return _number_by_number(pair, x)


SIGMOID = Exercise(
    "sigmoid",
    ("value", "derivative"),
    (_small, _some_large),
    _sigmoid,
    (
        Mistake(
            "e^1000 is too large for a float, and infinity / infinity is nan. Write 1 / (1 + "
            "np.exp(-x)), where infinity ends up as 0.",
            lambda x: (np.exp(x) / (1 + np.exp(x)), _s(x) * (1 - _s(x))),
        ),
        Mistake(
            "Right for ordinary numbers; but e^1000 is infinite, and infinity / infinity^2 is nan. "
            "Compute the derivative from the value, f(x) (1 - f(x)).",
            lambda x: (_s(x), np.exp(-x) / (1 + np.exp(-x)) ** 2),
        ),
        Mistake(
            "The formula f(x) (1 - f(x)) takes the value of the sigmoid, f(x); you used x itself.",
            lambda x: (_s(x), x * (1 - x)),
        ),
        Mistake(
            "You applied the sigmoid twice: in f(x) (1 - f(x)), f(x) is the value that you already "
            "have.",
            lambda x: (_s(x), _s(_s(x)) * (1 - _s(_s(x)))),
        ),
        Mistake(
            "The sign of the exponent is wrong: 1 / (1 + e^-x) rises with x.",
            lambda x: (_s(-x), _s(x) * (1 - _s(x))),
        ),
        Mistake(
            "A factor is missing in the derivative: f(x) times (1 - f(x)).",
            lambda x: (_s(x), 1 - _s(x)),
        ),
        Mistake(
            "That is the derivative of tanh: the sigmoid's is f(x) (1 - f(x)).",
            lambda x: (_s(x), 1 - _s(x) ** 2),
        ),
    ),
    numeric=lambda x: (None, slope(_s, x)),
)


def _tanh(x):
    def pair(number):
        decay = math.exp(-2 * abs(number))
        value = math.copysign((1 - decay) / (1 + decay), number)
        return value, 4 * decay / (1 + decay) ** 2

    return _number_by_number(pair, x)


TANH = Exercise(
    "tanh",
    ("value", "derivative"),
    (_small, _some_large),
    _tanh,
    (
        Mistake(
            "e^1000 is too large for a float, and infinity / infinity is nan. Use np.tanh, or 2 / "
            "(1 + np.exp(-2 * x)) - 1.",
            lambda x: (
                (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)),
                1 - np.tanh(x) ** 2,
            ),
        ),
        Mistake(
            "The derivative is 1 - tanh(x)^2: the square is missing.",
            lambda x: (np.tanh(x), 1 - np.tanh(x)),
        ),
        Mistake(
            "The formula 1 - tanh(x)^2 takes the value, tanh(x); you used x itself.",
            lambda x: (np.tanh(x), 1 - x**2),
        ),
        Mistake(
            "f(x) (1 - f(x)) is the derivative of the sigmoid; that of tanh is 1 - f(x)^2.",
            lambda x: (np.tanh(x), np.tanh(x) * (1 - np.tanh(x))),
        ),
        Mistake(
            "tanh(x) = 2 sigmoid(2x) - 1: the 2 before the x is missing.",
            lambda x: (np.tanh(x / 2), 1 - np.tanh(x / 2) ** 2),
        ),
        Mistake(
            "tanh(x) = 2 sigmoid(2x) - 1: the - 1 is missing.",
            lambda x: (np.tanh(x) + 1, 1 - np.tanh(x) ** 2),
        ),
    ),
    numeric=lambda x: (None, slope(np.tanh, x)),
)


def _relu(x):
    return _number_by_number(lambda number: (number, 1.0) if number > 0 else (0.0, 0.0), x)


RELU = Exercise(
    "relu",
    ("value", "derivative"),
    (_small,),
    _relu,
    (
        Mistake(
            "The derivative is 1 where x is positive, however large x is; you returned the value.",
            lambda x: (np.maximum(x, 0), np.maximum(x, 0)),
        ),
        Mistake(
            "It is the other way round: the derivative is 1 where x is positive.",
            lambda x: (np.maximum(x, 0), (x < 0).astype(float)),
        ),
        Mistake(
            "Negative numbers become 0; you flipped their sign.",
            lambda x: (np.abs(x), (x > 0).astype(float)),
        ),
        Mistake(
            "The derivative is 0 where x is negative; np.sign gives -1 there.",
            lambda x: (np.maximum(x, 0), np.sign(x)),
        ),
        Mistake(
            "np.max finds the one largest number of the array. np.maximum(x, 0) compares each "
            "number with 0.",
            lambda x: (np.max(x), (x > 0).astype(float)),
        ),
        Mistake(
            "You kept the negative numbers; ReLU keeps the positive ones and turns the others into "
            "0.",
            lambda x: (np.minimum(x, 0), (x > 0).astype(float)),
        ),
    ),
    numeric=lambda x: (None, slope(lambda x: np.maximum(x, 0), x)),
)
