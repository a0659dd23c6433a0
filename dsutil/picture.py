"""Faces side by side in a PNG file, to look at."""

import numpy as np
from PIL import Image

from dsutil.binary import CLASSES, SIDE

COLUMNS, ROWS = 16, 3  # at most, of the faces of a class
ENLARGED = 2
GAP = 4  # pixels between the blocks


def save_faces(path, images, labels):
    """Writes the first faces of each class, those of men above those of women.

    Args:
        path: the PNG file.
        images: (count, 2304) uint8.
        labels: (count, 2), one-hot.
    """
    of_class = [
        np.flatnonzero(labels[:, kind] == 1)[: COLUMNS * ROWS] for kind in range(len(CLASSES))
    ]
    most = max(map(len, of_class))
    rows = -(-most // COLUMNS)
    columns = -(-most // rows)
    blocks = []
    for first in of_class:
        blocks.append(tiled(np.asarray(images[first]), rows, columns))
        blocks.append(np.full((GAP, columns * SIDE), 255, np.uint8))
    picture = np.concatenate(blocks[:-1]).repeat(ENLARGED, 0).repeat(ENLARGED, 1)
    Image.fromarray(picture).save(path, format="PNG")


def tiled(images, rows, columns):
    """At most rows * columns images (n, 2304) as one picture; black where there is none."""
    whole = np.zeros((rows * columns, SIDE, SIDE), np.uint8)
    whole[: len(images)] = images.reshape(-1, SIDE, SIDE)
    tiles = whole.reshape(rows, columns, SIDE, SIDE).swapaxes(1, 2)
    return tiles.reshape(rows * SIDE, columns * SIDE)
