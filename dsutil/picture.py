"""Faces side by side in a PNG file, to look at."""

import numpy as np
from PIL import Image

from dsutil.columns import OneHot, Points
from dsutil.pictures import enlarged, enlargement, tiled, with_points

COLUMNS, ROWS = 16, 3  # at most, of the images of a class
SIDE, SIDE_WITH_POINTS = 96, 192  # pixels of an image, about
GAP = 8  # pixels between two classes


def save_faces(path, dataset):
    """Writes the first images of each class, one class below the other, with their points.

    Args:
        path: the PNG file.
        dataset: a `dsutil.DataSet`; without labels all its images are one class.
    """
    groups = [rows[: COLUMNS * ROWS] for rows in _rows_of_classes(dataset) if len(rows)]
    most = max(map(len, groups))
    columns = -(-most // -(-most // COLUMNS))  # rows as alike in length as can be
    blocks = []
    for rows in groups:
        block = tiled(_shown(dataset, rows), columns, ground=0)
        blocks += [block, np.full((GAP, *block.shape[1:]), 255, np.uint8)]
    Image.fromarray(np.concatenate(blocks[:-1])).save(path, format="PNG")


def _truth(dataset, kind):
    """The column and the values of the first truth of a kind of column; None, None if none is."""
    truths = zip(dataset.columns[1:], dataset.truths, strict=True)
    return next(((column, t) for column, t in truths if isinstance(column, kind)), (None, None))


def _rows_of_classes(dataset):
    column, labels = _truth(dataset, OneHot)
    if column is None:
        return [np.arange(dataset.count)]
    return [np.flatnonzero(labels[:, kind] == 1) for kind in range(len(column.classes))]


def _shown(dataset, rows):
    """Images as they are shown: enlarged, and with their points if they are known."""
    pictures = dataset.take(rows).reshape(-1, *dataset.columns[0].shape)
    column, points = _truth(dataset, Points)
    if column is None:
        return enlarged(pictures, SIDE)
    scale = enlargement(pictures[0], SIDE_WITH_POINTS)
    large = enlarged(pictures, SIDE_WITH_POINTS)
    return np.stack([with_points(*one, scale) for one in zip(large, points[rows], strict=True)])
