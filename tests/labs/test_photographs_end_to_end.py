"""From photographs to files, to a trained network, to its answers, to a model for others.

LABS_TEST_DATA names a folder with photos/man and photos/woman.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dsutil import DataSet
from dsutil.__main__ import main as dsutil_main
from dsutil.binary import pair_paths
from labs import export, nn4, predict

PHOTOGRAPHS = Path(os.environ.get("LABS_TEST_DATA", "")) / "photos"
pytestmark = pytest.mark.skipif(
    "LABS_TEST_DATA" not in os.environ,
    reason="LABS_TEST_DATA is not set: it names a folder with photos/man and photos/woman",
)

LOAD = """
import sys
for name in ("labs", "layers", "dsutil"):
    sys.modules[name] = None
import keras, numpy as np
images = np.fromfile(sys.argv[2], np.uint8).reshape(-1, 48, 48)
answers = keras.saving.load_model(sys.argv[1]).predict(images, verbose=0)
np.save("answers.npy", np.stack([answers["man"], answers["woman"]], axis=1))
"""


@pytest.fixture(scope="module")
def road(run_lab_in, tmp_path_factory):
    """A folder with the files, the run, and the exported model."""
    folder = tmp_path_factory.mktemp("road")
    words = ["photos", PHOTOGRAPHS, "--out", folder, "--name", "mine", "--test-share", "0.3"]
    assert dsutil_main([str(word) for word in words]) == 0
    options = (
        "--databases",
        folder,
        "--run",
        "r",
        "--train",
        "mine",
        "--test",
        "testmine",
        "--iterations",
        10,
        "--precision",  # which an export has
        "float32",
    )
    assert run_lab_in(folder, nn4, *options) == 0
    assert export.main([f"{folder}/nn4/r", "--to", f"{folder}/model.keras"]) == 0
    return folder


@pytest.fixture
def said(road, capsys):
    """What predict says of the run, from its JSON."""

    def run(*arguments):
        capsys.readouterr()
        words = [road / "nn4/r", *arguments, "--json"]
        assert predict.main([str(word) for word in words]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def of_women(report):
    return [one["probabilities"]["woman"] for one in report["pictures"] if "answer" in one]


def test_most_photographs_become_faces_of_both_classes(road):
    train, test = (DataSet(*pair_paths(road, name)) for name in ("mine", "testmine"))
    assert 36 <= train.count + test.count <= 40
    for dataset in (train, test):
        assert set(dataset.labels.argmax(axis=1)) == {0, 1}


def test_predict_sees_in_the_photographs_what_the_files_hold(said):
    photographs = of_women(said(*PHOTOGRAPHS.glob("*/*.jpg")))
    rows = of_women(said("--data", "mine", "--rows", "0:"))
    rows += of_women(said("--data", "testmine", "--rows", "0:"))
    assert len(set(rows)) > 20
    assert all(np.isclose(photographs, row, atol=1e-6).any() for row in rows)


def test_evaluate_agrees_with_the_run(road, said):
    result = json.loads((road / "nn4/r/result.json").read_text())
    assert said("--evaluate", "testmine")["evaluation"]["accuracy"] == result["test_accuracy"]


def test_the_exported_model_answers_as_predict_does(road, said):
    images = pair_paths(road, "testmine")[0]
    words = [sys.executable, "-I", "-c", LOAD, road / "model.keras", images]
    subprocess.run(words, cwd=road, check=True, capture_output=True)
    answers = np.load(road / "answers.npy")
    assert answers[:, 1] == pytest.approx(
        of_women(said("--data", "testmine", "--rows", "0:")), abs=1e-5
    )


def test_the_montage_shows_every_photograph_that_was_used(said, tmp_path):
    from PIL import Image

    paths = list(PHOTOGRAPHS.glob("woman/*.jpg"))[:8]
    found = said(*paths, "--montage", tmp_path / "seen.png")
    with Image.open(tmp_path / "seen.png") as picture:
        assert picture.size[0] > 8 * 144
    assert len(of_women(found)) == 8
