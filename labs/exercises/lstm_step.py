"""Take one step of an LSTM.

From the input and the last output come four blocks of numbers, x w + h u + b: the gates input,
forget and output, each through a sigmoid, and a candidate through tanh. The cell forgets and
learns, c = forget * c + input * candidate, and shows a part of itself, h = output * tanh(c). In w,
u and b the blocks lie in Keras's order: input, forget, candidate, output.

Lecture: 000, "Architecture for an LSTM".
"""

import numpy as np


def lstm_step(x, h, c, w, u, b):
    """Takes one step of a sequence.

    Args:
        x: (n, inputs) float, the input of this step.
        h: (n, units) float, the last output.
        c: (n, units) float, the last state of the cell.
        w: (inputs, 4 units) float: input, forget, candidate, output, side by side.
        u: (units, 4 units) float, in the same order.
        b: (4 units,) float, in the same order.

    Returns:
        h: (n, units) float, the new output.
        c: (n, units) float, the new state.
    """
    ...
