"""DataSet: one pair of files, its batches, and a model's accuracy on all of it."""

import itertools
import os
import threading

import numpy as np

from dsutil.binary import PIXELS, read_pair
from dsutil.errors import InputError

# Large enough that a call's overhead is nothing, small enough that a CNN's activations stay modest.
EVALUATION_BATCH = 256
ALIGNMENT = 64  # bytes; memory that begins at a multiple of it TensorFlow can use without a copy


class DataSet:
    """Faces and their labels, from a pair of files (lecture: nn3, "3 datasets for learning").

    The images stay in the file, as bytes, until they are asked for.

    Args:
        data_path, label_path: the pair of files, as `dsutil.binary` describes them.
        count: take the first `count` images only; all of them if None.
        batch_size: how many images `next_batch` returns.

    Attributes:
        images: (count, 2304) uint8, a read-only memory map.
        labels: (count, 2) float32, one-hot: `1 0` man, `0 1` woman.
        count, batch_size: as above.
        position: the first image of the next batch.

    Raises:
        FileNotFoundError, InputError: the pair is missing or not sound (`dsutil.binary.read_pair`).
    """

    def __init__(self, data_path, label_path, count=None, batch_size=128):
        self.data_path, self.label_path = data_path, label_path
        self.images, self.labels = read_pair(data_path, label_path)
        if count is not None:
            if not 1 <= count <= len(self.images):
                raise InputError(
                    f"{data_path} holds {len(self.images)} images; {count} were asked for."
                )
            self.images, self.labels = self.images[:count], self.labels[:count]
        if batch_size < 1:
            raise InputError(f"A batch of {batch_size} images can't be: expected 1 or more.")
        self.count = len(self.images)
        self.batch_size = batch_size
        self.position = 0
        self._file = open(data_path, "rb", buffering=0)
        self._opened = _identity(os.fstat(self._file.fileno()))
        self._reading = threading.Lock()

    def __len__(self):
        return self.count

    def __del__(self):
        if hasattr(self, "_file"):
            self._file.close()

    def next_batch(self, normalize=True):
        """The next `batch_size` images in the file's order, and their labels.

        As on the slides, a batch that would run past the end starts again at the first image.

        Returns:
            images: (batch_size, 2304) float32 in [-0.5, 0.5), or the bytes with `normalize=False`.
            labels: (batch_size, 2) float32.
        """
        if self.position + self.batch_size > self.count:
            self.position = 0
        start, self.position = self.position, self.position + self.batch_size
        images = self.read(start, self.position)
        return normalized(images) if normalize else images, self.labels[start : self.position]

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
        """The same as `images[start:stop]`, (n, 2304) uint8, but copied into aligned memory."""
        start, stop, _ = slice(start, stop).indices(self.count)
        images = _memory_for(max(0, stop - start))
        with self._reading:
            self._read_into(images, start)
        self._check_unchanged()
        return images

    def take(self, rows):
        """The images of the given rows: (len(rows), 2304) uint8, copied into aligned memory.

        Raises:
            IndexError: a row is none of 0 .. count-1.
        """
        rows = np.asarray(rows, np.int64)
        images = _memory_for(len(rows))
        if len(rows) and not 0 <= np.min(rows) <= np.max(rows) < self.count:
            raise IndexError(f"{self.data_path} has rows 0 to {self.count - 1}")
        # Rows that are neighbours in the file are read at once.
        starts = np.flatnonzero(np.diff(rows, prepend=-2) != 1).tolist()
        with self._reading:
            for start, stop in itertools.pairwise([*starts, len(rows)]):
                self._read_into(images[start:stop], rows[start])
        self._check_unchanged()
        return images

    def _check_unchanged(self):
        """After a reading: what was read is what was opened."""
        try:
            found = _identity(os.stat(self.data_path))
        except OSError:
            found = None
        if found != self._opened:
            raise InputError(
                f"{self.data_path} was changed, replaced or removed while it was in use: "
                "bring the file that it was back and start again."
            )

    def _read_into(self, images, first):
        # Reads, not the memory map: a file that another program cuts short while it is mapped kills
        # the process with a bus error, and every page of the map that was touched counts as memory.
        self._file.seek(int(first) * PIXELS)
        got = self._file.readinto(images)
        while got < images.nbytes:  # more than the system reads at once, or the file's end
            more = self._file.readinto(images.reshape(-1)[got:])
            if not more:
                raise InputError(
                    f"{self.data_path} was cut short while it was in use: "
                    "bring the whole file back and start again."
                )
            got += more

    # The course's own spellings of the names above.
    dim = PIXELS
    NextTrainingBatch = next_batch
    nbdata = property(lambda self: self.count)
    batchSize = property(lambda self: self.batch_size)
    curPos = property(lambda self: self.position, lambda self, row: setattr(self, "position", row))
    data = property(lambda self: self.images)
    label = property(lambda self: self.labels)


def _memory_for(count):
    """Memory for so many images, (count, 2304) uint8, that begins at a multiple of ALIGNMENT."""
    memory = np.empty(count * PIXELS + ALIGNMENT, np.uint8)
    begin = -memory.ctypes.data % ALIGNMENT
    return memory[begin : begin + count * PIXELS].reshape(count, PIXELS)


def _identity(stat):
    """What tells a file from one that was put in its place or written to since."""
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


def normalized(images):
    """Bytes to float32 in [-0.5, 0.5): (byte - 128) / 256, exact in float32 and in bfloat16."""
    return (images.astype(np.float32) - 128) * np.float32(1 / 256)
