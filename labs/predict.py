"""predict: a trained run's answers on photographs, or on rows of a data set.

    python -m labs.predict logs/nn4/1 photograph.jpg another.png --montage seen.png
    python -m labs.predict logs/nn4/1 --data test10k --rows 0:10
    python -m labs.predict logs/nn4/1 --evaluate test10k --json

In a photograph the face is found, cropped and made grey as `python -m dsutil photos` does it. One
that cannot be used, or that the network has no answer for, costs that picture only; the exit code
is 2 if none was answered.
"""

import argparse
import contextlib
import dataclasses
import json
import math
import re
import sys
import unicodedata
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dsutil import CLASSES, DataSet, InputError, binary, databases
from dsutil.binary import pair_paths
from dsutil.errors import exit_with_sentence
from dsutil.photos.photo import printable
from labs import catalogue, runs
from labs.tasks.confusion import Confusion
from labs.training import options

ROWS = 10  # of --data where --rows does not say
NOT_PHOTOGRAPHS = (
    "This run was trained on drawn faces, so its probabilities hold for faces like those and not "
    "for photographs: train on photographs, which `python -m dsutil photos` prepares."
)


@dataclasses.dataclass
class Picture:
    """A picture that was asked about.

    Attributes:
        name: its path, or its row.
        face: (2304,) uint8, what the network sees; None if the picture cannot be used.
        unusable: why it cannot be used.
        label: its class, where that is known.
        answer: the class that the network answered; None if it has no answer.
        unanswered: why it has none.
        probabilities: (2,), of each class.
    """

    name: str
    face: np.ndarray | None = None
    unusable: str | None = None
    label: int | None = None
    answer: int | None = None
    unanswered: str | None = None
    probabilities: np.ndarray | None = None


class TrainingSet(NamedTuple):
    """What a run was trained on: the data set's name and size, and whether its faces are drawn."""

    name: str
    count: int
    drawn: bool | None  # None where nothing tells

    def __str__(self):
        return f"{printable(self.name)}, {self.count:,} {'drawn ' if self.drawn else ''}faces"


def parse(arguments):
    parser = options.Parser("python -m labs.predict", __doc__)
    parser.add_trained()
    parser.add_argument("pictures", nargs="*", metavar="PICTURE", help="photographs")
    parser.add_argument(
        "--no-detect", dest="detect", action="store_false", help="crop the centre, look for no face"
    )
    parser.add_argument("--data", metavar="NAME", help="answer on data_NAME.bin")
    parser.add_argument(
        "--rows", type=_rows, metavar="A:B", help=f"rows of --data (default: the first {ROWS})"
    )
    parser.add_argument(
        "--evaluate", metavar="NAME", help="accuracy, precision and recall on all of data_NAME.bin"
    )
    parser.add_argument(
        "--databases", metavar="DIR", help="folder of the binary files (default: the run's)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--montage", type=_png, metavar="PNG", help="write a picture of the faces and answers"
    )
    chosen = parser.parse_intermixed_args(arguments)
    if not (chosen.pictures or chosen.data or chosen.evaluate):
        parser.error("nothing to answer: expected photographs, --data or --evaluate")
    if chosen.rows and not chosen.data:
        parser.error("--rows are those of a data set: expected --data as well")
    if chosen.montage and not (chosen.pictures or chosen.data):
        parser.error("--montage shows pictures: expected photographs or --data as well")
    return chosen


def main(arguments=None):
    """Answers as `arguments` (`sys.argv` if None) say; returns the exit code."""
    try:
        with exit_with_sentence():
            return predict(parse(arguments))
    except SystemExit as exit_:
        return exit_.code


def predict(chosen):
    """Prints what was asked for; returns the exit code."""
    with contextlib.redirect_stdout(sys.stderr):  # of what is said on the way
        report = Report(chosen)
    if chosen.json:
        print(json.dumps(report.as_json(), indent=2, allow_nan=False))
    else:
        if report.warning:
            print(f"warning: {report.warning}", file=sys.stderr)
        print("\n".join(report.lines()))
    return 2 if report.pictures and not report.answered else 0


class Report:
    """What a run answers.

    Attributes:
        pictures: list of `Picture`, all that were asked about.
        used: those of them that could be used.
        trained_on: the `TrainingSet` of the run.
        warning: what to know of the answers on these pictures, or None.
        evaluation: the `Confusion` on the data set that was asked for, or None.
    """

    def __init__(self, chosen):
        self.run = runs.existing(chosen.run)
        lab = catalogue.lab_of(self.run)
        self.lab_name, self.evaluated = lab.name, chosen.evaluate
        folder = chosen.databases or self.run.config["options"].get("databases")
        self.pictures = list(photographs(chosen.pictures, chosen.detect))
        if chosen.data:
            self.pictures += rows_of(open_data(folder, chosen.data), chosen.data, chosen.rows)
        to_evaluate = open_data(folder, chosen.evaluate) if chosen.evaluate else None
        self.used = [picture for picture in self.pictures if picture.face is not None]
        self.trained_on = training_set(self.run)
        self.warning = NOT_PHOTOGRAPHS if chosen.pictures and self.trained_on.drawn else None

        from labs.analysis.trained import Trained

        self.trained = Trained(lab, self.run, chosen.checkpoint)
        if self.used:
            answer(self.trained, self.used)
        self.evaluation = None
        if to_evaluate:
            labels = np.argmax(to_evaluate.labels, axis=1)
            self.evaluation = Confusion(labels, to_evaluate.answers(self.trained.scores))
        if chosen.montage and self.used:
            save_montage(chosen.montage, self.used)

    @property
    def answered(self):
        """Those of the pictures that the network has an answer for."""
        return [picture for picture in self.used if picture.answer is not None]

    def lines(self):
        """The report as lines of text."""
        trained = self.trained
        yield (
            f"{printable(trained.checkpoint)}: {self.lab_name} after {trained.iterations} "
            f"iterations, trained on {self.trained_on}"
        )
        if self.pictures:
            names = [printable(picture.name) for picture in self.pictures]
            width = max(map(columns, ["picture", *names]))
            yield f"{'picture':<{width}}  answer  probability"
            for name, picture in zip(names, self.pictures, strict=True):
                yield name + " " * (width - columns(name)) + "  " + told(picture)
        if self.evaluation:
            yield (
                f"{self.evaluated}: {self.evaluation.matrix.sum():,} images, "
                f"accuracy {self.evaluation.accuracy:.4f}"
            )
            yield from self.evaluation.lines()

    def as_json(self):
        """The report as what JSON can say."""
        report = {
            "run": str(self.run.path),
            "lab": self.lab_name,
            "checkpoint": self.trained.checkpoint,
            "iterations": self.trained.iterations,
            "trained_on": self.trained_on._asdict(),
            "classes": CLASSES,
        }
        if self.warning:
            report["warning"] = self.warning
        if self.pictures:
            report["pictures"] = [answer_as_json(picture) for picture in self.pictures]
        if self.evaluation:
            report["evaluation"] = {"data": self.evaluated} | self.evaluation.as_json()
        return report


def photographs(paths, detect):
    """Yields a `Picture` for each path."""
    if paths:
        from dsutil.photos import photo
    for path in paths:
        try:
            yield Picture(path, face=photo.face(path, detect=detect).reshape(-1))
        except photo.Unusable as error:
            yield Picture(path, unusable=f"{error.reason}: {error.found}")


def open_data(folder, name):
    """The data set of that name; a drawn one is drawn first if it is missing."""
    if not isinstance(folder, str):
        raise InputError("The run's config.json names no folder of data sets: give --databases.")
    if databases.must_draw(folder, name):
        from labs.machines import quiet

        quiet.load_tensorflow()  # quietly: the progress bar is Keras's
    return DataSet(*databases.find(folder, name))


