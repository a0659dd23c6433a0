"""Where the eyes, the nose and the mouth of drawn faces are: known from their traits, exactly.

Nothing is painted, so the points of 10,000 faces take a moment. As in `dsutil.drawn.faces`, only
operations that IEEE 754 rounds exactly are used.
"""

import numpy as np

from dsutil.drawn.pose import from_skin
from dsutil.drawn.random_bits import draw_bits, stream_key
from dsutil.drawn.traits import LABEL_DRAWS, TRAIT_DRAWS, draw_traits, is_woman


def draw(first, count, seed=0, stream="train"):
    """The points of the faces that `faces.draw` draws with the same arguments.

    Returns:
        (count, 5, 2) float32: x and y in pixels of the points of `dsutil.FACE_POINTS`.
    """
    numbers = np.arange(first, first + count, dtype=np.uint64)
    bits = draw_bits(stream_key(seed, stream), numbers, LABEL_DRAWS + TRAIT_DRAWS)
    return in_picture(draw_traits(bits[:, LABEL_DRAWS:], is_woman(bits)))


def in_picture(face):
    """The points (faces, 5, 2) of faces with these traits, (faces, 1, 1) each."""
    x, y = from_skin(face, *on_skin(face))
    return np.concatenate([x, y], axis=2)


def on_skin(face):
    """The points' places on the skin, x and y (faces, 5, 1), as the features are painted there."""
    zero = np.zeros_like(face["smile"])
    eye, half, end = zero + face["eye_x"], mouth_half(face), mouth_line(face, 0)
    x = np.concatenate([-eye, eye, zero, -half, half], axis=1)
    y = np.concatenate([zero, zero, face["nose_length"], end, end], axis=1)
    return x, y


def mouth_half(face):
    """From the midline to a corner of the mouth; a smile widens it."""
    return face["mouth_width"] * (1 + 0.2 * np.maximum(face["smile"], 0))


def mouth_line(face, taper):
    """How far below the eyes the line of the mouth is; `taper` is 1 in its middle, 0 at its ends.

    A smile bends it up at the ends.
    """
    return face["mouth_y"] + 0.17 * face["smile"] * (taper - 0.6)
