"""Drop units at random, as in training.

Each unit becomes 0 with probability `rate`. The slide scales the weights when testing; today one
divides the units that stay by 1 - rate when training, which gives the same on average and leaves
testing as it is. The chance is given: a unit is dropped where its number in `uniforms` is below
`rate`.

Lecture: 000, "Dropout".
"""

import numpy as np


def dropout(x, rate, uniforms):
    """Drops units and scales the others up.

    Args:
        x: an array of float of any shape, the activations.
        rate: a number from 0 to 1 (excluded), the probability to drop a unit.
        uniforms: of x's shape, random numbers from 0 to 1.

    Returns:
        y: of x's shape.
    """
    ...
