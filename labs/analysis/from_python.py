"""A lab that is trained from Python, a notebook say, and the run that comes back."""

import dataclasses
import difflib
import functools
import json
import signal
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dsutil.errors import InputError
from labs import runs
from labs.analysis import curves, results, trained
from labs.training import loop
from labs.training.options import as_call, from_keywords


class Curve(NamedTuple):
    """A number of a run against the iterations.

    Attributes:
        steps: after how many iterations, (n,) int64.
        values: the number then, (n,) float64.
    """

    steps: np.ndarray
    values: np.ndarray


@dataclasses.dataclass(frozen=True, repr=False)
class TrainedRun:
    """A run, as its folder tells of it.

    Attributes:
        lab: the `Lab` that it is one of.
        path: its folder.
    """

    lab: object
    path: Path

    def __repr__(self):
        return f"<run {self.path} of {self.lab.name}>"

    @property
    def result(self):
        """What result.json says: a dict."""
        return json.loads((self.path / "result.json").read_text(encoding="utf-8"))

    def curve(self, tag):
        """The `Curve` of that name in TensorBoard, after the name of the data set: `test/loss`.

        Raises:
            InputError: there is none.
        """
        found = {
            f"{use}/{name}": points
            for use, of_use in results.read_curves(self.path, results.JUDGED).items()
            for name, points in of_use.items()
        }
        if tag not in found:
            known = difflib.get_close_matches(tag, found) or found
            raise InputError(f"{self.path} has no curve {tag!r}: did you mean {_or(known)}?")
        steps, values = found[tag].keys(), found[tag].values()
        return Curve(np.fromiter(steps, np.int64), np.fromiter(values, np.float64))

    def plot(self):
        """The matplotlib figure of the curves that `python -m labs.compare` draws.

        Raises:
            InputError: matplotlib is missing.
        """
        return curves.draw([results.read(self.path)])

    def predict(self, images):
        """The task's answers, as `python -m labs.predict` has them: probabilities, for classes.

        Args:
            images: (n, *shape) or (n, numbers) uint8, as the data files have them.

        Returns:
            An array (n, ...).

        Raises:
            InputError: the images are others.
        """
        return self.trained.answers(_as_rows(self.lab.task.images, images))

    @functools.cached_property
    def trained(self):
        """The `Trained` network, of the newest checkpoint there was when it was first asked for."""
        return trained.restored(self.lab, runs.existing(self.path))


def _or(names):
    *before, last = names
    return f"{', '.join(before)} or {last}" if before else last


def _as_rows(column, images):
    """Images as (n, numbers) uint8.

    Args:
        column: what they should be.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8:
        raise InputError(
            f"The images are {images.dtype}, expected uint8, from 0 to 255 as the data files have "
            "them: numbers x in [-0.5, 0.5) are np.uint8(256 * x + 128)."
        )
    shape = ", ".join(map(str, column.shape))
    if images.shape[1:] not in (column.shape, (column.numbers,)) or not len(images):
        raise InputError(
            f"The images have the shape {images.shape}, expected (n, {shape}) or "
            f"(n, {column.numbers}): a single one is image[None]."
        )
    return images.reshape(len(images), column.numbers)


def train(lab, keywords):
    """Trains a lab as its command would; returns the `TrainedRun`.

    Args:
        lab: the `Lab`.
        keywords: the options, by name.

    Raises:
        InputError: what the command refuses.
        KeyboardInterrupt: Ctrl-C, or a notebook's "interrupt". The run is saved, and goes on with
            `restore=True`.
    """
    lab.check_task()
    given = from_keywords(lab, keywords)
    lab.check_name()
    code = loop.main(lab, given)
    run = TrainedRun(lab, runs.folder_at(given.logs) / lab.name / given.run)
    if code:
        going_on = {"logs": given.logs, "run": given.run, "restore": True}
        stop(code - 128, f"{run.path} is saved; {as_call('lab.train', going_on)} goes on with it")
    return run


def stop(number, sentence):
    """Stops what a signal has stopped, now that all is saved, as the signal stops other programs.

    Raises:
        KeyboardInterrupt: with the sentence.
    """
    if number != signal.SIGINT:
        signal.raise_signal(number)
    raise KeyboardInterrupt(sentence)
