"""Files of columns: checked before anything is read from them, written whole or not at all.

The course's data set is a pair:

`data_<name>.bin`    images one after another, 2304 bytes each: 48 rows of 48 pixels, 0 is black.
`gender_<name>.bin`  for each image two little-endian float32, one-hot: `1 0` man, `0 1` woman.
"""

import contextlib
import hashlib
import os
from pathlib import Path

import numpy as np

from dsutil.atomic import beside
from dsutil.columns import COURSE, FACES, GENDER, NAME, Images
from dsutil.errors import InputError

SIDE = FACES.shape[0]
PIXELS = FACES.numbers
CLASSES = GENDER.classes


def pair_paths(folder, name):
    """The paths of the two files of data set `name` in `folder`, whether they exist or not."""
    return FACES.path(folder, name), GENDER.path(folder, name)


def pair_names(folder):
    """The names of the data sets in `folder` that have both their files, sorted."""
    return complete_names(folder, COURSE)


def complete_names(folder, columns):
    """The names of the data sets in `folder` that have a file for each of the columns, sorted."""
    first = f"{columns[0].name}_"
    names = (path.stem.removeprefix(first) for path in Path(folder).glob(f"{first}*.bin"))
    return sorted(
        name
        for name in names
        if NAME.fullmatch(name) and all(c.path(folder, name).exists() for c in columns)
    )


def read_pair(data_path, label_path):
    """Checks a pair of files and opens it, as `read_columns` does.

    Returns:
        images: (count, 2304) uint8, a read-only memory map of the file.
        labels: (count, 2) float32, in memory.
    """
    images, labels = read_columns((data_path, label_path), COURSE)
    return images.reshape(-1, PIXELS), labels


def read_columns(paths, columns):
    """Checks the files of a data set and opens them; of bytes only those of masks are read.

    Args:
        paths: one for each column.
        columns: list of `dsutil.Column`.

    Returns:
        A list with an array (count, *shape) for each column: a read-only memory map of a file of
        uint8; other numbers in memory. Every value is checked that could be a wrong one.

    Raises:
        FileNotFoundError: a file is missing.
        InputError: a file is empty or of a size that is no multiple, the counts differ, or a value
            cannot be. The text names the file, what was found and what was expected.
    """
    counts = [count_records(path, column) for path, column in zip(paths, columns, strict=True)]
    for path, column, count in zip(paths, columns, counts, strict=True):
        if count != counts[0]:
            raise InputError(
                f"{paths[0]} holds {counts[0]} {columns[0].records} but {path} holds {count} "
                f"{column.records}: expected one {column.record} for each {columns[0].record}. "
                "Are they files of different data sets?"
            )
    return [_opened(path, column, counts[0]) for path, column in zip(paths, columns, strict=True)]


def _opened(path, column, count):
    """The records of a file whose size is sound."""
    if column.dtype == "uint8":
        values = np.memmap(path, np.uint8, mode="r", shape=(count, *column.shape))
        column.check(values, path)
        return values
    values = np.fromfile(path, column.file_dtype).reshape(-1, *column.shape)
    values = values.astype(column.dtype, copy=False)
    column.check(values, path)
    return values


def missing(path, column):
    """The sentence that a file of the column is missing."""
    return f"{path} is missing: expected a file of {_each(column)}."


def _each(column):
    return f"{column.record_bytes} bytes for each {column.record}"


def count_records(path, column):
    """How many records of the column the file holds.

    Raises:
        FileNotFoundError, InputError: as `read_columns`.
    """
    path = Path(path)
    each = _each(column)
    if not path.exists():
        raise FileNotFoundError(missing(path, column))
    if not path.is_file():
        raise InputError(f"{path} is not a file: expected {each}.")
    size = path.stat().st_size
    if size == 0:
        raise InputError(f"{path} is empty: expected {each}.")
    if size % column.record_bytes:
        raise InputError(
            f"{path} has {size} bytes, expected a multiple of {column.record_bytes}, one "
            f"{column.record} each: it is cut off, swapped with another file of its data set, or "
            f"no file of {column.records}."
        )
    return size // column.record_bytes


def write_pair(data_path, label_path, chunks, pixels=PIXELS):
    """Writes a pair of files, as `write_columns` does.

    Args:
        chunks: iterable of images (n, pixels) uint8 and one-hot labels (n, 2).
        pixels: bytes of an image; the labs read no other than 2304.
    """
    write_columns((data_path, label_path), (Images((pixels,)), GENDER), chunks)


def write_columns(paths, columns, chunks):
    """Writes the files of a data set, chunk by chunk; a reader never sees half a file.

    Their folders are made where they are missing.
    All are written beside their places and renamed into them when all are whole and on the disk.
    An exception on the way, Ctrl-C included, leaves nothing behind. Where files are replaced, all
    but the first go before, so that old truths never stand beside new images.

    Args:
        paths: one for each column.
        columns: list of `dsutil.Column`.
        chunks: iterable of tuples with an array for each column, (n, *shape) or (n, numbers).

    Raises:
        ValueError: a chunk is of another shape, or what should be bytes is not.
    """
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as removed:
        new = [removed.enter_context(beside(path)) for path in paths]
        with contextlib.ExitStack() as closed:
            files = [closed.enter_context(open(path, "xb")) for path in new]
            for chunk in chunks:
                for file, values in zip(files, _as_in_the_files(chunk, columns), strict=True):
                    file.write(values)
            for file in files:
                file.flush()
                os.fsync(file.fileno())
        for path in paths[1:]:
            Path(path).unlink(missing_ok=True)
        for written, path in zip(new, paths, strict=True):
            os.replace(written, path)


def _as_in_the_files(chunk, columns):
    """The arrays of a chunk, contiguous, with the files' dtypes."""
    chunk = [np.asarray(values) for values in chunk]
    count = len(chunk[-1])
    for values, column in zip(chunk, columns, strict=True):
        if values.shape not in ((count, *column.shape), (count, column.numbers)):
            shape = ", ".join(map(str, ("n", *column.shape)))
            raise ValueError(f"expected {column.records} ({shape}), found {values.shape}")
        if column.dtype == "uint8" and not np.array_equal(values.astype(np.uint8), values):
            raise ValueError(f"expected {column.records} of whole numbers from 0 to 255")
    return [np.ascontiguousarray(v, c.file_dtype) for v, c in zip(chunk, columns, strict=True)]


def digest(path):
    """The SHA-256 of a file, in hexadecimal."""
    sha256 = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            sha256.update(block)
    return sha256.hexdigest()
