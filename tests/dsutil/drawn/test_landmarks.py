"""The points of drawn faces lie where eyes, nose and mouth are painted, however a head is held."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from dsutil import FACE_POINTS
from dsutil.drawn import faces, head, landmarks, pose
from dsutil.drawn.brush import Picture
from dsutil.drawn.parts import SKIN
from dsutil.drawn.random_bits import draw_bits, stream_key
from dsutil.drawn.traits import TRAIT_DRAWS, draw_traits

COUNT = 200
LEFT_EYE, RIGHT_EYE, NOSE, LEFT_MOUTH, RIGHT_MOUTH = range(5)


@pytest.fixture(scope="module")
def heads():
    """Traits of faces, tilted and turned evenly as far as drawn ones hardly ever are."""
    bits = draw_bits(stream_key(3, "test of points"), np.arange(COUNT), TRAIT_DRAWS)
    face = draw_traits(bits, np.arange(COUNT) % 2 == 0)
    random = np.random.default_rng(0)
    for name, most in (("tilt", 0.25), ("turn", 0.5)):
        face[name] = random.uniform(-most, most, (COUNT, 1, 1)).astype(np.float32)
    face["gaze"] = np.zeros_like(face["gaze"])
    return face


@pytest.fixture(scope="module")
def skin(heads):
    """Where each pixel lies on the skin, x and y (COUNT, 48, 48)."""
    return pose.skin_grid(heads, *pose.head_grid(heads, *pose.pixel_grid()))


def painted(heads, feature, *where):
    """How dark a feature makes a flat face of tone 0.8, as a share of the darkest of its pixels."""
    flat = Picture(np.full((COUNT, 48, 48), 0.8, np.float32), SKIN)
    feature(flat, {**heads, "skin": np.full_like(heads["skin"], 0.8)}, *where)
    dark = np.maximum(0.8 - flat.tones, 0)
    return dark / dark.max(axis=(1, 2), keepdims=True)


def centers(dark):
    """The centers of darkness (COUNT, 2); the middle of pixel i is i + 0.5."""
    places = np.arange(48) + 0.5
    total = dark.sum(axis=(1, 2))
    return np.stack([dark.sum(1) @ places / total, dark.sum(2) @ places / total], axis=1)


def distances(some, others):
    return np.linalg.norm(some - others, axis=-1)


def test_there_is_a_point_for_each_name_in_the_dtype_of_the_column():
    points = landmarks.draw(0, 7)
    assert (points.shape, points.dtype) == ((7, *FACE_POINTS.shape), np.float32)


def test_the_skin_at_each_point_is_that_of_its_feature(heads, skin):
    """Both ways of going between skin and picture agree: the grids of pixels, read between them."""
    points, wanted = landmarks.in_picture(heads), landmarks.on_skin(heads)
    for i, face_points in enumerate(points):
        x, y = face_points.T - 0.5
        for grid, places in zip(skin, wanted, strict=True):
            found = map_coordinates(grid[i], [y, x], order=1)
            assert found == pytest.approx(places[i, :, 0], abs=0.01)  # of half a face's width


@pytest.mark.parametrize(("side", "point"), [(-1, LEFT_EYE), (1, RIGHT_EYE)])
def test_an_iris_is_darkest_within_half_a_pixel_of_the_eye_s_point(heads, skin, side, point):
    x, y = skin
    wide_open = np.full_like(heads["lashes"], 0.16)
    no_lashes = np.full_like(heads["lashes"], -0.5)
    only_iris = {**heads, "eye_opening": wide_open, "lashes": no_lashes}
    dark = painted(only_iris, head.paint_eyes, x, np.abs(x), y)
    dark = np.where((dark > 0.3) & (side * x > 0), dark, 0)  # without the crease above
    assert distances(centers(dark), landmarks.in_picture(heads)[:, point]).max() < 0.5


def test_the_nostrils_are_darkest_within_half_a_pixel_of_the_nose_s_point(heads, skin):
    x, y = skin
    dark = painted(heads, head.paint_nostrils, np.abs(x), y)
    assert distances(centers(dark), landmarks.in_picture(heads)[:, NOSE]).max() < 0.5


def test_a_mouth_s_last_dark_pixels_lie_at_its_two_points(heads, skin):
    x, y = skin
    closed = {**heads, "mouth_gap": np.zeros_like(heads["mouth_gap"])}
    dark = painted(closed, head.paint_mouth, x, y) > 0.3
    points = landmarks.in_picture(heads)
    for side, point in ((-1, LEFT_MOUTH), (1, RIGHT_MOUTH)):
        last = np.where(dark, side * x, -np.inf).reshape(COUNT, -1).argmax(axis=1)
        place = np.stack([last % 48, last // 48], axis=1) + 0.5
        away = distances(place, points[:, point])
        assert away.mean() < 0.7
        assert away.max() < 2  # a pixel has a size, and so has the blur of a line's end


def test_points_do_not_depend_on_how_faces_are_grouped():
    parts = [landmarks.draw(first, 8, 5) for first in range(0, 24, 8)]
    assert np.concatenate(parts).tobytes() == landmarks.draw(0, 24, 5).tobytes()


@pytest.mark.parametrize(("seed", "stream"), [(6, "train"), (5, "test")])
def test_another_seed_or_stream_has_other_points(seed, stream):
    assert not np.isin(landmarks.draw(0, 20, seed, stream), landmarks.draw(0, 20, 5)).any()


@pytest.mark.parametrize(("stream", "count"), [("train", 100_000), ("test", 10_000)])
def test_every_point_of_the_drawn_data_sets_lies_well_within_the_picture(stream, count):
    points = landmarks.draw(0, count, 0, stream)
    assert points.min() > 4
    assert points.max() < 44


def test_the_points_of_drawn_faces_follow_the_pictures():
    """Eyes are darker than the skin below them, in most faces that wear no dark glasses."""
    images, _ = faces.draw(0, COUNT)
    points = landmarks.draw(0, COUNT)
    rows = np.arange(COUNT)

    def brightness(x, y):
        x, y = np.floor(x).astype(int), np.floor(y).astype(int)
        return images.reshape(-1, 48, 48)[rows, y, x].astype(float)

    for eye in (LEFT_EYE, RIGHT_EYE):
        x, y = points[:, eye].T
        assert np.mean(brightness(x, y) < brightness(x, y + 4)) > 0.85
