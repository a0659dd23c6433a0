"""The exercise on a recurrent network."""

import math

import numpy as np

from labs.checking.exercise import Exercise, Mistake, distinct


def _sequence(random):
    n, inputs, units = distinct(random, 3, 2, 4)
    h, c = np.tanh(random.normal(size=(n, units))), random.normal(size=(n, units))
    w, u = random.normal(size=(inputs, 4 * units)), random.normal(size=(units, 4 * units))
    return random.normal(size=(n, inputs)), h, c, w, u, random.normal(size=4 * units)


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


def _step(order=(0, 1, 2, 3), shown=np.tanh, proposed=np.tanh, recurrent=1, bias=1):
    """A step with something else in one place.

    Args:
        order: which blocks are the gates input and forget, the candidate, and the gate output.
        shown: what is applied to the cell before its output.
        proposed: what is applied to the candidate.
        recurrent, bias: 0 leaves the last output, or the bias, out.
    """

    def step(x, h, c, w, u, b):
        parts = np.split(x @ w + recurrent * (h @ u) + bias * b, 4, axis=1)
        input_, forget, candidate, output = (parts[i] for i in order)
        c = _s(forget) * c + _s(input_) * proposed(candidate)
        return _s(output) * shown(c), c

    return step


def _s(x):
    return 1 / (1 + np.exp(-x))


def _old_cell_shown(x, h, c, w, u, b):
    output = (x @ w + h @ u + b)[:, -c.shape[1] :]
    return _s(output) * np.tanh(c), _step()(x, h, c, w, u, b)[1]


def _nothing_kept(x, h, c, w, u, b):
    return _step()(x, h, 0 * c, w, u, b)


def _interleaved(x, h, c, w, u, b):
    columns = np.arange(w.shape[1]).reshape(-1, 4).T.ravel()
    return _step()(x, h, c, w[:, columns], u[:, columns], b[columns])


LSTM_STEP = Exercise(
    "lstm_step",
    ("h", "c"),
    (_sequence,),
    _lstm_step,
    (
        Mistake(
            "The blocks are in another order: input, forget, candidate, output. You took the third "
            "for the output gate and the fourth for the candidate.",
            _step(order=(0, 1, 3, 2)),
        ),
        Mistake(
            "The blocks are in another order: the first is the input gate, the second the forget "
            "gate. You swapped them.",
            _step(order=(1, 0, 2, 3)),
        ),
        Mistake(
            "The blocks are in another order: input, forget, candidate, output. You have forget, "
            "input, output, candidate.",
            _step(order=(1, 0, 3, 2)),
        ),
        Mistake(
            "Each gate has a block of neighbouring columns, the first `units` of them and so on; "
            "you took every fourth column.",
            _interleaved,
        ),
        Mistake("The candidate goes through tanh, not through a sigmoid.", _step(proposed=_s)),
        Mistake(
            "The output shows tanh of the cell: h = output * tanh(c).", _step(shown=lambda c: c)
        ),
        Mistake("The output shows the new state of the cell, not the old one.", _old_cell_shown),
        Mistake("The last output is missing: the blocks are x w + h u + b.", _step(recurrent=0)),
        Mistake("The bias is missing.", _step(bias=0)),
        Mistake("The old state is missing: c = forget * c + input * candidate.", _nothing_kept),
    ),
)
