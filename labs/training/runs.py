"""A run's folder, `<logs>/<lab>/<run>/`: config.json, curves, checkpoints and result.json."""

import contextlib
import itertools
import json
import platform
from pathlib import Path

from dsutil.errors import InputError
from labs.training.atomic import replacing

FORMAT = 1  # of config.json and of the checkpoints; a run of a newer format is refused


class Run:
    """A run's folder.

    Attributes:
        path: the folder.
        config: what config.json says; an empty dict in a new run until `record` is called.
    """

    def __init__(self, path, config):
        self.path = Path(path)
        self.config = config

    @property
    def checkpoints(self):
        return self.path / "checkpoints"

    @contextlib.contextmanager
    def removed_if_empty(self):
        """Goes around the run: if it fails before it has written anything, no folder is left."""
        try:
            yield
        except BaseException:
            with contextlib.suppress(OSError):
                self.path.rmdir()
            raise

    def record(self, config):
        """Writes config.json: every option, the versions, the data."""
        versions = {
            name: _version(name) for name in ("tensorflow", "keras", "numpy", "tensorboard")
        }
        self.config = (
            {"format": FORMAT}
            | config
            | {"versions": {"python": platform.python_version()} | versions}
        )
        _write_json(self.path / "config.json", self.config)

    def finish(self, result):
        """Writes result.json."""
        _write_json(self.path / "result.json", result)


def start(logs, lab_name, name=None):
    """Makes the folder of a new run, called by the next free number if it has no `name`.

    Raises:
        InputError: there is a run of that name.
        OSError: the folder cannot be made.
    """
    runs = Path(logs, lab_name)
    if name and (runs / name).is_dir() and not _has_checkpoint(runs / name):
        return Run(runs / name, {})  # one that was killed before it had saved anything
    for candidate in [name] if name else map(str, itertools.count(1)):
        try:
            (runs / candidate).mkdir(parents=True)
        except FileExistsError:
            if not runs.is_dir():
                raise
            continue
        return Run(runs / candidate, {})
    raise InputError(
        f"{runs / name} is there already: add --restore to go on with it, or give another --run."
    )


def restore(logs, lab_name, name=None):
    """Opens the run that goes on: the one called `name`, or the one that was worked on last.

    Raises:
        InputError: there is no such run, or it is one of another lab or of a newer format.
    """
    runs = Path(logs, lab_name)
    if name is None:
        begun = [path for path in runs.glob("*/config.json") if _has_checkpoint(path.parent)]
        begun.sort(key=lambda path: path.stat().st_mtime_ns)
        if not begun:
            raise InputError(f"{runs} holds no run to restore: start one without --restore.")
        name = begun[-1].parent.name
    path = runs / name / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        found = config["lab"], config["format"]
        config["data"]["train"], config["data"]["test"], config["precision"]
        if None in config["options"].values():
            raise ValueError("an option without a value")
    except FileNotFoundError:
        there = ", ".join(sorted(path.parent.name for path in runs.glob("*/config.json"))) or "none"
        raise InputError(
            f"{path} is missing, so there is no run to restore; runs there are: {there}."
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            f"{path} is damaged: expected the JSON that the run wrote when it started."
        ) from None
    if found[0] != lab_name:
        raise InputError(
            f"{path.parent} is a run of {found[0]}, and cannot be restored by {lab_name}."
        )
    if not isinstance(found[1], int) or found[1] > FORMAT:
        raise InputError(
            f"{path.parent} is of format {found[1]}, and {FORMAT} is the newest known here: "
            "update the project."
        )
    return Run(path.parent, config)


def _has_checkpoint(run):
    return any((run / "checkpoints").glob("ckpt-*"))


def _version(package):
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:  # TensorFlow has other names, such as tensorflow-cpu
        return getattr(__import__(package), "__version__", "unknown")


def _write_json(path, value):
    with replacing(path) as beside:
        beside.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
