"""The same person in several places: faces that were found are cut out, registered, and matched.

The face pipeline of the lectures: detection, registration, embedding, matching. Each step is the
network of a run; registration by points may be left out, and a face is as its box has it.
"""

import collections
import dataclasses
import string
from typing import NamedTuple

import numpy as np

from dsutil import pictures
from dsutil.errors import InputError
from dsutil.photos import photo
from labs import runs
from labs.analysis import trained
from labs.tasks import Boxes, Points, Verification, precision
from labs.tasks.boxes import SUPPRESSED
from labs.training import data_sets

# A box is about a whole head with its hair, and hair may be long; how broad it is tells its size.
SIDE = 1.4  # of a face's square, in widths of the box
ABOVE = 0.47  # of the square's side, from the box's top to its middle
LARGE = 192  # pixels of a side in which boxes can be told apart
ALONE, GREY = "-", (160, 160, 160)  # the name of somebody who is seen once, and the colour


class Face(NamedTuple):
    """A face that was found.

    Attributes:
        picture: that it is in; it has a `name` and an `image`, (height, width) uint8.
        place: its number in this picture, from 1.
        box: left, top, right and bottom in the picture, in pixels.
    """

    picture: object
    place: int
    box: tuple

    @property
    def square(self):
        """What is cut out: x and y of its middle and its side, in pixels."""
        left, top, right, _ = self.box
        side = SIDE * (right - left)
        return (left + right) / 2, top + ABOVE * side, side


@dataclasses.dataclass
class People:
    """Who is where.

    Attributes:
        matcher: the `Matcher` that tells.
        faces: list of `Face`.
        distances: (faces, faces) between their vectors.
        names: of whose faces they are: a letter, the same where it seems to be the same person;
            ALONE for somebody who is seen once.
    """

    matcher: object
    faces: list
    distances: np.ndarray
    names: list

    def of_picture(self, picture):
        """The faces of a picture, and their names: a list of pairs."""
        named = zip(self.faces, self.names, strict=True)
        return [(face, name) for face, name in named if face.picture is picture]

    def lines(self):
        """Yields it as lines of text."""
        matcher = self.matcher
        yield (
            f"{len(self.faces)} faces. Less than {matcher.threshold:.2f} apart is one person: a "
            f"mistake for {matcher.error:.1%} of the pairs of {matcher.test}."
        )
        names = np.array(self.names)
        for name in sorted({*self.names} - {ALONE}, key=lambda name: (len(name), name)):
            rows = np.flatnonzero(names == name)
            seen = ", ".join(map(called, (self.faces[row] for row in rows)))
            farthest = self.distances[np.ix_(rows, rows)].max()
            yield f"{name}: {seen}; at most {farthest:.2f} apart"

    def as_json(self):
        """The same for JSON."""
        faces = [
            {"picture": face.picture.name, "box": list(face.box)}
            | {"person": None if name == ALONE else name}
            for face, name in zip(self.faces, self.names, strict=True)
        ]
        return {"threshold": round(self.matcher.threshold, 5), "faces": faces}

    def caption(self, picture):
        """The names in a picture."""
        return " ".join(name for _, name in self.of_picture(picture)) or "nobody"

    def picture(self, picture):
        """A picture with a box about each face and its name, (height, width, 3) uint8, enlarged."""
        return drawn_in(picture.image, [(f.box, name) for f, name in self.of_picture(picture)])


