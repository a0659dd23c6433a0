"""study: what the amount of data does for faces never seen, for the perceptron and the CNN.

Trains nn3 and nn4 on 1k and 10k faces, with --full on 100k too, with several seeds each; then
writes the lecture's conclusion as a picture, study.png, and a table, study.md. The runs lie among
the labs' other ones, as logs/nn4/study-10k-seed0. Stopped, the same command goes on where it was:
what is finished is not trained again.

    python -m labs.study
    python -m labs.study --full --seeds 5
"""

import contextlib
import dataclasses
import shlex
import statistics
import subprocess
import sys
from pathlib import Path

from dsutil.atomic import replacing
from dsutil.errors import InputError, exit_with_sentence
from labs import nn3, nn4
from labs.analysis import intervals, plots, results, tables
from labs.training import data_sets
from labs.training.interruption import Interruption
from labs.training.options import Options, Parser, whole

NETWORKS = {nn3.lab: "nn3, the perceptron", nn4.lab: "nn4, the convolutional network"}
TRAIN = ["1k", "10k"]
TRAIN_FULL = [*TRAIN, "100k"]
# Where a lab's own number of iterations would stop too early.
ITERATIONS = {("nn3", "100k"): 60_000}

NOTE = (
    "Means over the seeds; the interval is Student's t interval of the mean on the test set: how "
    "far chance in the initial weights and the order of the images reaches. The time is a run's."
)


def main(arguments=None):
    parser = Parser("python -m labs.study", __doc__)
    parser.add_argument("--full", action="store_true", help="train on 100k, too")
    parser.add_argument(
        "--seeds", type=whole(1, 100), default=3, metavar="N", help="runs a point (default: 3)"
    )
    parser.add_argument(
        "--train", nargs="+", metavar="NAME", help="other data sets to train on, instead of these"
    )
    parser.add_argument("--test", default="test10k", metavar="NAME", help="(default: test10k)")
    parser.add_argument(
        "--iterations", type=whole(1), metavar="N", help="of each run (default: the lab's)"
    )
    parser.add_argument("--databases", default="DataBases", metavar="DIR", help="of the data sets")
    parser.add_argument("--logs", default="logs", metavar="DIR", help="folder of the runs")
    parser.add_argument(
        "--out", metavar="DIR", help="folder of study.png and study.md (default: that of the runs)"
    )
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        sys.exit(study(options, sys.argv[1:] if arguments is None else arguments))


def study(options, words):
    """Trains what is missing and draws the conclusion; returns the exit code."""
    pieces = plan(options)
    if stopped := train_all(pieces, shlex.join(["python", "-m", "labs.study", *words])):
        return stopped
    write_conclusion(pieces, Path(options.out or options.logs))
    return 0


def train_all(pieces, command):
    """Trains the pieces that are not finished; returns the exit code if a signal stopped it, or 0.

    Args:
        command: what goes on with it then.
    """
    waiting = [piece for piece in pieces if not piece.is_finished()]
    if len(waiting) < len(pieces):
        print(f"{len(pieces) - len(waiting)} of {len(pieces)} runs are finished already.")
    for i, piece in enumerate(waiting, 1):
        print(f"\nRun {i} of {len(waiting)}: {piece}", flush=True)
        stopped_by = train(piece)
        if stopped_by:
            print(f"The study stopped; the same command goes on: {command}")
            return 128 + stopped_by
    return 0


@dataclasses.dataclass(frozen=True)
class Piece:
    """A run of a study.

    Attributes:
        lab: a `labs.training.Lab`.
        logs: the folder of all runs.
        asked: the run's options, by name.
        name: the run's.
    """

    lab: object
    logs: str
    asked: dict
    name: str

    def __str__(self):
        return str(self.path)

    @property
    def path(self):
        return Path(self.logs, self.lab.name, self.name)

    def is_finished(self):
        """Whether the run has its result already.

        Raises:
            InputError: there is a run of that name with other options or data.
        """
        if not (self.path / "config.json").exists():
            return False
        result = results.read(self.path)
        for name, found in {**result.options, "data": result.data}.items():
            wanted = self._data_now(result.data) if name == "data" else self.asked.get(name, found)
            goes_on = name == "iterations" and found < wanted
            # Where the data lie does not matter, only what they are.
            if found != wanted and not goes_on and name != "databases":
                raise InputError(
                    f"{self.path} has another value of {name}, {found}, where the study has "
                    f"{wanted}: give the study another --logs, or move that run away."
                )
        return result.finished and result.options["iterations"] == self.asked["iterations"]

    def _data_now(self, data):
        """What config.json would say of the data sets as they are now."""
        now = {}
        columns = self.lab.task.columns
        for use, recorded in data.items():
            paths = [column.path(self.asked["databases"], self.asked[use]) for column in columns]
            # A missing file is for the lab to draw, or to complain of.
            digests = recorded["sha256"] | data_sets.digests(columns, paths)
            now[use] = recorded | {"sha256": digests}
        return now

    def command(self):
        """The lab's command line; it goes on with the run if that has saved something."""
        words = [sys.executable, *self.lab.command.split()[1:]]
        words += ["--logs", self.logs, "--run", self.name]
        given = ["databases", "iterations"]
        if any((self.path / "checkpoints").glob("ckpt-*")):
            words += ["--restore"]
        else:
            given += ["train", "test", "seed"]
        for name in given:
            words += [f"--{name}", str(self.asked[name])]
        return words


