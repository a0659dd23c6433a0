"""matching: who is in a group twice? Detection, registration, embedding, matching.

Draws groups, in which a person may be more than once. A detector finds the faces; each is cut out,
turned so that eyes, nose and mouth are where they belong, and made into a vector; two faces of a
group that are near each other are of the same person. Prints how often that is right, without each
of the first two steps as well, and draws the first groups.

    python -m labs.detection.detection
    python -m labs.detection.localization
    python -m labs.representations.embedding
    python -m labs.detection.matching logs/detection/1 --match logs/embedding/1 \\
        --register logs/localization/1
"""

import dataclasses
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dsutil import montage
from dsutil.drawn import groups
from dsutil.errors import exit_with_sentence
from labs import catalogue
from labs.analysis import detected, letters, people, tables
from labs.tasks import Boxes, precision
from labs.training.options import Parser, whole

COUNT = 500  # groups
SHOWN = 12
OVERLAP = 0.5  # IoU from which on a face counts as found
HEADER = ["faces by", "found", "pairs", "told rightly", "the same person", "different persons"]


class Group(NamedTuple):
    """A group, and what the detector makes of it.

    Attributes:
        name: what it is called.
        image: (96, 96) uint8.
        boxes: (faces, 4), true ones.
        persons: (faces,), whose they are.
        answer: the detector's.
    """

    name: str
    image: np.ndarray
    boxes: np.ndarray
    persons: np.ndarray
    answer: np.ndarray

    @property
    def from_left(self):
        """The persons from left to right, (faces,)."""
        return self.persons[np.argsort(self.boxes[:, 0], kind="stable")]


class Pairs(NamedTuple):
    """All pairs of faces of a group, of all groups.

    Attributes:
        told: whether they were taken for the same person, (pairs,) of bool.
        same: whether they are.
        faces: how many were looked at.
        of: how many there are.
    """

    told: np.ndarray
    same: np.ndarray
    faces: int
    of: int

    def cells(self):
        """What the table has of it."""
        right = self.told == self.same
        shares = (f"{of.mean():.3f}" if len(of) else "-" for of in
                  (right, right[self.same], right[~self.same]))  # fmt: skip
        return [f"{self.faces / self.of:.3f}", f"{len(right):,}", *shares]


def drawn(detector, count):
    """The first groups of the stream, a list of `Group`.

    Args:
        detector: the `Trained` network.
        count: how many.
    """
    images, boxes, whose = groups.draw(0, count)
    answers = detector.answers(images.reshape(count, -1))
    return [
        Group(f"group {number}", image, some[there, :4], persons[there], answer)
        for number, (image, some, persons, answer) in enumerate(
            zip(images, boxes, whose, answers, strict=True)
        )
        for there in [persons != groups.NOBODY]
    ]


def true_faces(group):
    """The faces of a group by their true boxes, and whose they are: a list of pairs."""
    return [
        (detected.Face(group, place, tuple(box.tolist())), person)
        for place, (box, person) in enumerate(zip(group.boxes, group.persons, strict=True), 1)
    ]


def found_faces(task, group):
    """Those that the detector found, each once, and whose they are: a list of pairs."""
    faces = detected.faces_in(task, group)
    if not faces or not len(group.boxes):
        return []
    boxes = np.array([face.box for face in faces])
    apart = precision.box_overlaps(boxes[None], group.boxes[None])[0]
    best = np.argmax(apart, axis=0)  # of each true one
    return [
        (faces[place], group.persons[row])
        for row, place in enumerate(best)
        if apart[place, row] >= OVERLAP and np.argmax(apart[place]) == row
    ]


def matched(matcher, faces, of):
    """The `Pairs` of groups.

    Args:
        matcher: a `labs.analysis.people.Matcher`.
        faces: what `true_faces` or `found_faces` returns of each group.
        of: how many faces there are.
    """
    flat = [face for some in faces for face, _ in some]
    persons = np.array([person for some in faces for _, person in some])
    group = np.repeat(np.arange(len(faces)), [len(some) for some in faces])
    first, second = np.triu_indices(len(flat), 1)
    together = group[first] == group[second]
    first, second = first[together], second[together]
    vectors = matcher.vectors(flat)
    apart = np.linalg.norm(vectors[first] - vectors[second], axis=1)
    return Pairs(apart < matcher.threshold, persons[first] == persons[second], len(flat), of)


def measured(matcher, some):
    """What is reached with each of the steps and without: {its name: `Pairs`}."""
    total = sum(len(group.boxes) for group in some)
    ways = {
        "true boxes": [true_faces(group) for group in some],
        "found": [found_faces(matcher.detecting, group) for group in some],
    }
    plain = dataclasses.replace(matcher, locating=None)
    kinds = {"": plain} | ({", registered": matcher} if matcher.locating else {})
    return {
        f"{way}{kind}": matched(one, faces, total)
        for way, faces in ways.items()
        for kind, one in kinds.items()
    }


def draw(path, matcher, some):
    """Writes a picture of groups: the same letter is taken for the same person.

    Letters, and under them the true ones, go from left to right.
    """
    named = [matcher.people([group]) for group in some]
    shown, captions = [], []
    for one, group in zip(named, some, strict=True):
        true = " ".join(letters.names(group.from_left))
        shown.append(one.picture(group))
        captions.append(montage.Caption(f"truth: {true}", one.caption(group)))
    montage.save(path, shown, captions)


def main(arguments=None):
    parser = Parser("python -m labs.detection.matching", __doc__)
    parser.add_trained()
    parser.add_argument(
        "--match", required=True, metavar="RUN", help="that tells persons apart, of `embedding`"
    )
    parser.add_argument(
        "--register", metavar="RUN", help="that finds eyes, nose and mouth, of `localization`"
    )
    parser.add_argument(
        "--databases", metavar="DIR", help="folder of the data (default: the runs')"
    )
    parser.add_argument(
        "--count", type=whole(1), default=COUNT, metavar="N", help=f"groups (default: {COUNT})"
    )
    parser.add_argument(
        "--out", default="logs", metavar="DIR", help="folder of matching.png and .md"
    )
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        conduct(options)


def conduct(options):
    """Measures, prints and draws what was asked for."""
    from labs.analysis.trained import restored

    run, lab = catalogue.run_asking(options.run, Boxes, "finds boxes")
    matcher = people.of_runs(lab.task, options, catalogue.lab_of)
    some = drawn(restored(lab, run, options.checkpoint), options.count)
    rows = [[name, *pairs.cells()] for name, pairs in measured(matcher, some).items()]
    folder = Path(options.out)
    tables.write(folder, "matching", HEADER, rows)
    several = [group for group in some if len(group.boxes) > 1]
    if several:
        draw(folder / "matching.png", matcher, several[:SHOWN])
        print(f"{folder / 'matching.png'}: written")


if __name__ == "__main__":
    main()