@dataclasses.dataclass(frozen=True)
class Matcher:
    """The steps after detection.

    Attributes:
        detecting: the task of the run that finds the faces.
        embedding: the `Trained` network of a run that tells persons apart.
        side: pixels of the pictures that it takes.
        threshold: less than that far apart are two faces of a person.
        error: the share of mistakes on the test set, of either kind, with this threshold.
        test: the name of the test set.
        locating: the `Trained` network of a run that finds points in a face; None leaves faces as
            their boxes have them.
        points: (n, 2), where they are in a face that is registered, in pixels.
    """

    detecting: object
    embedding: object
    side: int
    threshold: float
    error: float
    test: str
    locating: object = None
    points: np.ndarray | None = None

    def people(self, pictures):
        """The `People` in pictures.

        Args:
            pictures: with a `name`, an `image` and the detector's `answer`; None where it has none.
        """
        faces = []
        for picture in pictures:  # in each from left to right, as a person reads letters
            found = once(faces_in(self.detecting, [picture]))
            faces += sorted(found, key=lambda face: face.box[0])
        distances = self.distances(faces)
        return People(self, faces, distances, names(grouped(distances, self.threshold)))

    def distances(self, faces):
        """How far the vectors of faces, a list of `Face`, are apart: (faces, faces)."""
        vectors = self.vectors(faces)
        return np.linalg.norm(vectors[:, None] - vectors, axis=2)

    def vectors(self, faces):
        """The vectors of faces, (faces, size) float64."""
        if not faces:
            return np.zeros((0, self.embedding.lab.task.size))
        cut = [photo.crop(face.picture.image, face.square, self.side) for face in faces]
        if self.locating:
            cut = self._registered(np.stack(cut), faces)
        return np.float64(self.embedding.answers(np.stack(cut).reshape(len(cut), -1)))

    def _registered(self, cut, faces):
        """The faces once more, such that their points lie where they belong, as well as may be."""
        found = self.locating.answers(cut.reshape(len(cut), -1)).reshape(len(cut), -1, 2)
        return [
            registered(face.picture.image, face.square, points, self.points, self.side)
            for face, points in zip(faces, found, strict=True)
        ]


def of_runs(detecting, given, lab_of):
    """The `Matcher` with the networks of runs.

    Args:
        detecting: the task of the run that finds the faces.
        given: options: `match`, a run that tells persons apart; `register`, one that finds the
            points of a face, or None; `databases`, the folder of the binary files, or None for the
            runs' own.
        lab_of: tells the lab of a run, as `labs.catalogue.lab_of` does.

    Raises:
        InputError: it is the run of another question, or its test set is missing.
    """
    if not finds(detecting):
        raise InputError("Faces that were found can be matched: expected the run of a detector.")
    kind = lab_of, Verification, "tells persons apart", given.databases
    embedding, test, name = _opened(given.match, *kind)
    error, threshold = embedding.lab.task.equal_error(embedding.evaluate(test).measured)
    side = _side(embedding, given.match)
    known = {}
    if given.register:
        kind = lab_of, Points, "finds the points of a face", given.databases
        locating, faces, _ = _opened(given.register, *kind)
        if _side(locating, given.register) != side:
            raise InputError(
                f"{given.register} and {given.match} take pictures of different sizes: expected "
                "the same."
            )
        known = {"locating": locating, "points": faces.truths[0].mean(axis=0, dtype=np.float64)}
    return Matcher(detecting, embedding, side, threshold, error, name, **known)


def _opened(folder, lab_of, kind, what, databases):
    """The `Trained` network of a run, its test set, and that one's name."""
    run = runs.existing(folder)
    lab = lab_of(run)
    if not isinstance(lab.task, kind):
        raise InputError(f"{folder}: expected the run of a lab that {what}.")
    given = run.config["options"]
    test = data_sets.open_one(lab.task, databases or given["databases"], given["test"])
    return trained.restored(lab, run), test, given["test"]


def _side(network, folder):
    height, *others = network.lab.task.images.shape
    if others != [height]:
        raise InputError(f"{folder}: expected the run of a lab that takes grey squares.")
    return height


def finds(task):
    """Whether the answers to a task are boxes about what was found."""
    return isinstance(task, Boxes)


def faces_in(task, pictures):
    """A list of the `Face`s that were found in pictures, by the answers to a detector's task."""
    return [
        Face(picture, place, tuple(found["box"]))
        for picture in pictures
        if picture.answer is not None
        for place, found in enumerate(boxes_of(task, picture), 1)
    ]


def once(faces):
    """The faces of a picture, the surest first, without those that a surer one overlaps.

    A detector suppresses boxes of the same class only: a head may be found as a man's and a
    woman's.
    """
    boxes = np.array([face.box for face in faces]).reshape(-1, 4)
    same = precision.box_overlaps(boxes, boxes) > SUPPRESSED
    kept = []
    for number in range(len(faces)):
        if not same[number, kept].any():
            kept.append(number)
    return [faces[number] for number in kept]


