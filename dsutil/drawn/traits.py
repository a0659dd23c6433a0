"""What a drawn face looks like: its traits, and how often men and women have them.

The random numbers are dealt out in the order of these tables: to add, remove or move a row draws
other faces.
"""

from typing import NamedTuple

import numpy as np

from dsutil.drawn.random_bits import normal, uniform

# Traits that differ by gender, and overlap: name -> (man, woman, deviation, lowest, highest).
# Lengths are in half face widths.
GENDERED = {
    "chin": (1.30, 1.22, 0.05, 1.1, 1.5),  # from the eyes down
    "jaw_square": (0.75, 0.25, 0.20, 0.0, 1.0),  # 0 an oval
    "jaw_taper": (0.06, 0.20, 0.05, 0.0, 0.35),
    "neck_width": (0.74, 0.57, 0.06, 0.4, 0.9),
    "brow_thickness": (0.076, 0.040, 0.014, 0.02, 0.12),  # half of it
    "brow_height": (0.26, 0.35, 0.03, 0.18, 0.45),  # above the eye
    "brow_arch": (0.03, 0.09, 0.03, -0.03, 0.2),
    "brow_ridge": (0.07, 0.01, 0.03, 0.0, 0.15),
    "eye_opening": (0.075, 0.105, 0.014, 0.03, 0.16),
    "lashes": (0.30, 0.75, 0.18, 0.0, 1.0),
    "nose_width": (0.20, 0.155, 0.02, 0.1, 0.28),
    "nose_length": (0.58, 0.52, 0.03, 0.42, 0.7),
    "lip_fullness": (0.065, 0.105, 0.017, 0.02, 0.17),
    "lip_tint": (0.16, 0.40, 0.10, 0.05, 0.8),  # how much darker than the skin
    "mouth_width": (0.38, 0.35, 0.04, 0.25, 0.5),
    "cheekbones": (0.02, 0.06, 0.03, 0.0, 0.15),
    "smile": (0.45, 0.70, 0.35, -0.2, 1.2),  # 0 a straight mouth
    "beard_shadow": (0.17, 0.00, 0.09, 0.0, 0.5),  # of a shaven beard
}

# What varies alike for both: name -> (mean, deviation).
SHARED = {
    "center_x": (0.0, 1.7),  # pixels
    "center_y": (-2.2, 1.6),  # pixels
    "size": (14.2, 1.3),  # half face width in pixels
    "tilt": (0.0, 0.075),  # tangent of half the angle
    "turn": (0.0, 0.19),  # sine of the angle
    "nod": (0.0, 0.06),
    "light_x": (0.0, 0.45),
    "light_y": (-0.45, 0.35),  # mostly from above
    "gaze": (0.0, 0.03),
    "part": (0.0, 0.4),
}

# What varies evenly for both: name -> (lowest, highest). Tones run from 0 black to 1 white.
EVEN = {
    "skin": (0.38, 0.9),
    "hair": (0.05, 0.7),  # beside the skin
    "iris": (0.1, 0.4),
    "clothes": (0.08, 0.95),
    "neckline": (1.5, 1.9),
    "ambient": (0.3, 0.65),
    "strand_count": (5.0, 11.0),
    "strand_contrast": (0.05, 0.25),
    "backdrop": (0.1, 0.9),
    "backdrop_slope_x": (-0.3, 0.3),
    "backdrop_slope_y": (-0.3, 0.3),
    "backdrop_texture": (0.0, 0.5),
    "shape_x": (-24.0, 24.0),
    "shape_y": (-24.0, 24.0),
    "shape_size": (4.0, 20.0),
    "shape_tone": (0.0, 1.0),
    "exposure": (85.0, 160.0),  # mean of the finished picture
    "contrast": (40.0, 66.0),  # its standard deviation
    "blur": (0.0, 0.8),
    "noise": (0.5, 6.0),
}

# What is the same for all, but for persons who are told apart by it (`dsutil.drawn.persons`).
ALIKE = {
    "eye_x": 0.42,  # from the midline to the middle of an eye
    "mouth_y": 0.85,  # from the eyes down to the mouth
}

# Kinds to choose from: name -> (share of men, share of women, settings of the kind).
HAIR = {  #            men  women  length volume hairline temples fringe
    "short": (0.60, 0.12, 0.10, 0.12, -0.88, 0.30, 0.00),
    "receding": (0.12, 0.01, 0.05, 0.07, -1.08, 0.90, 0.00),
    "bald": (0.08, 0.00, -9.0, 0.00, -9.00, 0.00, 0.00),
    "tied back": (0.04, 0.15, 0.10, 0.04, -0.86, 0.10, 0.00),
    "mid-length": (0.06, 0.20, 0.95, 0.18, -0.85, 0.15, 0.00),
    "long": (0.05, 0.32, 1.90, 0.16, -0.85, 0.15, 0.00),
    "long, fringe": (0.01, 0.14, 1.50, 0.18, -0.50, 0.00, 0.16),
    "short, fringe": (0.04, 0.06, 0.15, 0.14, -0.55, 0.10, 0.16),
}
HAIR_SETTINGS = ("hair_length", "hair_volume", "hairline", "temples", "fringe")

