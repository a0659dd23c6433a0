"""Draws small grey faces of men and women, the same to the byte on every machine.

Only operations that IEEE 754 rounds exactly are used (+ - * / sqrt, min, max, floor, comparisons,
whole numbers): exp, sin, matrix products and float sums may differ in the last bit between
processors and NumPy versions. Curves are therefore polynomials; random numbers are `random_bits`.

A face is drawn on two grids (faces, 48, 48) that say where each pixel lies on the head: `u` to the
right and `v` down from the point between the eyes, in half face widths. The features use `x`, `y`,
the same place on the skin once the turn of the head is undone, so that x = 0 is the face's midline.
"""

import numpy as np

from dsutil.binary import PIXELS, SIDE
from dsutil.drawn.landmarks import EYE_X, mouth_half, mouth_line
from dsutil.drawn.random_bits import draw_bits, normal, stream_key, uniform
from dsutil.drawn.traits import LABEL_DRAWS, TRAIT_DRAWS, draw_traits, is_woman

BLOCK = 24  # faces drawn together: few enough that the grids stay in the processor's cache
WRONG_LABELS = 1 / 50  # a label read off a first name is wrong now and then

CROWN = 1.27  # from the eyes up to the top of the skull
CLOUD = 7  # corners along a side of the coarse grid behind a cloudy texture
DRAWS = LABEL_DRAWS + TRAIT_DRAWS + CLOUD * CLOUD + PIXELS


def draw(first, count, seed=0, stream="train"):
    """Draw faces number `first` .. `first + count - 1` of an endless stream.

    Face i depends on (seed, stream, i) alone. Returns images (count, 2304) uint8, row by row, 0
    black; and labels (count, 2) float32 one-hot: `1 0` man, `0 1` woman.
    """
    keep_freed_memory()
    key = stream_key(seed, stream)
    images = np.empty((count, PIXELS), np.uint8)
    women = np.empty(count, np.float32)
    for start in range(0, count, BLOCK):
        block = slice(start, min(start + BLOCK, count))
        numbers = np.arange(first + block.start, first + block.stop, dtype=np.uint64)
        images[block], women[block] = draw_block(draw_bits(key, numbers, DRAWS))
    return images, np.stack([1 - women, women], axis=1)


def keep_freed_memory():
    """Let glibc keep freed memory for the next array: handing each page back costs a third more.

    It keeps up to twice the size of the largest block ever freed, and this one is of 16 MiB.
    """
    block = np.empty(2**24, np.uint8)
    del block


def draw_block(bits):
    """Draw one face for each row of `bits`: images (faces, 2304) uint8, labels (faces,) 0 or 1."""
    traits_end = LABEL_DRAWS + TRAIT_DRAWS
    ends = [LABEL_DRAWS, traits_end, traits_end + CLOUD * CLOUD]
    label_bits, trait_bits, cloud_bits, grain_bits = np.split(bits, ends, axis=1)
    woman = is_woman(label_bits)
    label = woman ^ (uniform(label_bits[:, 1]) < WRONG_LABELS)
    face = draw_traits(trait_bits, woman)
    grain = normal(grain_bits).reshape(-1, SIDE, SIDE)
    cloud = make_cloud(uniform(cloud_bits).reshape(-1, CLOUD, CLOUD))
    u, v = head_grid(face)
    x, y = skin_grid(face, u, v)

    picture = paint_backdrop(face, cloud)
    strands, skull = hair_strands(face, u, v, cloud), hair_skull(face, u, v, cloud)
    paint_clothes(picture, face, u, v)
    paint_back_hair(picture, face, u, v, strands, skull)
    paint_neck(picture, face, u, v)
    paint_ears(picture, face, u, v)
    paint_head(picture, face, u, v, x, y, grain)
    paint_front_hair(picture, face, u, v, x, y, strands, skull)
    paint_hat(picture, face, u, v, x, y)
    paint_glasses(picture, face, x, y)
    return develop(picture, face, grain).reshape(-1, PIXELS), label


# ----------------------------------------------------------------------------------------- grids


