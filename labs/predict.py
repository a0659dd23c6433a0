"""predict: a trained run's answers on photographs, or on rows of a data set.

    python -m labs.predict logs/nn4/1 photograph.jpg another.png --montage seen.png
    python -m labs.predict logs/nn4/1 --data test10k --rows 0:10
    python -m labs.predict logs/nn4/1 --evaluate test10k --json
    python -m labs.predict logs/detection/1 --data testscenes2k --match logs/embedding/1

In a photograph the face is found, cropped and made grey as `python -m dsutil photos` does it; a
network that looks at scenes sees all of it. One that cannot be used, or that the network has no
answer for, costs that picture only; the exit code is 2 if none was answered.

With --match the faces that a detector finds are cut out, and what another run has learned tells
which of them are of the same person.
"""

import argparse
import contextlib
import dataclasses
import json
import re
import sys
import unicodedata

import numpy as np

from dsutil import InputError
from dsutil.errors import exit_with_sentence
from dsutil.photos.photo import printable
from labs import catalogue, runs
from labs.runs.training_set import TrainingSet, training_set
from labs.tasks.task import by_image
from labs.training import data_sets
from labs.training.options import Parser

ROWS = 10  # of --data where --rows does not say
COMPARED = 5  # pictures, at most, that are told of beside one another
NOT_PHOTOGRAPHS = (
    "This run was trained on drawn {0}, so its answers hold for {0} like those and not for "
    "photographs"
)
REMEDIES = {"faces": ": train on photographs, which `python -m dsutil photos` prepares."}


@dataclasses.dataclass
class Picture:
    """A picture that was asked about.

    Attributes:
        name: its path, or its row.
        image: (*shape,) uint8, what the network sees; None if the picture cannot be used.
        unusable: why it cannot be used.
        truth: what is true of it, as the task knows it; None where that is not known.
        answer: the network's, as the task has it.
        unanswered: why that is none; None if it is one.
    """

    name: str
    image: np.ndarray | None = None
    unusable: str | None = None
    truth: tuple | None = None
    answer: np.ndarray | None = None
    unanswered: str | None = None

    @property
    def is_answered(self):
        return self.answer is not None and self.unanswered is None


def parse(arguments):
    parser = Parser("python -m labs.predict", __doc__)
    parser.add_trained()
    parser.add_argument("pictures", nargs="*", metavar="PICTURE", help="photographs")
    parser.add_argument(
        "--no-detect", dest="detect", action="store_false", help="crop the centre, look for no face"
    )
    parser.add_argument("--data", metavar="NAME", help="answer on data_NAME.bin")
    parser.add_argument(
        "--rows", type=_rows, metavar="A:B", help=f"rows of --data (default: the first {ROWS})"
    )
    parser.add_argument("--evaluate", metavar="NAME", help="how it does on all of data_NAME.bin")
    parser.add_argument(
        "--databases", metavar="DIR", help="folder of the binary files (default: the run's)"
    )
    parser.add_argument(
        "--match", metavar="RUN", help="match the faces that are found, by this run's vectors"
    )
    parser.add_argument(
        "--register", metavar="RUN", help="for --match: turn faces upright by this run's points"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--montage", type=_png, metavar="PNG", help="write a picture of the faces and answers"
    )
    given = parser.parse_intermixed_args(arguments)
    if not (given.pictures or given.data or given.evaluate):
        parser.error("nothing to answer: expected photographs, --data or --evaluate")
    if given.rows and not given.data:
        parser.error("--rows are those of a data set: expected --data as well")
    if given.match and not (given.pictures or given.data):
        parser.error("--match is of faces in pictures: expected photographs or --data as well")
    if given.register and not given.match:
        parser.error("--register is a step before matching: expected --match as well")
    if given.montage and not (given.pictures or given.data):
        parser.error("--montage shows pictures: expected photographs or --data as well")
    return given


def main(arguments=None):
    """Answers as `arguments` (`sys.argv` if None) say; returns the exit code."""
    try:
        with exit_with_sentence():
            return predict(parse(arguments))
    except SystemExit as exit_:
        return exit_.code


def predict(given):
    """Prints what was asked for; returns the exit code."""
    with contextlib.redirect_stdout(sys.stderr):  # of what is said on the way
        report = answer_all(given)
    if given.montage and report.used:
        save_montage(given.montage, report)
    if given.json:
        print(json.dumps(report.as_json(), indent=2, allow_nan=False))
    else:
        if report.warning:
            print(f"warning: {report.warning}", file=sys.stderr)
        print("\n".join(report.lines()))
    return 2 if report.pictures and not any(p.is_answered for p in report.pictures) else 0


