"""Scale random numbers to Xavier's initial weights.

Weights that are too large or too small make the activations explode or vanish, layer by layer.
Xavier initialization draws them with the variance 2 / (inputs + outputs). You are given numbers of
mean 0 and variance 1: remember that a variance is the square of a standard deviation.

Lecture: 000, "Weight Initialization".
"""

import numpy as np


def xavier(noise):
    """Computes initial weights.

    Args:
        noise: (inputs, outputs) float, drawn with mean 0 and variance 1.

    Returns:
        w: (inputs, outputs) float, with the variance 2 / (inputs + outputs).
    """
    ...
