"""Before and after 2012: pipelines and features, against NumPy, Keras and scikit-learn."""

import sys
import types

import numpy as np
import pytest
from scipy.special import log_softmax
from sklearn.svm import SVC

from labs import nn4, runs
from labs.analysis.trained import restored
from labs.representations import classical


@pytest.fixture(scope="module")
def sets():
    """Two clouds of points that overlap, with their classes: 120 to train on, 80 to test on."""
    random = np.random.default_rng(0)
    classes = random.integers(0, 2, 200)
    x = random.normal(size=(200, 6)) * [1, 2, 3, 4, 5, 6] + classes[:, None] * 1.5
    return (x[:120], classes[:120]), (x[120:], classes[120:])


@pytest.fixture(scope="module")
def network(trained_runs):
    return restored(nn4.lab, runs.existing(trained_runs / "nn4/r"))


def standardised(sets):
    (x, classes), (tested, right) = sets
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    return (x - mean) / deviation, classes, (tested - mean) / deviation, right


def test_the_nearest_neighbours_vote_as_numpy_counts_them(sets):
    x, classes, tested, right = standardised(sets)
    apart = np.square(tested[:, None] - x).sum(axis=2)
    votes = classes[np.argsort(apart, axis=1)[:, :15]].mean(axis=1)
    expected = np.mean((votes > 0.5) == right)
    assert 0.5 < expected < 1
    assert classical.reached("k-NN", None, *sets).accuracy == pytest.approx(expected)


def test_components_are_those_of_a_singular_value_decomposition(sets):
    x, classes, tested, right = standardised(sets)
    directions = np.linalg.svd(x, full_matrices=False)[2][:3]
    expected = SVC().fit(x @ directions.T, classes).score(tested @ directions.T, right)
    assert classical.reached("RBF SVM", 3, *sets).accuracy == pytest.approx(expected)


def test_a_forest_s_accuracy_is_the_mean_over_three_seeds(sets):
    own = [
        classical.pipeline("random forest", None, seed).fit(*sets[0]).score(*sets[1])
        for seed in (0, 1, 2)
    ]
    assert len(set(own)) > 1
    found = classical.reached("random forest", None, *sets)
    assert found.accuracy == pytest.approx(np.mean(own))
    assert found.count == 80


def test_a_hog_has_nine_numbers_for_each_cell_of_each_of_25_blocks():
    images = np.random.default_rng(0).integers(0, 256, (2, 2304), np.uint8)
    blocks = (48 - 16) // 8 + 1
    assert classical.histograms(images).shape == (2, blocks**2 * 2**2 * 9)


def test_the_last_layer_makes_the_network_s_answers_of_the_features(faces, network):
    images = np.fromfile(faces / "data_other.bin", np.uint8).reshape(-1, 2304)
    features = classical.hidden(network, images)
    assert features.shape == (30, 6 * 6 * 16)
    kernel, bias = network.model.layers[-1].get_weights()
    y = np.asarray(network.model((images.astype(np.float32) - 128) / 256))
    np.testing.assert_allclose(log_softmax(features @ kernel + bias, axis=1), y, atol=1e-4)


def test_the_command_writes_the_tables_and_the_picture(trained_runs, tmp_path, said_by):
    words = "--components", 5, "--images", 30, "--out", tmp_path
    code, out, _ = said_by(classical, trained_runs / "nn4/r", *words)
    assert code in (0, None)
    rows = [line.split()[-5:] for line in out.splitlines() if line.startswith("raw pixels  ")]
    assert len(rows) == 4  # components and all, in either table
    assert "nn4's last hidden layer" in out
    assert "the network itself: " in out
    assert (tmp_path / "classical.png").read_bytes().startswith(b"\x89PNG")
    text = (tmp_path / "classical.md").read_text()
    assert "| HOG | 900 | " in text
    assert "| HOG | 5 | " in text


def test_a_run_of_another_question_is_one_sentence(run_lab_in, tmp_path, said_by):
    from labs.autoencoders import linear_autoencoder

    assert run_lab_in(tmp_path, linear_autoencoder, "--run", "r", "--iterations", 1) == 0
    code, _, err = said_by(classical, tmp_path / "linear_autoencoder/r")
    assert code == 2
    assert "tells men from women" in err
    assert err.count("\n") == 1


def test_without_opencv_it_is_one_sentence_that_says_how_to_get_it(
    trained_runs, said_by, monkeypatch
):
    monkeypatch.setitem(sys.modules, "cv2", None)
    code, _, err = said_by(classical, trained_runs / "nn4/r")
    assert code == 2
    assert "pip install" in err
    assert err.count("\n") == 1


def test_images_of_one_class_are_one_sentence(trained_runs, said_by, monkeypatch, tmp_path):
    opened = classical.opened

    def of_men(lab, run):
        train, test = opened(lab, run)
        men = np.flatnonzero(train.labels[:, 0])
        some = types.SimpleNamespace(
            images=train.images[men], labels=train.labels[men], paths=train.paths
        )
        return some, test

    monkeypatch.setattr(classical, "opened", of_men)
    code, _, error = said_by(classical, trained_runs / "nn4/r", "--images", 15, "--out", tmp_path)
    assert code == 2
    assert "are all of one class: give a larger --images." in error
