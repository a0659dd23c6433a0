"""How a head is held: which place on it each pixel shows, and where in the picture a place is.

Two grids (faces, side, side) say where each pixel lies on the head: `u` to the right and `v` down
from the point between the eyes, in half face widths. The features use `x`, `y`, the same place on
the skin once the turn of the head is undone, so that x = 0 is the face's midline.
"""

import numpy as np

from dsutil.binary import SIDE


def pixel_grid(side=SIDE):
    """How far each pixel is from a picture's middle, right (1, 1, side) and down (1, side, 1)."""
    pixel = np.arange(side, dtype=np.float32) - (side - 1) / 2
    return pixel[None, None, :], pixel[None, :, None]


def head_grid(face, right, down):
    """Where each pixel lies from the point between the eyes: `u` right and `v` down, upright.

    Args:
        face: traits.
        right, down: how far each pixel is from the picture's middle, as of `pixel_grid`.
    """
    right, down = right - face["center_x"], down - face["center_y"]
    square = face["tilt"] * face["tilt"]
    cosine = (1 - square) / (1 + square) / face["size"]
    sine = 2 * face["tilt"] / (1 + square) / face["size"]
    return right * cosine + down * sine, down * cosine - right * sine


def skin_grid(face, u, v):
    """The place on the skin that a pixel shows, `x` from the midline and `y` down from the eyes.

    Seen from above the head is a circle: a skin point at sine x shows at sine u, turned on.
    """
    depth = np.sqrt(np.maximum(1 - u * u, 0))
    x = u * np.sqrt(1 - face["turn"] * face["turn"]) - depth * face["turn"]
    return x, v - face["nod"]


def from_skin(face, x, y):
    """The places in the picture of places on the skin: undoes `skin_grid` and `head_grid`.

    Args:
        face: traits.
        x, y: (faces, n, 1), in half face widths, from the midline and down from the eyes.

    Returns:
        x and y in pixels from the picture's upper left corner, (faces, n, 1).
    """
    turn, tilt = face["turn"], face["tilt"]
    u = x * np.sqrt(1 - turn * turn) + np.sqrt(1 - x * x) * turn  # the sine of a sum of two angles
    v = y + face["nod"]
    square = tilt * tilt
    cosine = face["size"] * (1 - square) / (1 + square)
    sine = face["size"] * 2 * tilt / (1 + square)
    middle = np.float32(SIDE / 2)
    return (
        u * cosine - v * sine + face["center_x"] + middle,
        u * sine + v * cosine + face["center_y"] + middle,
    )
