"""Drawn groups: scenes in which the same person may be more than once."""

import hashlib

import numpy as np
import pytest

from dsutil import SCENE_BOXES
from dsutil.drawn import groups, persons, scenes
from dsutil.drawn.random_bits import draw_bits, stream_key

COUNT = 40


@pytest.fixture(scope="module")
def drawn():
    return groups.draw(0, COUNT)


def test_the_bytes_are_those_that_other_machines_draw(drawn):
    digests = [hashlib.sha256(column[:10]).hexdigest() for column in drawn]
    assert digests == [
        "b80596ca4dad12058775d9401b6ee6e6b1d257f10b1092b3657ff0d148444e51",
        "18527f516230661fa0d4db81bb454f081e38e185ee5cb3644baa66a34364495b",
        "83449e8266a2ac4a662e8d9473113f04f7c5d52e69415432d128e17c923f6c35",
    ]


def test_each_box_has_a_person_and_each_person_a_box(drawn):
    _, boxes, whose = drawn
    SCENE_BOXES.check(boxes, "x")
    assert np.array_equal(boxes[..., 4] > 0, whose != groups.NOBODY)


def test_about_half_of_those_who_are_not_the_first_are_there_already():
    who = groups.companions(draw_bits(stream_key(0, "a test"), np.arange(2000), scenes.MOST))
    before = [(who[:, place, None] == who[:, :place]).any(axis=1).mean() for place in range(1, 5)]
    assert before == pytest.approx([0.5] * 4, abs=0.05)
    last = who[(who[:, :4] == np.arange(4)).all(axis=1), 4]  # the first four being different
    assert [np.mean(last == one) for one in range(4)] == pytest.approx([0.125] * 4, abs=0.06)


def test_nobody_is_in_two_groups(drawn):
    groups_of = {}
    for number, whose in enumerate(drawn[2]):
        for person in whose[whose != groups.NOBODY]:
            groups_of.setdefault(int(person), set()).add(number)
    assert all(len(of) == 1 for of in groups_of.values())


def test_a_person_who_is_there_twice_is_of_one_gender_and_has_one_face_in_other_poses():
    identity = np.repeat(
        draw_bits(stream_key(0, "who"), np.arange(3), persons.IDENTITY_DRAWS), 4, 0
    )
    bits = draw_bits(stream_key(0, "pictures"), np.arange(12), scenes.FACE_DRAWS)
    woman, face = persons.cast(bits, identity)
    assert (woman.reshape(3, 4) == woman.reshape(3, 4)[:, :1]).all()
    for name in ("skin", "eye_x", "mouth_y", "hairline"):
        values = face[name].reshape(3, 4)
        assert (values == values[:, :1]).all()
        assert len(np.unique(values[:, 0])) == 3
    assert len(np.unique(face["turn"])) == 12


def test_groups_do_not_depend_on_how_they_are_grouped(drawn):
    parts = [groups.draw(first, count) for first, count in ((0, 1), (1, 7), (8, 5))]
    for column, pieces in zip(drawn, zip(*parts, strict=True), strict=True):
        assert np.concatenate(pieces).tobytes() == column[:13].tobytes()
