"""Draws the adding problem: of a long sequence of numbers two are marked; what is their sum?

One mark lies in each half. Whoever is to answer after the last step has to keep the first number
through all the others, which say nothing. To answer 1 whatever comes has a squared error of 1 / 6.

Source: Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997, section 5.4; marked as in Le,
Jaitly and Hinton, "A Simple Way to Initialize Recurrent Networks of Rectified Linear Units", 2015.
"""

import numpy as np

from dsutil.drawn.random_bits import draw_bits, stream_key

LEVELS = 256  # a number is one of 0, 1/256, 2/256, ...
MARK = 255


def draw(first, count, seed=0, stream="adding", steps=50):
    """Draws sequences number `first` .. `first + count - 1` of an endless stream.

    Args:
        steps: how long they are, an even number.

    Returns:
        sequences: (count, steps, 2) uint8, of each step a number, times 256, and 255 where it is
            marked, 0 where it is not.
        sums: (count,) float32, of the two marked numbers, in [0, 2).
    """
    bits = draw_bits(stream_key(seed, stream), np.arange(first, first + count), 2 + steps)
    numbers = (bits[:, 2:] >> 56).astype(np.uint8)  # the top byte of each word
    marked = (bits[:, :2] % (steps // 2)).astype(int) + [0, steps // 2]  # one in each half
    marks = np.zeros_like(numbers)
    marks[np.arange(count)[:, None], marked] = MARK
    one, other = np.take_along_axis(numbers, marked, axis=1).astype(np.float32).T
    return np.stack([numbers, marks], axis=2), (one + other) / np.float32(LEVELS)
