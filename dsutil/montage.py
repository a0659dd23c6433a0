"""A picture of faces with what is said of each below it."""

from typing import NamedTuple

import numpy as np

from dsutil.atomic import replacing
from dsutil.binary import SIDE

ENLARGED = 3  # a pixel of a face is a square of so many: what the network saw, and no more
COLUMNS = 8
MOST = 400  # faces in one picture
MARGIN = 8
NAME_SIZE, ANSWER_SIZE = 12, 17  # pixels
GREY, BLACK, RED, WHITE = (110, 110, 110), (0, 0, 0), (190, 0, 0), (255, 255, 255)


class Caption(NamedTuple):
    """What stands below a face."""

    name: str
    answer: str
    wrong: bool = False


def save(path, faces, captions):
    """Writes a PNG file of the first MOST faces.

    Args:
        path: the file; it is written beside its place and renamed into it.
        faces: list of (2304,) uint8.
        captions: a `Caption` for each.
    """
    from PIL import Image, ImageDraw, ImageFont

    faces, captions = faces[:MOST], captions[:MOST]
    side = SIDE * ENLARGED
    cell = side + MARGIN, side + MARGIN + NAME_SIZE + ANSWER_SIZE + 12
    columns = min(COLUMNS, len(faces))
    rows = -(-len(faces) // columns)
    size = columns * cell[0] + MARGIN, rows * cell[1] + MARGIN
    picture = Image.new("RGB", size, WHITE)
    draw = ImageDraw.Draw(picture)
    small, large = (ImageFont.load_default(size) for size in (NAME_SIZE, ANSWER_SIZE))
    for i, (face, caption) in enumerate(zip(faces, captions, strict=True)):
        x, y = MARGIN + i % columns * cell[0], MARGIN + i // columns * cell[1]
        pixels = np.asarray(face).reshape(SIDE, SIDE).repeat(ENLARGED, 0).repeat(ENLARGED, 1)
        picture.paste(Image.fromarray(pixels), (x, y))
        middle, below = x + side // 2, y + side + 3
        colour = RED if caption.wrong else BLACK
        draw.text((middle, below), caption.answer, colour, large, anchor="ma")
        name = _fitting(caption.name, small, side)
        draw.text((middle, below + ANSWER_SIZE + 5), name, GREY, small, anchor="ma")
    with replacing(path) as new:
        picture.save(new, "PNG")


def _fitting(name, font, width):
    """The name, its middle left out where it is too long; the font knows Latin letters only."""
    name = name.encode("latin-1", "replace").decode("latin-1")
    name = "".join(letter if letter.isprintable() else "?" for letter in name)
    kept = len(name)
    text = name
    while font.getlength(text) > width:
        kept -= 1
        text = name[: (kept + 1) // 2] + "..." + name[len(name) - kept // 2 :]
    return text
