"""Pictures as arrays of bytes: side by side, enlarged, with points marked on them."""

import numpy as np

RED = (255, 40, 40)


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
    shown = np.array(picture if picture.ndim == 3 else np.stack([picture] * 3, axis=2))
    height, width, _ = shown.shape
    arm = max(1, scale)
    for x, y in np.floor(np.asarray(points, np.float64) * scale):
        if 0 <= x < width and 0 <= y < height:
            x, y = int(x), int(y)
            shown[y, max(0, x - arm) : x + arm + 1] = colour
            shown[max(0, y - arm) : y + arm + 1, x] = colour
    return shown
