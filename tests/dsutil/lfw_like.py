"""Photographs of faces put somewhere on a larger background, and where their eyes are then."""

import os
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

# Marked by hand: the picture's left and right eye, x y x y, in hundredths of its width and height.
# Without the two that show one eye.
EYES = {
    "face_1026": (17, 42, 57, 42),
    "face_1033": (27, 40, 67, 40),
    "face_1194": (28, 41, 74, 41),
    "face_1257": (22, 36, 60, 36),
    "face_1501": (31, 42, 75, 41),
    "face_154": (51, 40, 86, 42),
    "face_159": (27, 41, 72, 41),
    "face_164": (33, 37, 82, 38),
    "face_337": (20, 35, 56, 40),
    "face_488": (22, 40, 68, 40),
    "face_555": (20, 44, 64, 37),
    "face_566": (32, 43, 74, 44),
    "face_668": (36, 36, 77, 37),
    "face_690": (12, 45, 44, 42),
    "face_7": (23, 37, 75, 36),
    "face_739": (30, 43, 76, 43),
    "face_763": (25, 39, 71, 36),
    "face_830": (36, 43, 78, 42),
    "face_930": (27, 43, 75, 38),
    "face_101": (17, 40, 58, 36),
    "face_1260": (25, 38, 76, 36),
    "face_195": (17, 38, 69, 43),
    "face_32": (29, 38, 80, 34),
    "face_331": (31, 41, 78, 40),
    "face_357": (41, 38, 79, 51),
    "face_419": (44, 44, 83, 44),
    "face_459": (43, 46, 81, 38),
    "face_659": (20, 34, 60, 42),
    "face_676": (44, 39, 86, 44),
    "face_703": (17, 42, 57, 42),
    "face_723": (16, 44, 53, 39),
    "face_765": (36, 37, 79, 45),
    "face_769": (27, 43, 76, 43),
    "face_806": (15, 38, 50, 35),
    "face_852": (16, 40, 66, 38),
    "face_88": (32, 42, 75, 41),
    "face_939": (30, 34, 63, 46),
    "face_993": (17, 48, 53, 39),
}


def photographs():
    """The paths of the photographs whose eyes are marked; none where there are no test data."""
    folder = Path(os.environ.get("LABS_TEST_DATA", ""), "photos")
    return sorted(path for path in folder.glob("*/*.jpg") if path.stem in EYES)


def open_with_eyes(path):
    """A photograph as an RGB image, and its eyes (2, 2) as x and y in pixels."""
    picture = Image.open(path).convert("RGB")
    return picture, np.reshape(EYES[path.stem], (2, 2)) / 100 * picture.size


def pasted(path, random, side=250, heights=(100, 150)):
    """A photograph made so high and put anywhere on a square background: the image and its eyes."""
    face, eyes = open_with_eyes(path)
    scale = random.integers(*heights) / face.height
    face = face.resize((round(face.width * scale), round(face.height * scale)), Image.LANCZOS)
    left, top = (int(random.integers(0, side - length)) for length in face.size)
    picture = background(random, side)
    cover = Image.new("L", face.size, 255)
    if random.random() < 0.5:  # an oval, as a head is
        cover = Image.new("L", face.size, 0)
        ImageDraw.Draw(cover).ellipse((0, 0, *face.size), fill=255)
        cover = cover.filter(ImageFilter.GaussianBlur(3))
    picture.paste(face, (left, top), cover)
    return picture, eyes * scale + (left, top)


def background(random, side):
    """Clouds, boxes, a slope or noise, in any colours."""
    kind = random.integers(4)
    if kind == 0:
        cells = random.integers(3, 40)
        clouds = random.integers(0, 256, (cells, cells, 3), np.uint8)
        return Image.fromarray(clouds).resize((side, side), Image.BICUBIC)
    if kind == 1:
        picture = Image.new("RGB", (side, side), tuple(map(int, random.integers(0, 256, 3))))
        for _ in range(30):
            (x, y), (width, height) = random.integers(0, side, 2), random.integers(5, side // 2, 2)
            box = (int(x), int(y), int(x + width), int(y + height))
            colour = tuple(map(int, random.integers(0, 256, 3)))
            ImageDraw.Draw(picture).rectangle(box, colour)
        return picture.filter(ImageFilter.GaussianBlur(random.uniform(0, 3)))
    if kind == 2:
        across, down = random.uniform(0, 255, (2, 1, 1, 3))
        slope = np.linspace(0, 1, side)
        levels = (across * slope[None, :, None] + down * slope[:, None, None]) / 2
        levels += random.normal(0, 8, levels.shape)
        return Image.fromarray(levels.clip(0, 255).astype(np.uint8))
    noise = Image.fromarray(random.integers(0, 256, (side, side, 3), np.uint8))
    return noise.filter(ImageFilter.GaussianBlur(random.uniform(0.5, 2)))
