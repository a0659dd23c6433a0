"""Faces side by side in a PNG file, to look at."""

from pathlib import Path

import numpy as np

from dsutil.binary import CLASSES, SIDE

COLUMNS, ROWS = 16, 3  # a block of faces for each class
ENLARGED = 2
GAP = 4  # pixels between the blocks


def save_faces(path, images, labels):
    """Writes the first faces of each class, those of men above those of women.

    Args:
        path: the PNG file.
        images: (count, 2304) uint8.
        labels: (count, 2), one-hot.
    """
    import tensorflow as tf  # only for the format

    blocks = []
    for kind in range(len(CLASSES)):
        first = np.flatnonzero(labels[:, kind] == 1)[: COLUMNS * ROWS]
        blocks.append(tiled(np.asarray(images[first])))
        blocks.append(np.full((GAP, blocks[-1].shape[1]), 255, np.uint8))
    picture = np.concatenate(blocks[:-1]).repeat(ENLARGED, 0).repeat(ENLARGED, 1)
    Path(path).write_bytes(tf.io.encode_png(picture[..., None]).numpy())


def tiled(images):
    """At most ROWS * COLUMNS images (n, 2304) as one picture; black where there is none."""
    whole = np.zeros((ROWS * COLUMNS, SIDE, SIDE), np.uint8)
    whole[: len(images)] = images.reshape(-1, SIDE, SIDE)
    rows = whole.reshape(ROWS, COLUMNS, SIDE, SIDE).swapaxes(1, 2)
    return rows.reshape(ROWS * SIDE, COLUMNS * SIDE)
