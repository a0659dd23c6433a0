"""What the files of a data set hold, in a few lines, and whether they are sound."""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dsutil.columns import (
    ADDING_50,
    ADDING_200,
    FACE_MASK,
    FACE_POINTS,
    FACES,
    GENDER,
    INSTANCES,
    PERSON,
    SCENE,
    SCENE_BOXES,
    SUM,
    Images,
    Sequences,
)
from dsutil.dataset import DataSet
from dsutil.errors import InputError

FILE = re.compile(r"([^\W_][^_]*)_(\w[\w.-]*)\.bin")  # <column>_<NAME>.bin
KNOWN_TRUTHS = {column.name: column for column in (GENDER, PERSON, FACE_POINTS, FACE_MASK)}
KNOWN_TRUTHS |= {column.name: column for column in (SCENE_BOXES, INSTANCES, SUM)}
KNOWN_IMAGES = (FACES, SCENE, ADDING_50, ADDING_200)  # the first that is there is meant


class Place(NamedTuple):
    """Where a data set lies.

    Attributes:
        folder: its folder.
        name: its name, such as 1k.
    """

    folder: Path
    name: str

    @classmethod
    def of(cls, path):
        """The place of the data set that the file `path` is a column of, by its name.

        Raises:
            InputError: it is not named like a column's file.
        """
        path = Path(path)
        named = FILE.fullmatch(path.name)
        if not named:
            raise InputError(
                f"{path} is not named like a file of a data set: expected data_NAME.bin, "
                "gender_NAME.bin or another COLUMN_NAME.bin."
            )
        return cls(path.parent, named[2])

    @property
    def column(self):
        """The column of its images: faces, or what else is known where there are no faces."""
        there = (column for column in KNOWN_IMAGES if column.path(*self).exists())
        return next(there, FACES)

    @property
    def images(self):
        return self.column.path(*self)

    def truths(self):
        """The names of the columns that lie beside the images; gender if none lies beside faces."""
        named = (FILE.fullmatch(path.name) for path in self.folder.glob(f"*_{self.name}.bin"))
        columns = {found[1] for found in named if found and found[2] == self.name}
        images = self.column
        return sorted(columns - {images.name}) or [GENDER.name] * (images == FACES)

    def opened(self, shape=None):
        """Its images, of the usual shape if none is given, and its known truths, as a `DataSet`."""
        images = self.column if shape is None else Images(shape, self.column.name)
        columns = [KNOWN_TRUTHS[name] for name in self.truths() if name in KNOWN_TRUTHS]
        paths = [column.path(*self) for column in columns]
        return DataSet(self.images, paths, columns=(images, *columns))


def lines(place, dataset):
    """What the files of a data set hold: a line for its faces, and one for each other column.

    Args:
        place: a `Place`.
        dataset: it, opened.

    Raises:
        InputError: the size of a file of another column fits no record for each image.
    """
    images = dataset.columns[0]
    of_shape = "" if images in (FACES, SCENE) else f" of {'x'.join(map(str, images.shape))}"
    told = [f"{dataset.count:,} {images.records}{of_shape}"]
    if not isinstance(images, Sequences):
        told.append(f"mean brightness {brightness(dataset):.1f} of 255")
    truths = dict(zip(dataset.columns[1:], dataset.truths, strict=True))
    if GENDER in truths:
        told.insert(1, GENDER.summary(truths.pop(GENDER)))
    yield f"{place.images}: {', '.join(told)}"
    for column, values in truths.items():
        yield f"    {column.path(*place).name}: {column.summary(values)}"
    for name in place.truths():
        if name not in KNOWN_TRUTHS:
            yield f"    {size_of(place.folder / f'{name}_{place.name}.bin', dataset.count)}"


def size_of(path, count):
    """What is to be said of a column of unknown records."""
    size = path.stat().st_size
    each, rest = divmod(size, count)
    if rest or not each:
        raise InputError(
            f"{path} has {size} bytes, expected a multiple of {count}: as many for each image."
        )
    return f"{path.name}: {size:,} bytes, {each:,} for each image"


def brightness(dataset, chunk=10_000):
    """The mean of all numbers of the images of a `DataSet`, read piece by piece."""
    total = sum(
        int(np.sum(dataset.read(i, i + chunk), dtype=np.int64))
        for i in range(0, dataset.count, chunk)
    )
    return total / dataset.images.size
