"""What faces are painted with: edges, hills, ovals, waves, clouds and light."""

import numpy as np

from dsutil.binary import SIDE

CLOUD = 7  # corners along a side of the coarse grid behind a cloudy texture


def ramp(distance):
    """0 below -1/2, 1 above 1/2, straight between: the cover of a pixel at an edge."""
    return np.clip(distance + 0.5, 0, 1)


def hill(square):
    """A smooth round hill: 1 where the squared radius is 0, and 0 from 1 on."""
    rest = np.maximum(1 - square, 0)
    return rest * rest


def oval(x, y, center_x, center_y, radius_x, radius_y):
    """Squared radius about a center: 1 on the oval's outline."""
    across = (x - center_x) / radius_x
    down = (y - center_y) / radius_y
    return across * across + down * down


def wave(phase):
    """A zigzag between -1 and 1 that repeats at every whole number."""
    return 4 * np.abs(phase - np.floor(phase + 0.5)) - 1


def paint(tones, cover, tone):
    """Lay `tone` over the tones, in place, as thick as `cover` in [0, 1]."""
    tones += cover * (tone - tones)


class Picture:
    """Grey pictures while they are painted, one layer upon another.

    Whoever paints says of each layer which part of a face it is (`dsutil.drawn.parts`). A plain
    picture keeps tones alone; `parts.PictureOfParts` remembers the parts as well.

    Args:
        tones: what they are painted on, (pictures, height, width) float32, 0 black and 1 white.
        part: what that is.
    """

    def __init__(self, tones, part):
        self.tones = tones

    def begin(self, tones, part):
        """Another picture of the same kind, to be laid over this one later."""
        return type(self)(tones, part)

    def paint(self, cover, tone, part):
        """Lay `tone` over the pictures, as thick as `cover` in [0, 1]."""
        paint(self.tones, cover, tone)

    def lay(self, cover, picture):
        """Lay another picture over this one, as thick as `cover` in [0, 1]."""
        paint(self.tones, cover, picture.tones)

    def shade(self, light):
        """Darken what is painted so far, whatever it is."""
        self.tones *= light

    def mark(self, part, cover, *where):
        """Say that a part lies here that has no paint of its own, as thick as `cover(*where)`."""


def make_cloud(corners, side=SIDE):
    """Blow coarse values (faces, 7, 7) up to a smooth texture (faces, side, side)."""
    cell = side // (CLOUD - 1)
    weight = np.tile((np.arange(cell, dtype=np.float32) + 0.5) / cell, CLOUD - 1)
    low, high = np.repeat(corners[:, :-1], cell, 1), np.repeat(corners[:, 1:], cell, 1)
    rows = low + weight[:, None] * (high - low)
    low, high = np.repeat(rows[:, :, :-1], cell, 2), np.repeat(rows[:, :, 1:], cell, 2)
    return low + weight * (high - low)


def light_up(face, height):
    """Brightness of a matt surface of the given `height` (in half face widths)."""
    slope_x, slope_y = np.zeros_like(height), np.zeros_like(height)
    half = face["size"] / 2
    np.subtract(height[:, :, 2:], height[:, :, :-2], out=slope_x[:, :, 1:-1])
    np.subtract(height[:, 2:], height[:, :-2], out=slope_y[:, 1:-1])
    slope_x *= half
    slope_y *= half
    light_x, light_y = face["light_x"], face["light_y"]
    facing = 1 - slope_x * light_x - slope_y * light_y
    length = np.sqrt(1 + slope_x * slope_x + slope_y * slope_y)
    length *= np.sqrt(1 + light_x * light_x + light_y * light_y)
    return face["ambient"] + (1 - face["ambient"]) * np.maximum(facing / length, 0)
