"""The runs of the first version restore for ever."""

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
from labs import runs
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


@NAMES
def test_a_run_of_the_first_version_gives_the_scores_that_it_gave(name, images):
    lab = importlib.import_module(f"labs.{name}").lab
    run = runs.restore(GOLDEN, name, "r")
    network = Network(lab, options_of(lab, run))
    checkpoints = Checkpoints(run.checkpoints, network.model, network.optimizer)
    assert checkpoints.restore() == 5
    expected = np.array(json.loads((run.path / "scores.json").read_text()))
    scores = network.model(images.astype(np.float32))
    assert keras.ops.convert_to_numpy(scores) == pytest.approx(expected, abs=1e-4)


@NAMES
def test_a_run_of_the_first_version_goes_on(name, tmp_path, result, capsys):
    lab = importlib.import_module(f"labs.{name}").lab
    shutil.copytree(GOLDEN / name, tmp_path / name)
    write_pair(*pair_paths(tmp_path, "tiny"), [draw(0, 40, 0, "train")])
    words = ["--logs", tmp_path, "--databases", tmp_path, "--restore", "--iterations", 8]
    with pytest.raises(SystemExit) as exit_:
        lab.main([str(word) for word in words])
    assert exit_.value.code == 0, capsys.readouterr().err
    assert result(name, "r")["iterations"] == 8
