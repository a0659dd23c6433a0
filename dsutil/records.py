"""The records of one column while they are in use: those of a file, and those in memory."""

import itertools
import os
import threading

import numpy as np

from dsutil.errors import InputError

ALIGNMENT = 64  # bytes; memory that begins at a multiple of it TensorFlow can use without a copy


class InMemory:
    """Records that were read and checked before.

    Args:
        values: (count, *shape).
    """

    def __init__(self, values):
        self.values = values

    def read(self, start, stop):
        """Records start .. stop - 1, (n, *shape)."""
        return self.values[start:stop]

    def take(self, rows):
        """The records of the given rows, (len(rows), *shape)."""
        return self.values[rows]


class Chosen:
    """Some of another column's records, in an order of their own.

    Args:
        records: `InMemory` or `InFile`.
        rows: which of its records these are, whole numbers from 0.
    """

    def __init__(self, records, rows):
        self._records, self._rows = records, rows

    @property
    def values(self):
        """All of them, (count, *shape), copied into memory."""
        return self._records.values[self._rows]

    def read(self, start, stop):
        """Records start .. stop - 1, (n, *shape)."""
        return self._records.take(self._rows[start:stop])

    def take(self, rows):
        """The records of the given rows, (len(rows), *shape)."""
        return self._records.take(self._rows[rows])


class InFile:
    """Records of bytes, read from their file when they are asked for, into aligned memory.

    Args:
        path: of the file.
        values: (count, *shape) uint8, its memory map.
    """

    def __init__(self, path, values):
        self.path, self.values = path, values
        self._file = open(path, "rb", buffering=0)
        self._opened = _identity(os.fstat(self._file.fileno()))
        self._reading = threading.Lock()

    def __del__(self):
        if hasattr(self, "_file"):
            self._file.close()

    def read(self, start, stop):
        """Records start .. stop - 1, (n, *shape), as a slice counts."""
        start, stop, _ = slice(start, stop).indices(len(self.values))
        records = self._memory_for(max(0, stop - start))
        with self._reading:
            self._read_into(records, start)
        self._check_unchanged()
        return records

    def take(self, rows):
        """The records of the given rows, whole numbers from 0: (len(rows), *shape)."""
        records = self._memory_for(len(rows))
        # Rows that are neighbours in the file are read at once.
        starts = np.flatnonzero(np.diff(rows, prepend=-2) != 1).tolist()
        with self._reading:
            for start, stop in itertools.pairwise([*starts, len(rows)]):
                self._read_into(records[start:stop], rows[start])
        self._check_unchanged()
        return records

    def _memory_for(self, count):
        """Memory for so many records that begins at a multiple of ALIGNMENT."""
        shape = self.values.shape[1:]
        size = count * int(np.prod(shape))
        memory = np.empty(size + ALIGNMENT, np.uint8)
        begin = -memory.ctypes.data % ALIGNMENT
        return memory[begin : begin + size].reshape(count, *shape)

    def _read_into(self, records, first):
        # Reads, not the memory map: a file that another program cuts short while it is mapped kills
        # the process with a bus error, and every page of the map that was touched counts as memory.
        self._file.seek(int(first) * (records.nbytes // max(1, len(records))))
        got = self._file.readinto(records)
        while got < records.nbytes:  # more than the system reads at once, or the file's end
            more = self._file.readinto(records.reshape(-1)[got:])
            if not more:
                raise InputError(
                    f"{self.path} was cut short while it was in use: "
                    "bring the whole file back and start again."
                )
            got += more

    def _check_unchanged(self):
        """After a reading: what was read is what was opened."""
        try:
            found = _identity(os.stat(self.path))
        except OSError:
            found = None
        if found != self._opened:
            raise InputError(
                f"{self.path} was changed, replaced or removed while it was in use: "
                "bring the file that it was back and start again."
            )


def _identity(stat):
    """What tells a file from one that was put in its place or written to since."""
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns
