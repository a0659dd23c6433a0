"""One photograph: decode it safely, turn it upright, find the face, crop it.

>>> from dsutil.photos import photo
>>> face = photo.face("me.jpg")     # (48, 48) uint8, 0 black

Any bytes may be called a photograph: what cannot be used raises `Unusable`, and nothing else.
"""

import functools
import os
import stat
import sys
import warnings
from typing import NamedTuple

import numpy as np

from dsutil.binary import SIDE
from dsutil.errors import InputError

MOST_PIXELS = 2**26  # 67 million: a telephone's best, and 270 MB of memory at most
# Pillow reads much more, such as PostScript (with Ghostscript), so it is told what photographs are.
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "PPM", "WEBP", "TIFF")
ORIENTATION = 0x0112  # the EXIF tag

# What the cascade finds is a square with the eyes 0.11 of its side above its centre, in the mean.
RAISE = 0.05  # of that side: the crop's centre is that much nearer to the eyes
# Of that side: the square about a face from forehead to chin is 0.88 of it, the rest is margin.
# More of it costs a network that learned from other data, cropped closely, many right answers.
CROP = 0.95


class Search(NamedTuple):
    """One way to look for a face in a copy of the picture."""

    cascade: str  # the name of one of OpenCV's
    pixels: int  # of the copy's longer side
    border: float  # of that, added all around by repeating the edge, for a face that is cut
    smallest: float  # side of a face, of the copy's longer side: what halves it doubles the time
    neighbours: int = 3  # finds that overlap, for one to count
    step: float = 1.1  # from one size of face to the next


# One after another until a face is found. Most pictures of a collection show one that is large.
SEARCHES = (
    Search("frontalface_alt", 96, 0.05, 0.3, neighbours=2, step=1.2),
    Search("frontalface_alt", 128, 0.25, 0.4),
    Search("frontalface_alt", 128, 0.05, 0.2),
)
# In a picture of at least as many pixels.
FAR = Search("frontalface_alt", 320, 0.05, 0.075, neighbours=5)
# Something like a face that fills the picture.
FAINT = tuple(
    Search(cascade, 96, 0.15, 0.55, neighbours=1) for cascade in ("frontalface_alt2", "profileface")
)


class Unusable(InputError):
    """A photograph cannot be used; `reason` is one of the phrases that `face` lists."""

    def __init__(self, path, reason, found):
        super().__init__(f"{printable(path)}: {reason}: {found}")
        self.path, self.reason, self.found = path, reason, found

    def __reduce__(self):  # so that it comes back whole from another process
        return type(self), (self.path, self.reason, self.found)


