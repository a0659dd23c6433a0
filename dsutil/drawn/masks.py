"""Which part of a face each pixel of the drawn pictures shows: known from the very same painting.

A pixel is of the part that covers most of it. Glass is seen through unless it is dark, stubble and
shadows are skin, and a beard is hair where it hides the skin.
"""

import numpy as np

from dsutil.binary import SIDE
from dsutil.drawn.faces import DRAWS, blocks, paint_portrait, seat
from dsutil.drawn.parts import OF_MASKS, PictureOfParts
from dsutil.drawn.random_bits import draw_bits, stream_key


def draw(first, count, seed=0, stream="train"):
    """The masks of the faces that `faces.draw` draws with the same arguments.

    Returns:
        (count, 48, 48) uint8: the number of a part of `dsutil.FACE_MASK` for each pixel.
    """
    key = stream_key(seed, stream)
    masks = np.empty((count, SIDE, SIDE), np.uint8)
    for block, numbers in blocks(first, count):
        masks[block] = of_sitters(seat(draw_bits(key, numbers, DRAWS)))
    return masks


def of_sitters(sitters):
    """The masks (faces, 48, 48) of the portraits of some sitters."""
    return np.argmax(paint_portrait(sitters, PictureOfParts).shares(OF_MASKS), axis=0)
