"""Images side by side in a PNG file, to look at, with what is known of them drawn in."""

import numpy as np
from PIL import Image

from dsutil.columns import Boxes, Identities, OneHot, Parts, Points, Sequences
from dsutil.pictures import (
    as_bars,
    coloured,
    enlarged,
    enlargement,
    tiled,
    with_boxes,
    with_parts,
    with_points,
)

COLUMNS, ROWS = 16, 3  # at most, of the images of a class
PAIRS, PAIRS_BELOW = 4, 2  # at most, of the images of a class that stand beside their parts
SEQUENCES, SEQUENCES_BELOW = 3, 4  # at most
PERSONS, PICTURES = 6, 10  # at most, and of each one
SIDE, SIDE_WITH_PLACES = 96, 192  # pixels of an image, about
GAP = 8  # pixels between two classes


def save_faces(path, dataset):
    """Writes the first images of each class, one class below the other, with their truths.

    Points and boxes are drawn onto the image; where its parts are known, it stands once more beside
    itself, coloured. Where persons are known, each has a row of plain images.

    Args:
        path: the PNG file.
        dataset: a `dsutil.DataSet`; without labels all its images are one class.
    """
    named = list(zip(dataset.columns[1:], dataset.truths, strict=True))
    truths = {type(column): values for column, values in reversed(named)}  # the first of each kind
    groups, columns = _groups(dataset, truths)
    blocks = []
    for rows in groups:
        block = tiled(_shown(dataset, truths, rows), columns, ground=0)
        blocks += [block, np.full((GAP, *block.shape[1:]), 255, np.uint8)]
    Image.fromarray(np.concatenate(blocks[:-1])).save(path, format="PNG")


def _groups(dataset, truths):
    """The rows that are shown, a list of arrays, one below the other; and how many side by side."""
    if Identities in truths:
        persons = truths[Identities]
        first = persons[np.sort(np.unique(persons, return_index=True)[1])][:PERSONS]
        rows = [np.flatnonzero(persons == person)[:PICTURES] for person in first]
        return rows, max(map(len, rows))
    across, down = (PAIRS, PAIRS_BELOW) if Parts in truths else (COLUMNS, ROWS)
    if isinstance(dataset.columns[0], Sequences):
        across, down = SEQUENCES, SEQUENCES_BELOW
    groups = [
        rows[: across * down] for rows in _rows_of_classes(dataset.count, truths) if len(rows)
    ]
    longest = max(map(len, groups))
    return groups, -(-longest // -(-longest // across))  # rows as alike in length as can be


def _rows_of_classes(count, truths):
    if OneHot not in truths:
        return [np.arange(count)]
    labels = truths[OneHot]
    return [np.flatnonzero(labels[:, kind] == 1) for kind in range(labels.shape[1])]


def _shown(dataset, truths, rows):
    """Images as they are shown: enlarged, and with what is known of them."""
    images = dataset.take(rows).reshape(-1, *dataset.columns[0].shape)
    if isinstance(dataset.columns[0], Sequences):
        return as_bars(images)
    if Identities in truths:
        return enlarged(images, SIDE)
    places = {Points: with_points, Boxes: with_boxes}
    side = SIDE_WITH_PLACES if truths.keys() & places.keys() else SIDE
    shown, scale = enlarged(images, side), enlargement(images[0], side)
    for kind, draw in places.items():
        if kind in truths:
            pairs = zip(shown, truths[kind][rows], strict=True)
            shown = np.stack([draw(*pair, scale) for pair in pairs])
    if Parts not in truths:
        return shown
    parts = enlarged(with_parts(images, truths[Parts][rows]), side)
    return np.concatenate([coloured(shown), parts], axis=2)
