"""The table of representations, of a run on few persons, against NumPy and scikit-learn."""

import json

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from dsutil.binary import write_columns
from dsutil.columns import FACES, PERSON
from dsutil.drawn import persons
from labs import predict
from labs.representations import embedding, verification
from labs.tasks.verification import pairs


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """A folder with 40 pictures of 4 persons to train on, and 30 of 3 others."""
    folder = tmp_path_factory.mktemp("people")
    for name, first, count in (("some", 0, 40), ("others", 100, 30)):
        images, who, *_ = persons.draw(first, count)
        columns = FACES, PERSON
        paths = [column.path(folder, name) for column in columns]
        write_columns(paths, columns, [(images, who)])
    return folder


@pytest.fixture(scope="module")
def run(people):
    words = [
        "--databases",
        people,
        "--train",
        "some",
        "--test",
        "others",
        "--logs",
        people / "logs",
    ]
    words += ["--run", "r", "--iterations", 2, "--batch-size", 20, "--precision", "float32"]
    with pytest.raises(SystemExit) as exit_:
        embedding.lab.main([str(word) for word in [*words, "--summaries", "curves"]])
    assert exit_.value.code == 0
    return people / "logs/embedding/r"


@pytest.mark.slow
def test_pixels_and_components_reach_what_numpy_and_scikit_learn_say(run, people, monkeypatch):
    monkeypatch.setattr(verification, "COMPONENTS", 3)  # of so few persons there are no more
    found = verification.compared(run)
    assert list(found) == ["raw pixels", "PCA", "HOG, LDA", "embedding"]
    train, test = (
        np.fromfile(FACES.path(people, name), np.uint8).reshape(-1, 2304)
        for name in ("some", "others")
    )
    who = np.fromfile(PERSON.path(people, "others"), "<i4")
    components = PCA(3, svd_solver="full").fit(train.astype(float))
    for name, vectors in (("raw pixels", test), ("PCA", components.transform(test.astype(float)))):
        apart, same = pairs(vectors, who)
        _, numbers, accuracy, area = found[name]
        assert numbers == vectors.shape[1]
        assert area == pytest.approx(roc_auc_score(same, -apart))
        assert 0.4 < accuracy < 1


def test_histograms_of_gradients_do_not_change_with_the_light():
    images = persons.draw(0, 3)[0] // 2
    plain, brighter = (verification.histograms(given) for given in (images, images + 40))
    assert plain == pytest.approx(brighter, abs=1e-3)
    assert np.abs(plain[0] - plain[1]).max() > 0.1


def discriminants(vectors, persons, count):
    """Fisher's directions by NumPy: the spread of a person's pictures is made round, and then those
    directions are the best in which the persons' means are far apart.
    """
    means = np.stack([vectors[persons == person].mean(axis=0) for person in np.unique(persons)])
    within = vectors - means[np.unique(persons, return_inverse=True)[1]]
    spread, axes = np.linalg.eigh(within.T @ within)
    rounded = axes / np.sqrt(spread)
    apart = (means - means.mean(axis=0)) @ rounded
    return rounded @ np.linalg.svd(apart)[2][:count].T


def test_discriminants_of_gradients_tell_apart_as_well_as_those_by_numpy():
    (train, persons_of_train, _), (test, who, _) = persons.draw(0, 1200), persons.draw(5000, 100)
    gradients, tested = (np.float64(verification.histograms(images)) for images in (train, test))
    directions = discriminants(gradients, persons_of_train, verification.COMPONENTS)
    vectors = (tested - gradients.mean(axis=0)) @ directions
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = verification.gradients_and_discriminants(train, persons_of_train, test)
    assert found.shape == vectors.shape == (100, 32)
    ours, expected = (pairs(each, who) for each in (found, vectors))
    np.testing.assert_array_equal(ours[1], expected[1])
    assert ours[0] == pytest.approx(expected[0], abs=1e-3)
    assert roc_auc_score(ours[1], -ours[0]) > 0.8


@pytest.mark.slow
def test_the_command_writes_the_table_and_the_curves(run, tmp_path, said_by, monkeypatch):
    monkeypatch.setattr(verification, "COMPONENTS", 3)
    code, out, _ = said_by(verification, run, "--out", tmp_path)
    assert code in (0, None)
    assert "verification accuracy" in out
    assert (tmp_path / "verification.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "verification.md").read_text().count("\n") == 6


def test_a_run_of_another_question_is_one_sentence(trained_runs, said_by):
    code, _, err = said_by(verification, trained_runs / "nn4/r")
    assert code == 2
    assert "tells persons apart" in err
    assert err.count("\n") == 1


def test_two_photographs_are_told_of_together(run, people, said_by, tmp_path):
    from PIL import Image

    faces = persons.draw(100, 2)[0].reshape(-1, 48, 48)
    paths = [tmp_path / f"{name}.png" for name in ("ann", "bob")]
    for path, face in zip(paths, faces, strict=True):
        Image.fromarray(face).save(path)
    code, out, _ = said_by(predict, run, *paths, "--no-detect")
    assert code == 0
    assert f"{paths[0]} and {paths[1]}: " in out
    assert " apart: " in out.splitlines()[-1]
    _, out, _ = said_by(predict, run, *paths, "--no-detect", "--json")
    (pair,) = json.loads(out)["pairs"]
    assert pair["distance"] >= 0
    assert pair["odds"] >= 1
