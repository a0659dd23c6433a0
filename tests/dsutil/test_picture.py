"""Faces side by side, as `python -m dsutil info --picture` shows them."""

import numpy as np
import tensorflow as tf

from dsutil import (
    FACE_MASK,
    FACE_POINTS,
    FACES,
    INSTANCES,
    PERSON,
    SCENE,
    SCENE_BOXES,
    DataSet,
    Images,
    picture,
)
from dsutil.__main__ import main
from dsutil.binary import pair_paths, write_columns, write_pair


def test_the_picture_shows_the_first_of_each_class_men_above_women(tmp_path):
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (35, 2304), np.uint8)
    labels = np.eye(2)[np.arange(35) % 2]  # man, woman, man, ...
    write_pair(*pair_paths(tmp_path, "few"), [(images, labels)])

    paths = [str(path) for path in pair_paths(tmp_path, "few")]
    assert main(["info", *paths, "--picture", str(tmp_path / "faces.png")]) == 0

    shown = tf.io.decode_png((tmp_path / "faces.png").read_bytes()).numpy()[..., 0]
    shown = shown[::2, ::2]  # a pixel is a square of four
    assert np.array_equal(shown[:48, 48:96], images[2].reshape(48, 48))  # the second man
    women = 2 * 48 + picture.GAP // 2  # 18 men are two rows of nine
    assert np.array_equal(shown[women : women + 48, :48], images[1].reshape(48, 48))
    assert shown.shape == (4 * 48 + picture.GAP // 2, 9 * 48)
    assert not shown[-48:, 8 * 48 :].any()  # there are 17 women


def test_points_are_drawn_onto_the_faces(tmp_path):
    columns = FACES, FACE_POINTS
    paths = [column.path(tmp_path, "x") for column in columns]
    images, points = np.full((3, 2304), 100, np.uint8), np.full((3, 5, 2), 10.5, np.float32)
    points[1] = 40.5
    write_columns(paths, columns, [(images, points)])
    picture.save_faces(tmp_path / "faces.png", DataSet(*paths, columns=columns))

    shown = tf.io.decode_png((tmp_path / "faces.png").read_bytes()).numpy()
    assert shown.shape == (4 * 48, 3 * 4 * 48, 3)
    y, x = np.nonzero((shown != 100).any(axis=2))
    for face, place in enumerate((10, 40, 10)):
        here = x // (4 * 48) == face
        assert np.median(x[here] // 4 % 48) == place
        assert np.median(y[here] // 4) == place


def test_colours_without_labels_stand_in_one_block(tmp_path):
    columns = (Images((32, 32, 3)),)
    images = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8)
    write_columns([tmp_path / "x"], columns, [(images,)])
    picture.save_faces(tmp_path / "faces.png", DataSet(tmp_path / "x", columns=columns))
    shown = tf.io.decode_png((tmp_path / "faces.png").read_bytes()).numpy()
    assert np.array_equal(shown[::3, ::3], np.concatenate(images, axis=1))


def shown_of(folder, columns, values):
    """The picture of a data set that is written for it, (height, width, colours)."""
    paths = [column.path(folder, "x") for column in columns]
    write_columns(paths, columns, [values])
    assert main(["info", str(paths[0]), "--picture", str(folder / "x.png")]) == 0
    return tf.io.decode_png((folder / "x.png").read_bytes()).numpy()


def test_a_face_stands_beside_its_coloured_parts(tmp_path):
    images, masks = np.full((3, 2304), 100, np.uint8), np.zeros((3, 48, 48), np.uint8)
    masks[1, 10:20, 30:40] = 4
    shown = shown_of(tmp_path, (FACES, FACE_MASK), (images, masks))[::2, ::2]
    pairs = shown.reshape(48, 3, 2, 48, 3)
    coloured = (pairs != 100).any(axis=-1)
    assert not coloured[:, [0, 2]].any()
    assert np.array_equal(coloured[:, 1, 1], masks[1] > 0)
    assert not coloured[:, 1, 0].any()


def test_a_person_has_a_row(tmp_path):
    images = np.arange(7, dtype=np.uint8)[:, None].repeat(2304, axis=1) * 10
    shown = shown_of(tmp_path, (FACES, PERSON), (images, np.array([4, 4, 1, 1, 1, 4, 9])))
    middles = shown[48 :: 96 + picture.GAP, 48::96, 0]
    assert middles.tolist() == [[0, 10, 50], [20, 30, 40], [60, 0, 0]]


def test_a_scene_has_the_boxes_and_beside_it_the_instances(tmp_path):
    images, boxes = np.full((2, 96, 96), 100, np.uint8), np.zeros((2, 5, 5), np.float32)
    instances = np.zeros((2, 96, 96), np.uint8)
    boxes[1, 0], instances[1, 35:40, 20:30] = (20, 30, 40, 50, 2), 1
    shown = shown_of(tmp_path, (SCENE, SCENE_BOXES, INSTANCES), (images, boxes, instances))
    scenes = (shown != 100).any(axis=2).reshape(192, 2, 2, 192)
    assert not scenes[:, 0].any()
    y, x = np.nonzero(scenes[:, 1, 0])
    assert (x.min(), y.min(), x.max() + 1, y.max() + 1) == (40, 60, 80, 100)
    assert np.array_equal(scenes[::2, 1, 1, ::2], instances[1] > 0)
