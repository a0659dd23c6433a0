"""From rows of numbers to pictures and back."""

import keras

# Pictures are (batch, height, width, channels), whatever keras.json says.
LAYOUT = {"data_format": "channels_last"}


def unflat(t, height, width, channels, name=None):
    """Makes pictures of rows of numbers (lecture: the first line of nn4's listing).

    Args:
        t: rows.
        height, width, channels: the pictures' shape.

    Input shape: (batch, height * width * channels).
    Output shape: (batch, height, width, channels).

    Example:
        >>> unflat(keras.Input((2304,)), 48, 48, 1).shape
        (None, 48, 48, 1)

    Raises:
        ValueError: the rows do not have height * width * channels numbers.
    """
    return keras.layers.Reshape((height, width, channels), name=name)(t)


def flat(t, name=None):
    """Makes rows of numbers of anything, the inverse of `unflat`.

    Input shape: (batch, ...).
    Output shape: (batch, product of the rest).

    Example:
        >>> flat(keras.Input((6, 6, 16))).shape
        (None, 576)
    """
    return keras.layers.Flatten(name=name, **LAYOUT)(t)
