"""The runs of the first version restore for ever."""

import hashlib
import importlib
import json
import shutil
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from dsutil.binary import pair_paths, write_pair
from dsutil.drawn.faces import draw
from labs import compare, export, predict, runs
from labs.runs.checkpoints import Checkpoints
from labs.training.loop import options_of
from labs.training.network import Network

GOLDEN = Path(__file__).parent / "golden"
NAMES = pytest.mark.parametrize("name", ["nn2", "nn3", "nn4"])


@pytest.fixture
def images(monkeypatch):
    monkeypatch.syspath_prepend(GOLDEN)
    yield importlib.import_module("make").images(3)
    sys.modules.pop("make")


def scores_of(name):
    """What NumPy says that the run's network answers to `images(3)`: (3, 2)."""
    return np.array(json.loads((GOLDEN / name / "r/scores.json").read_text()))


@NAMES
def test_a_run_of_the_first_version_gives_the_scores_that_it_gave(name, images):
    lab = importlib.import_module(f"labs.{name}").lab
    run = runs.restore(GOLDEN, name, "r")
    network = Network(lab, options_of(lab, run))
    checkpoints = Checkpoints(run.checkpoints, network.model, network.optimizer)
    assert checkpoints.restore() == 5
    scores = network.model(images.astype(np.float32))
    assert keras.ops.convert_to_numpy(scores) == pytest.approx(scores_of(name), abs=1e-4)


# ------------------------------------------------------------------------------------ it goes on


@pytest.fixture
def go_on(tmp_path, capsys):
    """Goes on with a copy of a lab's run, on its data; returns the exit code and what it said.

    `change` is called with the folder of the data before.
    """

    def run(name, change=lambda folder: None):
        shutil.copytree(GOLDEN / name, tmp_path / name)
        write_pair(*pair_paths(tmp_path, "tiny"), [draw(0, 40, 0, "train")])
        change(tmp_path)
        lab = importlib.import_module(f"labs.{name}").lab
        words = ["--logs", tmp_path, "--databases", tmp_path, "--restore", "--iterations", 8]
        with pytest.raises(SystemExit) as exit_:
            lab.main([str(word) for word in words])
        return exit_.value.code, capsys.readouterr().err

    return run


@NAMES
def test_a_run_of_the_first_version_goes_on(name, go_on, result):
    code, err = go_on(name)
    assert code == 0, err
    assert result(name, "r")["iterations"] == 8


def test_a_run_of_the_first_version_that_went_on_says_of_its_data_what_a_run_of_today_says(
    go_on, tmp_path
):
    go_on("nn2")
    config = json.loads((tmp_path / "nn2/r/config.json").read_text())
    assert config["format"] == 2
    files = {name: tmp_path / f"{name}_tiny.bin" for name in ("data", "gender")}
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    for use in ("train", "test"):
        assert config["data"][use]["count"] == 40
        assert config["data"][use]["sha256"] == digests


@pytest.mark.parametrize("name", ["data_tiny.bin", "gender_tiny.bin"])
def test_a_run_of_the_first_version_does_not_go_on_with_data_that_changed(name, go_on):
    size = {"data_tiny.bin": 2304, "gender_tiny.bin": 8}[name]

    def turn_round(folder):
        records = (folder / name).read_bytes()
        (folder / name).write_bytes(records[size:] + records[:size])

    code, err = go_on("nn2", turn_round)
    assert code == 2
    assert f"{name} is not the file that " in err


# --------------------------------------------------------------------------------- it is looked at


@pytest.fixture
def data(images, tmp_path):
    """A folder with the data set `golden`, the bytes of which are `images(3)`."""
    labels = np.eye(2, dtype=np.float32)[[0, 1, 0]]
    write_pair(*pair_paths(tmp_path, "golden"), [(np.uint8(images * 256 + 128), labels)])
    return tmp_path


def probabilities_of(name):
    """What the scores mean: nn4's are logarithms, the others' estimates of the label."""
    scores = scores_of(name)
    if name == "nn4":
        return np.exp(scores)
    man = np.clip((1 + scores[:, 0] - scores[:, 1]) / 2, 0, 1)
    return np.stack([man, 1 - man], axis=1)


@NAMES
def test_a_run_of_the_first_version_predicts(name, data, said_by):
    words = ("--data", "golden", "--rows", "0:", "--databases", data, "--json")
    code, out, err = said_by(predict, GOLDEN / name / "r", *words)
    assert code == 0, err
    found = [
        [one["probabilities"][c] for c in ("man", "woman")] for one in json.loads(out)["pictures"]
    ]
    assert np.array(found) == pytest.approx(probabilities_of(name), abs=1e-4)


@NAMES
def test_a_run_of_the_first_version_is_exported(name, images, said_by, tmp_path):
    code, _, err = said_by(export, GOLDEN / name / "r", "--to", tmp_path / "model.keras")
    assert code == 0, err
    model = keras.saving.load_model(tmp_path / "model.keras")
    found = model.predict(np.uint8(images * 256 + 128).reshape(-1, 48, 48), verbose=0)
    found = np.stack([found["man"], found["woman"]], axis=1)
    assert found == pytest.approx(probabilities_of(name), abs=1e-4)


def test_runs_of_the_first_version_are_compared(said_by):
    code, out, err = said_by(compare, GOLDEN)
    assert (code, err) == (0, "")
    lines = out.splitlines()[1:4]
    for name, line in zip(("nn2", "nn3", "nn4"), lines, strict=True):
        result = json.loads((GOLDEN / name / "r/result.json").read_text())
        assert line.startswith(str(GOLDEN / name / "r"))
        assert line.count("tiny (40)") == 2
        for use in ("train", "test"):
            assert f"{result[f'{use}_accuracy']:.4f} [" in line
