"""The head: neck, ears, and the skin with eyes, brows, nose, mouth and beard on it."""

import numpy as np

from dsutil.drawn.brush import hill, light_up, oval, ramp
from dsutil.drawn.landmarks import mouth_half, mouth_line
from dsutil.drawn.parts import BROWS, EYES, HAIR, MOUTH, NECK, NOSE, SKIN

CROWN = 1.27  # from the eyes up to the top of the skull


def head_radius(face, u, v):
    """0 in the middle of the head and 1 on its outline: an oval with a jaw of many shapes."""
    below = np.maximum(v, 0) / face["chin"]
    above = np.minimum(v, 0) / CROWN
    down = below * below
    jaw = down + face["jaw_square"] * (down * down - down)
    across = (u - 0.5 * face["turn"] * below) / (1 - face["jaw_taper"] * np.minimum(below, 1.3))
    return np.sqrt(across * across + jaw + above * above)


def paint_neck(picture, face, u, v):
    """Neck, in the shadow of the chin, down to the neckline."""
    across = (u - 0.2 * face["turn"]) / face["neck_width"]
    height = np.sqrt(np.maximum(1 - across * across, 0) + 0.1) * face["neck_width"]
    shadow = 1 - 0.45 * hill((v - face["chin"]) * (v - face["chin"]) / 0.36)
    cover = ramp((1 - np.abs(across)) * face["neck_width"] * face["size"])
    cover *= ramp((face["neckline"] + 0.25 - 0.9 * np.abs(u) - v) * face["size"]) * (v > 0)
    picture.paint(cover, face["skin"] * light_up(face, height) * shadow, NECK)


def paint_ears(picture, face, u, v):
    """Ears, mostly behind the head."""
    for side in (-1, 1):
        square = oval(u, v, side - 0.12 * face["turn"], 0.14, 0.15, 0.3)
        tone = face["skin"] * (0.55 + 0.35 * np.minimum(square, 1))
        picture.paint(ramp((1 - square) * face["size"] * 0.1), tone, SKIN)


def paint_head(picture, face, u, v, x, y, grain):
    """The skin with all that is on it, lit as one surface."""
    radius = head_radius(face, u, v)
    across = np.abs(x)
    skin = picture.begin(face["skin"] * (1 + 0.02 * grain), SKIN)
    paint_beard(skin, face, x, across, y, grain)
    paint_nostrils(skin, face, across, y)
    skin.mark(NOSE, nose_cover, face, across, y)
    paint_cheek_lines(skin, face, across, y)
    paint_mouth(skin, face, x, y)
    paint_brows(skin, face, across, y)
    paint_eyes(skin, face, x, across, y)
    skin.shade(light_up(face, head_height(face, radius, x, across, y)))
    picture.lay(ramp((1 - radius) * face["size"]), skin)


def head_height(face, radius, x, across, y):
    """How far the head stands out: a dome with nose, brow ridge, sockets, cheeks, lips, chin."""
    height = 0.9 * np.sqrt(np.maximum(1 - radius * radius, 0) + 0.04)
    length = face["nose_length"]
    rise = np.clip((y + 0.1) / length, 0, 1) * ramp((length + 0.04 - y) * 8)
    width = face["nose_width"] * (0.6 + 0.5 * rise)
    middle = x / width
    height += 0.26 * rise * hill(middle * middle * 0.5)
    height -= 0.12 * hill(oval(across, y, face["eye_x"], 0.0, 0.34, 0.22))
    height += face["brow_ridge"] * hill(oval(across, y, face["eye_x"], -0.22, 0.45, 0.16))
    smile = 0.05 * np.maximum(face["smile"], 0)
    height += (face["cheekbones"] + smile + 0.03) * hill(oval(across, y, 0.55, 0.45, 0.4, 0.34))
    height += 0.06 * hill(oval(x, y, 0, 0.86, 0.42, 0.2))
    height += 0.08 * hill(oval(x, y, 0, face["chin"] - 0.16, 0.35, 0.2))
    return height


def paint_beard(skin, face, x, across, y, grain):
    """Shaven shadow, stubble or beard, with the grain of single hairs."""
    edge = 0.8 - 0.85 * across * across
    cheeks = ramp((y - edge) * 4) * ramp((y - 0.1) * 4)
    lip = hill(oval(x, y, 0, 0.71, 0.48, 0.16))
    chin = hill(oval(x, y, 0, 1.12, 0.5, 0.34))
    thick = np.maximum(face["beard_cheeks"] * cheeks, face["beard_lip"] * np.minimum(2 * lip, 1))
    thick = np.maximum(thick, face["beard_chin"] * np.minimum(2 * chin, 1))
    thick = np.maximum(thick, face["beard_shadow"] * np.maximum(cheeks, lip))
    tone = np.minimum(face["hair"], 0.45 * face["skin"])
    skin.paint(thick * np.clip(0.85 + 0.2 * grain, 0, 1), tone, HAIR)


