"""The masks of drawn faces: each pixel's part is the one whose paint shows there."""

import hashlib

import numpy as np
import pytest

from dsutil import FACE_MASK, FACE_POINTS
from dsutil.drawn import faces, landmarks, masks, parts, pose, worn
from dsutil.drawn.brush import Picture
from dsutil.drawn.parts import PictureOfParts
from dsutil.drawn.random_bits import draw_bits, stream_key

COUNT = 96
EACH = range(11)  # part is a group of its own


@pytest.fixture(scope="module")
def sitters():
    return faces.seat(draw_bits(stream_key(0, "train"), np.arange(COUNT), faces.DRAWS))


@pytest.fixture(scope="module")
def shares(sitters):
    """How much of each pixel each part covers."""
    return faces.paint_portrait(sitters, PictureOfParts).shares(EACH)


def test_the_names_of_the_column_are_those_of_the_painted_parts():
    for number, name in enumerate(FACE_MASK.parts):
        assert getattr(parts, name.upper()) == number


def test_the_bytes_are_those_that_other_machines_draw():
    assert hashlib.sha256(masks.draw(0, 100)).hexdigest() == (
        "cc3caae2427bdb9d39fc0aa3e7755dc01bcdd484153391bbf35bc73fc456fd1c"
    )


def test_a_mask_is_a_part_for_each_pixel():
    drawn = masks.draw(3, 25)
    assert (drawn.shape, drawn.dtype) == ((25, *FACE_MASK.shape), np.uint8)
    FACE_MASK.check(drawn, "x")


def test_masks_do_not_depend_on_how_faces_are_grouped():
    grouped = [masks.draw(first, count, 5) for first, count in ((0, 1), (1, 24), (25, 5))]
    assert np.concatenate(grouped).tobytes() == masks.draw(0, 30, 5).tobytes()


def test_every_part_is_on_some_faces_and_skin_on_all():
    drawn = masks.draw(0, 200)
    assert set(np.unique(drawn)) == set(range(10))
    assert (drawn == parts.SKIN).any(axis=(1, 2)).all()


def test_each_pixel_is_shared_out_among_the_parts(shares):
    assert shares.min() >= -1e-6
    assert shares.sum(axis=0) == pytest.approx(np.ones((COUNT, 48, 48)), abs=1e-5)


def test_painting_with_parts_remembered_paints_the_same(sitters):
    plain, remembered = (faces.paint_portrait(sitters, kind) for kind in (Picture, PictureOfParts))
    assert plain.tones.tobytes() == remembered.tones.tobytes()


def test_the_parts_of_a_face_lie_one_below_the_other():
    """Brows, eyes, nose, mouth, clothes: on all faces that show them, by their middle."""
    drawn = masks.draw(0, 300)
    rows = np.arange(48)[None, :, None]
    below = -np.ones(300)
    for part in (parts.BROWS, parts.EYES, parts.NOSE, parts.MOUTH, parts.CLOTHES):
        here = drawn == part
        count = here.sum(axis=(1, 2))
        middle = (here * rows).sum(axis=(1, 2)) / np.maximum(count, 1)
        assert np.mean(count > 0) > 0.9
        assert np.mean(middle[count > 2] > below[count > 2]) > 0.97
        below = np.where(count > 2, middle, below)


class OneLighter(Picture):
    """A picture in which the paint of one part is lighter by 1, and nothing shades it."""

    part = None

    def paint(self, cover, tone, part):
        super().paint(cover, 0.0 * tone + (part == self.part), part)

    def shade(self, light):
        pass


@pytest.mark.parametrize(
    "part", "HAIR BROWS EYES MOUTH GLASSES HAT CLOTHES NECK".split(), ids=str.lower
)
def test_pixels_change_with_a_part_s_paint_as_much_as_the_part_covers_them(sitters, shares, part):
    number = getattr(parts, part)
    kind = type("Kind", (OneLighter,), {"part": number})

    class WithoutMarks(PictureOfParts):
        def mark(self, *_):
            pass

    none = type("None_", (OneLighter,), {"part": -1})
    lighter, same = (faces.paint_portrait(sitters, one).tones for one in (kind, none))
    covered = faces.paint_portrait(sitters, WithoutMarks).shares(EACH)[number]
    assert lighter - same == pytest.approx(covered, abs=1e-5)
    if part != "EYES":  # their lashes are a shade
        assert (shares[number] <= covered + 1e-6).all()  # a nose may hide them
    assert covered.max() > 0.8


@pytest.fixture(scope="module")
def moved(sitters):
    """Masks and points of the same faces where they are, and 5 pixels to the right and 3 up."""
    return [_truths(sitters, x, y) for x, y in ((0, 0), (5, -3))]


def _truths(sitters, x, y):
    face = {
        **sitters.face,
        "center_x": sitters.face["center_x"] + np.float32(x),
        "center_y": sitters.face["center_y"] + np.float32(y),
    }
    picture = PictureOfParts(np.zeros((COUNT, 48, 48), np.float32), parts.BACKGROUND)
    same_everywhere = np.full_like(sitters.cloud, 0.5), np.zeros_like(sitters.grain)
    grid = pose.head_grid(face, *pose.pixel_grid())
    worn.paint_clothes(picture, face, *grid)
    faces.paint_face(picture, face, *grid, *same_everywhere)
    return np.argmax(picture.shares(parts.OF_MASKS), axis=0), landmarks.in_picture(face)


def test_a_face_that_moves_takes_its_mask_and_its_points_along(moved):
    (mask, points), (moved_mask, moved_points) = moved
    assert moved_points == pytest.approx(points + [5, -3], abs=1e-4)
    assert np.mean(moved_mask[:, :-3, 5:] == mask[:, 3:, :-5]) > 0.9999
    assert np.mean(moved_mask == mask) < 0.95


@pytest.mark.parametrize(
    ("part", "points"),
    [
        (parts.EYES, ("left eye", "right eye")),
        (parts.NOSE, ("nose",)),
    ],
)
def test_the_points_of_a_face_lie_on_their_parts(part, points):
    """Where nothing hides them: glasses, a fringe, a moustache."""
    drawn, places = masks.draw(0, 400), landmarks.draw(0, 400)
    for name in points:
        x, y = np.floor(places[:, FACE_POINTS.points.index(name)]).astype(int).T
        found = drawn[np.arange(400), y, x]
        assert np.mean(found == part) > 0.85
