"""What runs have made, read back: their options, what they reached, and their curves."""

import contextlib
import dataclasses
import glob
import io
import json
import logging
import os
import re
from pathlib import Path

import numpy as np

from dsutil.errors import InputError
from labs import runs
from labs.machines import quiet
from labs.tasks.task import Number

USES = ("train", "test")
JUDGED = ("train", "validation", "test")


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
        headline: the `Number` by which its task is judged.
        reached: the last ones on the whole sets, {"train": ..., "test": ...}; None before the
            first.
        best: what was reached at the step that was best on the validation set, {"step": ...,
            use: ...}; None where there is none.
        seconds: what the process that finished the run took; None as long as none has.
    """

    path: Path
    lab: str
    options: dict
    data: dict
    parameters: int
    iterations: int
    headline: Number
    reached: dict = dataclasses.field(default_factory=lambda: dict.fromkeys(USES))
    best: dict | None = None
    seconds: float | None = None

    @property
    def finished(self):
        return self.seconds is not None


def find(place):
    """The folders of the runs in `place`: a run, a folder of runs, one of labs, or a pattern.

    Raises:
        InputError: there is none.
    """
    found = {
        config.parent
        for path in _matching(runs.folder_at(place))
        for depth in ("config.json", "*/config.json", "*/*/config.json")
        for config in path.glob(depth)
    }
    if not found:
        raise InputError(
            f"{place} holds no run: expected a run's folder, with its config.json, a folder of "
            "such folders, or a pattern."
        )
    return sorted(found, key=_as_people_count)


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


def read(folder):
    """What config.json and, where the run has finished, result.json say of the run in a folder.

    Raises:
        InputError: a file is damaged, or of a newer format.
    """
    run = runs.existing(folder)
    with _sound(run.path / "config.json"):
        known = _known(run)
        asked = known.options["iterations"]
    if (run.path / "result.json").exists():
        with _sound(run.path / "result.json"):
            result = json.loads((run.path / "result.json").read_text(encoding="utf-8"))
            reached = {use: 0 + result[f"{use}_{known.headline.name}"] for use in USES}
            done, seconds = 0 + result["iterations"], 0 + result["seconds"]
            best = _best(result, known.headline.name)
        # Otherwise it was restored and goes on.
        if done == asked or result.get("stopped_early"):
            return dataclasses.replace(
                known, iterations=done, reached=reached, best=best, seconds=seconds
            )
    return known


def _best(result, headline):
    """What a finished run says of the step at which it was best."""
    step = result.get("best_iteration")
    if step is None:
        return None
    return {"step": 0 + step} | {use: 0 + result[f"best_{use}_{headline}"] for use in JUDGED}


def _known(run):
    """What a run says before it has finished."""
    config = run.config
    if min(config["data"][use]["count"] for use in USES) < 1:
        raise ValueError("data without an image")
    return Result(
        path=run.path,
        iterations=0,
        headline=Number(**config["task"]["headline"]),
        **{name: config[name] for name in ("lab", "options", "data", "parameters")},
    )


def so_far(result):
    """The result of a run that has not finished, with what its curves tell."""
    curves = read_curves(result.path)
    steps = [step for tags in curves.values() for points in tags.values() for step in points]
    last = {
        use: list(tags[result.headline.name].values())[-1]
        for use, tags in curves.items()
        if result.headline.name in tags
    }
    reached = result.reached | last
    return dataclasses.replace(result, iterations=max(steps, default=0), reached=reached)


@contextlib.contextmanager
def _sound(path):
    """The file is damaged if what is read from it in here fails."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{path} is damaged: expected the JSON that the run wrote.") from None


def read_curves(run, uses=USES):
    """The run's scalars, as TensorBoard loads them: what a restart withdrew is left out.

    Args:
        run: its folder.
        uses: of which data sets.

    Returns:
        {use: {tag: {step: value}}}, the steps in their order.
    """
    return {use: _scalars(Path(run, use)) for use in uses}


def read_pictures(folder, tag):
    """The pictures that a run shows under a tag, as TensorBoard loads them.

    Args:
        folder: where its event files are, such as logs/gan/1/test.

    Returns:
        {step: array (height, width[, 3]) uint8}, the steps in their order; none where there is no
        such tag.
    """
    accumulator = _loaded(folder, images=0)
    if accumulator is None or tag not in accumulator.Tags()["tensors"]:
        return {}
    if accumulator.SummaryMetadata(tag).plugin_data.plugin_name != "images":
        return {}
    from PIL import Image

    return {
        event.step: np.asarray(Image.open(io.BytesIO(event.tensor_proto.string_val[2])))
        for event in accumulator.Tensors(tag)
    }


def _scalars(folder):
    accumulator = _loaded(folder, scalars=0)
    if accumulator is None:
        return {}
    from tensorboard.util import tensor_util

    return {
        tag: {
            event.step: float(tensor_util.make_ndarray(event.tensor_proto))
            for event in accumulator.Tensors(tag)
        }
        for tag in accumulator.Tags()["tensors"]
        if accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "scalars"
    }


def _loaded(folder, **wanted):
    """TensorBoard's loader of a folder's event files; None where there are none.

    Args:
        wanted: how many points to keep of each tag of a plugin, 0 for all; 1 of those not named.
    """
    if not any(folder.glob("*tfevents*")):
        return None
    quiet.load_tensorflow()  # the loader would, with all its messages
    from tensorboard.backend.event_processing import plugin_event_accumulator as loader

    logging.getLogger("tensorboard").setLevel(logging.ERROR)  # it warns of what a restart withdrew
    return loader.EventAccumulator(
        str(folder), size_guidance={loader.TENSORS: 1}, tensor_size_guidance=wanted
    ).Reload()
