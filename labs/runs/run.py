"""A run's folder, `<logs>/<lab>/<run>/`: config.json, curves, checkpoints and result.json."""

import contextlib
import errno
import itertools
import json
import os
import platform
import re
import shutil
from pathlib import Path

from dsutil.atomic import replacing
from dsutil.errors import InputError
from labs.runs import config as configs
from labs.runs.lock import locked

CLOCK = ("seconds", "timed_images", "timed_seconds")  # what clock.json tells
LONGEST_NAME = 120  # of what a run writes: an event file's name has the computer's in it


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
    def worked_on(self):
        """Goes around the run: keeps other processes out of its folder.

        If the run fails before it has written anything, no folder is left.

        Raises:
            InputError: another process works on the run.
        """
        try:
            with locked(self.path / "lock") as self.check_it_is_there:
                for left in self.path.glob(".*.part"):  # by a process that was killed
                    left.unlink()
                shutil.rmtree(self.checkpoints / ".part", ignore_errors=True)
                yield
        except BaseException as error:
            with contextlib.suppress(OSError):
                self.path.rmdir()
                self.path.parent.rmdir()
            of_tensorflow = hasattr(error, "error_code")  # which is not imported here
            if of_tensorflow and str(self.path) in str(error):
                raise InputError(f"{self.path} cannot be written: {reason(error)}.") from None
            raise

    def record(self, config):
        """Writes config.json: every option, the versions, the data.

        Deletes an earlier result: the run goes on.
        """
        versions = {
            name: _version(name) for name in ("tensorflow", "keras", "numpy", "tensorboard")
        }
        self.config = (
            {"format": configs.FORMAT}
            | config
            | {"versions": {"python": platform.python_version()} | versions}
        )
        _write_json(self.path / "config.json", self.config)
        (self.path / "result.json").unlink(missing_ok=True)

    def finish(self, result):
        """Writes result.json."""
        _write_json(self.path / "result.json", result)

    def keep_clock(self, state):
        """Writes clock.json: how long the run has trained, in all its processes."""
        _write_json(self.path / "clock.json", state)

    def clock(self):
        """What `keep_clock` wrote last; None in a new run, and in one of before there was one."""
        try:
            state = json.loads((self.path / "clock.json").read_text(encoding="utf-8"))
            return {key: float(state[key]) for key in CLOCK}
        except (OSError, ValueError, KeyError, TypeError):
            return None  # it only tells the time


def start(logs, lab_name, name=None):
    """Makes the folder of a new run, called by the next free number if it has no `name`.

    Raises:
        InputError: there is a run of that name, or the path leaves no room for its files' names.
        OSError: the folder cannot be made.
    """
    runs = folder_at(logs) / lab_name
    _check_length(runs / (name or "1"))
    if name and (runs / name).is_dir() and not _has_begun(runs / name):
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
    runs = folder_at(logs) / lab_name
    if name is None:
        begun = [path for path in runs.glob("*/config.json") if _has_begun(path.parent)]
        begun.sort(key=lambda path: path.stat().st_mtime_ns)
        if not begun:
            raise InputError(f"{runs} holds no run to restore: start one without --restore.")
        name = begun[-1].parent.name
    run = existing(runs / name)
    if run.config["lab"] != lab_name:
        raise InputError(
            f"{run.path} is a run of {run.config['lab']}, and cannot be restored by {lab_name}."
        )
    return run


def existing(folder):
    """Opens the run that has this folder.

    Raises:
        InputError: there is none, its config.json is damaged, or it is one of a newer format.
    """
    path = folder_at(folder) / "config.json"
    try:
        return Run(path.parent, configs.read(path))
    except (FileNotFoundError, NotADirectoryError):
        runs = [run.parent for run in path.parent.glob("*/config.json")]  # one level too high
        runs = runs or [run.parent for run in path.parent.parent.glob("*/config.json")]
        there = ", ".join(map(str, sorted(runs))) or "none"
        raise InputError(
            f"{path} is missing, so there is no run; runs there are: {there}."
        ) from None


def folder_at(path):
    """A folder that the user named, by a path in which TensorFlow sees what the system does.

    TensorFlow drops `link/..` from a path; the system goes up from where the link leads.

    Raises:
        InputError: TensorFlow and TensorBoard cannot open it.
    """
    path = Path(path)
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{str(path)!r} is not written in UTF-8, and TensorFlow opens no other path: give the "
            "folder another name."
        ) from None
    real = os.path.realpath(path)
    return path if real == os.path.realpath(os.path.normpath(path)) else Path(real)


def _check_length(run):
    """Refuses a path before anything is written below it that the system would not open."""
    try:
        os.lstat(run / ("x" * LONGEST_NAME))
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise InputError(
                f"{run}: the path is too long for the system: give --logs a shorter one."
            ) from None


def _has_begun(run):
    """Whether the run has saved anything; a process killed early may leave a part of `ckpt-0`."""
    checkpoints = run / "checkpoints"
    return (checkpoints / "ckpt-0.index").exists() or any(checkpoints.glob("ckpt-[1-9]*"))


def _version(package):
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:  # TensorFlow has other names, such as tensorflow-cpu
        return getattr(__import__(package), "__version__", "unknown")


def reason(error):
    """What the system said, of all that is said about a file that cannot be written."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    told = str(error).partition(" [Op:")[0]
    return re.sub(r"(?s).*; ", "", told).splitlines()[0]  # TensorFlow puts the path before it


def _write_json(path, value):
    with replacing(path) as beside:
        beside.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
