"""DataSet: the columns of one data set, its batches, and a model's accuracy on all of it."""

import copy
import os

import numpy as np

from dsutil.binary import read_columns
from dsutil.columns import COURSE
from dsutil.errors import InputError
from dsutil.records import ALIGNMENT, Chosen, InFile, InMemory

# Large enough that a call's overhead is nothing, small enough that a CNN's activations stay modest.
EVALUATION_BATCH = 256

__all__ = ["ALIGNMENT", "EVALUATION_BATCH", "DataSet", "normalized"]


class DataSet:
    """Images and what is true of them, from a file each (lecture: nn3, "3 datasets for learning").

    The images stay in the file, as bytes, until they are asked for.

    Args:
        data_path: the file of the images.
        label_path: the file of the truths; a list of paths where there are several; None if there
            are none.
        count: take the first `count` images only; all of them if None.
        batch_size: how many images `next_batch` returns.
        columns: what the files hold, a `dsutil.Column` each: the images first, then the truths.
            The default is the course's: faces and genders.

    Attributes:
        images: (count, numbers of an image) uint8, a read-only memory map; of a `part`, a copy.
        truths: a tuple of arrays (count, *shape), one for each truth: float32 and int32 in memory;
            uint8 as read-only memory maps. Every value was checked that could be a wrong one.
        labels: the first of the truths, or None: (count, 2) float32, `1 0` man, `0 1` woman.
        columns, paths: tuples; the images' first.
        count, batch_size: as above.
        position: the first image of the next batch.

    Raises:
        FileNotFoundError, InputError: a file is missing or not sound; see `read_columns`.
    """

    def __init__(self, data_path, label_path=None, count=None, batch_size=128, columns=None):
        self.data_path, self.label_path = data_path, label_path
        self.paths = data_path, *_listed(label_path)
        self.columns = COURSE[: len(self.paths)] if columns is None else tuple(columns)
        self._records = [
            InFile(path, values[:count]) if column.dtype == "uint8" else InMemory(values[:count])
            for path, column, values in self._opened(count)
        ]
        if batch_size < 1:
            raise InputError(f"A batch of {batch_size} images can't be: expected 1 or more.")
        self.batch_size = batch_size
        self._begin(len(self._records[0].values))

    def _begin(self, count):
        self.count, self.position = count, 0

    def _opened(self, count):
        """The path, the column and the values of each file; images are one row of numbers each."""
        if len(self.paths) != len(self.columns) or self.columns[0].dtype != "uint8":
            raise ValueError(
                "expected one path for each column, images first, found "
                f"{len(self.paths)} for {', '.join(column.name for column in self.columns)}"
            )
        images, *truths = read_columns(self.paths, self.columns)
        if count is not None and not 1 <= count <= len(images):
            raise InputError(
                f"{self.data_path} holds {len(images)} {self.columns[0].records}; {count} were "
                "asked for."
            )
        values = images.reshape(len(images), -1), *truths
        return zip(self.paths, self.columns, values, strict=True)

    def __len__(self):
        return self.count

    def part(self, rows):
        """The images of the given rows alone, and what is true of them, as a `DataSet`.

        Args:
            rows: whole numbers from 0 to count - 1, in the order that the part has.

        Raises:
            IndexError: as `take`.
        """
        rows = self._checked(rows)
        part = copy.copy(self)
        part._records = [Chosen(records, rows) for records in self._records]
        part._begin(len(rows))
        return part

    @property
    def images(self):
        return self._records[0].values

    @property
    def truths(self):
        return tuple(records.values for records in self._records[1:])

    @property
    def nbytes(self):
        """Of the images, in bytes."""
        return self.count * self.columns[0].numbers

    @property
    def labels(self):
        return self.truths[0] if self.truths else None

    def next_batch(self, normalize=True):
        """The next `batch_size` images in the file's order, and their labels.

        As on the slides, a batch that would run past the end starts again at the first image.

        Returns:
            images: (batch_size, 2304) float32 in [-0.5, 0.5), or the bytes with `normalize=False`.
            labels: (batch_size, 2) float32; None where there is no truth.
        """
        if self.position + self.batch_size > self.count:
            self.position = 0
        start, self.position = self.position, self.position + self.batch_size
        images = self.read(start, self.position)
        labels = self._records[1].read(start, self.position) if self.truths else None
        return normalized(images) if normalize else images, labels

    def mean_accuracy(self, model):
        """The share of all images whose highest score is at their label, in [0, 1].

        Args:
            model: any callable from images (n, 2304) float32 in [-0.5, 0.5) to scores (n, 2).

        Raises:
            InputError: as `answers`.
        """
        hits = np.count_nonzero(self.answers(model) == np.argmax(self.labels, axis=1))
        return hits / self.count

    def answers(self, model):
        """The class with the highest score of each image, 0 or 1: (count,) int64.

        Args:
            model: as for `mean_accuracy`.

        Raises:
            InputError: an image has no highest score: one is NaN, or all are the same infinity.
        """
        parts = []
        for start in range(0, self.count, EVALUATION_BATCH):
            images = normalized(self.read(start, start + EVALUATION_BATCH))
            parts.append(np.asarray(model(images)).astype(np.float64))
        scores = np.concatenate(parts)
        self._check_decided(scores)
        return np.argmax(scores, axis=1)

    def _check_decided(self, scores):
        with np.errstate(invalid="ignore"):  # infinity less infinity is NaN, and so it should be
            undecided = np.isnan(np.ptp(scores, axis=1))
        if not undecided.any():
            return
        row = int(np.argmax(undecided))
        found = " ".join(f"{score:g}" for score in scores[row])
        raise InputError(
            f"{self.data_path}: the model has no answer for {np.count_nonzero(undecided):,} of "
            f"{self.count:,} images, first for row {row}: found the scores `{found}`, expected "
            "numbers. If training made its weights NaN, train again with a smaller learning rate "
            "or take an earlier checkpoint; if not, look for a division by 0 or a logarithm of 0."
        )

    def read(self, start, stop):
        """The same as `images[start:stop]`, but copied into aligned memory."""
        return self._records[0].read(start, stop)

    def take(self, rows):
        """The images of the given rows: (len(rows), numbers) uint8, copied into aligned memory.

        Raises:
            IndexError: a row is none of 0 .. count-1.
        """
        return self._records[0].take(self._checked(rows))

    def read_truths(self, start, stop):
        """A tuple with an array (n, *shape) for each truth, of the same rows as `read`."""
        return tuple(records.read(start, stop) for records in self._records[1:])

    def take_truths(self, rows):
        """A tuple with an array (len(rows), *shape) for each truth, of the same rows as `take`.

        Raises:
            IndexError: as `take`.
        """
        rows = self._checked(rows)
        return tuple(records.take(rows) for records in self._records[1:])

    def _checked(self, rows):
        rows = np.asarray(rows, np.int64)
        if len(rows) and not 0 <= np.min(rows) <= np.max(rows) < self.count:
            raise IndexError(f"{self.data_path} has rows 0 to {self.count - 1}")
        return rows

    # The course's own spellings of the names above.
    dim = property(lambda self: self.columns[0].numbers)
    NextTrainingBatch = next_batch
    nbdata = property(lambda self: self.count)
    batchSize = property(lambda self: self.batch_size)
    curPos = property(lambda self: self.position, lambda self, row: setattr(self, "position", row))
    data = property(lambda self: self.images)
    label = property(lambda self: self.labels)


def _listed(paths):
    """The paths of the truths, given as one, as several or as None."""
    if paths is None:
        return []
    return [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)


def normalized(images):
    """Bytes to float32 in [-0.5, 0.5): (byte - 128) / 256, exact in float32 and in bfloat16."""
    return (images.astype(np.float32) - 128) * np.float32(1 / 256)
