"""What a face wears: clothes, a hat, glasses."""

import numpy as np

from dsutil.drawn.brush import oval, ramp, wave
from dsutil.drawn.parts import CLOTHES, GLASSES, HAT


def paint_clothes(picture, face, u, v):
    """Shoulders, sloping from the neck."""
    across = np.abs(u)
    cover = ramp((v - shoulder_line(face, across)) * face["size"])
    picture.paint(cover, face["clothes"] * (1 - 0.15 * across), CLOTHES)


def paint_bust(picture, face, u, v):
    """Shoulders that end, a body that gets slimmer, and darker trousers: where there is room."""
    across, size = np.abs(u), face["size"]
    rounded = np.maximum(across - 1.15, 0)
    cover = ramp((v - shoulder_line(face, across) - 1.5 * rounded * rounded) * size)
    cover *= ramp((1.75 - 0.18 * np.clip(v - 2.2, 0, 2.8) - across) * size)
    tone = face["clothes"] * (1 - 0.15 * across) * (1 - 0.45 * ramp((v - 5.2) * size))
    picture.paint(cover, tone, CLOTHES)


def shoulder_line(face, across):
    """How far below the eyes the shoulders are."""
    return face["neckline"] - 0.3 + 0.3 * np.maximum(across - 0.5, 0)


def paint_hat(picture, face, u, v, x, y):
    """A woollen hat, or a cap with a brim."""
    size = face["size"]
    square = oval(u, np.minimum(v + 0.6, 0), 0, 0, 1.16, 1.0)
    band = -0.6 + 0.12 * x * x - y
    cover = ramp((1 - square) * size * 0.5) * ramp(band * size)
    tone = face["shape_tone"] * (0.85 + 0.07 * wave(4 * u) - 0.25 * (band < 0.3))
    picture.paint(cover * face["hat"], tone * (1 - 0.5 * square * square) + 0.05, HAT)
    brim = ramp((1 - oval(x, y, 0, -0.55, 0.95, 0.2)) * size * 0.15)
    picture.paint(brim * face["brim"], face["shape_tone"] * (0.3 - 0.5 * (y + 0.55)), HAT)


def paint_glasses(picture, face, x, y):
    """Two rounded frames with clear or dark glass, and the bridge between them."""
    size = face["size"]
    across, down = (np.abs(x) - face["eye_x"]) / 0.33, (y - 0.04) / 0.25
    radius = np.sqrt(np.sqrt(across * across * across * across + down * down * down * down))
    picture.paint(face["glass"] * ramp((1 - radius) * 0.3 * size), 0.06, GLASSES)
    rim = ramp((0.045 - 0.3 * np.abs(radius - 1)) * size)
    bridge = ramp((0.04 - np.abs(y)) * size) * (np.abs(x) < 0.14)
    picture.paint(face["rim"] * np.maximum(rim, bridge), 0.1, GLASSES)
