"""Where in a scene a head is: to paint it there only costs as much less.

Beside its window a head covers nothing, so that the scene is the same to the byte.
"""

import numpy as np

from dsutil.drawn.head import CROWN

EDGE = 2  # pixels: edges are soft, and light is reckoned from a pixel's neighbours
WIDE, LOW = 1.4, 2.2  # half face widths that ears, neck and hats take at most, and necks downwards


def around(face, side):
    """The lines and columns of a window around each head with its neck and hair.

    Args:
        face: traits, a dict of (faces, 1, 1).
        side: of the square scenes, in pixels.

    Returns:
        lines (faces, height, 1) and columns (faces, 1, width), whole numbers; all windows are of
        one size. After the number of each face's scene they cut the windows out of an array of
        scenes.
    """
    size, volume = face["size"], face["hair_volume"]
    edge, soft = EDGE / size, np.sqrt(1 + volume + EDGE / size)
    beside = np.maximum(WIDE, (1.1 + volume) * soft) + edge
    above = (CROWN + 0.05 + volume) * soft + edge
    below = np.maximum(LOW, face["hair_length"] + 0.1) + edge
    square = face["tilt"] * face["tilt"]
    cosine, sine = (1 - square) / (1 + square), 2 * face["tilt"] / (1 + square)
    ends = np.concatenate([above, -below], axis=1) * size  # of the middle line, in pixels
    aslant, upright = size * beside * np.abs(sine), size * beside * cosine
    columns = _stretch(face["center_x"], sine * ends, upright, side)
    lines = _stretch(face["center_y"], -cosine * ends, aslant, side)
    return lines.swapaxes(1, 2), columns


def grid(lines, columns, side):
    """How far the pixels of windows are from the scene's middle, as of `pose.pixel_grid`."""
    middle = (side - 1) / 2
    return columns.astype(np.float32) - middle, lines.astype(np.float32) - middle


def _stretch(center, ends, reach, side):
    """The pixels (faces, 1, length) within reach of what lies between two ends, or more of them.

    Args:
        center: pixels from the middle of the side, (faces, 1, 1).
        ends: pixels from there, (faces, 2, 1).
        reach: pixels, (faces, 1, 1).
        side: its pixels.
    """
    center = center + (side - 1) / 2
    low = np.floor(center + ends.min(axis=1, keepdims=True) - reach)
    high = np.ceil(center + ends.max(axis=1, keepdims=True) + reach)
    first = np.clip(low, 0, side - 1).astype(np.intp)
    length = np.max(np.clip(high, first, side - 1).astype(np.intp) - first) + 1
    return np.minimum(first, side - length) + np.arange(length)
