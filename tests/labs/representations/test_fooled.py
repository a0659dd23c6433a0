"""Noises that fool: in closed form for linear networks, and by the command."""

import json
import shutil
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

import layers as Layers
from labs import nn4
from labs.analysis import plots
from labs.representations import fooling

SIDE = 6
W = np.random.default_rng(3).normal(size=(SIDE * SIDE, 2)).astype(np.float32)
WAYS = np.sign(W[:, 0] - W[:, 1]).astype(int)  # in which each pixel speaks for the first class


def victim_of(network):
    """A `Victim` whose network takes pictures in [-0.5, 0.5) and returns scores."""

    def answers(images):
        x = (images.astype(np.float32) - 128) / 256
        return tf.nn.softmax(network(tf.constant(x))).numpy()

    return fooling.Victim(SimpleNamespace(outputs=network, answers=answers, lab=nn4.lab))


@pytest.fixture(scope="module")
def linear():
    return victim_of(lambda x: tf.matmul(x, W))


@pytest.fixture(scope="module")
def bent():
    keras.utils.set_random_seed(1)
    x = keras.Input((SIDE * SIDE,))
    t = Layers.conv(Layers.unflat(x, SIDE, SIDE, 1), 8, 3, 1, "conv_1")
    model = keras.Model(x, Layers.fc(Layers.flat(Layers.maxpool(t, 2)), 2, "fc_2", "log_softmax"))
    return victim_of(model)


@pytest.fixture
def images():
    """Pictures with many pixels that are black or white already, and labels."""
    random = np.random.default_rng(5)
    pixels = np.clip(random.integers(-200, 456, (20, SIDE * SIDE)), 0, 255).astype(np.uint8)
    return pixels, np.eye(2, dtype=np.float32)[random.integers(0, 2, 20)]


@pytest.mark.parametrize("most", [0, 1, 4, 16])
@pytest.mark.parametrize("kind", [fooling.fast_gradient_sign, fooling.iterated])
def test_of_a_linear_network_both_are_the_sign_of_its_weights(kind, most, linear, images):
    """So in one step or in many: the gradient is the same everywhere."""
    pixels, labels = images
    against = np.where(labels[:, :1] == 1, -WAYS, WAYS)
    expected = np.clip(pixels.astype(int) + most * against, 0, 255)
    np.testing.assert_array_equal(kind(linear, pixels, labels, most), expected)


@pytest.mark.parametrize("most", [1, 2, 16])
@pytest.mark.parametrize("kind", fooling.KINDS.values(), ids=fooling.KINDS)
def test_each_is_made_of_bytes_and_no_pixel_changes_by_more(kind, most, bent, images):
    pixels, labels = images
    noisy = kind(bent, pixels, labels, most)
    assert noisy.dtype == np.uint8
    change = noisy.astype(int) - pixels
    assert abs(change).max() == most
    assert change[pixels == 0].min() >= 0
    assert change[pixels == 255].max() <= 0


def test_many_steps_mislead_a_bent_network_at_least_as_much_as_one(bent, images):
    pixels, _ = images
    labels = np.eye(2, dtype=np.float32)[bent.answers(pixels).argmax(axis=1)]
    left = [
        bent.answers(kind(bent, pixels, labels, 16))[labels == 1].mean()
        for kind in (fooling.random_noise, fooling.fast_gradient_sign, fooling.iterated)
    ]
    assert left[0] > left[1] >= left[2] - 1e-3


def test_random_noise_is_as_large_and_goes_both_ways(linear):
    grey = np.full((50, SIDE * SIDE), 128, np.uint8)
    change = fooling.random_noise(linear, grey, None, 8).astype(int) - grey
    assert set(np.unique(change)) == {-8, 8}
    assert abs(np.mean(change > 0) - 0.5) < 0.05  # 1800 draws: 4 standard deviations


def test_noise_is_moved_towards_the_class_and_no_further_than_the_network_is_sure(linear):
    labels = np.eye(2, dtype=np.float32)[[0, 1, 0, 1]]
    start = np.random.default_rng(fooling.SEED).integers(0, 256, (4, SIDE * SIDE), np.uint8)
    found, steps = fooling.from_noise(linear, labels, SIDE * SIDE)
    assert (linear.answers(found)[labels == 1] >= 0.99).all()
    towards = np.where(labels[:, :1] == 1, WAYS, -WAYS)
    change = (found.astype(int) - start) * towards
    assert change.min() >= 0
    needed = change.max(axis=1)  # a grey level a step
    assert needed.max() == steps
    before = np.clip(start + (needed - 1).clip(0)[:, None] * towards, 0, 255).astype(np.uint8)
    assert (linear.answers(before)[labels == 1] < 0.99)[needed > 0].all()


def test_noise_of_which_the_network_never_gets_sure_is_given_up(linear, monkeypatch):
    monkeypatch.setattr(fooling, "MOST", 2)
    monkeypatch.setattr(fooling, "SURE", 1.1)
    _, steps = fooling.from_noise(linear, np.eye(2, dtype=np.float32), SIDE * SIDE)
    assert steps == 2


# --------------------------------------------------------------------------------- the command


def test_the_table_begins_with_what_the_run_reached(trained_runs, said_by, tmp_path):
    runs = [trained_runs / "nn4/r", trained_runs / "nn2/r"]
    code, out, error = said_by(fooling, *runs, "--out", tmp_path)
    assert (code, error) == (None, "")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in out.splitlines()]
    rows = [row for row in rows if len(row) == 8]
    for run in runs:
        reached = json.loads((run / "result.json").read_text())["test_accuracy"]
        of_lab = [row for row in rows if row[0] == run.parent.name]
        assert [row[1] for row in of_lab] == list(fooling.KINDS)
        assert [float(row[2]) for row in of_lab] == pytest.approx([reached] * 3, abs=6e-4)
    for name in ("fooling.png", "fooled.png"):
        assert f"{tmp_path / name}: written" in out
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_a_run_of_another_question_is_one_sentence(trained_runs, said_by, tmp_path):
    shutil.copytree(trained_runs / "nn4/r", tmp_path / "other")
    config = tmp_path / "other/config.json"
    config.write_text(config.read_text().replace('"lab": "nn4"', '"lab": "autoencoder"'))
    code, _, error = said_by(fooling, tmp_path / "other")
    assert code == 2
    assert error.startswith(f"error: {tmp_path / 'other'} is a run of autoencoder: expected one")
    assert error.count("\n") == 1


def test_without_matplotlib_it_says_so_before_it_computes(
    trained_runs, said_by, tmp_path, monkeypatch
):
    def missing():
        raise ImportError

    monkeypatch.setattr(plots, "_figure_class", missing)
    code, out, error = said_by(fooling, trained_runs / "nn4/r", "--out", tmp_path)
    assert (code, out) == (2, "")
    assert "needs matplotlib" in error