def answer_all(given):
    """The `Report` of what was asked for.

    Raises:
        InputError: the run, its checkpoint, or a data set that was named cannot be used.
    """
    run = runs.existing(given.run)
    lab = catalogue.lab_of(run)
    folder = given.databases or run.config["options"].get("databases")
    pictures = list(photographs(lab.task, given.pictures, given.detect))
    if given.data:
        pictures += rows_of(open_data(lab.task, folder, given.data), given.data, given.rows)
    to_evaluate = open_data(lab.task, folder, given.evaluate) if given.evaluate else None
    trained_on = training_set(run)

    from labs.analysis import people
    from labs.analysis.trained import restored

    matcher = people.of_runs(lab.task, given, catalogue.lab_of) if given.match else None
    trained = restored(lab, run, given.checkpoint)
    report = Report(run, trained, trained_on, pictures)
    answer(trained, report.used)
    if to_evaluate:
        report.evaluated, report.evaluation = given.evaluate, trained.evaluate(to_evaluate)
    if given.pictures:
        report.pairs = list(compared(trained, run, folder, report.used))
    if matcher:
        report.people = matcher.people(report.used)
    if given.pictures and trained_on.drawn:
        what = lab.task.images.what
        report.warning = NOT_PHOTOGRAPHS.format(what) + REMEDIES.get(what, ".")
    return report


@dataclasses.dataclass
class Report:
    """What a run answers.

    Attributes:
        run: the `Run`.
        trained: its `Trained` network.
        trained_on: the `TrainingSet` of the run.
        pictures: list of `Picture`, all that were asked about.
        evaluated, evaluation: the name of the data set that was asked for and the `Evaluation` on
            it, or None.
        pairs: what the task says of a few pictures beside one another.
        people: the `labs.analysis.people.People` that were found, or None where nobody asked.
        warning: what to know of the answers on these pictures, or None.
    """

    run: runs.Run
    trained: object
    trained_on: TrainingSet
    pictures: list
    evaluated: str | None = None
    evaluation: object = None
    pairs: tuple = ()
    people: object = None
    warning: str | None = None

    @property
    def task(self):
        return self.trained.lab.task

    @property
    def used(self):
        """Those of the pictures that could be used."""
        return [picture for picture in self.pictures if picture.image is not None]

    def lines(self):
        """The report as lines of text."""
        trained = self.trained
        yield (
            f"{printable(trained.checkpoint)}: {trained.lab.name} after {trained.iterations} "
            f"iterations, trained on {self.trained_on.told(self.task.images.what)}"
        )
        if self.pictures:
            names = [printable(picture.name) for picture in self.pictures]
            width = max(map(columns, ["picture", *names]))
            yield f"{'picture':<{width}}  {self.task.header}"
            for name, picture in zip(names, self.pictures, strict=True):
                yield name + " " * (width - columns(name)) + "  " + self.told(picture)
            yield from map(str, self.pairs)
        if self.people:
            yield from self.people.lines()
        if self.evaluation:
            count, headline = len(self.evaluation.losses), self.task.headline
            number = headline.told(self.evaluation.headline)
            yield f"{self.evaluated}: {count:,} images, {headline.name} {number}"
            yield from self.task.lines(self.evaluation.measured, self.evaluation.truths)

    def told(self, picture):
        """The answer for a picture, or why there is none."""
        if picture.unusable:
            return f"not used: {picture.unusable}"
        if picture.unanswered:
            return f"no answer: {picture.unanswered}"
        return self.task.told(picture.image, picture.answer, picture.truth)

    def as_json(self):
        """The report as what JSON can say."""
        report = {
            "run": str(self.run.path),
            "lab": self.trained.lab.name,
            "checkpoint": self.trained.checkpoint,
            "iterations": self.trained.iterations,
            "trained_on": self.trained_on._asdict(),
            **self.task.vocabulary(),
        }
        if self.warning:
            report["warning"] = self.warning
        if self.pictures:
            report["pictures"] = [self._as_json(picture) for picture in self.pictures]
        if self.pairs:
            report["pairs"] = [pair._asdict() for pair in self.pairs]
        if self.people:
            report["people"] = self.people.as_json()
        if self.evaluation:
            said = self.task.as_json(self.evaluation.measured, self.evaluation.truths)
            report["evaluation"] = {"data": self.evaluated} | said
        return report

    def _as_json(self, picture):
        named = {"picture": picture.name}
        if picture.unusable:
            return named | {"unusable": picture.unusable}
        said = self.task.answer_as_json(picture.image, picture.answer, picture.truth)
        return named | said | ({"unanswered": picture.unanswered} if picture.unanswered else {})


