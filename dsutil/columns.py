"""Columns: what the records of a file are. A data set NAME is the columns `<column>_<NAME>.bin`.

A file is its records one after another, without a header; how many there are follows from its size.
"""

import dataclasses
import math
import re
from pathlib import Path
from typing import ClassVar

import numpy as np

from dsutil.errors import InputError

NAME = re.compile(r"\w[\w.-]*")  # of a data set
WRITTEN_OUT = 4  # classes; the labels of more are described, not listed


class Column:
    """A file of fixed-size records without a header, `<column>_<NAME>.bin`.

    A kind of column is a frozen dataclass, so that two columns that say the same are equal.

    Attributes:
        name: of the column, such as "data"; without an underscore, which ends it in a file's name.
        shape: of a record, such as (48, 48).
        dtype: "uint8", "int32" or "float32"; a file's numbers are little-endian.
        record, records: what one record, and several, are called in a sentence.
    """

    name: str
    shape: tuple
    dtype: ClassVar[str] = "uint8"
    record: ClassVar[str] = "record"
    records: ClassVar[str] = "records"

    def __post_init__(self):
        if "_" in self.name or not NAME.fullmatch(self.name):
            raise InputError(
                f"{self.name!r} can't name a column: expected a plain word without an underscore, "
                "such as gender."
            )

    @property
    def numbers(self):
        """How many numbers a record has."""
        return math.prod(self.shape)

    @property
    def file_dtype(self):
        """The dtype of the numbers in the file."""
        return np.dtype(self.dtype).newbyteorder("<")

    @property
    def record_bytes(self):
        """The bytes of a record."""
        return self.numbers * self.file_dtype.itemsize

    def path(self, folder, name):
        """The path of this column of data set `name` in `folder`, whether it exists or not.

        Raises:
            InputError: `name` is no plain word.
        """
        if not NAME.fullmatch(name):
            raise InputError(f"{name!r} can't name a data set: expected a plain word such as 1k.")
        return Path(folder, f"{self.name}_{name}.bin")

    def check(self, values, path):
        """Checks that the values are ones that this column can hold.

        Args:
            values: (n, *shape), as read from the file.
            path: of the file, for the sentence.

        Raises:
            InputError: one cannot be; the text names file, row, what was found and expected.
        """


@dataclasses.dataclass(frozen=True)
class Images(Column):
    """Pictures of bytes, row by row, 0 is black; or masks, or whatever else a byte a pixel says.

    Args:
        shape: (height, width), or (height, width, 3) for colours.
        name: of the column.
    """

    shape: tuple = (48, 48)
    name: str = "data"

    record = "image"
    records = "images"

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "shape", _shape(self.shape, self.records))

    @property
    def what(self):
        """What the pictures show, as far as drawn ones go: whole scenes, or a face each."""
        return "scenes" if self.name == "scene" else "faces"


@dataclasses.dataclass(frozen=True)
class Sequences(Images):
    """Sequences: a few bytes for each step, step by step.

    Args:
        shape: (steps, numbers of a step).
        name: of the column.
    """

    record = "sequence"
    records = "sequences"


@dataclasses.dataclass(frozen=True)
class Parts(Column):
    """Masks: a byte for each pixel of an image, which says what part of it the pixel shows.

    Args:
        name: of the column.
        parts: their names, in order; a byte is a place in this order.
        shape: (height, width) of the images.
    """

    name: str
    parts: tuple
    shape: tuple = (48, 48)

    record = "mask"
    records = "masks"

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "parts", _names(self.parts, "parts"))
        object.__setattr__(self, "shape", _shape(self.shape, self.records))

    def check(self, values, path):
        if values.max(initial=0) < len(self.parts):
            return
        row, y, x = np.unravel_index(np.argmax(values >= len(self.parts)), values.shape)
        raise InputError(
            f"{path} row {row}: found the part {values[row, y, x]} at x {x} and y {y}, expected "
            f"from 0 ({self.parts[0]}) to {len(self.parts) - 1} ({self.parts[-1]}). Is it a file "
            "of masks?"
        )

    def summary(self, values):
        """The share of the pixels that each part has, in words."""
        shares = np.bincount(np.ravel(values), minlength=len(self.parts)) / values.size
        named = zip(shares, self.parts, strict=True)
        return ", ".join(f"{share:.1%} {name}" for share, name in named)


