"""The runs of a study: which are to be made, and making them, one after another or side by side."""

import contextlib
import dataclasses
import functools
import json
import logging
import signal
import threading
import time
from pathlib import Path

from dsutil.atomic import replacing
from dsutil.errors import InputError
from labs.analysis import results, side_by_side
from labs.machines import quiet
from labs.training import data_sets, loop
from labs.training.interruption import Interrupted, Interruption
from labs.training.kept import Kept
from labs.training.options import Options, parse

SAID = "said.txt"  # in a run's folder: what the lab said while it trained
DIVERGED = "diverged.json"


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of a run.

    Attributes:
        lab: the `Lab` that it is a run of.
        path: its folder.
        asked: its options, by name.
        reached: the headline of its task on the whole sets, {"train": ..., "test": ...}; empty
            where it diverged.
        headline: the `Number` by which its task is judged.
        iterations: how many were made; 0 where it diverged.
        best: what was reached at the step that was best on the validation set, {"step": ...,
            use: ...}; None where there is no such set.
        seconds: what it took; None where it diverged.
        diverged_at: the iteration at which the loss was no longer finite; None if it stayed so.
    """

    lab: object
    path: Path
    asked: dict
    reached: dict
    headline: object
    iterations: int
    seconds: float | None = None
    diverged_at: int | None = None
    best: dict | None = None

    @property
    def stopped_early(self):
        return self.diverged_at is None and self.iterations < self.asked["iterations"]

    @functools.cached_property
    def curves(self):
        """{"train": {tag: {step: value}}, "test": ...}"""
        return results.read_curves(self.path)


@dataclasses.dataclass(frozen=True)
class Planned:
    """A run of a study.

    Attributes:
        lab: a `labs.training.Lab`.
        logs: the folder of all runs.
        name: the run's.
        variant: what it is one of, as a person reads it.
        given: the options that are not the lab's own, by name.
    """

    lab: object
    logs: str
    name: str
    variant: str
    given: dict

    @property
    def path(self):
        return Path(self.logs, self.lab.name, self.name)

    @property
    def asked(self):
        """All options, by name."""
        return dataclasses.asdict(Options.of_lab(self.lab, **self.given))

    def is_finished(self):
        """Whether the run has its result already.

        Raises:
            InputError: there is a run of that name with other options or data.
        """
        if not (self.path / "config.json").exists():
            return False
        result = results.read(self.path)
        asked = self.asked
        for name, found in {**result.options, "data": result.data}.items():
            wanted = self._data_now(result.data) if name == "data" else asked.get(name, found)
            goes_on = name == "iterations" and found < wanted
            # A run that was restored has noted which one it was.
            any_will_do = name == "precision" and wanted == "auto"
            # Where the data lie does not matter, only what they are; nor what else is written.
            changes = name not in ("databases", "summaries") and not any_will_do
            if found != wanted and not goes_on and changes:
                raise InputError(
                    f"{self.path} has another value of {name}, {found}, where the study has "
                    f"{wanted}: give the study another --logs, or move that run away."
                )
        whole = result.options["iterations"] == asked["iterations"]
        return (result.finished or self._diverged_at() is not None) and whole

    def _data_now(self, data):
        """What config.json would say of the data sets as they are now."""
        now = {}
        asked, columns = self.asked, self.lab.task.columns
        for use, recorded in data.items():
            name = asked[use] or asked["train"]  # of which a share may be held out
            paths = [column.path(asked["databases"], name) for column in columns]
            # A missing file is for the lab to draw, or to complain of.
            digests = recorded["sha256"] | data_sets.digests(columns, paths)
            now[use] = recorded | {"sha256": digests}
        return now

    def _diverged_at(self):
        path = self.path / DIVERGED
        return json.loads(path.read_text())["iteration"] if path.exists() else None

    def words(self):
        """The lab's command line; it goes on with the run if that has saved something."""
        words = ["--logs", self.logs, "--run", self.name]
        given = {"iterations": self.asked["iterations"]} | self.given
        # The index comes last: a process killed early may leave other parts of `ckpt-0`.
        if any((self.path / "checkpoints").glob("ckpt-*.index")):
            words.append("--restore")
            given = {name: given[name] for name in ("databases", "iterations")}
        for name, value in given.items():
            words += [f"--{name.replace('_', '-')}", str(value)]
        return words

    def train(self, kept=None):
        """Trains to the end; returns the number of the signal that stopped it, or None.

        A loss that is no longer finite is an outcome as well: it is noted in the run's folder.

        Args:
            kept: the `Kept` of the process, which saves the work for a graph that is there.

        Raises:
            InputError: the run cannot be made.
        """
        given = parse(self.lab, self.words())  # what is wrong with an option is said aloud
        data_sets.check_there(self.lab.task, Options.of_lab(self.lab, **self.given))
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / DIVERGED).unlink(missing_ok=True)
        with (
            open(self.path / SAID, "a", encoding="utf-8") as said,
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(said),
        ):
            try:
                code = loop.main(self.lab, given, kept)
            except loop.Diverged as diverged:
                print(diverged)
                with replacing(self.path / DIVERGED) as beside:
                    beside.write_text(json.dumps({"iteration": diverged.step}))
                return None
        return code - 128 if code else None

    def draw(self):
        """Draws the data sets that are missing and can be drawn."""
        data_sets.draw(self.lab.task, Options.of_lab(self.lab, **self.given))

    def outcome(self):
        """What came of the run, which is finished."""
        result = results.read(self.path)
        at = self._diverged_at()
        reached = {} if at is not None else result.reached
        seconds = None if at is not None else result.seconds
        return Outcome(
            self.lab, self.path, result.options, reached, result.headline, result.iterations,
            seconds, at, result.best,
        )  # fmt: skip


