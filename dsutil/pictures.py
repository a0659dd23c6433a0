"""Pictures as arrays of bytes: side by side, enlarged, with points, boxes and parts drawn in."""

import numpy as np

RED, GREY = (255, 40, 40), (170, 170, 170)
COLOURS = (  # of parts, boxes and whatever else is told apart; the first is for what is not shown
    (0, 0, 0),
    (240, 190, 150),
    (150, 90, 30),
    (220, 40, 220),
    (50, 120, 255),
    (255, 160, 40),
    (235, 30, 60),
    (0, 215, 215),
    (120, 220, 60),
    (120, 110, 220),
)


def tiled(pictures, columns, gap=0, ground=255):
    """Pictures side by side, row by row, as one.

    Args:
        pictures: (n, height, width) or (n, height, width, 3) uint8.
        columns: how many stand in a row.
        gap: pixels between two of them.
        ground: the grey where there is none.

    Returns:
        (height, width) or (height, width, 3) uint8.
    """
    count, height, width, *colours = pictures.shape
    rows = -(-count // columns)
    cells = np.full((rows * columns, height + gap, width + gap, *colours), ground, np.uint8)
    cells[:count, :height, :width] = pictures
    cells = cells.reshape(rows, columns, height + gap, width + gap, *colours).swapaxes(1, 2)
    whole = cells.reshape(rows * (height + gap), columns * (width + gap), *colours)
    return whole[: whole.shape[0] - gap, : whole.shape[1] - gap]


def enlargement(picture, side):
    """How many times larger a picture (height, width, ...) is to be, 1 or more, to be `side` high.

    >>> enlargement(np.zeros((48, 48)), 144)
    3
    """
    return max(1, round(side / picture.shape[0]))


def enlarged(pictures, side):
    """Pictures with each pixel as a square of pixels, so many that it is about `side` high.

    Args:
        pictures: (n, height, width) or (n, height, width, 3) uint8.
        side: pixels; larger pictures stay as they are.
    """
    times = enlargement(pictures[0], side) if len(pictures) else 1
    return pictures.repeat(times, 1).repeat(times, 2)


def coloured(pictures):
    """Grey pictures (n, height, width) as pictures in colours (n, height, width, 3)."""
    return pictures if pictures.ndim == 4 else np.stack([pictures] * 3, axis=3)


def as_bars(sequences, height=100, margin=8):
    """Sequences of numbers and marks: a bar for each number, red where it is marked.

    Args:
        sequences: (n, steps, numbers) uint8; the first of a step's numbers is the bar's height, and
            from 128 on the second is a mark.
        height: pixels of the tallest bar.
        margin: pixels of white above and to the right.

    Returns:
        (n, height + margin, width, 3) uint8.
    """
    count, steps, numbers = sequences.shape
    wide = max(2, 200 // steps)
    marked = sequences[..., 1] >= 128 if numbers > 1 else np.zeros((count, steps), bool)
    colours = np.where(marked[..., None], RED, GREY).astype(np.uint8)
    tall = np.arange(height, 0, -1)[:, None] * 256 <= (sequences[:, None, :, 0] + 1.0) * height
    bars = np.where(tall[..., None], colours[:, None], 255).astype(np.uint8).repeat(wide, axis=2)
    return np.pad(bars, ((0, 0), (margin, 0), (0, margin), (0, 0)), constant_values=255)


def with_parts(pictures, masks, colours=COLOURS):
    """Pictures with each of their parts in a colour; part 0 is left as it is.

    Args:
        pictures: (n, height, width) or (n, height, width, 3) uint8.
        masks: (n, height, width), the number of its part for each pixel.
        colours: of the parts; after the last the first but one is next.

    Returns:
        (n, height, width, 3) uint8.
    """
    around = np.where(masks > 0, (masks - 1) % (len(colours) - 1) + 1, 0)
    tint = np.asarray(colours, np.uint16)[around]
    plain = coloured(pictures)
    return np.where(masks[..., None] > 0, (plain + tint) // 2, plain).astype(np.uint8)


def with_boxes(picture, boxes, scale=1, colours=COLOURS[4:]):
    """A copy of a picture with the outline of each box in the colour of its class.

    Args:
        picture: (height, width) or (height, width, 3) uint8.
        boxes: (n, 5): left, top, right and bottom in pixels, and the class; those of class 0 are
            none.
        scale: how many times the picture was enlarged since the boxes were measured.
        colours: of the classes 1, 2, ...

    Returns:
        (height, width, 3) uint8.
    """
    shown = np.array(coloured(picture[None])[0])
    height, width, _ = shown.shape
    for *edges, kind in np.asarray(boxes, np.float64):
        if kind < 1:
            continue
        left, top, right, bottom = np.round(np.array(edges) * scale).astype(int)
        colour = colours[(int(kind) - 1) % len(colours)]
        left, right = max(left, 0), min(right, width) - 1
        top, bottom = max(top, 0), min(bottom, height) - 1
        if left > right or top > bottom:  # it lies outside, or is no pixel wide
            continue
        shown[[top, bottom], left : right + 1] = colour
        shown[top : bottom + 1, [left, right]] = colour
    return shown


def with_points(picture, points, scale=1, colour=RED):
    """A copy of a picture with a small cross at each point.

    Args:
        picture: (height, width) or (height, width, 3) uint8.
        points: (n, 2), x and y in pixels; the picture's upper left corner is (0, 0). Those outside
            are not shown.
        scale: how many times the picture was enlarged since the points were measured.
        colour: of the crosses: red, green and blue from 0 to 255.

    Returns:
        (height, width, 3) uint8.
    """
    shown = np.array(coloured(picture[None])[0])
    height, width, _ = shown.shape
    arm = max(1, scale)
    for x, y in np.floor(np.asarray(points, np.float64) * scale):
        if 0 <= x < width and 0 <= y < height:
            x, y = int(x), int(y)
            shown[y, max(0, x - arm) : x + arm + 1] = colour
            shown[max(0, y - arm) : y + arm + 1, x] = colour
    return shown