def head_grid(face):
    """Where each pixel lies from the point between the eyes: `u` right and `v` down, upright."""
    pixel = np.arange(SIDE, dtype=np.float32) - (SIDE - 1) / 2
    right = pixel[None, None, :] - face["center_x"]
    down = pixel[None, :, None] - face["center_y"]
    square = face["tilt"] * face["tilt"]
    cosine = (1 - square) / (1 + square) / face["size"]
    sine = 2 * face["tilt"] / (1 + square) / face["size"]
    return right * cosine + down * sine, down * cosine - right * sine


def skin_grid(face, u, v):
    """The place on the skin that a pixel shows, `x` from the midline and `y` down from the eyes.

    Seen from above the head is a circle: a skin point at sine x shows at sine u, turned on.
    """
    depth = np.sqrt(np.maximum(1 - u * u, 0))
    x = u * np.sqrt(1 - face["turn"] * face["turn"]) - depth * face["turn"]
    return x, v - face["nod"]


def head_radius(face, u, v):
    """0 in the middle of the head and 1 on its outline: an oval with a jaw of many shapes."""
    below = np.maximum(v, 0) / face["chin"]
    above = np.minimum(v, 0) / CROWN
    down = below * below
    jaw = down + face["jaw_square"] * (down * down - down)
    across = (u - 0.5 * face["turn"] * below) / (1 - face["jaw_taper"] * np.minimum(below, 1.3))
    return np.sqrt(across * across + jaw + above * above)


# ----------------------------------------------------------------------------------------- tools


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


def paint(picture, cover, tone):
    """Lay `tone` over the picture, in place, as thick as `cover` in [0, 1]."""
    picture += cover * (tone - picture)


def make_cloud(corners):
    """Blow coarse values (faces, 7, 7) up to a smooth texture (faces, 48, 48)."""
    cell = SIDE // (CLOUD - 1)
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


# ------------------------------------------------------------------------------------ the picture


def paint_backdrop(face, cloud):
    """A plain, shaded or cloudy wall with one post or door before it, out of focus."""
    pixel = np.arange(SIDE, dtype=np.float32) - (SIDE - 1) / 2
    right, down = pixel[None, None, :], pixel[None, :, None]
    slope = face["backdrop_slope_x"] * right + face["backdrop_slope_y"] * down
    picture = face["backdrop"] + slope / SIDE + face["backdrop_texture"] * (cloud - 0.5)
    inside = face["shape_size"] - np.abs(right - face["shape_x"])
    paint(picture, 0.7 * ramp(inside / 3), face["shape_tone"])
    return picture


def paint_clothes(picture, face, u, v):
    """Shoulders, sloping from the neck."""
    across = np.abs(u)
    top = face["neckline"] - 0.3 + 0.3 * np.maximum(across - 0.5, 0)
    paint(picture, ramp((v - top) * face["size"]), face["clothes"] * (1 - 0.15 * across))


def paint_neck(picture, face, u, v):
    """Neck, in the shadow of the chin, down to the neckline."""
    across = (u - 0.2 * face["turn"]) / face["neck_width"]
    height = np.sqrt(np.maximum(1 - across * across, 0) + 0.1) * face["neck_width"]
    shadow = 1 - 0.45 * hill((v - face["chin"]) * (v - face["chin"]) / 0.36)
    cover = ramp((1 - np.abs(across)) * face["neck_width"] * face["size"])
    cover *= ramp((face["neckline"] + 0.25 - 0.9 * np.abs(u) - v) * face["size"]) * (v > 0)
    paint(picture, cover, face["skin"] * light_up(face, height) * shadow)


def paint_ears(picture, face, u, v):
    """Ears, mostly behind the head."""
    for side in (-1, 1):
        square = oval(u, v, side - 0.12 * face["turn"], 0.14, 0.15, 0.3)
        tone = face["skin"] * (0.55 + 0.35 * np.minimum(square, 1))
        paint(picture, ramp((1 - square) * face["size"] * 0.1), tone)


def paint_head(picture, face, u, v, x, y, grain):
    """The skin with all that is on it, lit as one surface."""
    radius = head_radius(face, u, v)
    across = np.abs(x)
    skin = face["skin"] * (1 + 0.02 * grain)
    paint_beard(skin, face, x, across, y, grain)
    paint_nostrils(skin, face, across, y)
    paint_cheek_lines(skin, face, across, y)
    paint_mouth(skin, face, x, y)
    paint_brows(skin, face, across, y)
    paint_eyes(skin, face, x, across, y)
    skin *= light_up(face, head_height(face, radius, x, across, y))
    paint(picture, ramp((1 - radius) * face["size"]), skin)


