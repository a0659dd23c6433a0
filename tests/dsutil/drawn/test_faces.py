"""Drawn faces: the same wherever and however they are drawn, and gender shown by shape alone."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dsutil.drawn import faces

TRAINED, TESTED = 4000, 2000


def same(one, other):
    return all(a.tobytes() == b.tobytes() for a, b in zip(one, other, strict=True))


def joined(parts):
    return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]


@pytest.fixture(scope="module")
def many():
    """6000 faces and which of them are labelled as women."""
    with ThreadPoolExecutor(2) as pool:
        firsts = range(0, TRAINED + TESTED, 500)
        images, labels = joined(pool.map(lambda first: faces.draw(first, 500), firsts))
    return images, labels[:, 1]


@pytest.fixture(scope="module")
def whole():
    return faces.draw(0, 80, 5, "train")


# --------------------------------------------------------------------------------- the same bytes


def test_the_bytes_are_those_that_other_machines_draw():
    """Other bytes are other data: every accuracy in the README would have to be measured again."""
    images, _ = faces.draw(0, 200)
    assert hashlib.sha256(images).hexdigest() == (
        "50c4a8d4c5ff6b8d98410c7028e9bd7c7ba22b9ec03b81205795cead473bb8f0"
    )


def test_the_same_seed_draws_the_same_bytes(whole):
    assert same(faces.draw(0, 80, 5, "train"), whole)


@pytest.mark.parametrize("counts", [[1] * 10 + [70], [24, 24, 32], [25, 55], [79, 1]])
def test_faces_do_not_depend_on_how_they_are_grouped(whole, counts):
    firsts = np.cumsum([0] + counts[:-1]).tolist()
    parts = [faces.draw(first, count, 5) for first, count in zip(firsts, counts, strict=True)]
    assert same(joined(parts), whole)


def test_faces_do_not_depend_on_threads(whole):
    with ThreadPoolExecutor(5) as pool:
        parts = pool.map(lambda first: faces.draw(first, 8, 5, "train"), range(0, 80, 8))
        assert same(joined(parts), whole)


def test_faces_do_not_depend_on_numpys_random_state(whole):
    before = np.random.get_state()
    np.random.seed(1)
    try:
        assert same(faces.draw(0, 80, 5, "train"), whole)
    finally:
        np.random.set_state(before)


@pytest.mark.parametrize(("seed", "stream"), [(6, "train"), (-5, "train"), (5, "test")])
def test_another_seed_or_stream_draws_none_of_the_same_faces(whole, seed, stream):
    images, labels = faces.draw(0, 80, seed, stream)
    assert not {image.tobytes() for image in images} & {image.tobytes() for image in whole[0]}
    assert labels.tolist() != whole[1].tolist()


def test_the_default_is_seed_0_of_the_training_stream():
    assert same(faces.draw(0, 2), faces.draw(0, 2, seed=0, stream="train"))


def test_the_stream_of_faces_goes_on_beyond_32_bits():
    images, labels = faces.draw(2**32, 3)
    assert same(faces.draw(2**32 + 1, 2), (images[1:], labels[1:]))
    first_images, _ = faces.draw(0, 3)
    assert len({image.tobytes() for image in (*images, *first_images)}) == 6


# --------------------------------------------------------------------------------- what comes out


@pytest.mark.parametrize("count", [0, 1, 24, 25])
def test_shapes_and_dtypes_are_those_of_the_format(count):
    images, labels = faces.draw(3, count)
    assert (images.shape, images.dtype) == ((count, 2304), np.uint8)
    assert (labels.shape, labels.dtype) == ((count, 2), np.float32)


def test_labels_are_one_hot():
    _, labels = faces.draw(0, 200)
    assert set(map(tuple, labels.tolist())) == {(1, 0), (0, 1)}


def test_no_two_faces_are_alike(many):
    assert len({image.tobytes() for image in many[0]}) == TRAINED + TESTED


def test_the_classes_are_about_balanced(many):
    five_deviations = 5 * (0.25 / (TRAINED + TESTED)) ** 0.5
    assert abs(many[1].mean() - 0.5) < five_deviations


def test_about_one_label_in_fifty_is_wrong_and_nothing_else_of_the_face(many, monkeypatch):
    monkeypatch.setattr(faces, "WRONG_LABELS", 0)
    images, labels = faces.draw(0, TESTED)
    assert np.array_equal(images, many[0][:TESTED])
    wrong = np.mean(labels[:, 1] != many[1][:TESTED])
    assert abs(wrong - 1 / 50) < 4 * (1 / 50 * 49 / 50 / TESTED) ** 0.5


def test_every_picture_uses_a_wide_range_of_grey_and_all_of_them_every_grey(many):
    images, _ = many
    assert (images.max(axis=1).astype(int) - images.min(axis=1)).min() > 64
    assert len(np.unique(images)) == 256


def test_pictures_differ_in_brightness_and_contrast(many):
    images, _ = many
    assert images.mean(axis=1).std() > 5
    assert images.std(axis=1).std() > 2


def test_every_place_in_the_picture_varies(many):
    assert many[0].std(axis=0).min() > 20


# -------------------------------------------------------------------------------- what tells gender


def logistic_accuracy(features, women):
    """Trains a logistic regression on the first faces and returns its share right on the others."""
    middle, spread = features[:TRAINED].mean(axis=0), features[:TRAINED].std(axis=0)
    columns = np.column_stack([np.ones(len(features)), (features - middle) / spread])
    x, y = columns[:TRAINED], women[:TRAINED]
    weights = np.zeros(columns.shape[1])
    for _ in range(6):  # Newton's steps, with a little weight decay
        chance = 1 / (1 + np.exp(-x @ weights))
        curvature = x.T @ (x * (chance * (1 - chance))[:, None]) + np.eye(len(weights))
        weights += np.linalg.solve(curvature, x.T @ (y - chance) - weights)
    return np.mean((columns[TRAINED:] @ weights > 0) == women[TRAINED:])


def test_the_regression_finds_what_is_there_and_only_that():
    random = np.random.default_rng(1)
    features = random.standard_normal((TRAINED + TESTED, 2))
    shown = features @ [2, -1] > 0.1 * random.standard_normal(len(features))
    hidden = random.random(len(features)) < 0.5
    assert logistic_accuracy(features, shown) > 0.95
    assert abs(logistic_accuracy(features, hidden) - 0.5) < 0.05


def test_brightness_and_contrast_do_not_give_gender_away(many):
    images, women = many
    light = np.stack([images.mean(axis=1), images.std(axis=1)], axis=1)
    assert logistic_accuracy(light, women) < 0.60
    bent = np.column_stack([light, light**2, light.prod(axis=1)])
    assert logistic_accuracy(bent, women) < 0.60


def test_the_picture_does_show_gender(many):
    images, women = many
    coarse = images.reshape(-1, 12, 4, 12, 4).mean(axis=(2, 4)).reshape(len(images), 144)
    assert logistic_accuracy(coarse, women) > 0.60
