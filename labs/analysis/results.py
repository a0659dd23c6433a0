"""What runs have made, read back: their options, what they reached, and their curves."""

import contextlib
import dataclasses
import glob
import json
import logging
import os
import re
from pathlib import Path

from dsutil.errors import InputError
from labs.machines import quiet
from labs.runs import FORMAT, folder_at


@dataclasses.dataclass(frozen=True)
class Result:
    """What is known of a run.

    Attributes:
        path: its folder.
        lab: the name of its lab.
        options: those it was started with, by name.
        data: {"train": ..., "test": ...}, each with the `count` and the digests of its images.
        parameters: how many the network has.
        iterations: how many are done.
        train_accuracy, test_accuracy: the last ones on the whole sets; None before the first.
        seconds: what the process that finished the run took; None as long as none has.
    """

    path: Path
    lab: str
    options: dict
    data: dict
    parameters: int
    iterations: int
    train_accuracy: float | None = None
    test_accuracy: float | None = None
    seconds: float | None = None

    @property
    def finished(self):
        return self.seconds is not None


def find(place):
    """The folders of the runs in `place`: a run, a folder of runs, one of labs, or a pattern.

    Raises:
        InputError: there is none.
    """
    runs = {
        config.parent
        for path in _matching(folder_at(place))
        for depth in ("config.json", "*/config.json", "*/*/config.json")
        for config in path.glob(depth)
    }
    if not runs:
        raise InputError(
            f"{place} holds no run: expected a run's folder, with its config.json, a folder of "
            "such folders, or a pattern."
        )
    return sorted(runs, key=_as_people_count)


def _matching(path):
    """The path if it exists, otherwise what it is a pattern for.

    What exists of it is no pattern: in `logs [1]/nn4/study-*` only the last part is one.
    """
    there = next(part for part in (path, *path.parents) if part.exists())
    pattern = os.path.join(glob.escape(str(there)), *path.relative_to(there).parts)
    return [Path(found) for found in glob.glob(pattern)]


def _as_people_count(path):
    """Sorts 2 before 10."""
    parts = re.split(r"([0-9]+)", str(path))  # every second one is a number
    return [int(part) if i % 2 else part for i, part in enumerate(parts)]


def read(run):
    """What config.json and, where the run has finished, result.json say of the run in a folder.

    Raises:
        InputError: a file is damaged, or of a newer format.
    """
    run = Path(run)
    with _read_json(run / "config.json") as config:
        if config["format"] > FORMAT:
            raise InputError(
                f"{run} is of format {config['format']}, and {FORMAT} is the newest known here: "
                "update the project."
            )
        asked = config["options"]["iterations"]
        names = ("lab", "options", "data", "parameters")
        known = Result(path=run, iterations=0, **{name: config[name] for name in names})
        if min(known.data[use]["count"] for use in ("train", "test")) < 1:
            raise ValueError("data without an image")
    if (run / "result.json").exists():
        with _read_json(run / "result.json") as result:
            names = ("iterations", "train_accuracy", "test_accuracy", "seconds")
            reached = {name: 0 + result[name] for name in names}
        if reached["iterations"] == asked:  # otherwise it was restored and goes on
            return dataclasses.replace(known, **reached)
    return known


def so_far(result):
    """The result of a run that has not finished, with what its curves tell."""
    curves = read_curves(result.path)
    steps = [step for tags in curves.values() for points in tags.values() for step in points]
    last = {
        f"{use}_accuracy": list(tags["accuracy"].values())[-1]
        for use, tags in curves.items()
        if "accuracy" in tags
    }
    return dataclasses.replace(result, iterations=max(steps, default=0), **last)


@contextlib.contextmanager
def _read_json(path):
    """What a JSON file says; it is damaged if that, or what is read from it inside, fails."""
    try:
        yield json.loads(path.read_text(encoding="utf-8"))
    except InputError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{path} is damaged: expected the JSON that the run wrote.") from None


def read_curves(run):
    """The run's scalars, as TensorBoard loads them: what a restart withdrew is left out.

    Returns:
        {"train": {tag: {step: value}}, "test": ...}, the steps in their order.
    """
    return {use: _scalars(Path(run, use)) for use in ("train", "test")}


def _scalars(folder):
    if not any(folder.glob("*tfevents*")):
        return {}
    quiet.load_tensorflow()  # the loader would, with all its messages
    from tensorboard.backend.event_processing import plugin_event_accumulator as loader
    from tensorboard.util import tensor_util

    logging.getLogger("tensorboard").setLevel(logging.ERROR)  # it warns of what a restart withdrew
    accumulator = loader.EventAccumulator(
        str(folder),
        size_guidance={loader.TENSORS: 1},  # pictures and histograms are not wanted
        tensor_size_guidance={"scalars": 0},  # of curves every point
    ).Reload()
    return {
        tag: {
            event.step: float(tensor_util.make_ndarray(event.tensor_proto))
            for event in accumulator.Tensors(tag)
        }
        for tag in accumulator.Tags()[loader.TENSORS]
        if accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "scalars"
    }
