"""Faces that were found, cut out, registered and matched."""

import types

import cv2
import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from dsutil.errors import InputError
from labs.analysis import detected, letters, people
from labs.nn4 import lab as classifier


def distances(vectors):
    return np.linalg.norm(vectors[:, None] - vectors, axis=2)


def alike(groups):
    """Which two are in a group, (n, n)."""
    return np.equal.outer(groups, groups)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("threshold", [0.2, 0.6, 1.5, 9.0])
def test_groups_are_those_of_scipy_s_complete_linkage(seed, threshold):
    apart = distances(np.random.default_rng(seed).normal(size=(12, 3)))
    expected = fcluster(linkage(squareform(apart, checks=False), "complete"), threshold, "distance")
    assert np.array_equal(alike(people.grouped(apart, threshold)), alike(expected))


def test_any_two_of_a_group_are_near_each_other_also_in_a_chain():
    apart = distances(np.array([[0.0], [0.9], [1.8], [2.7]]))
    assert people.grouped(apart, 1.0).tolist() == [0, 0, 2, 2]


def test_of_no_faces_there_are_no_groups_and_of_one_there_is_one():
    assert people.grouped(np.zeros((0, 0)), 1.0).tolist() == []
    assert letters.names(people.grouped(np.zeros((1, 1)), 1.0)) == ["-"]


def test_persons_have_letters_in_order_and_those_seen_once_have_none():
    assert letters.names(np.array([4, 7, 4, 1, 7, 7])) == ["A", "B", "A", "-", "B", "B"]
    many = letters.names(np.repeat(np.arange(28), 2))
    assert (many[0], many[51], many[52], many[54]) == ("A", "Z", "A1", "B1")


def test_a_face_that_was_turned_and_scaled_is_turned_back_by_its_points():
    wanted = np.array([[18.0, 22], [30, 22], [24, 29.5], [18, 32.5], [30, 32.5]])
    random = np.random.default_rng(0)
    face = cv2.GaussianBlur(random.integers(0, 256, (48, 48)).astype(np.uint8), (0, 0), 3)
    turn = cv2.getRotationMatrix2D((24, 24), 15, 1.3) + [[0, 0, 20], [0, 0, 18]]
    scene = cv2.warpAffine(face, turn, (96, 96), borderMode=cv2.BORDER_REPLICATE)
    square = (44.0, 42.0, 60.0)
    there = wanted @ turn[:, :2].T + turn[:, 2]
    points = (there - (np.array(square[:2]) - 30)) * 48 / 60  # as they are in the square
    back = detected.registered(scene, square, points, wanted, 48)
    assert np.abs(back[8:40, 8:40].astype(int) - face[8:40, 8:40]).max() <= 6


def test_points_that_are_all_in_one_place_leave_the_face_as_it_was_cut_out():
    scene = np.arange(96 * 96, dtype=np.uint32).reshape(96, 96).astype(np.uint8)
    same = np.full((5, 2), 20.0)
    turned = detected.registered(scene, (48.0, 48.0, 48.0), same, same + np.arange(5)[:, None], 48)
    assert turned.shape == (48, 48)


class Mean:
    """Stands for an embedding: a face's brightness is its vector."""

    lab = types.SimpleNamespace(task=types.SimpleNamespace(size=1))

    def answers(self, images):
        return images.mean(axis=1, keepdims=True)


class Detector:
    """Stands for a detector's task: an answer is boxes."""

    def answer_as_json(self, image, answer):
        return {"boxes": [{"box": box} for box in answer]}


@pytest.fixture
def found():
    """Two pictures with three faces, two of them of the same brightness, and a picture without."""
    bright, mixed, none = (np.zeros((96, 96), np.uint8) for _ in range(3))
    bright[:, :48], mixed[:48], mixed[48:] = 200, 198, 40
    some = [
        types.SimpleNamespace(name="a.png", image=bright, answer=[[10, 30, 30, 55]]),
        types.SimpleNamespace(
            name="b.png", image=mixed, answer=[[40, 5, 60, 30], [40, 70, 60, 90], [7, 7, 7, 9]]
        ),
        types.SimpleNamespace(name="c.png", image=none, answer=None),
    ]
    return people.Matcher(Detector(), Mean(), 48, 10.0, 0.02, "testset").people(some), some


def test_who_is_where_is_told_in_lines_in_json_and_below_the_pictures(found):
    who, some = found
    assert list(who.lines()) == [
        "3 faces. Less than 10.00 apart is one person: a mistake for 2.0% of the pairs of testset.",
        "A: a.png face 1, b.png face 1; at most 2.00 apart",
    ]
    assert who.as_json()["faces"] == [
        {"picture": "a.png", "box": [10, 30, 30, 55], "person": "A"},
        {"picture": "b.png", "box": [40, 5, 60, 30], "person": "A"},
        {"picture": "b.png", "box": [40, 70, 60, 90], "person": None},
    ]
    assert [who.caption(picture) for picture in some] == ["A", "A -", "nobody"]


def test_faces_of_a_picture_are_told_from_left_to_right(found):
    who, (first, *_) = found
    first.answer = [[60, 5, 80, 30], [5, 40, 25, 70], [30, 60, 50, 90]]
    assert [face.box[0] for face in who.matcher.people([first]).faces] == [5, 30, 60]


def test_boxes_of_one_person_have_one_colour(found):
    who, (first, second, _) = found
    one, two = who.picture(first), who.picture(second)
    times = one.shape[0] // 96
    corner = two[5 * times, 60 * times - 1]
    assert np.array_equal(one[30 * times, 30 * times - 1], corner)
    assert corner.tolist() == list(letters.colour_of("A"))
    assert two[90 * times - 1, 60 * times - 1].tolist() == list(letters.GREY)


def test_a_head_that_is_found_as_a_man_s_and_as_a_woman_s_is_one_face():
    boxes = [(10, 10, 30, 40), (60, 10, 80, 40), (11, 10, 30, 41), (28, 10, 48, 40)]
    faces = [detected.Face(None, place, box) for place, box in enumerate(boxes, 1)]
    assert [face.place for face in detected.once(faces)] == [1, 2, 4]
    assert detected.once([]) == []


def test_only_what_was_found_can_be_matched():
    given = types.SimpleNamespace(match="x", register=None, databases=None)
    with pytest.raises(InputError, match="the run of a detector"):
        people.of_runs(classifier.task, given, lab_of=None)
