"""Count the numbers that a network learns.

A layer learns its weights, and a bias for each of its outputs. The last axis of an array of
weights counts the outputs: (3, 3, 1, 64) are 64 filters of 3 x 3 on one channel, (576, 2) is a
fully connected layer from 576 numbers to 2. For nn4 the sum is the slide's 24882.

Lecture: 000, "nn4 : a CNN"; 003, "Convolutional layer: number of parameters".
"""

import numpy as np


def count_parameters(shapes):
    """Counts weights and biases.

    Args:
        shapes: a list of tuples of whole numbers, the shape of each layer's weights.

    Returns:
        count: a whole number.
    """
    ...
