"""Pictures of what a network sees and does: arrays in, pixels out (uint8)."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

TILE = 48  # pixels a side; smaller pictures are enlarged to about that
GAP = 2
WHITE, GREEN, RED = (255, 255, 255), (0, 140, 60), (200, 30, 30)
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


def enlarged(pictures, side=TILE):
    """Pictures (n, height, width, ...), each pixel repeated until they have about that side."""
    factor = max(1, side // max(pictures.shape[1:3]))
    return pictures.repeat(factor, axis=1).repeat(factor, axis=2)


def shown(pictures):
    """Pictures (n, height, width), as large and as many of them as a browser bears."""
    step = math.ceil(max(pictures.shape[1:]) / LARGEST)
    pictures = pictures[:, ::step, ::step]
    height, width = enlarged(pictures[:1]).shape[1:]
    return enlarged(pictures[: MOST_PIXELS // (height * width)])


def tiled(pictures, columns):
    """Pictures (n, height, width, ...) side by side as one, on white."""
    count, height, width = pictures.shape[:3]
    rows = math.ceil(count / columns)
    high, wide = height + GAP, width + GAP
    whole = np.full((rows * high + GAP, columns * wide + GAP, *pictures.shape[3:]), 255, np.uint8)
    for i, picture in enumerate(pictures):
        top, left = GAP + i // columns * high, GAP + i % columns * wide
        whole[top : top + height, left : left + width] = picture
    return whole


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


def first_kernel(name, kernel, side):
    """What the first layer looks for, a tile for each unit or filter; None if it sees no pixels.

    Args:
        name: of the layer.
        kernel: (side * side, units) of a fully connected layer, or (height, width, channels,
            filters) of a convolution, whose channels become tiles of their own.
        side: of the faces.
    """
    if kernel.ndim == 4:
        tiles = kernel.transpose(3, 2, 0, 1).reshape(-1, *kernel.shape[:2])
    elif kernel.ndim == 2 and kernel.shape[0] == side * side:
        tiles = kernel.T.reshape(-1, side, side)
    else:
        return None
    drawn = shown(grey(tiles))
    columns = math.ceil(math.sqrt(len(drawn)))
    size = "x".join(map(str, tiles.shape[1:]))
    text = f"{name}: {len(tiles)} of {size}{first_few(drawn, tiles)}, {extremes(kernel)}"
    return captioned(tiled(drawn, columns), text)


def maps(name, faces, values, columns=16):
    """Each face, and beside it the maps it makes in a layer, in shades of their own.

    Args:
        name: of the layer and of what it is that the maps show.
        faces: (n, height, width) uint8.
        values: (n, height, width, maps).
    """
    shape = "x".join(map(str, values.shape[1:]))
    blocks = []
    for face, own in zip(faces, values.transpose(0, 3, 1, 2), strict=True):
        drawn = shown(grey(own))
        block = tiled(drawn, columns)
        left = np.full((block.shape[0], face.shape[1] + 4 * GAP), 255, np.uint8)
        left[GAP : GAP + face.shape[0], GAP : GAP + face.shape[1]] = face[: block.shape[0] - GAP]
        blocks.append(np.concatenate([left, block], axis=1))
    text = f"{name}, {shape}{first_few(drawn, own)}, {extremes(values)}"
    return captioned(np.concatenate(blocks), text)


def answered(faces, labels, probabilities, classes, columns=4):
    """Faces with their answer, its probability, and their label: green is right, red is wrong.

    Args:
        faces: (n, height, width) uint8.
        labels, probabilities: (n, classes).
        classes: their names.
    """
    font = ImageFont.load_default(FONT_SIZE)
    tiles = []
    for face, label, shares in zip(enlarged(faces, 2 * TILE), labels, probabilities, strict=True):
        answer = int(np.argmax(shares))
        right = label[answer] == 1
        height, width = face.shape
        tile = Image.new("RGB", (width, height + 2 * FONT_SIZE + 6), GREEN if right else RED)
        tile.paste(Image.fromarray(face), (0, 0))
        text = f"{classes[answer]} {shares[answer]:.0%}\nis {classes[np.argmax(label)]}"
        ImageDraw.Draw(tile).text((3, height + 2), text, fill=WHITE, font=font, spacing=1)
        tiles.append(np.asarray(tile))
    return tiled(np.stack(tiles), min(columns, len(tiles)))


def confusion(counts, classes):
    """A matrix of counts, rows are labels and columns answers; the darker, the more of its row."""
    side, margin = 110, 70
    font, small = ImageFont.load_default(16), ImageFont.load_default(FONT_SIZE)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    whole = Image.new("L", (margin + side * len(classes), margin + side * len(classes)), 255)
    draw = ImageDraw.Draw(whole)
    draw.text((margin, 8), "answer", fill=0, font=small)
    draw.text((6, margin - 20), "label", fill=0, font=small)
    for i, name in enumerate(classes):
        draw.text((margin + side * (i + 0.5), margin - 18), name, 0, font, anchor="mm")
        draw.text((margin / 2, margin + side * (i + 0.5)), name, 0, font, anchor="mm")
        for j in range(len(classes)):
            left, top = margin + side * j, margin + side * i
            shade = round(255 * (1 - shares[i, j]))
            draw.rectangle((left, top, left + side - 3, top + side - 3), shade, outline=0)
            ink = 0 if shade > 127 else 255
            middle = left + side / 2, top + side / 2
            text = f"{counts[i, j]:,}\n{shares[i, j]:.1%}"
            draw.text(middle, text, ink, font, anchor="mm", align="center")
    return np.asarray(whole)


def sprite(faces):
    """Faces (n, side, side) as the square sheet of thumbnails that the Projector wants."""
    count, side, _ = faces.shape
    edge = math.ceil(math.sqrt(count))
    whole = np.zeros((edge * edge, side, side), np.uint8)
    whole[:count] = faces
    rows = whole.reshape(edge, edge, side, side).swapaxes(1, 2)
    return rows.reshape(edge * side, edge * side)
