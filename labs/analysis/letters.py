"""What persons are called where nobody knows who they are: letters, also in pictures."""

import collections
import string

import numpy as np

from dsutil import pictures

LARGE = 192  # pixels of a side in which boxes can be told apart
TAG = 18  # pixels that a name is high
ALONE, GREY = "-", (160, 160, 160)  # the name of somebody who is seen once, and the colour


def names(groups):
    """What persons are called: A, B, ... Z, A1, B1, ... in order, or ALONE if they are seen once.

    Args:
        groups: (faces,) whole numbers, the same for those of a person.
    """
    letters = {}
    several = {group for group, count in collections.Counter(groups.tolist()).items() if count > 1}
    for group in groups.tolist():
        if group in several and group not in letters:
            more, place = divmod(len(letters), len(string.ascii_uppercase))
            letters[group] = string.ascii_uppercase[place] + (str(more) if more else "")
    return [letters.get(group, ALONE) for group in groups.tolist()]


def drawn_in(image, named):
    """A picture with boxes and their names: the same letter and colour for the same person.

    Args:
        image: (height, width) uint8.
        named: pairs of a box, left, top, right and bottom in pixels, and a name.

    Returns:
        (height, width, 3) uint8, enlarged.
    """
    from PIL import Image, ImageDraw, ImageFont

    times = pictures.enlargement(image, LARGE)
    (shown,) = pictures.coloured(pictures.enlarged(image[None], LARGE))
    drawn = Image.fromarray(shown)
    pen, font = ImageDraw.Draw(drawn), ImageFont.load_default(16)
    for box, name in named:
        left, top, right, bottom = (times * np.array(box)).round().astype(int).tolist()
        colour = colour_of(name)
        pen.rectangle((left, top, right - 1, bottom - 1), outline=colour, width=2)
        if name != ALONE:
            above = top - TAG if top >= TAG else top  # in the box only where there is no room
            corner = left + 2, above
            pen.rectangle(
                (left, above, left + pen.textlength(name, font) + 3, above + TAG - 1), "black"
            )
            pen.text(corner, name, colour, font)
    return np.asarray(drawn)


def colour_of(name):
    """The colour of the person with this letter."""
    if name == ALONE:
        return GREY
    palette = pictures.COLOURS[3:]  # the first are pale
    return palette[string.ascii_uppercase.index(name[0]) % len(palette)]