def check_unchanged(plan):
    """Refuses runs of a variant that is no longer what it was when they began.

    Of each variant the first run is looked at.

    Raises:
        InputError: see the text.
    """
    begun = [run for run in plan if (run.path / "network.json").exists()]
    if begun:
        load_tensorflow()
        from labs.runs import identity
        from labs.training.network import Network
        from labs.training.step import Steps
    for run in {run.variant: run for run in reversed(begun)}.values():
        frozen = run.asked["freeze"]
        options = Options.of_lab(run.lab, precision="float32", strategy="one", freeze=frozen)
        network = Network(run.lab, options)
        Steps(network, run.lab)  # as when the run noted it: this calls layers, too
        now = identity.of(run.lab, network.model)
        if found := identity.differences(run.path, now):
            raise InputError(
                f"{identity.sentence(run.lab, run.path, found)} Bring the script back, move the "
                "runs of that variant away, or give the study another --logs."
            )


def load_tensorflow():
    """Loads TensorFlow for many runs in one process."""
    quiet.load_tensorflow()
    # There is a graph for each variant; TensorFlow would take them for one that is made anew.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


def train_all(plan, command, study, later=0, jobs=1, serving=None):
    """Trains the runs that are not finished.

    Args:
        plan: the `Planned` runs.
        command: what goes on with it then.
        study: its name.
        later: how many runs will follow these.
        jobs: how many are trained at a time.
        serving: the words of the command that `side_by_side` runs for that.

    Raises:
        InputError: a run cannot be made.
        Interrupted: a signal came, whose number it has.
    """
    waiting = [run for run in plan if not run.is_finished()]
    if waiting and len(waiting) < len(plan):
        print(f"{len(plan) - len(waiting)} of {len(plan)} runs are finished already.")
    progress = Progress(len(waiting) + later)
    try:
        with Interruption() as interruption:
            if jobs > 1 and len(waiting) > 1:
                stopped_by = side_by_side.train(waiting, serving, jobs, interruption, progress)
            else:
                stopped_by = _train_each(waiting, study, interruption, progress)
    except KeyboardInterrupt:  # a second one
        stopped_by = signal.SIGINT
    if stopped_by:
        print(f"The study stopped; the same command goes on: {command}")
        raise Interrupted(stopped_by)


def _train_each(waiting, study, interruption, progress):
    """Trains one run after another; returns the number of the signal that stopped it, or None."""
    if waiting:
        quiet.announce(f"{study}: loading TensorFlow")
        load_tensorflow()
    kept = Kept({run.given["seed"] for run in waiting})
    for run in waiting:
        progress.begin(run)
        if stopped_by := run.train(kept) or interruption.number:
            return stopped_by
        progress.end()
    return None


class Progress:
    """Tells how far a study is, a line when a run begins.

    Args:
        count: how many runs there will be.
    """

    def __init__(self, count):
        self._count = count
        self._begun = self._ended = 0
        self._start = time.monotonic()
        self._lock = threading.Lock()  # several may be trained at a time

    def begin(self, run):
        with self._lock:
            self._begun += 1
            said = f"Run {self._begun} of {self._count}: {run.variant}, seed {run.given['seed']}"
            if "learning_rate" in run.given:
                said += f", learning rate {run.given['learning_rate']:g}"
            if self._ended:
                each = (time.monotonic() - self._start) / self._ended
                said += f"; {_duration(each * (self._count - self._ended))} left"
            print(said, flush=True)

    def end(self):
        with self._lock:
            self._ended += 1


def _duration(seconds):
    """A time as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
