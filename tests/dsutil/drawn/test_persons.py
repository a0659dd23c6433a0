"""Drawn persons: who is who shows in the traits that stay, and not in the raw pixels."""

import hashlib

import numpy as np
import pytest

from dsutil import FACE_MASK, FACE_POINTS, FACES, PERSON, databases
from dsutil.drawn import landmarks, masks, persons
from dsutil.drawn.traits import ALIKE, GENDERED, HAIR, ORDER


@pytest.fixture(scope="module")
def some():
    """The traits of 6 persons' pictures."""
    ((_, sitters),) = list(persons.sittings(0, 24, 0, "persons"))[:1]
    return sitters


@pytest.fixture(scope="module")
def test_pictures():
    return persons.draw(1_000_000, 600)


def test_the_bytes_are_those_that_other_machines_draw():
    assert hashlib.sha256(persons.draw(0, 100)[0]).hexdigest() == (
        "fa1e00f57633c0ec1f842cdc2b542ad3feb521841a55936055e925cceb5740b8"
    )


def test_ten_neighbours_are_of_one_person():
    images, who, labels = persons.draw(35, 30)
    assert who.tolist() == [3] * 5 + [4] * 10 + [5] * 10 + [6] * 5
    assert (images.shape, who.dtype, labels.shape) == ((30, FACES.numbers), np.int32, (30, 2))
    PERSON.check(who, "x")
    for person in (4, 5):
        assert len(np.unique(labels[who == person], axis=0)) == 1


def test_no_person_is_in_both_data_sets():
    train, test = databases.DRAWN["persons10k"], databases.DRAWN["testpersons2k"]
    assert (train.count, test.count) == (1_000 * persons.PICTURES, 200 * persons.PICTURES)
    assert train.stream == test.stream
    assert train.first + train.count <= test.first
    assert test.first % persons.PICTURES == 0


@pytest.mark.parametrize("name", sorted(set(GENDERED) - {"smile"}) + sorted(ALIKE) + ["skin"])
def test_what_a_person_is_known_by_is_the_same_on_all_pictures(some, name):
    values = some.face[name].ravel()
    assert len(set(values[:10])) == len(set(values[10:20])) == 1
    assert len(set(values[::10])) > 1  # at the ends of its range a value may be shared


@pytest.mark.parametrize("name", ["center_x", "turn", "light_x", "smile", "exposure", "clothes"])
def test_what_a_picture_is_like_is_its_own(some, name):
    assert len(set(some.face[name].ravel())) == 24


def test_hair_keeps_its_kind_and_nearly_its_length(some):
    lengths = some.face["hair_length"].ravel()[:20].reshape(2, 10)
    for of_one in lengths:
        assert len(set(of_one)) == 10
        assert of_one.max() / of_one.min() < 1.1 / 0.9 + 1e-6
    fringes = some.face["fringe"].ravel()[:20].reshape(2, 10)
    assert (fringes == fringes[:, :1]).all()
    assert set(fringes.ravel().tolist()) <= {np.float32(row[-1]) for row in HAIR.values()}


def test_every_trait_of_a_person_has_a_random_word():
    assert set(ORDER) > persons.OF_A_PERSON


def test_persons_do_not_depend_on_how_they_are_grouped():
    whole = persons.draw(3, 40, 5)
    parts = [persons.draw(first, count, 5) for first, count in ((3, 1), (4, 25), (29, 14))]
    for column, pieces in zip(whole, zip(*parts, strict=True), strict=True):
        assert np.concatenate(pieces).tobytes() == column.tobytes()


def test_points_and_masks_are_those_of_the_pictures(some):
    points, drawn = persons.draw_points(0, 24), persons.draw_masks(0, 24)
    assert points.tobytes() == landmarks.in_picture(some.face).tobytes()
    assert np.array_equal(drawn, masks.of_sitters(some))
    FACE_POINTS.check(points, "x")
    FACE_MASK.check(drawn, "x")


def test_every_point_of_the_drawn_persons_lies_within_the_picture():
    points = np.concatenate([persons.draw_points(0, 10_000), persons.draw_points(1_000_000, 2_000)])
    assert points.min() > 4
    assert points.max() < 44


def verification(features, who):
    """The best share of pairs, half of them of one person, that a threshold on distance tells."""
    distances = np.linalg.norm(features[:, None] - features[None], axis=2)
    above = np.triu_indices(len(who), 1)
    same, distances = (who[:, None] == who)[above], distances[above]
    thresholds = np.quantile(distances, np.linspace(0, 1, 400))
    found = [np.mean(distances[same] < t) + np.mean(distances[~same] >= t) for t in thresholds]
    return max(found) / 2


def test_raw_pixels_hardly_tell_who_is_who(test_pictures):
    images, who, _ = test_pictures
    pixels = images[:300].astype(np.float32)
    assert 0.5 < verification(pixels, who[:300]) < 0.65


def test_the_traits_of_a_person_tell_who_is_who(test_pictures):
    """Two hundred strangers differ by far more than a picture's own traits blur."""
    faces = [sitters.face for _, sitters in persons.sittings(1_000_000, 600, 0, "persons")]
    table = {**GENDERED, **{name: (0, 0, value / 20, 0, 0) for name, value in ALIKE.items()}}
    del table["smile"]
    seen = np.random.default_rng(0)
    rows = []
    for name, (_, _, deviation, _, _) in table.items():
        values = np.concatenate([face[name].ravel() for face in faces])
        rows.append(values / deviation + 0.5 * seen.standard_normal(len(values)))
    assert verification(np.stack(rows, axis=1)[:300], test_pictures[1][:300]) > 0.97