BEARD = {  #     men   women  cheeks moustache chin
    "none": (0.64, 0.98, 0.0, 0.0, 0.0),
    "stubble": (0.12, 0.01, 0.4, 0.4, 0.4),
    "moustache": (0.06, 0.01, 0.0, 0.9, 0.0),
    "goatee": (0.06, 0.00, 0.0, 0.8, 0.9),
    "full": (0.12, 0.00, 0.9, 0.9, 0.9),
}
BEARD_SETTINGS = ("beard_cheeks", "beard_lip", "beard_chin")

MOUTH = {  #       men  women   gap  teeth  lift of the corners
    "closed": (0.58, 0.46, 0.00, 0.0, 0.0),
    "teeth": (0.34, 0.46, 0.06, 1.0, 0.5),
    "open": (0.08, 0.08, 0.11, 0.1, 0.0),
}
MOUTH_SETTINGS = ("mouth_gap", "teeth", "grin")

GLASSES = {  #     men  women  rim  glass
    "none": (0.82, 0.82, 0.0, 0.0),
    "clear": (0.14, 0.14, 0.8, 0.05),
    "dark": (0.04, 0.04, 0.9, 0.9),
}
GLASSES_SETTINGS = ("rim", "glass")

HAT = {  #         men  women  worn  brim
    "none": (0.92, 0.92, 0.0, 0.0),
    "woollen": (0.04, 0.05, 1.0, 0.0),
    "cap": (0.04, 0.03, 1.0, 1.0),
}
HAT_SETTINGS = ("hat", "brim")

KINDS = (
    (HAIR, HAIR_SETTINGS),
    (BEARD, BEARD_SETTINGS),
    (MOUTH, MOUTH_SETTINGS),
    (GLASSES, GLASSES_SETTINGS),
    (HAT, HAT_SETTINGS),
)

# The traits in the order of their random words.
ORDER = (*GENDERED, *SHARED, *EVEN, "kind of hair", "beard", "mouth", "glasses", "kind of hat")

# How many random words a face takes: its label (the gender, and whether the label is wrong), then
# its traits.
LABEL_DRAWS = 2
TRAIT_DRAWS = len(ORDER)


def is_woman(bits):
    """Who of the faces is a woman: (faces,) bool, from each one's random words (faces, draws)."""
    return uniform(bits[:, 0]) < 0.5


class Tables(NamedTuple):
    """What faces are drawn after; other tables have the same rows in the same order."""

    gendered: dict = GENDERED
    shared: dict = SHARED
    even: dict = EVEN
    kinds: tuple = KINDS


TABLES = Tables()


def draw_traits(bits, woman, tables=TABLES):
    """Turn random words (faces, draws) into a dict: trait name -> float32 (faces, 1, 1)."""
    columns = iter(np.moveaxis(bits, 1, 0)[:, :, None, None])
    woman = woman[:, None, None]
    face = {}
    for name, (man_mean, woman_mean, deviation, lowest, highest) in tables.gendered.items():
        mean = np.where(woman, np.float32(woman_mean), np.float32(man_mean))
        face[name] = np.clip(mean + deviation * normal(next(columns)), lowest, highest)
    for name, (mean, deviation) in tables.shared.items():
        face[name] = mean + deviation * normal(next(columns))
    for name, (lowest, highest) in tables.even.items():
        face[name] = lowest + (highest - lowest) * uniform(next(columns))
    face["hair"] *= face["skin"]  # fair hair goes with fair skin
    for kinds, settings in tables.kinds:
        face.update(choose_kind(kinds, settings, uniform(next(columns)), woman))
    face["smile"] += face["grin"]
    for name, value in ALIKE.items():
        face[name] = np.full_like(face["smile"], value)
    return face


def evenly(table, bits):
    """Turn random words (faces, rows) into a dict: name -> float32 (faces, 1, 1).

    `table` has the lowest and the highest value of each.
    """
    columns = np.moveaxis(bits, 1, 0)[:, :, None, None]
    rows = zip(table.items(), columns, strict=True)
    return {name: low + (high - low) * uniform(column) for (name, (low, high)), column in rows}


def choose_kind(kinds, settings, chance, woman):
    """Choose a kind for each face by `chance` in [0, 1); return its settings by name."""
    table = np.array(list(kinds.values()), np.float32)
    kind = np.zeros(chance.shape, np.intp)
    reached = np.zeros(chance.shape, np.float32)
    for men, women in table[:-1, :2]:
        reached = reached + np.where(woman, women, men)
        kind += chance >= reached
    return {name: table[kind, 2 + column] for column, name in enumerate(settings)}
