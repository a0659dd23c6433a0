"""Pictures of what a network sees and does: arrays in, pixels out (uint8)."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dsutil.pictures import enlarged, tiled

TILE = 3 * 16  # pixels a side; smaller pictures are enlarged to about that, kernels of 3x3 exactly
GAP = 2
WHITE, GREEN, RED, GREY = (255, 255, 255), (0, 140, 60), (200, 30, 30), (90, 90, 90)
FONT_SIZE = 12
LARGEST = 512  # pixels a side of a tile: of a larger picture every second, third, … is shown
MOST_PIXELS = 2**18  # of all tiles together: the first so many are shown


def grey(values):
    """Numbers as grey levels: black is 0 and white the largest.

    Where some are negative, middle grey is 0, and black and white are as far from it on both sides.
    """
    if not np.isfinite(values).all():
        values = np.nan_to_num(values)
    largest = np.abs(values).max(initial=0) or 1
    if (values < 0).any():
        return np.rint(127.5 + 127.5 * (values / largest)).astype(np.uint8)
    return np.rint(255 * (values / largest)).astype(np.uint8)


def shown(pictures):
    """Pictures (n, height, width), as large and as many of them as a browser bears."""
    step = math.ceil(max(pictures.shape[1:]) / LARGEST)
    pictures = pictures[:, ::step, ::step]
    height, width = enlarged(pictures[:1], TILE).shape[1:]
    return enlarged(pictures[: MOST_PIXELS // (height * width)], TILE)


def framed(picture):
    """A picture with a white edge."""
    edges = [(GAP, GAP), (GAP, GAP), *[(0, 0)] * (picture.ndim - 2)]
    return np.pad(picture, edges, constant_values=255)


def captioned(picture, text):
    """The picture (height, width) below a line of text; wider if the text is.

    The wider the picture, the larger the letters: TensorBoard shows all pictures equally wide.
    """
    size = max(FONT_SIZE, picture.shape[1] // 30)
    font = ImageFont.load_default(size)
    wide = max(picture.shape[1], math.ceil(font.getlength(text)) + 2 * GAP)
    strip = Image.new("L", (wide, size + 8), 255)
    ImageDraw.Draw(strip).text((GAP, 3), text, fill=0, font=font)
    beside = np.full((picture.shape[0], wide - picture.shape[1]), 255, np.uint8)
    return np.concatenate([np.asarray(strip), np.concatenate([picture, beside], axis=1)])


def first_few(drawn, pictures):
    """Says how many of the pictures were drawn, where it is not all of them."""
    return f", the first {len(drawn)}" if len(drawn) < len(pictures) else ""


def extremes(values):
    """Largest and smallest of the values, in words."""
    return f"max {np.max(values):.4g}, min {np.min(values):.4g}"


def first_kernel(name, kernel, shape):
    """What the first layer looks for, a tile for each unit or filter; None if it sees no pixels.

    Args:
        name: of the layer.
        kernel: (numbers, units) of a fully connected layer, or (height, width, channels, filters)
            of a convolution, whose channels become tiles of their own.
        shape: of an image that the network sees.
    """
    if kernel.ndim == 4:
        tiles = kernel.transpose(3, 2, 0, 1).reshape(-1, *kernel.shape[:2])
    elif kernel.ndim == 2 and kernel.shape[0] == math.prod(shape):
        channels = kernel.T.reshape(-1, *shape[:2], math.prod(shape[2:]))
        tiles = np.moveaxis(channels, 3, 1).reshape(-1, *shape[:2])
    else:
        return None
    drawn = shown(grey(tiles))
    columns = math.ceil(math.sqrt(len(drawn)))
    size = "x".join(map(str, tiles.shape[1:]))
    text = f"{name}: {len(tiles)} of {size}{first_few(drawn, tiles)}, {extremes(kernel)}"
    return captioned(framed(tiled(drawn, columns, GAP)), text)


def maps(name, faces, values, columns=16):
    """Each face, and beside it the maps it makes in a layer, in shades of their own.

    Args:
        name: of the layer and of what it is that the maps show.
        faces: (n, height, width) or (n, height, width, 3) uint8.
        values: (n, height, width, maps).
    """
    shape = "x".join(map(str, values.shape[1:]))
    blocks = []
    for face, own in zip(faces, values.transpose(0, 3, 1, 2), strict=True):
        drawn = shown(grey(own))
        block = framed(tiled(drawn, columns, GAP))
        grey_face = face if face.ndim == 2 else face.mean(axis=2)  # maps have no colour either
        left = np.full((block.shape[0], face.shape[1] + 4 * GAP), 255, np.uint8)
        left[GAP : GAP + face.shape[0], GAP : GAP + face.shape[1]] = grey_face[
            : block.shape[0] - GAP
        ]
        blocks.append(np.concatenate([left, block], axis=1))
    text = f"{name}, {shape}{first_few(drawn, own)}, {extremes(values)}"
    return captioned(np.concatenate(blocks), text)


def answered(pictures, captions, columns=4):
    """Pictures with what was answered and what is true below: green is right, red is wrong.

    Args:
        pictures: equally large ones, (height, width) or (height, width, 3) uint8.
        captions: a `labs.tasks.task.Caption` for each.
    """
    tiles = [_answered(*pair) for pair in zip(pictures, captions, strict=True)]
    return framed(tiled(np.stack(tiles), min(columns, len(tiles)), GAP))


def _answered(picture, caption):
    (picture,) = enlarged(picture[None], 2 * TILE)
    font = ImageFont.load_default(FONT_SIZE)
    height, width = picture.shape[:2]
    ground = {True: RED, False: GREEN, None: GREY}[caption.wrong]
    tile = Image.new("RGB", (width, height + 2 * FONT_SIZE + 6), ground)
    tile.paste(Image.fromarray(picture), (0, 0))
    text = caption.answer if caption.truth is None else f"{caption.answer}\nis {caption.truth}"
    ImageDraw.Draw(tile).text((3, height + 2), text, fill=WHITE, font=font, spacing=1)
    return np.asarray(tile)


def sprite(pictures):
    """Pictures (n, height, width[, 3]) as the Projector's square sheet of thumbnails."""
    edge = math.ceil(math.sqrt(len(pictures)))
    whole = np.zeros((edge * edge, *pictures.shape[1:]), np.uint8)
    whole[: len(pictures)] = pictures
    return tiled(whole, edge)
