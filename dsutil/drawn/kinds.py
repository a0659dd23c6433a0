"""The kinds of data sets that are drawn: of which columns, and who draws them."""

import functools
from collections.abc import Callable
from typing import NamedTuple

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
)
from dsutil.drawn import adding, faces, landmarks, masks, persons, scenes


class Drawing(NamedTuple):
    """Columns that are drawn together.

    Attributes:
        columns: a tuple of `dsutil.Column`.
        draw: takes (first, count, seed, stream) and returns an array of records for each column, or
            the array alone where there is one column.
        what: is drawn, in the plural.
    """

    columns: tuple
    draw: Callable
    what: str

    def pieces(self, *which):
        """A tuple with an array of records for each column."""
        drawn = self.draw(*which)
        return (drawn,) if len(self.columns) == 1 else drawn


class Kind(NamedTuple):
    """What belongs to a data set of one kind.

    Attributes:
        images: the images and what comes with them; the images are the first column.
        truths: what else is known of them and may be added later, a tuple of `Drawing`.
        usual: how many of the truths are drawn where no others are asked for.
    """

    images: Drawing
    truths: tuple = ()
    usual: int = 0

    @property
    def columns(self):
        """All columns that can be drawn."""
        return tuple(
            column for drawing in (self.images, *self.truths) for column in drawing.columns
        )

    @property
    def usual_columns(self):
        """The columns that are drawn where no others are asked for."""
        usual = self.images, *self.truths[: self.usual]
        return tuple(column for drawing in usual for column in drawing.columns)

    def drawings(self, columns):
        """Those of the truths that the columns are of."""
        return [truth for truth in self.truths if set(truth.columns) & set(columns)]


# The modules are looked into when something is drawn, not when this one is loaded.
FACE = Kind(
    Drawing((FACES, GENDER), lambda *which: faces.draw(*which), "faces"),
    (
        Drawing((FACE_POINTS,), lambda *which: landmarks.draw(*which), "points"),
        Drawing((FACE_MASK,), lambda *which: masks.draw(*which), "masks"),
    ),
    usual=1,  # masks take as long as the faces
)
PERSONS = Kind(
    Drawing((FACES, PERSON, GENDER), persons.draw, "pictures of persons"),
    (
        Drawing((FACE_POINTS,), persons.draw_points, "points"),
        Drawing((FACE_MASK,), persons.draw_masks, "masks"),
    ),
    usual=1,
)
SCENES = Kind(Drawing((SCENE, SCENE_BOXES, INSTANCES), scenes.draw, "scenes"))
ADDING = {
    sequences.shape[0]: Kind(
        Drawing(
            (sequences, SUM),
            functools.partial(adding.draw, steps=sequences.shape[0]),
            f"sequences of {sequences.shape[0]} steps",
        )
    )
    for sequences in (ADDING_50, ADDING_200)
}