def paint_nostrils(skin, face, across, y):
    """Nostrils, the wings beside them and the shade under the tip."""
    length, width = face["nose_length"], face["nose_width"]
    dark = 0.55 * hill(oval(across, y, 0.55 * width, length, 0.11, 0.08))
    dark += 0.25 * hill(oval(across, y, 0, length + 0.05, width * 1.3, 0.09))
    dark += 0.22 * hill(oval(across, y, width * 1.1, length - 0.06, 0.08, 0.12))
    skin.shade(1 - np.minimum(dark, 0.8))


def nose_cover(face, across, y):
    """Where the nose is, which light and shade show but no paint does.

    A bridge from between the eyes, as wide there as half the nose, that widens to the wings; they
    end where the shade under the tip does.
    """
    length, width = face["nose_length"], face["nose_width"]
    down = np.clip(y / length, 0, 1)
    beside = width * (0.5 + 0.75 * down * down) - across
    return ramp(np.minimum(np.minimum(beside, y + 0.05), length + 0.07 - y) * face["size"])


def paint_mouth(skin, face, x, y):
    """Lips about a line that a smile bends up at the ends, parted over teeth or a dark mouth."""
    size, full = face["size"], face["lip_fullness"]
    along = x / mouth_half(face)
    taper = np.maximum(1 - along * along, 0)
    line = y - mouth_line(face, taper)
    gap = face["mouth_gap"] * taper
    top, bottom = line + 0.5 * gap, line - 1.2 * gap
    upper = ramp((top + full * np.minimum(taper, 0.7 + 0.3 * np.abs(along))) * size)
    lower = ramp((1.25 * full * taper - bottom) * size)
    lips = np.minimum(upper, lower) * ramp((1.05 - np.abs(along)) * 6)
    skin.paint(lips, face["skin"] * (np.where(line < 0, 0.88, 1.0) - face["lip_tint"]), MOUTH)
    inside = ramp(np.minimum(top, -bottom) * size) * np.minimum(30 * gap, 1)
    skin.paint(inside, face["teeth"] * (0.5 + 0.5 * face["skin"]) + 0.05, MOUTH)
    closed = face["mouth_gap"] <= 0
    seam = hill(line * line / 0.003) * ramp((1.15 - np.abs(along)) * 4) * closed
    shade = hill(oval(x, bottom - 1.3 * full, 0, 0.07, 0.3, 0.1))
    skin.shade((1 - 0.5 * seam) * (1 - 0.2 * shade))


def paint_cheek_lines(skin, face, across, y):
    """The fold from the nose to the corner of the mouth, deeper in a smile."""
    down = y - 0.68
    fold = across - 0.42 - 0.45 * down
    depth = 0.08 + 0.16 * np.clip(face["smile"], 0, 1)
    skin.shade(1 - depth * hill(fold * fold / 0.008) * hill(down * down / 0.09))


def paint_brows(skin, face, across, y):
    """Brows: an arched band that thins outwards."""
    along = (across - face["eye_x"]) / 0.28
    line = -face["brow_height"] + face["brow_arch"] * (along * along - 0.3)
    thick = face["brow_thickness"] * (1 - 0.35 * along)
    cover = ramp((thick - np.abs(y - line)) * face["size"]) * ramp((1 - np.abs(along)) * 4)
    skin.paint(0.85 * cover, np.minimum(face["hair"], 0.5 * face["skin"]) * 0.8, BROWS)


def paint_eyes(skin, face, x, across, y):
    """Eyes between two lids: white, iris, lashes, and the crease above."""
    size, opening = face["size"], face["eye_opening"]
    along = (across - face["eye_x"]) / 0.2
    taper = np.maximum(1 - along * along, 0)
    upper, lower = y + opening * taper, 0.75 * opening * taper - y
    inside = ramp(np.minimum(upper, lower) * size)
    white = np.minimum(0.25 + 0.7 * face["skin"], 0.8)
    skin.paint(inside * (taper > 0), white, EYES)
    center = face["eye_x"] + np.where(x > 0, face["gaze"], -face["gaze"])
    round_iris = oval(across, y, center, -0.01, 0.095, 0.105)
    iris = inside * ramp((1 - round_iris) * 1.2)
    skin.paint(iris, face["iris"] * np.minimum(round_iris, 1), EYES)
    lid = hill(upper * upper / 0.0036) * ramp((1.15 - np.abs(along)) * 4)
    skin.shade(1 - (0.3 + 0.6 * face["lashes"]) * lid)
    skin.mark(EYES, lash_cover, face, along, upper, lower)
    crease = y + opening * taper + 0.1
    skin.shade(1 - 0.2 * hill(crease * crease / 0.003) * ramp((1.1 - np.abs(along)) * 4))


def lash_cover(face, along, upper, lower):
    """The eyes with their lashes, which the shade on the lids shows."""
    between = ramp(np.minimum(upper + 0.03, lower + 0.02) * face["size"])
    return between * ramp((1.1 - np.abs(along)) * 0.2 * face["size"])
