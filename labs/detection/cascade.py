"""cascade: a detector's boxes on photographs, beside those of OpenCV's cascade of 2001.

The cascade (Viola and Jones) was made for photographs, the detector has seen drawn scenes only.
Prints how many faces each finds, and of how many both say that they are there; green squares in the
picture are the cascade's.

    python -m labs.detection.detection
    python -m labs.detection.cascade logs/detection/1 photograph.jpg another.jpg
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from dsutil import montage, pictures
from dsutil.errors import exit_with_sentence
from dsutil.photos import photo
from labs import catalogue
from labs.analysis import detected, tables
from labs.tasks import Boxes, precision
from labs.tasks.boxes import GREEN
from labs.training.options import Parser

CASCADE = "haarcascade_frontalface_default.xml"
SMALLEST = 1 / 8  # side of a face that it looks for, of the square's side
RIM = 0.2  # around a photograph, of its longer side
FINER = 4  # times more pixels a side for the cascade, which finds no small faces
# The cascade's square is about the face, a detector's box about the head with its hair.
OVERLAP = 0.3  # IoU from which on both mean the same
LARGE = 288  # pixels of a picture's side
HEADER = ["photograph", "detector", "cascade", "both"]


class Seen(NamedTuple):
    """A photograph, and what was found in it.

    Attributes:
        name: its path.
        image: the square that the detector sees, uint8.
        answer: the detector's.
        squares: the cascade's, (n, 4): left, top, right and bottom in `image`.
    """

    name: str
    image: np.ndarray
    answer: np.ndarray
    squares: np.ndarray


def squared(picture, side):
    """A photograph with a rim around it, so that a face that fills it is one among other things.

    Args:
        picture: (height, width) uint8.
        side: pixels of the square that it becomes; the edges are repeated.
    """
    height, width = picture.shape
    return photo.crop(picture, (width / 2, height / 2, max(height, width) * (1 + 2 * RIM)), side)


def by_cascade(square):
    """The faces that OpenCV's cascade finds in a picture, (n, 4): left, top, right and bottom."""
    _, cv2 = photo.load_extra()
    least = max(1, round(SMALLEST * len(square)))
    found = cv2.CascadeClassifier(f"{cv2.data.haarcascades}{CASCADE}").detectMultiScale(
        square, minSize=(least, least)
    )
    found = np.reshape(found, (-1, 4)).astype(float)
    found[:, 2:] += found[:, :2]
    return found


def seen(detector, paths):
    """Yields a `Seen` of each photograph.

    Raises:
        InputError: one is none.
    """
    side = detector.lab.task.images.shape[0]
    for path in paths:
        picture = photo.decode(path, side)
        image = squared(picture, side)
        (answer,) = detector.answers(image.reshape(1, -1))
        yield Seen(path, image, answer, by_cascade(squared(picture, FINER * side)) / FINER)


def boxes(task, one):
    """The detector's boxes in a photograph, (n, 4)."""
    faces = detected.once(detected.faces_in(task, one))
    return np.array([face.box for face in faces]).reshape(-1, 4)


def agreed(ours, others):
    """How many boxes (n, 4) and others (m, 4) mean the same face, each counted once."""
    if not len(ours) or not len(others):
        return 0
    apart = precision.box_overlaps(ours[None], others[None])[0]
    best = np.argmax(apart, axis=0)
    return len({place for column, place in enumerate(best) if apart[place, column] >= OVERLAP})


def shown(task, one):
    """The photograph with the boxes of both, enlarged."""
    times = pictures.enlargement(one.image, LARGE)
    (large,) = pictures.enlarged(one.image[None], LARGE)
    squares = np.insert(one.squares, 4, 1, axis=1)
    large = pictures.with_boxes(large, squares, times, (GREEN,))
    return pictures.with_boxes(large, np.insert(boxes(task, one), 4, 2, axis=1), times)


def main(arguments=None):
    parser = Parser("python -m labs.detection.cascade", __doc__)
    parser.add_trained()
    parser.add_argument("pictures", nargs="+", metavar="PICTURE", help="photographs")
    parser.add_argument(
        "--out", default="logs", metavar="DIR", help="folder of cascade.png and .md"
    )
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        conduct(options)


def conduct(options):
    """Finds, prints and draws.

    Raises:
        InputError: the run is that of another question, or a photograph cannot be used.
    """
    run, lab = catalogue.run_asking(options.run, Boxes, "finds boxes")
    from labs.analysis.trained import restored

    found = list(seen(restored(lab, run, options.checkpoint), options.pictures))
    counts = np.array([counted(lab.task, one) for one in found])
    rows = [
        [Path(one.name).name, *map(str, numbers)]
        for one, numbers in zip(found, counts.tolist(), strict=True)
    ]
    rows.append([f"all {len(found)}", *map(str, counts.sum(axis=0).tolist())])
    folder = Path(options.out)
    tables.write(folder, "cascade", HEADER, rows)
    captions = [
        montage.Caption(Path(one.name).name, f"{ours} here, {others} by cascade")
        for one, (ours, others, _) in zip(found, counts.tolist(), strict=True)
    ]
    montage.save(folder / "cascade.png", [shown(lab.task, one) for one in found], captions)
    print(f"{folder / 'cascade.png'}: written")


def counted(task, one):
    """How many faces the detector finds, how many the cascade, and how many both."""
    ours = boxes(task, one)
    return len(ours), len(one.squares), agreed(ours, one.squares)


if __name__ == "__main__":
    main()