def printable(path):
    """A path as one line that any terminal can show, whatever bytes are in it."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in as_utf8(path))


def as_utf8(path):
    """A path as text: its bytes are UTF-8 whatever the locale, and escaped where they are not."""
    name = os.fsdecode(path).encode("utf-8", sys.getfilesystemencodeerrors())
    return name.decode("utf-8", "backslashreplace")


def face(path, size=SIDE, detect=True):
    """The face in a photograph, upright, grey, with the eyes centred.

    Of several faces it is the largest near the centre. Where no face stands out, the centre is
    cropped if something like a face fills the picture.

    Args:
        path: the file, in one of `FORMATS`; the first picture of an animation is taken.
        size: pixels of a side of the result.
        detect: False crops the centre, whatever is there.

    Returns:
        (size, size) uint8, 0 black.

    Raises:
        Unusable: for the reason "unreadable", "not a file", "not a picture", "too large",
            "too small", "damaged" or "no face".
    """
    return face_in(decode(path, size), path, size, detect)


def face_in(picture, path, size=SIDE, detect=True):
    """As `face`, of a picture (height, width) that is decoded already."""
    square = find(picture) if detect else centre(picture)
    if square is None:
        raise Unusable(path, "no face", "none was found in the picture")
    return crop(picture, square, size)


def scene(path, size):
    """All of a photograph, upright and grey, as (size, size) uint8; its edges fill the square.

    Raises:
        Unusable: as of `face`, but for "no face".
    """
    picture = decode(path, size)
    height, width = picture.shape
    return crop(picture, (width / 2, height / 2, max(height, width)), size)


# ---------------------------------------------------------------------------------------- decoding


def decode(path, size=SIDE):
    """A photograph as (height, width) uint8, upright and grey.

    A JPEG much larger than a face of `size` pixels needs is decoded at a half, quarter or eighth,
    which takes a fraction of the time.

    Raises:
        Unusable: it cannot be decoded, or its header says that it is not worth trying.
    """
    Image = load_extra()[0]

    try:
        file = open(path, "rb", opener=_without_waiting)
    except (OSError, ValueError) as error:
        raise Unusable(path, "unreadable", _text(error)) from None
    with file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, of odd files
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise Unusable(path, "not a file", "it is a folder, a pipe or a device")
        try:
            picture = Image.open(file, formats=FORMATS)  # reads the header only
        except Image.DecompressionBombError as error:
            raise Unusable(path, "too large", _text(error)) from None
        except Exception as error:  # odd bytes raise almost anything
            found = _text(error)
            if isinstance(error, Image.UnidentifiedImageError):
                empty = not os.fstat(file.fileno()).st_size
                found = "it is empty" if empty else f"it is none of {', '.join(FORMATS)}"
            raise Unusable(path, "not a picture", found) from None
        width, height = picture.size
        if width * height > MOST_PIXELS:
            raise Unusable(path, "too large", f"{width} x {height}, over {MOST_PIXELS:,} pixels")
        if min(width, height) < size // 4:
            raise Unusable(path, "too small", f"{width} x {height}, under {size // 4} pixels")
        try:
            picture.draft("L", (16 * size, 16 * size))
            picture.load()
            return _upright(_grey(picture), picture)
        except Exception as error:
            raise Unusable(path, "damaged", _text(error)) from None


def load_extra():
    """Pillow's `Image` and `cv2`, held to one thread: processes share the processors out.

    Raises:
        InputError: they are not installed.
    """
    try:
        import cv2
        from PIL import Image
    except ImportError as error:
        raise InputError(
            f"Photographs need a package that is not installed ({error.name}): "
            "python -m pip install -e '.[photos]'"
        ) from error
    cv2.setNumThreads(1)
    return Image, cv2


def _without_waiting(path, flags):
    """Opens a file; a pipe that nobody writes to, too."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _text(error):
    """What an error says, on one line."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return printable(text)


def _grey(picture):
    """A decoded picture (height, width) uint8: transparent parts white, deep grey levels scaled."""
    Image = load_extra()[0]
    if picture.mode in ("I", "F") or picture.mode.startswith("I;"):
        levels = np.nan_to_num(np.asarray(picture, np.float32))
        # Files of 32 bits do not say which level is white: the least of those in use that fits.
        white = next((w for w in (1, 255, 65535) if levels.max() <= w), levels.max())
        if picture.mode.startswith("I;16"):
            white = 65535
        return np.clip(np.rint(levels * (255 / white)), 0, 255).astype(np.uint8)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return np.asarray(picture.convert("L"))


def _upright(levels, picture):
    """Pixels (height, width) turned as the EXIF orientation of `picture` says."""
    try:
        orientation = picture.getexif().get(ORIENTATION, 1)
    except Exception:  # damaged EXIF is no reason to do without the picture
        orientation = 1
    if orientation in (5, 6, 7, 8):
        levels = levels.T
    if orientation in (2, 3, 6, 7):
        levels = levels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        levels = levels[::-1]
    return np.ascontiguousarray(levels)


# -------------------------------------------------------------------------------- finding, cropping


def centre(picture):
    """The largest square at the centre of a picture (height, width): (x, y, side), middle first."""
    height, width = picture.shape
    return width / 2, height / 2, min(width, height)


def find(picture):
    """The square to crop about the face in a picture (height, width) uint8.

    Returns:
        (x, y, side) in pixels, x and y of its middle; or None, where there is no face.
    """
    large = max(picture.shape) >= FAR.pixels
    for search in SEARCHES + ((FAR,) if large else ()):
        squares = _search(picture, search)
        if squares:
            x, y, side = max(squares, key=lambda square: _prominence(picture, square))
            return x, y - RAISE * side, CROP * side
    frontal, profile = FAINT
    mirrored = np.ascontiguousarray(picture[:, ::-1])  # a profile is known in one direction only
    views = (picture, frontal), (picture, profile), (mirrored, profile)
    return centre(picture) if any(_search(*view) for view in views) else None


def _prominence(picture, square):
    """How much a square (x, y, side) stands out: its side, the less the farther from the centre."""
    x, y, side = square
    height, width = picture.shape
    return side * (1 - 0.7 * np.hypot(x / width - 0.5, y / height - 0.5))


def _search(picture, search):
    """The squares (x, y, side), in pixels of the picture, in which a face is found."""
    _, cv2 = load_extra()
    height, width = picture.shape
    scale = search.pixels / max(height, width)
    shape = max(1, round(width * scale)), max(1, round(height * scale))
    copy = cv2.resize(picture, shape, interpolation=_interpolation(scale))
    rim = round(search.border * search.pixels)
    copy = cv2.copyMakeBorder(copy, rim, rim, rim, rim, cv2.BORDER_REPLICATE)
    smallest = round(search.smallest * search.pixels)
    found = _classifier(search.cascade).detectMultiScale(
        copy, scaleFactor=search.step, minNeighbors=search.neighbours, minSize=(smallest, smallest)
    )
    return [
        ((x + side / 2 - rim) / scale, (y + side / 2 - rim) / scale, side / scale)
        for x, y, side, _ in found
    ]


@functools.cache
def _classifier(cascade):
    _, cv2 = load_extra()
    return cv2.CascadeClassifier(f"{cv2.data.haarcascades}haarcascade_{cascade}.xml")


def crop(picture, square, size):
    """A square (x, y, side) of a picture (height, width) as (size, size); edges are repeated."""
    _, cv2 = load_extra()
    x, y, side = square
    side = max(1, round(side))
    left, top = round(x - side / 2), round(y - side / 2)
    height, width = picture.shape
    columns = np.clip(np.arange(left, left + side), 0, width - 1)
    rows = np.clip(np.arange(top, top + side), 0, height - 1)
    return cv2.resize(
        picture[np.ix_(rows, columns)], (size, size), interpolation=_interpolation(size / side)
    )


def _interpolation(scale):
    """Each new pixel is the mean of those that it covers, or lies between those about it."""
    _, cv2 = load_extra()
    return cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
