"""Hair: its tone, and where it falls behind and before the head."""

import numpy as np

from dsutil.drawn.brush import hill, light_up, oval, ramp, wave
from dsutil.drawn.head import CROWN
from dsutil.drawn.parts import HAIR


def hair_strands(face, u, v, cloud):
    """Tone of the hair everywhere: strands, and a sheen where the skull faces the light."""
    phase = face["strand_count"] * (u * (0.6 + 0.2 * v) + 0.4 * cloud)
    strands = 1 + face["strand_contrast"] * wave(phase) * wave(0.37 * phase + 0.3 * v)
    dome = 0.8 * np.sqrt(np.maximum(1.9 - u * u - 0.5 * (v + 0.2) * (v + 0.2), 0) + 0.1)
    light = light_up(face, dome)
    gloss = light * light
    return face["hair"] * strands * light + 0.12 * gloss * gloss


def hair_skull(face, u, v, cloud):
    """Cover of the hair about the skull, uneven at its edge."""
    volume = face["hair_volume"]
    square = oval(u, np.minimum(v, 0), 0, 0, 1.02 + volume, CROWN + 0.01 + volume)
    return ramp((1 - square + 2 * volume * (cloud - 0.5)) * face["size"] * 0.6)


def hair_ends(face, u):
    """How far the ends of the hair are above its full length: rounded, and uneven."""
    outer = np.maximum(np.abs(u) - 0.7, 0)
    return outer * outer * 2 + 0.12 * wave(1.7 * u + face["part"])


def paint_back_hair(picture, face, u, v, strands, skull):
    """Hair about the skull, and down behind the neck when it is long."""
    volume, length = face["hair_volume"], face["hair_length"]
    fall = np.maximum(v, 0)
    swing = np.abs(u) - 0.08 * fall * (length > 0.5) + 0.12 * np.maximum(v - 0.8, 0)
    curtain = ramp((1.02 + volume - swing) * face["size"]) * (v >= 0)
    end = length - 0.5 * hair_ends(face, u)
    cover = np.where(v < 0, skull, curtain) * ramp((end - v) * face["size"] * 0.3)
    picture.paint(cover, strands * (1 - 0.3 * (fall > 0)), HAIR)


def paint_front_hair(picture, face, u, v, x, y, strands, skull):
    """Hair before the forehead and temples, and beside the cheeks when it is long."""
    size, across = face["size"], np.abs(x)
    square = across * across
    parting = 0.12 * (1 - face["temples"]) * np.abs(x - face["part"])
    line = face["hairline"] + parting + 0.75 * square * square
    line = line - face["temples"] * 0.9 * hill(oval(across, 0, 0.62, 0, 0.4, 1))
    line = line + (0.03 + 0.3 * face["fringe"]) * wave(3 * x + face["part"])
    depth = y - line
    on_head = skull * (v < 0.2)
    picture.shade(1 - 0.25 * hill(depth * depth / 0.05) * on_head)  # under the hairline
    picture.paint(ramp(-depth * size * 0.4) * on_head, strands, HAIR)
    inner = 0.84 - 0.5 * face["hair_volume"] + 0.06 * wave(0.4 * v + face["part"])
    outer = 1.02 + face["hair_volume"] + 0.06 * np.maximum(v, 0)
    side = ramp((np.abs(u) - inner) * size) * ramp((outer - np.abs(u)) * size)
    end = face["hair_length"] - 0.5 * hair_ends(face, u)
    side *= ramp((end - v) * size * 0.3) * ramp((v + 0.5) * 3)
    picture.paint(side * (face["hair_length"] > 0.5), strands, HAIR)
