"""Take one step of Adam.

m is an average of the gradients that forgets, with beta1, and v one of their squares, with beta2.
Both begin at 0 and are too small at first, so divide them by 1 - beta**step before use; keep them
uncorrected. As in the paper, w = w - learning_rate * m_hat / (sqrt(v_hat) + epsilon): one slide
has no correction, the other has epsilon inside the root.

Lecture: 000, "Adam"; 002, "Adam".
"""

import numpy as np


def adam(w, m, v, dw, step, learning_rate, beta1, beta2, epsilon):
    """Takes one step.

    Args:
        w: an array of float, the weights.
        m: of w's shape, the average of the gradients so far.
        v: of w's shape, the average of the squared gradients so far.
        dw: of w's shape, the gradient at w.
        step: a whole number, 1 for the first step.
        learning_rate: a number.
        beta1: a number from 0 to 1, the share of m that is kept.
        beta2: a number from 0 to 1, the share of v that is kept.
        epsilon: a small number that keeps the divisor above 0.

    Returns:
        w: the new weights.
        m: the new average of the gradients, uncorrected.
        v: the new average of the squared gradients, uncorrected.
    """
    ...
