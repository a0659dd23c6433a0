"""The faces that a detector found: cut out, and registered by points in them."""

from typing import NamedTuple

import numpy as np

from dsutil.photos import photo
from labs.tasks import Boxes, precision
from labs.tasks.boxes import SUPPRESSED

# A box is about a whole head with its hair, and hair may be long; how broad it is tells its size.
SIDE = 1.4  # of a face's square, in widths of the box
ABOVE = 0.47  # of the square's side, from the box's top to its middle


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


def finds(task):
    """Whether the answers to a task are boxes about what was found."""
    return isinstance(task, Boxes)


def faces_in(task, picture):
    """A list of the `Face`s that were found in a picture.

    Args:
        task: a detector's.
        picture: its `answer` is None where it has none.
    """
    if picture.answer is None:
        return []
    boxes = enumerate(boxes_of(task, picture), 1)
    return [Face(picture, place, tuple(one["box"])) for place, one in boxes]


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
    """How a face is named in a list: its picture, and which face there."""
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