def rows_of(dataset, name, rows):
    """A `Picture` for each of the rows, (first, end), of a data set; the first ROWS if None."""
    first, end = rows or (0, min(ROWS, dataset.count))
    end = dataset.count if end is None else end
    if not first < end <= dataset.count:
        raise InputError(
            f"{dataset.data_path} has rows 0:{dataset.count}: found --rows {first}:{end}."
        )
    faces, labels = dataset.read(first, end), dataset.labels[first:end].argmax(axis=1)
    return [
        Picture(f"{name} row {row}", face=face, label=int(label))
        for row, face, label in zip(range(first, end), faces, labels, strict=True)
    ]


def training_set(run):
    """The `TrainingSet` of a run.

    Raises:
        InputError: its config.json is damaged.
    """
    recorded, given = run.config["data"]["train"], run.config["options"]
    try:
        name, count = str(given["train"]), int(recorded["count"])
        if "drawn" in recorded:
            return TrainingSet(name, count, bool(recorded["drawn"]))
        drawn = _drawn(given["databases"], name, recorded["images_sha256"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError(
            f"{run.path / 'config.json'} is damaged: expected what the run was trained on."
        ) from None
    return TrainingSet(name, count, drawn)


def _drawn(folder, name, digest):
    """True where a run that does not say so was trained on drawn faces; None where it may be."""
    images, _ = pair_paths(folder, name)
    drawn = Path(folder, databases.MARK).exists() and images.exists()
    return True if drawn and binary.digest(images) == digest else None


def answer(trained, pictures):
    """Puts the network's answers into the pictures."""
    faces = np.stack([picture.face for picture in pictures])
    for picture, one, probabilities in zip(pictures, *trained.answers(faces), strict=True):
        picture.probabilities = probabilities
        picture.unanswered = why_unanswered(probabilities)
        if not picture.unanswered:
            picture.answer = int(one)


def why_unanswered(probabilities):
    """Why there is no class with the highest probability; None if there is one."""
    if not np.isfinite(probabilities).all():
        return "the network's scores are no numbers"
    if np.ptp(probabilities) == 0:
        return "the network gives both classes the same score"
    return None


def told(picture):
    """A picture's answer and its probability, or why there is none."""
    if picture.unusable:
        return f"not used: {picture.unusable}"
    if picture.unanswered:
        return f"no answer: {picture.unanswered}"
    text = f"{CLASSES[picture.answer]:<6}  {picture.probabilities[picture.answer]:.4f}"
    wrong = picture.label is not None and picture.label != picture.answer
    return f"{text}  (labelled {CLASSES[picture.label]})" if wrong else text


def answer_as_json(picture):
    """The same for JSON: null where there is no answer, and for a probability that is no number."""
    if picture.unusable:
        return {"picture": picture.name, "unusable": picture.unusable}
    probabilities = [p if math.isfinite(p) else None for p in picture.probabilities.tolist()]
    why = {"unanswered": picture.unanswered} if picture.unanswered else {}
    known = {} if picture.label is None else {"label": CLASSES[picture.label]}
    return (
        {
            "picture": picture.name,
            "answer": None if picture.answer is None else CLASSES[picture.answer],
            "probabilities": dict(zip(CLASSES, probabilities, strict=True)),
        }
        | why
        | known
    )


def save_montage(path, pictures):
    """Writes the picture of the faces and the answers."""
    from dsutil import montage

    montage.save(path, [picture.face for picture in pictures], list(map(caption, pictures)))


def caption(picture):
    """What stands below a picture's face."""
    from dsutil.montage import Caption

    name = picture.name.replace("\\", "/").rpartition("/")[2]
    if picture.unanswered:
        return Caption(name, "no answer", wrong=True)
    text = f"{CLASSES[picture.answer]} {picture.probabilities[picture.answer]:.2f}"
    return Caption(name, text, wrong=picture.label not in (None, picture.answer))


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
