"""Drawn scenes: boxes and instances are those of the heads that are painted, near before far."""

import hashlib

import numpy as np
import pytest

from dsutil import INSTANCES, SCENE, SCENE_BOXES
from dsutil.drawn import faces, pose, scenes, things, window
from dsutil.drawn.brush import make_cloud
from dsutil.drawn.parts import BACKGROUND, CLOTHES, NECK, PictureOfParts
from dsutil.drawn.random_bits import draw_bits, stream_key, uniform
from dsutil.drawn.worn import paint_bust

COUNT = 60
LEFT, TOP, RIGHT, BOTTOM, CLASS = range(5)


@pytest.fixture(scope="module")
def drawn():
    return scenes.draw(0, COUNT)


@pytest.fixture(scope="module")
def crowds():
    """The crowd of each of six scenes with many faces."""
    bits = draw_bits(stream_key(0, "test of scenes"), np.arange(6), scenes.ENDS[-1])
    pieces = np.split(bits, scenes.ENDS[:-1], axis=1)
    setting = scenes.evenly(scenes.SETTING, pieces[0])
    many = np.full((6, 1), 2**64 - 1, np.uint64)
    return scenes.gather(setting, many, pieces[3].reshape(6, scenes.MOST, -1))


def test_the_bytes_are_those_that_other_machines_draw(drawn):
    digests = [hashlib.sha256(column[:10]).hexdigest() for column in drawn]
    assert digests == [
        "84de5430b6206e799da1d24c5141679e24651f48d7f418ceff79c79d9a3659e7",
        "2404061e25749486bbee0eca0a6c7828d6558e6904289d8492905df8216b14fb",
        "1714f3a290bca3c023d9659737ed27346395e191d58dcbfbfc4f8334920f5b3c",
    ]


def test_shapes_and_dtypes_are_those_of_the_columns(drawn):
    for values, column in zip(drawn, (SCENE, SCENE_BOXES, INSTANCES), strict=True):
        assert (values.shape, values.dtype) == ((COUNT, *column.shape), np.dtype(column.dtype))
        column.check(values, "x")


def test_scenes_do_not_depend_on_how_they_are_grouped(drawn):
    parts = [scenes.draw(first, count) for first, count in ((0, 1), (1, 7), (8, 5))]
    for column, pieces in zip(drawn, zip(*parts, strict=True), strict=True):
        assert np.concatenate(pieces).tobytes() == column[:13].tobytes()


@pytest.mark.parametrize(("seed", "stream"), [(1, "scenes"), (0, "test scenes")])
def test_another_seed_or_stream_draws_other_scenes(drawn, seed, stream):
    images, boxes, _ = scenes.draw(0, 3, seed, stream)
    assert not np.array_equal(images, drawn[0][:3])
    assert not np.array_equal(boxes, drawn[1][:3])


def test_there_are_scenes_without_faces_and_with_many_and_some_that_overlap():
    _, boxes, instances = scenes.draw(0, 200)
    counts = np.count_nonzero(boxes[..., CLASS], axis=1)
    assert set(counts) == {0, 1, 2, 3, 4, 5}
    assert not instances[counts == 0].any()
    overlapping = [
        any(overlap(one, other) for i, one in enumerate(some) for other in some[:i])
        for some in (of_one[of_one[:, CLASS] > 0] for of_one in boxes)
    ]
    assert 0.1 < np.mean(overlapping) < 0.6


def overlap(one, other):
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:4], other[2:4])
    return (low < high).all()


def test_faces_are_of_both_classes_and_of_many_sizes():
    _, boxes, _ = scenes.draw(0, 200)
    faces_there = boxes[boxes[..., CLASS] > 0]
    high = faces_there[:, BOTTOM] - faces_there[:, TOP]
    assert np.quantile(high, 0.02) < 18
    assert np.quantile(high, 0.98) > 45
    assert 0.4 < np.mean(faces_there[:, CLASS] == 1) < 0.6


def test_the_pixels_of_a_face_lie_in_its_box_and_touch_its_sides_unless_hidden(drawn):
    _, boxes, instances = drawn
    touching = []
    for row, place in np.argwhere(boxes[..., CLASS] > 0):
        left, top, right, bottom = boxes[row, place, :4].astype(int)
        here = instances[row] == place + 1
        assert here.any()
        assert not np.delete(here, np.s_[left:right], axis=1).any()
        assert not np.delete(here, np.s_[top:bottom], axis=0).any()
        inside = here[top:bottom, left:right]
        touching += [inside[:, 0].any(), inside[:, -1].any(), inside[0].any(), inside[-1].any()]
    assert np.mean(touching) > 0.85