def boxes_of(task, picture):
    """The boxes of a picture with an area, as JSON has them."""
    found = task.answer_as_json(picture.image, picture.answer)["boxes"] or ()
    return [one for one in found if one["box"][0] < one["box"][2] and one["box"][1] < one["box"][3]]


def called(face):
    return f"{photo.printable(face.picture.name)} face {face.place}"


def registered(image, square, points, wanted, side):
    """A face turned, moved and scaled so that its points lie nearest to where they are wanted.

    Args:
        image: the picture that it is in, (height, width) uint8.
        square: of the face in it, as of `Face`.
        points: (n, 2), of the face in this square as a picture of `side` pixels.
        wanted: (n, 2), where they belong in such a picture.
        side: pixels.

    Returns:
        (side, side) uint8, from the picture itself; where no such turn is found, as it was.
    """
    _, cv2 = photo.load_extra()
    x, y, width = square
    corner = np.array([x, y]) - width / 2
    there = corner + np.asarray(points) * width / side
    turn, _ = cv2.estimateAffinePartial2D(there, np.asarray(wanted), method=cv2.LMEDS)
    if turn is None:
        return photo.crop(image, square, side)
    return cv2.warpAffine(
        image, turn, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def grouped(distances, threshold):
    """Groups of what is near each other: any two of a group are less than a threshold apart.

    The two groups whose farthest members are nearest become one, again and again (complete
    linkage).

    Args:
        distances: (n, n).
        threshold: a distance.

    Returns:
        (n,) whole numbers, the same for those of a group.
    """
    groups = np.arange(len(distances))
    apart = np.array(distances, float)
    np.fill_diagonal(apart, np.inf)
    while apart.size and apart.min() < threshold:
        kept, gone = sorted(np.unravel_index(np.argmin(apart), apart.shape))
        apart[kept] = apart[:, kept] = np.maximum(apart[kept], apart[gone])
        apart[gone] = apart[:, gone] = apart[kept, kept] = np.inf
        groups[groups == gone] = kept
    return groups


def names(groups):
    """What persons are called: A, B, ... Z, A1, B1, ... in order, or ALONE if they are seen once.

    Args:
        groups: (faces,) whole numbers, the same for those of a person.
    """
    letters = {}
    several = {group for group, count in collections.Counter(groups.tolist()).items() if count > 1}
    for group in groups.tolist():
        if group in several and group not in letters:
            more, place = divmod(len(letters), len(string.ascii_uppercase))
            letters[group] = string.ascii_uppercase[place] + (str(more) if more else "")
    return [letters.get(group, ALONE) for group in groups.tolist()]


def drawn_in(image, named):
    """A picture with boxes and their names: the same letter and colour for the same person.

    Args:
        image: (height, width) uint8.
        named: pairs of a box, left, top, right and bottom in pixels, and a name.

    Returns:
        (height, width, 3) uint8, enlarged.
    """
    from PIL import Image, ImageDraw, ImageFont

    times = pictures.enlargement(image, LARGE)
    (shown,) = pictures.coloured(pictures.enlarged(image[None], LARGE))
    drawn = Image.fromarray(shown)
    pen, font = ImageDraw.Draw(drawn), ImageFont.load_default(16)
    for box, name in named:
        left, top, right, bottom = (times * np.array(box)).round().astype(int).tolist()
        colour = colour_of(name)
        pen.rectangle((left, top, right - 1, bottom - 1), outline=colour, width=2)
        if name != ALONE:
            corner = left + 5, top + 2
            pen.rectangle(pen.textbbox(corner, name, font), fill="black")
            pen.text(corner, name, colour, font)
    return np.asarray(drawn)


def colour_of(name):
    """The colour of the person with this letter."""
    if name == ALONE:
        return GREY
    palette = pictures.COLOURS[3:]  # the first are pale
    return palette[string.ascii_uppercase.index(name[0]) % len(palette)]
