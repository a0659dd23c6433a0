"""What came of each picture, written as it comes: where an interrupted run goes on."""

import json
import os
import shutil

import numpy as np

from dsutil.atomic import replacing
from dsutil.errors import InputError
from dsutil.photos.near_duplicates import BITS

KEPT = "kept"
# What came of a picture, as a byte: 0 is what a disk may hold that lost its power.
OUTCOMES = (
    None,
    KEPT,
    "unreadable",
    "not a file",
    "not a picture",
    "too large",
    "too small",
    "damaged",
    "no face",
    "ends the process that reads it",
)


class Journal:
    """A folder with what was planned and one record for each picture, in order.

    A context that only one process enters at a time. An `InputError` in it removes the folder.

    Args:
        folder: is made if it is not there.
        plan: what the records depend on; records of another plan are dropped.
        size: pixels of a face's side.

    Attributes:
        resumed: whether the plan was there already.
    """

    def __init__(self, folder, plan, size):
        self._folder, self._plan = folder, json.dumps(plan, sort_keys=True)
        self._record = np.dtype(
            [("outcome", "u1"), ("fingerprint", "u1", BITS // 8), ("face", "u1", size * size)]
        )

    def __enter__(self):
        self._folder.mkdir(exist_ok=True)
        self._file = open(self._folder / "records", "a+b")
        _lock(self._file, self._folder)
        plan = self._folder / "plan.json"
        self.resumed = plan.exists() and plan.read_text() == self._plan
        if not self.resumed:
            plan.unlink(missing_ok=True)
            self._file.truncate(0)
            with replacing(plan) as beside:
                beside.write_text(self._plan)
        self._drop_half_a_record()
        return self

    def __exit__(self, kind, *_):
        self._file.close()
        if kind and issubclass(kind, InputError):  # would come again: there is no going on
            self.remove()

    def __len__(self):
        return os.fstat(self._file.fileno()).st_size // self._record.itemsize

    def _drop_half_a_record(self):
        count = len(self)
        records = self._records()
        while count and not 0 < records[count - 1]["outcome"] < len(OUTCOMES):
            count -= 1
        self._file.truncate(count * self._record.itemsize)

    def _records(self):
        shape = len(self)
        if not shape:
            return np.empty(0, self._record)
        return np.memmap(self._file, self._record, mode="r", shape=(shape,))

    def read(self):
        """Yields (outcome, fingerprint) of each record."""
        records = self._records()
        for record in records:
            yield OUTCOMES[record["outcome"]], record["fingerprint"].tobytes()

    def append(self, examined):
        """Writes what came of some pictures: a list of (outcome, fingerprint, face)."""
        records = np.zeros(len(examined), self._record)
        for record, (outcome, fingerprint, face) in zip(records, examined, strict=True):
            record["outcome"] = OUTCOMES.index(outcome)
            if outcome == KEPT:
                record["fingerprint"] = np.frombuffer(fingerprint, np.uint8)
                record["face"] = face.ravel()
        self._file.write(records.tobytes())
        self._file.flush()

    def faces(self, numbers):
        """The faces of some records, (count, size * size) uint8."""
        return self._records()["face"][numbers]

    def remove(self):
        """Removes all of it."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _lock(file, folder):
    """Keeps other processes out for as long as the file is open."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise InputError(
            f"{folder} is in use: another command is making the same files."
        ) from error