def test_instances_are_numbered_as_boxes_are(drawn):
    _, boxes, instances = drawn
    assert instances.max() > 2
    for some, mask in zip(boxes, instances, strict=True):
        places = set(np.flatnonzero(some[:, CLASS]) + 1)
        assert set(np.unique(mask)) - {0} == places


def painted_alone(crowd, scene, place):
    """Which pixels a face with its body covers by more than a half, and which its head does."""
    face = {name: values[[scene], place] for name, values in crowd.face.items()}
    flat = np.full((1, 96, 96), 0.5, np.float32)
    picture = PictureOfParts(flat.copy(), BACKGROUND)
    grid = pose.head_grid(face, *pose.pixel_grid(96))
    paint_bust(picture, face, *grid)
    faces.paint_face(picture, face, *grid, flat, 0 * flat)
    shares = picture.shares(range(11))[:, 0]
    whole = 1 - shares[BACKGROUND]
    return whole > 0.5, whole - shares[CLOTHES] - shares[NECK] > 0.5


def painted(crowd):
    flat = np.full((6, 96, 96), 0.5, np.float32)
    return scenes.paint_crowd(flat, crowd, flat, 0 * flat)


def test_a_box_is_the_tight_box_of_the_head_drawn_alone(crowds):
    _, boxes, _, pixels = painted(crowds)
    assert np.count_nonzero(crowds.there) > 15
    for scene, place in np.argwhere(crowds.there):
        _, head = painted_alone(crowds, scene, place)
        y, x = np.nonzero(head)
        expected = [x.min(), y.min(), x.max() + 1, y.max() + 1, 1 + crowds.woman[scene, place]]
        assert boxes[scene, place].tolist() == expected
        assert pixels[scene, place] == np.count_nonzero(head)


def test_a_pixel_is_of_the_nearest_head_and_of_none_behind_a_body(crowds):
    x = np.array([0, 5, -5, 20, -20], np.float32)[None, :, None, None]
    y = np.array([-25, 10, 25, 0, -10], np.float32)[None, :, None, None]
    together = np.zeros_like(crowds.face["center_x"])
    face = {**crowds.face, "center_x": together + x, "center_y": together + y}
    crowd = crowds._replace(there=np.ones_like(crowds.there), face=face)
    instances = painted(crowd)[2]
    behind_a_body = 0
    for scene in range(6):
        expected = np.zeros((96, 96), np.uint8)
        for place in reversed(range(5)):
            whole, head = painted_alone(crowd, scene, place)
            behind_a_body += np.count_nonzero(expected[whole & ~head])
            expected[whole] = 0
            expected[head] = place + 1
        assert np.array_equal(instances[scene], expected)
    assert behind_a_body > 100


def test_the_nearest_and_so_the_largest_head_is_the_first(crowds):
    size = np.where(crowds.there, crowds.face["size"][..., 0, 0], -1)
    assert (np.diff(size, axis=1) <= 0).all()


def test_of_heads_that_overlap_at_will_those_are_left_out_that_are_mostly_hidden(monkeypatch):
    monkeypatch.setattr(scenes, "is_seen", lambda right, *_: np.ones(right.shape, bool))
    monkeypatch.setattr(scenes, "HOW_MANY", (0, 0, 0, 0, 0, 1))
    bits = draw_bits(stream_key(0, "scenes"), np.arange(24), scenes.ENDS[-1])
    _, boxes, instances, crowd = scenes.draw_block(bits)
    there = boxes[..., CLASS] > 0
    assert np.array_equal(there, crowd.there)
    assert np.count_nonzero(~there) > 0
    cloud = make_cloud(uniform(np.split(bits, scenes.ENDS[:-1], axis=1)[4]).reshape(24, 7, 7), 96)
    _, boxes_at_once, instances_at_once, pixels = scenes.paint_crowd(cloud, crowd, cloud, 0 * cloud)
    assert np.array_equal(boxes, boxes_at_once)
    assert np.array_equal(instances, instances_at_once)
    for place in range(scenes.MOST):
        seen = np.count_nonzero(instances == place + 1, axis=(1, 2))
        assert (2 * seen >= pixels[:, place]).all()


