"""The page that puts a learned dictionary beside scikit-learn's, and the loss it was learned by."""

import numpy as np
import pytest
import tensorflow as tf
from sklearn.decomposition import sparse_encode

from labs import runs
from labs.analysis.trained import restored
from labs.autoencoders import dictionaries, sparse_coding

PENALTY = sparse_coding.PENALTY


@pytest.fixture(scope="module")
def run(run_lab_in, tmp_path_factory):
    logs = tmp_path_factory.mktemp("logs")
    words = "--run", "r", "--iterations", 2, "--precision", "float32"
    assert run_lab_in(logs, sparse_coding, *words) == 0
    return logs / "sparse_coding/r"


@pytest.fixture(scope="module")
def network(run):
    return restored(sparse_coding.lab, runs.existing(run))


def images(faces, name="other"):
    return np.fromfile(faces / f"data_{name}.bin", np.uint8).reshape(-1, 2304)


def patches(images):
    """The patches of 8x8 without their means, cut out one by one."""
    cut = [
        image[top : top + 8, left : left + 8].ravel()
        for image in (images.reshape(-1, 48, 48) - 128.0) / 256
        for top in range(0, 48, 8)
        for left in range(0, 48, 8)
    ]
    return np.array([patch - patch.mean() for patch in cut])


def test_patches_are_cut_row_by_row(faces):
    x = images(faces)[:3]
    np.testing.assert_allclose(dictionaries.patches(x, 8), patches(x), atol=1e-12)


def test_training_follows_the_objective_of_a_face_s_patches_with_the_codes_held_fast(
    faces, network
):
    x = images(faces)[:4]
    layer = dictionaries.dictionary_of(network, "r")
    scaled = (x.astype(np.float32) - 128) / 256
    with tf.GradientTape() as tape:
        y = network.model(scaled, training=True)
        loss = tf.reduce_mean(sparse_coding.loss(y, scaled)) + sum(network.model.losses)
    codes = dictionaries.coded(network, layer, x).reshape(-1, layer.atoms)
    atoms = np.reshape(layer.kernel, (64, -1)).T
    errors = patches(x) - codes @ atoms
    expected = (np.square(errors).sum() / 2 + PENALTY * np.abs(codes).sum()) / len(x)
    assert float(loss) == pytest.approx(expected, rel=1e-4)
    (gradient,) = tape.gradient(loss, network.model.trainable_variables)
    held_fast = -codes.T @ errors / len(x)
    np.testing.assert_allclose(np.reshape(gradient, (64, -1)).T, held_fast, atol=1e-4)


def test_the_objective_is_that_of_the_codes_that_coordinate_descent_finds(faces, network):
    layer = dictionaries.dictionary_of(network, "r")
    atoms = np.reshape(layer.kernel, (64, -1)).T.astype(np.float64)
    x = patches(images(faces)[:2])
    found = dictionaries.objectives(network, layer, {"sparse_coding": atoms}, images(faces)[:2])
    codes = sparse_encode(x, atoms, algorithm="lasso_cd", alpha=PENALTY, max_iter=10_000)
    expected = np.mean(np.square(x - codes @ atoms).sum(1) / 2 + PENALTY * np.abs(codes).sum(1))
    assert found["sparse_coding"][0] == pytest.approx(expected, rel=1e-4)
    assert found["sparse_coding, coded by 50 iterations"][0] >= expected * (1 - 1e-6)


def test_features_are_the_largest_codes_of_each_quadrant():
    maps = np.random.default_rng(0).normal(size=(2, 6, 6, 5))
    expected = [
        [abs(one[top : top + 3, left : left + 3, atom]).max()
         for top in (0, 3) for left in (0, 3) for atom in range(5)]
        for one in maps
    ]  # fmt: skip
    np.testing.assert_array_equal(dictionaries.pooled(maps), expected)


def test_the_command_says_what_both_reach_and_draws_both(run, tmp_path, said_by, monkeypatch):
    for name, few in (("LEARNED_FROM", 4), ("HELD_OUT", 1), ("CLASSIFIED", 30)):
        monkeypatch.setattr(dictionaries, name, few)
    monkeypatch.setattr(dictionaries, "STRENGTHS", [0.1])
    code, out, _ = said_by(dictionaries, run, "--out", tmp_path)
    assert code in (0, None)
    rows = {line.split("  ")[0]: line for line in out.splitlines()}
    assert " 1.000 " in rows["scikit-learn"]
    assert " 400 " in rows["largest codes of each quadrant"]
    assert " 2,304 " in rows["raw pixels"]
    assert (tmp_path / "dictionary.png").read_bytes().startswith(b"\x89PNG")


def test_a_run_of_another_lab_is_one_sentence(trained_runs, said_by):
    code, _, err = said_by(dictionaries, trained_runs / "nn4/r")
    assert code == 2
    assert "learns a dictionary" in err
    assert err.count("\n") == 1
