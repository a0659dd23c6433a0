"""Draws persons: of each one many pictures, which share the traits by which a person is known.

The pictures of a person are neighbours in the stream. Pose, light, backdrop, expression, glasses,
hat and clothes are of each picture its own, as they are of `dsutil.drawn.faces`; what stays is the
shape of the face, its tones, the kind of hair and of beard.
"""

import numpy as np

from dsutil.binary import PIXELS, SIDE
from dsutil.drawn import landmarks, masks
from dsutil.drawn.faces import DRAWS, blocks, one_hot, photograph, seat
from dsutil.drawn.random_bits import draw_bits, stream_key
from dsutil.drawn.traits import (
    EVEN,
    GENDERED,
    GLASSES_SETTINGS,
    HAT_SETTINGS,
    KINDS,
    LABEL_DRAWS,
    ORDER,
    SHARED,
    TRAIT_DRAWS,
    Tables,
    draw_traits,
    evenly,
    is_woman,
)

PICTURES = 10  # of each person
OF_A_PERSON = (set(GENDERED) - {"smile"}) | {
    "skin",
    "hair",
    "iris",
    "part",
    "strand_count",
    "strand_contrast",
    "kind of hair",
    "beard",
}
# Persons differ more from each other than faces do, and are held more alike, so that they can be
# told apart.
SPREAD = 2.2
CALM = 0.4
GLASSES = {
    "none": (0.84, 0.84, 0.0, 0.0),
    "clear": (0.15, 0.15, 0.8, 0.05),
    "dark": (0.01, 0.01, 0.9, 0.9),
}
HAT = {
    "none": (0.95, 0.95, 0.0, 0.0),
    "woollen": (0.03, 0.03, 1.0, 0.0),
    "cap": (0.02, 0.02, 1.0, 1.0),
}
TABLES = Tables(
    {
        name: (man, woman, deviation if name == "smile" else SPREAD * deviation, lowest, highest)
        for name, (man, woman, deviation, lowest, highest) in GENDERED.items()
    },
    {
        name: (mean, deviation if name in OF_A_PERSON else CALM * deviation)
        for name, (mean, deviation) in SHARED.items()
    },
    {
        **EVEN,
        "ambient": (0.45, 0.75),
        "contrast": (52.0, 68.0),
        "blur": (0.0, 0.5),
        "noise": (0.5, 2.5),
    },
    (
        *KINDS[:3],
        (GLASSES, GLASSES_SETTINGS),
        (HAT, HAT_SETTINGS),
    ),
)
# What is alike in all faces, or in those with the same kind of hair, tells persons apart as well.
MORE = {"eye_x": (0.35, 0.49), "mouth_y": (0.77, 0.93)}  # name -> (lowest, highest)
TIMES = {"hair_length": (0.75, 1.25), "hair_volume": (0.6, 1.5), "hairline": (0.9, 1.1)}
GROWTH = {"hair_length": (0.9, 1.1)}  # of each picture

IDENTITY_DRAWS = LABEL_DRAWS + TRAIT_DRAWS + len(MORE) + len(TIMES)
_IS_OF_A_PERSON = np.array([True] * LABEL_DRAWS + [name in OF_A_PERSON for name in ORDER])
_HAIR = LABEL_DRAWS + ORDER.index("kind of hair")


def draw(first, count, seed=0, stream="persons"):
    """Draw pictures number `first` .. `first + count - 1` of an endless stream.

    Returns:
        images: (count, 2304) uint8, as of `faces.draw`.
        persons: (count,) int32, who is on each: the number of the picture divided by ten.
        labels: (count, 2) float32 one-hot, as of `faces.draw`, the same on all of a person's.
    """
    images = np.empty((count, PIXELS), np.uint8)
    women = np.empty(count, np.float32)
    for block, sitters in sittings(first, count, seed, stream):
        images[block], women[block] = photograph(sitters), sitters.label
    persons = np.arange(first, first + count) // PICTURES
    return images, persons.astype(np.int32), one_hot(women)


def draw_points(first, count, seed=0, stream="persons"):
    """The points (count, 5, 2) of the pictures that `draw` draws, as of `landmarks.draw`."""
    points = np.empty((count, 5, 2), np.float32)
    for block, sitters in sittings(first, count, seed, stream):
        points[block] = landmarks.in_picture(sitters.face)
    return points


def draw_masks(first, count, seed=0, stream="persons"):
    """The masks (count, 48, 48) of the pictures that `draw` draws, as of `masks.draw`."""
    drawn = np.empty((count, SIDE, SIDE), np.uint8)
    for block, sitters in sittings(first, count, seed, stream):
        drawn[block] = masks.of_sitters(sitters)
    return drawn


def sittings(first, count, seed, stream):
    """Yields slices of the `count` pictures, and the `Sitters` of each slice."""
    key, identity_key = stream_key(seed, stream), stream_key(seed, f"{stream}: who")
    for block, numbers in blocks(first, count):
        identity = draw_bits(identity_key, numbers // PICTURES, IDENTITY_DRAWS)
        yield block, sitting(draw_bits(key, numbers, DRAWS), identity)


def sitting(bits, identity):
    """The `Sitters` of pictures.

    Args:
        bits: (pictures, DRAWS) random words of each picture.
        identity: (pictures, IDENTITY_DRAWS) random words of who is on it.
    """
    sitters = seat(_with_identity(bits, identity), TABLES)
    _make_distinct(sitters.face, bits, identity)
    return sitters


def cast(bits, identity):
    """Who is a woman, (faces,) of bool, and the traits, for another picture than a portrait.

    Args:
        bits: (faces, LABEL_DRAWS + TRAIT_DRAWS or more) random words of each face.
        identity: (faces, IDENTITY_DRAWS) random words of whose it is.
    """
    own = _with_identity(bits, identity)
    woman = is_woman(own)
    face = draw_traits(own[:, LABEL_DRAWS : LABEL_DRAWS + TRAIT_DRAWS], woman, TABLES)
    _make_distinct(face, bits, identity)
    return woman, face


def _with_identity(bits, identity):
    """The random words of faces, those of the person in their places."""
    shared = len(_IS_OF_A_PERSON)
    own = np.where(_IS_OF_A_PERSON, identity[:, :shared], bits[:, :shared])
    return np.concatenate([own, bits[:, shared:]], axis=1)


def _make_distinct(face, bits, identity):
    """Changes the traits of faces, in place, by what else tells persons apart."""
    shared = len(_IS_OF_A_PERSON)
    face.update(evenly(MORE, identity[:, shared : shared + len(MORE)]))
    for name, factor in evenly(TIMES, identity[:, shared + len(MORE) :]).items():
        face[name] *= factor
    face["hair_length"] *= evenly(GROWTH, bits[:, _HAIR : _HAIR + 1])["hair_length"]