@pytest.fixture
def odd_crowd():
    """Faces at the border too, tilted as hardly any, with all kinds of hair, hats and glasses."""
    shape = (60, scenes.MOST, 1, 1)
    bits = draw_bits(stream_key(0, "test of windows"), np.arange(300), scenes.FACE_DRAWS)
    woman, flat = scenes.strangers(bits)
    face = {name: values.reshape(shape) for name, values in flat.items()}
    random = np.random.default_rng(0)
    for name, low, high in (
        ("size", 4, 24),
        ("center_x", -50, 50),
        ("center_y", -50, 50),
        ("tilt", -0.3, 0.3),
        ("turn", -0.5, 0.5),
        ("hair_volume", 0, 0.3),
        ("hair_length", 0, 2.6),
        ("hat", 0, 1),
        ("brim", 0, 1),
        ("rim", 0, 1),
    ):
        face[name] = random.uniform(low, high, shape).astype(np.float32)
    return scenes.Crowd(np.ones(shape[:2], bool), woman.reshape(shape[:2]), face)


def test_no_window_cuts_off_a_part_of_a_face(odd_crowd, monkeypatch):
    random = np.random.default_rng(1)
    room, cloud, grain = random.random((3, 60, 96, 96), np.float32)
    with monkeypatch.context() as one_by_one:
        one_by_one.setattr(scenes, "TOGETHER", 1)  # no face has a larger one's window
        in_windows = scenes.paint_crowd(room, odd_crowd, cloud, grain)
    everywhere = np.arange(96)[None, :, None], np.arange(96)[None, None, :]
    monkeypatch.setattr(window, "around", lambda *_: everywhere)
    for values, expected in zip(
        in_windows, scenes.paint_crowd(room, odd_crowd, cloud, grain), strict=True
    ):
        assert values.tobytes() == expected.tobytes()


def test_a_window_is_hardly_larger_than_its_head(odd_crowd):
    """Heads are two half widths wide and 2.6 high; hair, hats and necks come to them."""
    face = {name: values[:, 0] for name, values in odd_crowd.face.items()}
    for one in range(len(odd_crowd.there)):
        alone = {name: values[[one]] for name, values in face.items()}
        lines, columns = window.around(alone, 96)
        assert columns.size * lines.size < 30 * (alone["size"].item() + 3) ** 2


def test_those_that_stay_close_the_gaps_of_those_that_are_left_out(crowds):
    everyone = crowds._replace(there=np.ones_like(crowds.there))
    left = everyone.without(np.tile([False, True, False, True, False], (6, 1)))
    assert left.there.tolist() == [[True] * 3 + [False] * 2] * 6
    size = everyone.face["size"]
    assert np.array_equal(left.face["size"][:, :3], size[:, [0, 2, 4]])
    assert np.array_equal(left.woman[:, :3], everyone.woman[:, [0, 2, 4]])


def test_a_face_that_moves_takes_its_box_and_its_pixels_along(crowds):
    """Five pixels to the left and three down, where it is not cut at the border."""
    face = {
        **crowds.face,
        "center_x": crowds.face["center_x"] - 5,
        "center_y": crowds.face["center_y"] + 3,
    }
    (_, before, mask, _), (_, after, moved, _) = (
        painted(crowds),
        painted(crowds._replace(face=face)),
    )
    low, high = before[..., :2], before[..., 2:4]
    whole = crowds.there & (low > 6).all(axis=2) & (high < 91).all(axis=2)
    assert np.count_nonzero(whole) >= 6
    assert after[whole].tolist() == (before[whole] + [-5, 3, -5, 3, 0]).tolist()
    assert np.mean(moved[:, 3:, :-5] == mask[:, :-3, 5:]) > 0.999


@pytest.mark.parametrize("paint", things.KINDS, ids=lambda paint: paint.__name__)
def test_every_thing_shows_where_it_is_and_not_elsewhere(paint):
    x = (np.arange(96, dtype=np.float32)[None, None, :] - 48) / 8
    y = (np.arange(96, dtype=np.float32)[None, :, None] - 48) / 8
    tones = np.full((1, 96, 96), 0.5, np.float32)
    values = {"size": 8, "tone": 0.9, "other_tone": 0.1, "turn": 0.3, "phase": 0.2}
    values |= {"light_x": 0.3, "light_y": -0.5}
    paint(tones, {name: np.full((1, 1, 1), v, np.float32) for name, v in values.items()}, x, y)
    changed = tones[0] != 0.5
    assert changed[40:56, 40:56].mean() > 0.3
    assert not changed[:, :24].any()
    assert not changed[:24].any()
    assert not changed[:, 72:].any()
    assert not changed[84:].any()
