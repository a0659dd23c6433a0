"""Pictures side by side in a PNG file, with what is said of each below it."""

from typing import NamedTuple

import numpy as np

from dsutil.atomic import replacing
from dsutil.pictures import enlarged

SIDE = 144  # pixels of a picture's side, about: each pixel that the network saw is a square
WIDTH = 1216  # pixels: of faces 8 stand side by side
MOST = 400  # pictures in one file
MARGIN = 8
NAME_SIZE, ANSWER_SIZE = 12, 17  # pixels
GREY, BLACK, RED, WHITE = (110, 110, 110), (0, 0, 0), (190, 0, 0), (255, 255, 255)


class Caption(NamedTuple):
    """What stands below a picture."""

    name: str
    answer: str
    wrong: bool = False


def save(path, pictures, captions):
    """Writes a PNG file of the first MOST pictures.

    Args:
        path: the file; it is written beside its place and renamed into it.
        pictures: list of (height, width) or (height, width, 3) uint8, of any sizes.
        captions: a `Caption` for each.
    """
    from PIL import Image, ImageDraw, ImageFont

    shown = [enlarged(picture[None], SIDE)[0] for picture in pictures[:MOST]]
    captions = captions[:MOST]
    high, wide = np.max([picture.shape[:2] for picture in shown], axis=0).tolist()
    cell = wide + MARGIN, high + MARGIN + NAME_SIZE + ANSWER_SIZE + 12
    columns = min(max(1, WIDTH // cell[0]), len(shown))
    rows = -(-len(shown) // columns)
    size = columns * cell[0] + MARGIN, rows * cell[1] + MARGIN
    montage = Image.new("RGB", size, WHITE)
    draw = ImageDraw.Draw(montage)
    small, *larger = map(ImageFont.load_default, range(NAME_SIZE, ANSWER_SIZE + 1))
    for i, (picture, caption) in enumerate(zip(shown, captions, strict=True)):
        x, y = MARGIN + i % columns * cell[0], MARGIN + i // columns * cell[1]
        montage.paste(Image.fromarray(picture), (x + (wide - picture.shape[1]) // 2, y))
        middle, below = x + wide // 2, y + high + 3
        colour = RED if caption.wrong else BLACK
        fonts = (font for font in larger[::-1] if font.getlength(caption.answer) <= wide)
        draw.text((middle, below), caption.answer, colour, next(fonts, small), anchor="ma")
        name = _fitting(caption.name, small, wide)
        draw.text((middle, below + ANSWER_SIZE + 5), name, GREY, small, anchor="ma")
    with replacing(path) as new:
        montage.save(new, "PNG")


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