def head_height(face, radius, x, across, y):
    """How far the head stands out: a dome with nose, brow ridge, sockets, cheeks, lips, chin."""
    height = 0.9 * np.sqrt(np.maximum(1 - radius * radius, 0) + 0.04)
    length = face["nose_length"]
    rise = np.clip((y + 0.1) / length, 0, 1) * ramp((length + 0.04 - y) * 8)
    width = face["nose_width"] * (0.6 + 0.5 * rise)
    middle = x / width
    height += 0.26 * rise * hill(middle * middle * 0.5)
    height -= 0.12 * hill(oval(across, y, EYE_X, 0.0, 0.34, 0.22))
    height += face["brow_ridge"] * hill(oval(across, y, EYE_X, -0.22, 0.45, 0.16))
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
    paint(skin, thick * np.clip(0.85 + 0.2 * grain, 0, 1), tone)


def paint_nostrils(skin, face, across, y):
    """Nostrils, the wings beside them and the shade under the tip."""
    length, width = face["nose_length"], face["nose_width"]
    dark = 0.55 * hill(oval(across, y, 0.55 * width, length, 0.11, 0.08))
    dark += 0.25 * hill(oval(across, y, 0, length + 0.05, width * 1.3, 0.09))
    dark += 0.22 * hill(oval(across, y, width * 1.1, length - 0.06, 0.08, 0.12))
    skin *= 1 - np.minimum(dark, 0.8)


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
    paint(skin, lips, face["skin"] * (np.where(line < 0, 0.88, 1.0) - face["lip_tint"]))
    inside = ramp(np.minimum(top, -bottom) * size) * np.minimum(30 * gap, 1)
    paint(skin, inside, face["teeth"] * (0.5 + 0.5 * face["skin"]) + 0.05)
    closed = face["mouth_gap"] <= 0
    seam = hill(line * line / 0.003) * ramp((1.15 - np.abs(along)) * 4) * closed
    shade = hill(oval(x, bottom - 1.3 * full, 0, 0.07, 0.3, 0.1))
    skin *= (1 - 0.5 * seam) * (1 - 0.2 * shade)


def paint_cheek_lines(skin, face, across, y):
    """The fold from the nose to the corner of the mouth, deeper in a smile."""
    down = y - 0.68
    fold = across - 0.42 - 0.45 * down
    depth = 0.08 + 0.16 * np.clip(face["smile"], 0, 1)
    skin *= 1 - depth * hill(fold * fold / 0.008) * hill(down * down / 0.09)


def paint_brows(skin, face, across, y):
    """Brows: an arched band that thins outwards."""
    along = (across - EYE_X) / 0.28
    line = -face["brow_height"] + face["brow_arch"] * (along * along - 0.3)
    thick = face["brow_thickness"] * (1 - 0.35 * along)
    cover = ramp((thick - np.abs(y - line)) * face["size"]) * ramp((1 - np.abs(along)) * 4)
    paint(skin, 0.85 * cover, np.minimum(face["hair"], 0.5 * face["skin"]) * 0.8)


def paint_eyes(skin, face, x, across, y):
    """Eyes between two lids: white, iris, lashes, and the crease above."""
    size, opening = face["size"], face["eye_opening"]
    along = (across - EYE_X) / 0.2
    taper = np.maximum(1 - along * along, 0)
    upper, lower = y + opening * taper, 0.75 * opening * taper - y
    inside = ramp(np.minimum(upper, lower) * size)
    white = np.minimum(0.25 + 0.7 * face["skin"], 0.8)
    paint(skin, inside * (taper > 0), white)
    center = EYE_X + np.where(x > 0, face["gaze"], -face["gaze"])
    round_iris = oval(across, y, center, -0.01, 0.095, 0.105)
    paint(skin, inside * ramp((1 - round_iris) * 1.2), face["iris"] * np.minimum(round_iris, 1))
    lid = hill(upper * upper / 0.0036) * ramp((1.15 - np.abs(along)) * 4)
    skin *= 1 - (0.3 + 0.6 * face["lashes"]) * lid
    crease = y + opening * taper + 0.1
    skin *= 1 - 0.2 * hill(crease * crease / 0.003) * ramp((1.1 - np.abs(along)) * 4)


