"""The same person in several places: faces that were found are cut out, registered, and matched.

The face pipeline of the lectures: detection, registration, embedding, matching. Each step is the
network of a run; registration by points may be left out, and a face is as its box has it.
"""

import dataclasses

import numpy as np

from dsutil.errors import InputError
from dsutil.photos import photo
from labs import runs
from labs.analysis import detected, letters, trained
from labs.analysis.letters import ALONE
from labs.tasks import Points, Verification
from labs.training import data_sets


@dataclasses.dataclass
class People:
    """Who is where.

    Attributes:
        matcher: the `Matcher` that tells.
        faces: list of `detected.Face`.
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
            seen = ", ".join(map(detected.called, (self.faces[row] for row in rows)))
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
        named = [(face.box, name) for face, name in self.of_picture(picture)]
        return letters.drawn_in(picture.image, named)


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
            once = detected.once(detected.faces_in(self.detecting, picture))
            faces += sorted(once, key=lambda face: face.box[0])
        distances = self.distances(faces)
        names = letters.names(grouped(distances, self.threshold))
        return People(self, faces, distances, names)

    def distances(self, faces):
        """How far the vectors of faces, a list of `detected.Face`, are apart: (faces, faces)."""
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
        located = self.locating.answers(cut.reshape(len(cut), -1)).reshape(len(cut), -1, 2)
        return [
            detected.registered(face.picture.image, face.square, points, self.points, self.side)
            for face, points in zip(faces, located, strict=True)
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
    if not detected.finds(detecting):
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
