"""Small data, and labs run in this process."""

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from dsutil.binary import pair_paths, write_pair
from labs import nn2, nn3, nn4


@pytest.fixture(scope="module", autouse=True)
def few_to_collect():
    """Each run has Python collect its garbage, which takes the longer the more objects there are.

    Those of the tests before are left out, for a while.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def float32_again():
    """A run sets Keras's precision for the whole process."""
    yield
    keras.config.set_dtype_policy("float32")


def small_faces(count, seed):
    """Noise, brighter on the left for one class and on the right for the other."""
    random = np.random.default_rng(seed)
    woman = random.integers(0, 2, count)
    images = random.integers(0, 160, (count, 48, 48), np.uint8)
    images[woman == 0, :, :24] += 60
    images[woman == 1, :, 24:] += 60
    return images.reshape(count, -1), np.eye(2, dtype=np.float32)[woman]


@pytest.fixture(scope="session")
def faces(tmp_path_factory):
    """A folder with the data sets `tiny` (50 images) and `other` (30)."""
    folder = tmp_path_factory.mktemp("faces")
    write_pair(*pair_paths(folder, "tiny"), [small_faces(50, seed=1)])
    write_pair(*pair_paths(folder, "other"), [small_faces(30, seed=2)])
    return folder


@pytest.fixture
def run_lab(run_lab_in, tmp_path):
    """Runs a lab on the small data; returns its exit code."""
    return lambda lab, *arguments: run_lab_in(tmp_path, lab, *arguments)


@pytest.fixture(scope="session")
def run_lab_in(faces):
    """The same, with the folder of the runs as its first argument."""
    return lambda logs, lab, *arguments: run(lab, faces, logs, *arguments)


def run(lab, faces, logs, *arguments):
    common = ["--databases", faces, "--train", "tiny", "--test", "other", "--logs", logs]
    common += ["--batch-size", 16, "--summaries", "curves"]  # pictures take half of the time
    given = set(arguments)
    pairs = zip(common[::2], common[1::2], strict=True)
    added = [word for pair in pairs if pair[0] not in given for word in pair]
    if "--restore" in arguments:
        added = ["--logs", logs]
    with pytest.raises(SystemExit) as exit_:
        lab.lab.main([str(word) for word in (*added, *arguments)])
    return exit_.value.code


@pytest.fixture(scope="session")
def trained_runs(run_lab_in, tmp_path_factory):
    """A folder of runs that are done, to be read and not changed: nn2/r, nn3/r and nn4/r."""
    logs = tmp_path_factory.mktemp("trained")
    for lab in (nn2, nn3, nn4):
        often = ("--summary-every", 5, "--evaluate-every", 5, "--precision", "float32")
        assert run_lab_in(logs, lab, "--run", "r", "--iterations", 10, *often) == 0
    return logs


@pytest.fixture
def result(tmp_path):
    """What a run's result.json says."""
    return lambda lab, run: json.loads((tmp_path / lab / run / "result.json").read_text())


@pytest.fixture(scope="session")
def preloaded():
    """Runs a script of this folder in a process of its own; returns its exit code and output.

    TensorFlow is loaded already (`preloaded.py`), which saves some seconds each time.
    """
    here = Path(__file__).parent
    with subprocess.Popen(
        [sys.executable, str(here / "preloaded.py")],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def run(script, *arguments):
            words = [str(word) for word in arguments]
            order = {"script": str(here / script), "arguments": words}
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield run
        process.stdin.close()


@pytest.fixture
def said_by(capsys):
    """Runs a tool's `main`; returns its exit code and what it wrote to the two outputs."""

    def run(tool, *arguments):
        capsys.readouterr()
        try:
            code = tool.main([str(word) for word in arguments])
        except SystemExit as exit_:
            code = exit_.code
        return code, *capsys.readouterr()

    return run