# ------------------------------------------------------------------------------ hair, hat, glasses


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
    paint(picture, cover, strands * (1 - 0.3 * (fall > 0)))


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
    picture *= 1 - 0.25 * hill(depth * depth / 0.05) * on_head  # the shadow under the hairline
    paint(picture, ramp(-depth * size * 0.4) * on_head, strands)
    inner = 0.84 - 0.5 * face["hair_volume"] + 0.06 * wave(0.4 * v + face["part"])
    outer = 1.02 + face["hair_volume"] + 0.06 * np.maximum(v, 0)
    side = ramp((np.abs(u) - inner) * size) * ramp((outer - np.abs(u)) * size)
    end = face["hair_length"] - 0.5 * hair_ends(face, u)
    side *= ramp((end - v) * size * 0.3) * ramp((v + 0.5) * 3)
    paint(picture, side * (face["hair_length"] > 0.5), strands)


def paint_hat(picture, face, u, v, x, y):
    """A woollen hat, or a cap with a brim."""
    size = face["size"]
    square = oval(u, np.minimum(v + 0.6, 0), 0, 0, 1.16, 1.0)
    band = -0.6 + 0.12 * x * x - y
    cover = ramp((1 - square) * size * 0.5) * ramp(band * size)
    tone = face["shape_tone"] * (0.85 + 0.07 * wave(4 * u) - 0.25 * (band < 0.3))
    paint(picture, cover * face["hat"], tone * (1 - 0.5 * square * square) + 0.05)
    brim = ramp((1 - oval(x, y, 0, -0.55, 0.95, 0.2)) * size * 0.15)
    paint(picture, brim * face["brim"], face["shape_tone"] * (0.3 - 0.5 * (y + 0.55)))


def paint_glasses(picture, face, x, y):
    """Two rounded frames with clear or dark glass, and the bridge between them."""
    size = face["size"]
    across, down = (np.abs(x) - EYE_X) / 0.33, (y - 0.04) / 0.25
    radius = np.sqrt(np.sqrt(across * across * across * across + down * down * down * down))
    paint(picture, face["glass"] * ramp((1 - radius) * 0.3 * size), 0.06)
    rim = ramp((0.045 - 0.3 * np.abs(radius - 1)) * size)
    bridge = ramp((0.04 - np.abs(y)) * size) * (np.abs(x) < 0.14)
    paint(picture, face["rim"] * np.maximum(rim, bridge), 0.1)


# ------------------------------------------------------------------------------------ the camera


def develop(picture, face, grain):
    """Blur, expose and grain a picture (faces, 48, 48) float; return it as uint8.

    Like a camera the exposure is automatic, so brightness gives no gender away. Its mean and
    deviation are of whole numbers, whose sums are exact in any order.
    """
    picture = picture + face["blur"] * (smooth(picture) - picture)
    levels = np.clip(picture * 4096, -4096, 8192).astype(np.int32)
    total = levels.sum(axis=(1, 2), keepdims=True, dtype=np.int64)
    squares = (levels * levels).sum(axis=(1, 2), keepdims=True, dtype=np.int64)
    mean = total / PIXELS / 4096
    variance = squares / PIXELS / 4096**2 - mean * mean
    gain = face["contrast"] / np.sqrt(variance.astype(np.float32) + 1e-4)
    result = face["exposure"] + gain * (picture - mean.astype(np.float32))
    result += face["noise"] * grain
    return np.clip(np.floor(result + 0.5), 0, 255).astype(np.uint8)


def smooth(picture):
    """Average each pixel with its neighbours, weights 1 2 1 both ways; the border stays."""
    result = picture.copy()
    result[:, 1:-1] += 0.25 * (picture[:, :-2] - 2 * picture[:, 1:-1] + picture[:, 2:])
    rows = result.copy()
    result[:, :, 1:-1] += 0.25 * (rows[:, :, :-2] - 2 * rows[:, :, 1:-1] + rows[:, :, 2:])
    return result
