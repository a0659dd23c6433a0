"""The command that draws what units answer to, and what becomes of answers under a square."""

import shutil

import numpy as np
import pytest

from labs.analysis import activation_maximization, occlusion
from labs.representations import seeing


@pytest.fixture
def few_steps(monkeypatch):
    """Where it is not the ascent that is looked at."""
    monkeypatch.setattr(activation_maximization, "STEPS", 4)


def test_a_blur_takes_each_colour_by_itself():
    picture = np.random.default_rng(0).normal(size=(6, 5, 3))
    for channel in range(3):
        np.testing.assert_array_equal(
            seeing.blurred(picture)[..., channel], seeing.blurred(picture[..., channel])
        )


def test_the_command_writes_both_pictures(trained_runs, said_by, tmp_path, few_steps, monkeypatch):
    monkeypatch.setattr(occlusion, "STRIDE", 12)
    code, out, error = said_by(seeing, trained_runs / "nn4/r", "--out", tmp_path)
    assert (code, error) == (None, "")
    for name in ("seeing.png", "occlusion.png"):
        assert f"{tmp_path / name}: written" in out
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--layer", "conv_9"), "There is no layer 'conv_9': expected one of conv_1, pool_2"),
        (("--units", "3", "16"), "The layer conv_5 has no unit 16: expected numbers from 0 to 15"),
    ],
    ids=["layer", "unit"],
)
def test_what_is_not_there_is_one_sentence(words, sentence, trained_runs, said_by, tmp_path):
    code, _, error = said_by(seeing, trained_runs / "nn4/r", *words, "--out", tmp_path)
    assert code == 2
    assert sentence in error
    assert error.count("\n") == 1


def test_a_run_of_another_question_cannot_be_seen_into(trained_runs, said_by, tmp_path):
    shutil.copytree(trained_runs / "nn4/r", tmp_path / "other")
    config = tmp_path / "other/config.json"
    config.write_text(config.read_text().replace('"lab": "nn4"', '"lab": "autoencoder"'))
    code, _, error = said_by(seeing, tmp_path / "other")
    assert code == 2
    assert "tells classes apart" in error
