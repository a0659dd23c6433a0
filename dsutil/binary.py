"""The course's format: a pair of files without headers, checked before anything is read from them.

`data_<name>.bin`    images one after another, 2304 bytes each: 48 rows of 48 pixels, 0 is black.
`gender_<name>.bin`  for each image two little-endian float32, one-hot: `1 0` man, `0 1` woman.

How many there are follows from the sizes.
"""

import hashlib
import os
import re
from pathlib import Path

import numpy as np

from dsutil.atomic import beside
from dsutil.errors import InputError

SIDE = 48
PIXELS = SIDE * SIDE
CLASSES = ("man", "woman")

NAME = re.compile(r"\w[\w.-]*")  # of a data set
LABEL = np.dtype("<f4")
LABEL_BYTES = len(CLASSES) * LABEL.itemsize


def pair_paths(folder, name):
    """The paths of the two files of data set `name` in `folder`, whether they exist or not."""
    if not NAME.fullmatch(name):
        raise InputError(f"{name!r} can't name a data set: expected a plain word such as 1k.")
    return Path(folder, f"data_{name}.bin"), Path(folder, f"gender_{name}.bin")


def pair_names(folder):
    """The names of the data sets in `folder` that have both their files, sorted."""
    names = (path.name.removeprefix("data_")[:-4] for path in Path(folder).glob("data_*.bin"))
    return sorted(n for n in names if NAME.fullmatch(n) and pair_paths(folder, n)[1].exists())


def read_pair(data_path, label_path):
    """Checks a pair of files and opens it; no image is read.

    Returns:
        images: (count, 2304) uint8, a read-only memory map of the file.
        labels: (count, 2) float32, in memory.

    Raises:
        FileNotFoundError: a file is missing.
        InputError: a file is empty or of a size that is no multiple, the counts differ, or a label
            is not one-hot. The text names the file, what was found and what was expected.
    """
    image_count = _count(data_path, PIXELS, "image")
    label_count = _count(label_path, LABEL_BYTES, "label")
    if image_count != label_count:
        raise InputError(
            f"{data_path} holds {image_count} images but {label_path} holds {label_count} labels: "
            "expected one label for each image. Are they two halves of different pairs?"
        )
    labels = np.fromfile(label_path, LABEL).reshape(-1, len(CLASSES))
    one_hot = (labels.min(axis=1) == 0) & (labels.max(axis=1) == 1)
    if not one_hot.all():
        row = int(np.argmin(one_hot))
        found = " ".join(f"{value:g}" for value in labels[row])
        raise InputError(
            f"{label_path} row {row}: found the label `{found}`, expected `1 0` (man) or `0 1` "
            "(woman). Is it a file of labels, in little-endian float32?"
        )
    images = np.memmap(data_path, np.uint8, mode="r", shape=(image_count, PIXELS))
    return images, labels.astype(np.float32, copy=False)


def _count(path, record_bytes, record):
    """How many records of `record_bytes` the file holds."""
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: expected a file of {record_bytes} bytes for each {record}."
        )
    if not path.is_file():
        raise InputError(f"{path} is not a file: expected {record_bytes} bytes for each {record}.")
    size = path.stat().st_size
    if size == 0:
        raise InputError(f"{path} is empty: expected {record_bytes} bytes for each {record}.")
    if size % record_bytes:
        raise InputError(
            f"{path} has {size} bytes, expected a multiple of {record_bytes}, one {record} each: "
            f"it is cut off, swapped with the other file of its pair, or no file of {record}s."
        )
    return size // record_bytes


def write_pair(data_path, label_path, chunks, pixels=PIXELS):
    """Writes a pair of files from `chunks` of (images, labels); a reader never sees half a file.

    Their folders are made where they are missing.
    Both are written beside their places and renamed into them when both are whole and on the disk.
    An exception on the way, Ctrl-C included, leaves nothing behind. Where a pair is replaced, its
    labels go first, so that old labels never stand beside new images.

    Args:
        chunks: iterable of images (n, pixels) uint8 and one-hot labels (n, 2).
        pixels: bytes of an image; the labs read no other than 2304.

    Raises:
        ValueError: a chunk is of another shape, or its images are no bytes.
    """
    for path in (data_path, label_path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    with beside(data_path) as new_data, beside(label_path) as new_labels:
        with open(new_data, "xb") as data_file, open(new_labels, "xb") as label_file:
            for images, labels in chunks:
                images, labels = np.asarray(images), np.asarray(labels)
                count, bytes_ = len(labels), images.astype(np.uint8)
                if images.shape != (count, pixels) or labels.shape != (count, len(CLASSES)):
                    raise ValueError(
                        f"expected images (n, {pixels}) and labels (n, {len(CLASSES)}), "
                        f"found {images.shape} and {labels.shape}"
                    )
                if not np.array_equal(bytes_, images):
                    raise ValueError("expected images of whole numbers from 0 to 255")
                data_file.write(np.ascontiguousarray(bytes_))
                label_file.write(np.ascontiguousarray(labels, LABEL))
            for file in (data_file, label_file):
                file.flush()
                os.fsync(file.fileno())
        Path(label_path).unlink(missing_ok=True)
        os.replace(new_data, data_path)
        os.replace(new_labels, label_path)


def digest(path):
    """The SHA-256 of a file, in hexadecimal."""
    sha256 = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            sha256.update(block)
    return sha256.hexdigest()
