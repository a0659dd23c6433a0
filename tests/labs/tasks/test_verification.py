"""Verification, against NumPy's distances over all pairs, and scikit-learn's curve."""

import itertools
import json

import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import roc_auc_score, roc_curve

from dsutil import FACES, GENDER, PERSON, InputError
from labs.board import projector
from labs.tasks import Verification
from labs.tasks.verification import pairs

TASK = Verification(size=3, together=4)


def vectors_of(persons, spread, seed=0):
    """Vectors of length 1 around a direction of each person's own."""
    random = np.random.default_rng(seed)
    own = random.normal(size=(max(persons) + 1, 3))
    y = own[persons] + spread * random.normal(size=(len(persons), 3))
    return (y / np.linalg.norm(y, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def case():
    """Vectors of 10 persons' 4 pictures, who they are, and what was measured."""
    persons = np.repeat(np.arange(10), 4).astype(np.int32)
    y = vectors_of(persons, spread=0.4)
    desired = TASK.desired(None, tf.constant(persons))
    measured = {TASK.headline.name: TASK.measure(y, desired)} | TASK.details(y, desired, y)
    return y, persons, {name: np.asarray(value) for name, value in measured.items()}


def test_the_persons_of_the_course_s_faces_are_asked_unless_told():
    assert Verification().columns == (FACES, PERSON)
    assert Verification().output_shape == (32,)
    assert Verification().together == 10


def test_an_image_counts_if_the_nearest_other_one_is_of_its_person(case):
    y, persons, measured = case
    apart = np.linalg.norm(y[:, None] - y, axis=2) + 9 * np.eye(len(y))
    expected = persons[apart.argmin(axis=1)] == persons
    assert 0 < expected.mean() < 1
    assert measured[TASK.headline.name].tolist() == expected.tolist()


def test_all_pairs_of_a_person_count_and_as_many_others(case):
    y, persons, _ = case
    order = np.random.default_rng(1).permutation(len(y))  # they need not be neighbours
    apart, same = pairs(y[order], persons[order])
    expected = [
        np.linalg.norm(np.float64(y[i]) - y[j])
        for i, j in itertools.combinations(range(len(y)), 2)
        if persons[i] == persons[j]
    ]
    assert len(expected) == 10 * 6
    assert np.sort(apart[same]) == pytest.approx(np.sort(expected))
    assert np.count_nonzero(~same) == len(expected)


def test_pairs_of_different_persons_are_no_pictures_of_one():
    persons = np.repeat(np.arange(30), 5)
    apart, same = pairs(np.eye(30)[persons], persons)  # all of a person at the same place
    assert (apart[same] == 0).all()
    assert apart[~same] == pytest.approx(np.sqrt(2))


@pytest.mark.parametrize(
    ("persons", "found"),
    [
        ([7, 7, 7], "3 pictures of 1 persons, 3 of one at the most"),
        ([1, 2, 3, 4], "4 pictures of 4 persons, 1 of one at the most"),
        ([], "0 pictures of 0 persons, 0 of one at the most"),
    ],
)
def test_pictures_that_make_no_pairs_are_refused(persons, found):
    with pytest.raises(InputError, match=found):
        pairs(np.zeros((len(persons), 2)), persons)


def test_accuracy_and_area_are_scikit_learn_s(case):
    _, _, measured = case
    numbers = TASK.numbers(measured)
    apart, same = pairs(measured["vector"], measured["person"])
    false, true, _ = roc_curve(same, -apart, drop_intermediate=False)
    nearest = np.argmin(np.abs(false - (1 - true)))
    step = 1.5 / np.count_nonzero(same)
    assert numbers["verification accuracy"] == pytest.approx(true[nearest], abs=step)
    assert numbers["area under the ROC"] == pytest.approx(roc_auc_score(same, -apart))
    assert 0.6 < numbers["verification accuracy"] < 1
    json.dumps(TASK.as_json(measured, None), allow_nan=False)


def test_a_vector_that_is_no_number_leaves_its_image_undecided():
    y = np.float32([[1, 0, 0], [np.nan, 0, 0], [0, 1, 0]])
    measured = np.asarray(TASK.measure(y, np.int32([0, 0, 1])))
    assert np.isnan(measured).tolist() == [False, True, False]


def test_pictures_are_compared_in_pairs_by_what_is_known_of_such_distances(case):
    _, _, measured = case
    near, far = np.float32([[1, 0, 0], [1, 0, 0]]), np.float32([-1, 0, 0])
    found = list(TASK.compared(["a", "b", "c"], [*near, far], lambda: measured))
    assert [pair[:2] for pair in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [pair.distance for pair in found] == pytest.approx([0, 2, 2])
    assert [pair.same for pair in found] == [True, False, False]


def test_the_odds_are_those_of_the_pairs_that_are_about_as_far_apart():
    persons = np.repeat(np.arange(60), 10)  # 2,700 pairs of each kind, of which 135
    measured = {"vector": np.eye(60)[persons], "person": persons}
    (pair,) = TASK.compared(["a", "b"], [np.eye(60)[0], np.eye(60)[0]], lambda: measured)
    assert str(pair) == "a and b: 0.00 apart: the same person, 136 to 1"


def test_what_is_no_column_of_persons_is_refused():
    with pytest.raises(InputError, match="Identities"):
        Verification(column=GENDER)


def test_the_projector_shows_the_vectors_and_persons_of_several_pictures_each(tmp_path):
    persons = np.repeat(np.arange(60), 4)
    rows = np.arange(TASK.projected)
    vectors = vectors_of(persons, spread=0.1)[rows]
    header, labelled = TASK.labels(vectors, (persons[rows],))
    images = np.zeros((len(rows), 2304), np.uint8)
    projector.write(tmp_path, TASK.places(vectors), images, (48, 48), (header, labelled))
    lines = (tmp_path / "projector/faces.tsv").read_text().splitlines()
    assert lines[:6] == ["person\trow", *(f"person 0\t{row}" for row in range(4)), "person 1\t4"]
    first, counts = np.unique([line.split("\t")[0] for line in lines[1:]], return_counts=True)
    assert len(first) == 50  # of which the Projector shows 50 different ones in colours
    assert set(counts) == {4}
    assert np.loadtxt(tmp_path / "projector/points.tsv") == pytest.approx(vectors, abs=1e-5)
    assert '"the vectors"' in (tmp_path / "projector_config.pbtxt").read_text()


def test_the_equal_error_is_where_both_mistakes_are_as_frequent(case):
    _, persons, measured = case
    apart, same = pairs(measured["vector"], persons)
    error, distance = TASK.equal_error(measured)
    missed = np.mean(apart[same] >= distance)
    mistaken = np.mean(apart[~same] < distance)
    step = 1 / np.count_nonzero(same)
    assert error == pytest.approx(missed, abs=step)
    assert error == pytest.approx(mistaken, abs=step)
