"""Take one step of RMSprop.

Adagrad's sum only grows, so its steps only shrink. RMSprop keeps an average that forgets instead:
cache = decay * cache + (1 - decay) * dx**2. The step is Adagrad's: x -= learning_rate * dx /
sqrt(cache + epsilon).

Lecture: 002, "RMSprop".
"""

import numpy as np


def rmsprop(w, cache, dw, learning_rate, decay, epsilon):
    """Takes one step.

    Args:
        w: an array of float, the weights.
        cache: of w's shape, the average of the squared gradients so far.
        dw: of w's shape, the gradient at w.
        learning_rate: a number.
        decay: a number from 0 to 1, the share of the old average that is kept.
        epsilon: a small number that keeps the divisor above 0.

    Returns:
        w: the new weights.
        cache: the new average.
    """
    ...
