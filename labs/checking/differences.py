"""Gradients by central differences, against which those that are derived by hand are held."""

import numpy as np

SHIFT = 1e-5  # a larger one sees the curve of the function, a smaller one its rounding


def gradient(function, x):
    """The gradient of a function from an array to a number.

    Args:
        function: of an array of x's shape.
        x: where.

    Returns:
        An array of x's shape.
    """
    found = np.empty(np.shape(x))
    for place in np.ndindex(found.shape):
        step = np.zeros(found.shape)
        step[place] = SHIFT
        found[place] = (function(x + step) - function(x - step)) / (2 * SHIFT)
    return found


def backward(forward, dy, *arrays):
    """What arrives at each array if `dy` is sent back through a function of all of them.

    Args:
        forward: from the arrays to an array of dy's shape.
        dy: the gradient of the loss by what `forward` returns.
        arrays: the arguments of `forward`.

    Returns:
        A tuple of arrays with the shapes of `arrays`.
    """

    def along(i):
        return lambda moved: (dy * forward(*arrays[:i], moved, *arrays[i + 1 :])).sum()

    return tuple(gradient(along(i), array) for i, array in enumerate(arrays))


def slope(function, x):
    """The derivative of a function that goes number by number, of x's shape."""
    return (function(x + SHIFT) - function(x - SHIFT)) / (2 * SHIFT)
