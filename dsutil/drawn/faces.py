"""Draws small grey faces of men and women, the same to the byte on every machine.

Only operations that IEEE 754 rounds exactly are used (+ - * / sqrt, min, max, floor, comparisons,
whole numbers): exp, sin, matrix products and float sums may differ in the last bit between
processors and NumPy versions. Curves are therefore polynomials; random numbers are `random_bits`.

`dsutil.drawn.traits` says what a face is like, `pose` where each pixel lies on it; `head`, `hair`
and `worn` paint it with what is in `brush`.
"""

from typing import NamedTuple

import numpy as np

from dsutil.binary import PIXELS, SIDE
from dsutil.drawn.brush import CLOUD, Picture, make_cloud, paint, ramp
from dsutil.drawn.hair import hair_skull, hair_strands, paint_back_hair, paint_front_hair
from dsutil.drawn.head import paint_ears, paint_head, paint_neck
from dsutil.drawn.parts import BACKGROUND
from dsutil.drawn.pose import head_grid, pixel_grid, skin_grid
from dsutil.drawn.random_bits import draw_bits, normal, stream_key, uniform
from dsutil.drawn.traits import LABEL_DRAWS, TABLES, TRAIT_DRAWS, draw_traits, is_woman
from dsutil.drawn.worn import paint_clothes, paint_glasses, paint_hat

# Faces drawn together: few enough that the grids stay in the processor's cache, and enough that
# threads seldom ask for the interpreter.
BLOCK = 48
WRONG_LABELS = 1 / 50  # a label read off a first name is wrong now and then
DRAWS = LABEL_DRAWS + TRAIT_DRAWS + CLOUD * CLOUD + PIXELS


class Sitters(NamedTuple):
    """Who sits for the painter.

    Attributes:
        label: which of them count as women, (faces,) bool; one in fifty is wrong.
        face: their traits, a dict of (faces, 1, 1) float32.
        cloud: a smooth texture, (faces, 48, 48) float32 in [0, 1).
        grain: of skin and film, (faces, 48, 48) float32.
    """

    label: np.ndarray
    face: dict
    cloud: np.ndarray
    grain: np.ndarray


def draw(first, count, seed=0, stream="train"):
    """Draw faces number `first` .. `first + count - 1` of an endless stream.

    Face i depends on (seed, stream, i) alone. Returns images (count, 2304) uint8, row by row, 0
    black; and labels (count, 2) float32 one-hot: `1 0` man, `0 1` woman.
    """
    key = stream_key(seed, stream)
    images = np.empty((count, PIXELS), np.uint8)
    women = np.empty(count, np.float32)
    for block, numbers in blocks(first, count):
        sitters = seat(draw_bits(key, numbers, DRAWS))
        images[block], women[block] = photograph(sitters), sitters.label
    return images, one_hot(women)


def one_hot(women):
    """Labels (faces, 2) float32 of who is a woman: (faces,) float32, 0 or 1."""
    return np.stack([1 - women, women], axis=1)


def blocks(first, count, size=BLOCK):
    """Yields the slices that cut `count` records into blocks, and the numbers of each one's."""
    keep_freed_memory()
    for start in range(0, count, size):
        stop = min(start + size, count)
        yield slice(start, stop), np.arange(first + start, first + stop, dtype=np.uint64)


def keep_freed_memory():
    """Let glibc keep freed memory for the next array: handing each page back costs a third more.

    It keeps up to twice the size of the largest block ever freed, and this one is of 16 MiB.
    """
    block = np.empty(2**24, np.uint8)
    del block


def seat(bits, tables=TABLES):
    """The `Sitters` of random words (faces, DRAWS), one for each row; see `draw_traits`."""
    traits_end = LABEL_DRAWS + TRAIT_DRAWS
    ends = [LABEL_DRAWS, traits_end, traits_end + CLOUD * CLOUD]
    label_bits, trait_bits, cloud_bits, grain_bits = np.split(bits, ends, axis=1)
    woman = is_woman(label_bits)
    label = woman ^ (uniform(label_bits[:, 1]) < WRONG_LABELS)
    grain = normal(grain_bits).reshape(-1, SIDE, SIDE)
    cloud = make_cloud(uniform(cloud_bits).reshape(-1, CLOUD, CLOUD))
    return Sitters(label, draw_traits(trait_bits, woman, tables), cloud, grain)


def photograph(sitters):
    """The images of some sitters, (faces, 2304) uint8."""
    picture = paint_portrait(sitters, Picture)
    return develop(picture.tones, sitters.face, sitters.grain).reshape(-1, PIXELS)


def paint_portrait(sitters, kind):
    """Paint sitters before a backdrop; `kind` is `brush.Picture` or a kind of it."""
    _, face, cloud, grain = sitters
    picture = kind(paint_backdrop(face, cloud), BACKGROUND)
    u, v = head_grid(face, *pixel_grid())
    paint_clothes(picture, face, u, v)
    paint_face(picture, face, u, v, cloud, grain)
    return picture


def paint_face(picture, face, u, v, cloud, grain):
    """Paint neck, head, hair, hat and glasses, from the back to the front.

    Args:
        picture: `brush.Picture`, what is behind them.
        face: traits.
        u, v: where its pixels lie, as of `pose.head_grid`.
        cloud, grain: textures as of `Sitters`, of the picture's size.
    """
    x, y = skin_grid(face, u, v)
    strands, skull = hair_strands(face, u, v, cloud), hair_skull(face, u, v, cloud)
    paint_back_hair(picture, face, u, v, strands, skull)
    paint_neck(picture, face, u, v)
    paint_ears(picture, face, u, v)
    paint_head(picture, face, u, v, x, y, grain)
    paint_front_hair(picture, face, u, v, x, y, strands, skull)
    paint_hat(picture, face, u, v, x, y)
    paint_glasses(picture, face, x, y)


def paint_backdrop(face, cloud):
    """A plain, shaded or cloudy wall with one post or door before it, out of focus."""
    side = cloud.shape[-1]
    right, down = pixel_grid(side)
    slope = face["backdrop_slope_x"] * right + face["backdrop_slope_y"] * down
    picture = face["backdrop"] + slope / side + face["backdrop_texture"] * (cloud - 0.5)
    inside = face["shape_size"] - np.abs(right - face["shape_x"])
    paint(picture, 0.7 * ramp(inside / 3), face["shape_tone"])
    return picture


def develop(picture, face, grain):
    """Blur, expose and grain a picture (faces, side, side) float; return it as uint8.

    Like a camera the exposure is automatic, so brightness gives no gender away. Its mean and
    deviation are of whole numbers, whose sums are exact in any order.
    """
    picture = picture + face["blur"] * (smooth(picture) - picture)
    levels = np.clip(picture * 4096, -4096, 8192).astype(np.int32)
    total = levels.sum(axis=(1, 2), keepdims=True, dtype=np.int64)
    squares = (levels * levels).sum(axis=(1, 2), keepdims=True, dtype=np.int64)
    pixels = levels[0].size
    mean = total / pixels / 4096
    variance = squares / pixels / 4096**2 - mean * mean
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