def plan(options):
    """The runs of the study, the quick ones first."""
    return [
        piece(lab, train, seed, options)
        for train in options.train or (TRAIN_FULL if options.full else TRAIN)
        for lab in NETWORKS
        for seed in range(options.seeds)
    ]


def piece(lab, train, seed, options):
    """The run of a lab on a data set, with a seed."""
    return Piece(lab, options.logs, asked(lab, train, seed, options), f"study-{train}-seed{seed}")


def asked(lab, train, seed, options):
    """The options of a run."""
    iterations = options.iterations or ITERATIONS.get((lab.name, train), lab.iterations)
    given = {"databases": options.databases, "train": train, "test": options.test, "seed": seed}
    return dataclasses.asdict(Options.of_lab(lab, **given, iterations=iterations))


def train(piece):
    """Trains in a process of its own; returns the number of the signal that stopped it, or None.

    Raises:
        InputError: the run failed; it has said why.
    """
    # In a session of its own, Ctrl-C in the terminal reaches the lab through us only, and once.
    with (
        Interruption() as interruption,
        subprocess.Popen(piece.command(), start_new_session=True) as process,
    ):
        try:
            while process.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=0.2)
                if interruption.number:
                    process.send_signal(interruption.number)
                    process.wait()
        except BaseException:
            process.kill()
            raise
    if process.returncode and not interruption.number:
        raise InputError(
            f"{shlex.join(piece.command())} ended with {process.returncode}; it has said why. The "
            "study goes on from there when it is started again."
        )
    return interruption.number


def write_conclusion(pieces, folder):
    """Prints the table, and writes it and the picture."""
    points = {}
    for piece in pieces:
        points.setdefault((piece.lab, piece.asked["train"]), []).append(results.read(piece.path))
    points = [Point(lab, of_seeds) for (lab, _), of_seeds in points.items()]
    points.sort(key=lambda point: (point.lab.name, point.images))
    rows = [point.row() for point in points]
    print()
    name = points[0].headline.name
    header = ("lab", "images", "seeds", f"train {name}", f"test {name}", "95 % interval", "time")
    for line in tables.aligned(header, rows, left=1):
        print(line)
    print(f"\n{NOTE}")
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / "study.md") as beside:
        lines = [*tables.markdown(header, rows, left=1), "", NOTE, ""]
        beside.write_text("\n".join(lines), encoding="utf-8")
    print(f"{folder / 'study.md'}: written")
    plots.save(draw(points), folder / "study.png")
    print(f"{folder / 'study.png'}: written")


class Point:
    """The runs of a lab on one amount of data, a run for each seed.

    Args:
        lab: a `labs.training.Lab`.
        of_seeds: their results.
    """

    def __init__(self, lab, of_seeds):
        self.lab = lab
        self.images = of_seeds[0].data["train"]["count"]
        self.headline = of_seeds[0].headline
        self.each = [result.reached["test"] for result in of_seeds]
        self.test = statistics.fmean(self.each)
        self.train = statistics.fmean(result.reached["train"] for result in of_seeds)
        self.seconds = statistics.fmean(result.seconds for result in of_seeds)

    def interval(self):
        """Low and high end for the mean on the test set; None where there is one seed only."""
        if len(self.each) == 1:
            return None
        low, high = intervals.student(self.each)
        return (max(low, 0.0), min(high, 1.0)) if self.headline.is_share else (low, high)

    def row(self):
        """The cells of its line in the table."""
        ends = self.interval()
        return (
            self.lab.name,
            f"{self.images:,}",
            str(len(self.each)),
            f"{self.train:.4f}",
            f"{self.test:.4f}",
            f"{ends[0]:.4f} to {ends[1]:.4f}" if ends else "-",
            f"{self.seconds:,.0f} s",
        )


def draw(points):
    """What is reached on the test set against the amount of data: a line a lab, a dot a run."""
    figure, (axes,) = plots.figure()
    for i, (lab, name) in enumerate(NETWORKS.items()):
        line = [point for point in points if point.lab == lab]
        images = [point.images for point in line]
        means = [point.test for point in line]
        axes.plot(images, means, color=f"C{i}", label=name)
        for point in line:
            axes.plot([point.images] * len(point.each), point.each, ".", color=f"C{i}")
            if ends := point.interval():
                bar = [[point.test - ends[0]], [ends[1] - point.test]]
                axes.errorbar(point.images, point.test, bar, color=f"C{i}", capsize=4)
    amounts = sorted({point.images for point in points})
    axes.set_xscale("log")
    axes.set_xticks(amounts, [f"{images:,}" for images in amounts])
    axes.minorticks_off()
    axes.set(
        xlabel="images to train on", ylabel=f"{points[0].headline.name} on images it never saw"
    )
    title = "mean of the seeds with its 95 % t interval; a dot a run"
    figure.legend(frameon=False, loc="outside upper center", ncols=len(NETWORKS), title=title)
    return figure


if __name__ == "__main__":
    main()
