"""The exercise on a recurrent network."""

import math
from functools import partial

import numpy as np

from labs.checking.exercise import Exercise, Mistake, distinct


def _sequence(random):
    n, inputs, units = distinct(random, 3, 2, 4)
    h, c = np.tanh(random.normal(size=(n, units))), random.normal(size=(n, units))
    w, u = random.normal(size=(inputs, 4 * units)), random.normal(size=(units, 4 * units))
    return random.normal(size=(n, inputs)), h, c, w, u, random.normal(size=4 * units)


def _single(random):
    """One example, the smallest batch."""
    x, h, c, w, u, b = _sequence(random)
    return x[:1], h[:1], c[:1], w, u, b


def _sigmoid(number):
    return 1 / (1 + math.exp(-number))


def _lstm_step(x, h, c, w, u, b):
    """Unit by unit."""
    new_h, new_c = np.zeros(h.shape), np.zeros(c.shape)
    units = h.shape[1]
    for n, k in np.ndindex(h.shape):
        input_, forget, candidate, output = (
            sum(x[n, i] * w[i, column] for i in range(len(w)))
            + sum(h[n, i] * u[i, column] for i in range(units))
            + b[column]
            for column in range(k, 4 * units, units)
        )
        new_c[n, k] = _sigmoid(forget) * c[n, k] + _sigmoid(input_) * math.tanh(candidate)
        new_h[n, k] = _sigmoid(output) * math.tanh(new_c[n, k])
    return new_h, new_c


def _step(
    x,
    h,
    c,
    w,
    u,
    b,
    order=(0, 1, 2, 3),
    proposed=np.tanh,
    shown=lambda old, new: np.tanh(new),
    recurrent=1,
    bias=1,
    kept=1,
    columns=np.arange,
):
    """A step with something else in one place.

    Args:
        order: which blocks are the gates input and forget, the candidate, and the gate output.
        proposed: what is applied to the candidate.
        shown: what is multiplied by the gate output, from the old and the new state.
        recurrent, bias, kept: 0 leaves out the last output, the bias, or the old state.
        columns: the order of the columns, from their number.
    """
    numbers = (x @ w + recurrent * (h @ u) + bias * b)[:, columns(len(b))]
    parts = np.split(numbers, 4, axis=1)
    input_, forget, candidate, output = (parts[i] for i in order)
    new = kept * _s(forget) * c + _s(input_) * proposed(candidate)
    return _s(output) * shown(c, new), new


def _s(x):
    return 1 / (1 + np.exp(-x))


LSTM_STEP = Exercise(
    "lstm_step",
    ("h", "c"),
    (_sequence, _single, _sequence),
    _lstm_step,
    (
        Mistake(
            "The blocks are in another order: input, forget, candidate, output. You used the third "
            "as the output gate and the fourth as the candidate.",
            partial(_step, order=(0, 1, 3, 2)),
        ),
        Mistake(
            "The blocks are in another order: the first is the input gate, the second the forget "
            "gate. You swapped them.",
            partial(_step, order=(1, 0, 2, 3)),
        ),
        Mistake(
            "The blocks are in another order: input, forget, candidate, output. You have forget, "
            "input, output, candidate.",
            partial(_step, order=(1, 0, 3, 2)),
        ),
        Mistake(
            "Each gate has a block of neighbouring columns, the first `units` of them and so on; "
            "you took every fourth column.",
            partial(_step, columns=lambda count: np.arange(count).reshape(-1, 4).T.ravel()),
        ),
        Mistake(
            "The candidate goes through tanh, not through a sigmoid.", partial(_step, proposed=_s)
        ),
        Mistake(
            "The output shows tanh of the cell: h = output * tanh(c).",
            partial(_step, shown=lambda old, new: new),
        ),
        Mistake(
            "The output shows tanh of the cell, not its sigmoid: h = output * tanh(c).",
            partial(_step, shown=lambda old, new: _s(new)),
        ),
        Mistake(
            "The output shows the new state of the cell, not the old one.",
            partial(_step, shown=lambda old, new: np.tanh(old)),
        ),
        Mistake(
            "The last output is missing: the blocks are x w + h u + b.", partial(_step, recurrent=0)
        ),
        Mistake("The bias is missing.", partial(_step, bias=0)),
        Mistake(
            "The old state is missing: c = forget * c + input * candidate.", partial(_step, kept=0)
        ),
    ),
)