def photographs(task, paths, detect):
    """Yields a `Picture` for each path.

    Raises:
        InputError: the task's images are nothing that a photograph can be made into.
    """
    if not paths:
        return
    from dsutil.photos import photo

    height, *others = task.images.shape
    if others != [height]:
        shape = "x".join(map(str, task.images.shape))
        raise InputError(
            f"The run's images are of {shape} bytes, and photographs are made into grey squares: "
            "write them into a data set yourself and name it with --data."
        )

    def seen(path, size):
        if task.images.what == "scenes":
            return photo.scene(path, size)
        return photo.face(path, size, detect)

    for path in paths:
        try:
            yield Picture(path, image=seen(path, height))
        except photo.Unusable as error:
            yield Picture(path, unusable=f"{error.reason}: {error.found}")


def open_data(task, folder, name):
    """The data set of that name; a drawn one is drawn first if it is missing."""
    if not isinstance(folder, str):
        raise InputError("The run's config.json names no folder of data sets: give --databases.")
    return data_sets.open_one(task, folder, name)


def rows_of(dataset, name, rows):
    """A `Picture` for each of the rows, (first, end), of a data set; the first ROWS if None."""
    first, end = rows or (0, min(ROWS, dataset.count))
    end = dataset.count if end is None else end
    if not first < end <= dataset.count:
        raise InputError(
            f"{dataset.paths[0]} has rows 0:{dataset.count}: found --rows {first}:{end}."
        )
    images = dataset.read(first, end).reshape(-1, *dataset.columns[0].shape)
    truths = by_image(dataset.read_truths(first, end), end - first)
    return [
        Picture(f"{name} row {row}", image=image, truth=truth)
        for row, image, truth in zip(range(first, end), images, truths, strict=True)
    ]


def answer(trained, pictures):
    """Puts the network's answers into the pictures."""
    if not pictures:
        return
    images = np.stack([picture.image.reshape(-1) for picture in pictures])
    for picture, one in zip(pictures, trained.answers(images), strict=True):
        picture.answer, picture.unanswered = one, trained.lab.task.why_none(one)


def compared(trained, run, folder, pictures):
    """Yields what the task says of a few pictures beside one another."""

    def measured():
        dataset = open_data(trained.lab.task, folder, run.config["options"]["test"])
        return trained.evaluate(dataset).measured

    answered = [picture for picture in pictures if picture.is_answered]
    if 1 < len(answered) <= COMPARED:
        names = [printable(picture.name) for picture in answered]
        answers = [picture.answer for picture in answered]
        yield from trained.lab.task.compared(names, answers, measured)


def save_montage(path, report):
    """Writes the picture of the images and the answers."""
    from dsutil import montage

    captions = [_caption(report, picture) for picture in report.used]
    shown = [
        report.people.picture(picture)
        if report.people
        else report.task.picture(picture.image, picture.answer, picture.truth)
        if picture.is_answered
        else picture.image
        for picture in report.used
    ]
    montage.save(path, shown, captions)


def _caption(report, picture):
    """What stands below a picture."""
    from dsutil.montage import Caption

    name = picture.name.replace("\\", "/").rpartition("/")[2]
    if picture.unanswered:
        return Caption(name, "no answer", wrong=True)
    if report.people:
        return Caption(name, report.people.caption(picture))
    said = report.task.caption(picture.image, picture.answer, picture.truth)
    return Caption(name, said.answer, wrong=bool(said.wrong))


def columns(text):
    """How many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )


def _rows(text):
    """`0:10`, `590:` or `7` as (first, end); the end is None where it is the data set's."""
    match = re.fullmatch(r"(\d{1,15})(:(\d{1,15})?)?", text)
    if not match:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected rows such as 0:10")
    first = int(match[1])
    if match[2] is None:
        return first, first + 1
    return first, int(match[3]) if match[3] else None


def _png(text):
    if not text.lower().endswith(".png"):
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a name that ends in .png")
    return text


if __name__ == "__main__":
    sys.exit(main())