@dataclasses.dataclass(frozen=True)
class OneHot(Column):
    """Labels: a float32 for each class, 1 for the one that it is and 0 for the others.

    Args:
        name: of the column.
        classes: their names, in order.
    """

    name: str
    classes: tuple

    dtype = "float32"
    record = "label"
    records = "labels"

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "classes", _names(self.classes, "classes"))

    @property
    def shape(self):
        return (len(self.classes),)

    def check(self, values, path):
        ones = np.count_nonzero(values == 1, axis=1)
        zeros = np.count_nonzero(values == 0, axis=1)
        one_hot = (ones == 1) & (zeros == len(self.classes) - 1)
        if one_hot.all():
            return
        row = int(np.argmin(one_hot))
        raise InputError(
            f"{path} row {row}: found {self._found(values[row], ones[row], zeros[row])}, expected "
            f"{self._expected()}. Is it a file of labels, in little-endian float32?"
        )

    def summary(self, values):
        """The share of each class, in words."""
        shares = zip(values.mean(axis=0), self.classes, strict=True)
        return ", ".join(f"{share:.1%} {name}" for share, name in shares)

    def _found(self, label, ones, zeros):
        if len(label) <= WRITTEN_OUT:
            return "the label `" + " ".join(f"{value:g}" for value in label) + "`"
        others = len(label) - ones - zeros
        return f"a label with {ones} numbers that are 1, {zeros} that are 0 and {others} others"

    def _expected(self):
        if len(self.classes) > WRITTEN_OUT:
            return f"a single 1, for one of the {len(self.classes)} classes, and 0 for all others"
        *first, last = (
            "`" + " ".join(str(int(kind == k)) for k in range(len(self.classes))) + f"` ({name})"
            for kind, name in enumerate(self.classes)
        )
        return ", ".join(first) + " or " + last if first else last


@dataclasses.dataclass(frozen=True)
class Points(Column):
    """Places in a picture, x to the right and y down in pixels, two float32 each.

    The picture's upper left corner is (0, 0); the middle of pixel i is i + 0.5.

    Args:
        name: of the column.
        points: the points' names, in order.
        side: pixels of the picture's side; a point lies from 0 to `side` both ways.
    """

    name: str
    points: tuple
    side: int

    dtype = "float32"
    record = "set of points"
    records = "sets of points"

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "points", _names(self.points, "points"))

    @property
    def shape(self):
        return (len(self.points), 2)

    def check(self, values, path):
        inside = ((values >= 0) & (values <= self.side)).all(axis=-1)  # NaN is not
        if inside.all():
            return
        row, point = np.unravel_index(np.argmin(inside), inside.shape)
        x, y = values[row, point]
        raise InputError(
            f"{path} row {row}: found the {self.points[point]} at x {x:g} and y {y:g}, expected "
            f"both from 0 to {self.side} pixels. Is it a file of points, in little-endian float32?"
        )

    def summary(self, values):
        """The mean place of each point, in words."""
        places = zip(self.points, values.mean(axis=0, dtype=np.float64), strict=True)
        return "mean " + ", ".join(f"{name} {x:.1f} {y:.1f}" for name, (x, y) in places)


@dataclasses.dataclass(frozen=True)
class Boxes(Column):
    """Boxes about things in a picture, each with the class of the thing: five float32.

    They are left, top, right and bottom in pixels, as those of `Points`, and the class: 1 for the
    first of `classes`, 2 for the second, ...; 0 where there is no box. Places without a box come
    last, and all their numbers are 0.

    Args:
        name: of the column.
        classes: their names, in order.
        most: how many boxes a picture may have.
        shape_of_images: (height, width) of the pictures; no box leaves them.
    """

    name: str
    classes: tuple
    most: int
    shape_of_images: tuple

    dtype = "float32"
    record = "set of boxes"
    records = "sets of boxes"

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "classes", _names(self.classes, "classes"))
        object.__setattr__(self, "shape_of_images", _shape(self.shape_of_images, "images"))

    @property
    def shape(self):
        return (self.most, 5)

    def check(self, values, path):
        height, width = self.shape_of_images[:2]
        left, top, right, bottom, kind = np.moveaxis(values, -1, 0)
        known = np.isin(kind, np.arange(1, len(self.classes) + 1))
        across = (left >= 0) & (left < right) & (right <= width)
        down = (top >= 0) & (top < bottom) & (bottom <= height)
        empty = (values == 0).all(axis=-1)
        self._refuse_unless((known & across & down) | empty, values, path)
        no_gap = ~empty | np.logical_and.accumulate(empty[:, ::-1], axis=1)[:, ::-1]
        if not no_gap.all():
            row, place = np.unravel_index(np.argmin(no_gap), no_gap.shape)
            raise InputError(
                f"{path} row {row}: found no box in place {place} but one behind it, expected the "
                "boxes first and then the empty places."
            )

    def _refuse_unless(self, sound, values, path):
        if sound.all():
            return
        row, place = np.unravel_index(np.argmin(sound), sound.shape)
        found = " ".join(f"{value:g}" for value in values[row, place])
        height, width = self.shape_of_images[:2]
        kinds = ", ".join(f"{number} ({name})" for number, name in enumerate(self.classes, 1))
        raise InputError(
            f"{path} row {row}: found the box `{found}`, expected left < right from 0 to {width}, "
            f"top < bottom from 0 to {height} and the class {kinds}; or only 0 for no box. Is it "
            "a file of boxes, in little-endian float32?"
        )

    def summary(self, values):
        """How many boxes there are, the share of each class, and of the pictures without one."""
        kinds = values[..., 4]
        counts = np.count_nonzero(kinds, axis=1)
        total = max(1, counts.sum())
        shares = ", ".join(
            f"{np.count_nonzero(kinds == number) / total:.1%} {name}"
            for number, name in enumerate(self.classes, 1)
        )
        return f"{counts.mean():.2f} boxes each, {np.mean(counts == 0):.1%} without, {shares}"


@dataclasses.dataclass(frozen=True)
class Identities(Column):
    """Who is on each picture: a whole number from 0 on, an int32.

    Args:
        name: of the column.
    """

    name: str

    shape = ()
    dtype = "int32"
    record = "person"
    records = "persons"

    def check(self, values, path):
        if values.min(initial=0) >= 0:
            return
        row = int(np.argmax(values < 0))
        raise InputError(
            f"{path} row {row}: found the person {values[row]}, expected a number from 0 on. Is it "
            "a file of persons, in little-endian int32?"
        )

    def summary(self, values):
        """How many there are, and how many pictures of each, in words."""
        _, pictures = np.unique(values, return_counts=True)
        fewest, most = pictures.min(), pictures.max()
        each = f"{most:,}" if fewest == most else f"{fewest:,} to {most:,}"
        return f"{len(pictures):,} persons, {each} pictures each"


@dataclasses.dataclass(frozen=True)
class Quantity(Column):
    """A number: one float32.

    Args:
        name: of the column.
        lowest, highest: between which it lies, both included.
    """

    name: str
    lowest: float
    highest: float

    shape = ()
    dtype = "float32"
    record = "number"
    records = "numbers"

    def __post_init__(self):
        super().__post_init__()
        if not self.lowest < self.highest:
            raise InputError(
                f"The column {self.name} is to lie from {self.lowest} to {self.highest}: expected "
                "the lowest value first."
            )

    def check(self, values, path):
        inside = (values >= self.lowest) & (values <= self.highest)  # NaN is not
        if inside.all():
            return
        row = int(np.argmin(inside))
        raise InputError(
            f"{path} row {row}: found the {self.name} {values[row]:g}, expected from "
            f"{self.lowest:g} to {self.highest:g}. Is it a file of numbers, in little-endian "
            "float32?"
        )

    def summary(self, values):
        """Mean and deviation, in words."""
        mean, deviation = np.mean(values, dtype=np.float64), np.std(values, dtype=np.float64)
        return f"mean {mean:.3f}, deviation {deviation:.3f}"


def _shape(given, of):
    """The shape of images or masks, as a tuple, since a list has no hash.

    Raises:
        InputError: it is none.
    """
    shape = tuple(given)
    if not shape or not all(isinstance(side, int) and side > 0 for side in shape):
        raise InputError(
            f"{of.capitalize()} have the shape {shape}: expected (height, width) or (height, "
            "width, channels), in pixels."
        )
    return shape


def _names(given, of):
    """The names of classes, parts or points, as a tuple.

    Raises:
        InputError: they are too few, one is there twice, or they are no list of words.
    """
    words = isinstance(given, tuple | list) and all(isinstance(name, str) for name in given)
    if not words or len(set(given)) < max(1, len(given)):
        raise InputError(f"The {of} are {given!r}: expected a tuple of names, each once.")
    return tuple(given)


FACES = Images()
GENDER = OneHot("gender", ("man", "woman"))
FACE_POINTS = Points(  # left and right as seen in the picture
    "points",
    ("left eye", "right eye", "nose", "left of the mouth", "right of the mouth"),
    FACES.shape[0],
)
FACE_MASK = Parts(
    "mask",
    (
        "background",
        "skin",
        "hair",
        "brows",
        "eyes",
        "nose",
        "mouth",
        "glasses",
        "hat",
        "clothes",
    ),
    FACES.shape,
)
PERSON = Identities("person")
SCENE = Images((96, 96), "scene")
SCENE_BOXES = Boxes("boxes", GENDER.classes, 5, SCENE.shape)
INSTANCES = Parts(  # which of the boxes a pixel belongs to
    "instances",
    ("background", "first face", "second face", "third face", "fourth face", "fifth face"),
    SCENE.shape,
)
ADDING_50 = Sequences((50, 2), "adding50")  # of each step a number, and whether it is marked
ADDING_200 = Sequences((200, 2), "adding200")
SUM = Quantity("sum", 0, 2)  # of the two that are marked
COURSE = (FACES, GENDER)
