"""Each command works, or says in a sentence why not, whatever surrounds its process."""

import ast
import ctypes
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import setuptools
import tensorflow as tf
from packaging.requirements import Requirement

import labs
from labs import nn2, nn4

ROOT = Path(labs.__file__).parents[1]
PACKAGES = ("dsutil", "layers", "labs")
SOURCES = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]


# ------------------------------------------------------------------------------------- environment

HOSTILE = {
    "KERAS_BACKEND": "torch",
    "KERAS_NNX_ENABLED": "1",
    "TF_USE_LEGACY_KERAS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "CUDA_VISIBLE_DEVICES": "",
    "OMP_NUM_THREADS": "1",
    "TF_CONFIG": '{"environment": "cloud"}',
    "SLURM_JOB_ID": "x",
    "SLURM_STEP_NUM_TASKS": "1",
}
PREFERENCES = {
    "image_data_format": "channels_first",
    "floatx": "float16",
    "epsilon": 0.5,
    "backend": "jax",
    "nnx_enabled": True,
}


def test_a_run_is_the_same_to_the_bit_whatever_the_environment_and_keras_json_say(
    run_lab, faces, tmp_path
):
    assert run_lab(nn4, "--run", "here", "--iterations", 3) == 0
    preferences = tmp_path / "keras.json"
    preferences.write_text(json.dumps(PREFERENCES))
    words = ["--databases", faces, "--train", "tiny", "--test", "other", "--logs", tmp_path]
    words += ["--batch-size", "16", "--run", "there", "--iterations", "3"]
    done = subprocess.run(
        [sys.executable, "-m", "labs.nn4", *words],
        env=os.environ | HOSTILE | {"KERAS_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(preferences.read_text()) == PREFERENCES
    here, there = (weights(tmp_path / "nn4" / run) for run in ("here", "there"))
    assert here.keys() == there.keys()
    assert all(np.array_equal(here[name], there[name]) for name in here)


def weights(run):
    reader = tf.train.load_checkpoint(str(run / "checkpoints/ckpt-3"))
    names = [name for name in reader.get_variable_to_shape_map() if name.startswith("weights/")]
    assert names
    return {name: reader.get_tensor(name) for name in names}


# ----------------------------------------------------------------------------------- Python's flags

EVERYTHING = """
import runpy, sys
from pathlib import Path
from labs import check as checked
from labs import compare, doctor, export, new, nn2, nn3, nn4, notebooks, predict
from labs.architectures import ablation
from labs.optimization import learning_rates

faces, folder = sys.argv[1:]
run = folder + "/nn4/r"

def check(command, *words):
    try:
        code = command(list(words))
    except SystemExit as exit_:
        code = exit_.code
    if code:
        raise RuntimeError(f"{words} ended with {code}")

runpy.run_module("labs", run_name="__main__")
tools = [checked, compare, doctor, export, new, notebooks, predict]
for tool in (*tools, ablation.study, learning_rates.study):
    check(tool.main, "--help")
for lab in (nn2.lab, nn3.lab, nn4.lab):
    check(lab.main, "--help")
    check(lab.main, "--describe")
words = ["--databases", faces, "--train", "tiny", "--test", "other", "--batch-size", "16"]
check(nn4.lab.main, *words, "--logs", folder, "--run", "r", "--iterations", "1")
check(nn4.lab.main, "--logs", folder, "--restore", "--iterations", "2")
check(predict.main, run, "--data", "tiny", "--montage", folder + "/montage.png")
check(predict.main, run, "--evaluate", "tiny", "--json")
for name in ("model.keras", "model.tflite", "saved/"):
    check(export.main, run, "--to", folder + "/" + name)
check(compare.main, run, "--picture", folder + "/curves.png")
words = [*words[:6], "--logs", folder, "--seeds", "1", "--iterations", "2"]
check(learning_rates.study.main, *words, "--only", "rate 0.1", "rate 10")
print("everything", sys.flags.optimize)
"""


@pytest.mark.parametrize(
    ("flags", "optimized"),
    [
        pytest.param(["-OO"], 2, marks=pytest.mark.slow),  # Python compiles TensorFlow anew
        pytest.param(["-W", "error"], 0, marks=pytest.mark.slow),
    ],
)
def test_everything_works_without_docstrings_and_where_a_warning_is_an_error(
    flags, optimized, faces, tmp_path
):
    command = [sys.executable, *flags, "-c", EVERYTHING, faces, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"everything {optimized}\n")
    # What a lab is called is all that is left to say of it where there are no docstrings.
    assert ("\nnn4\n\nlayer " in done.stdout) == (optimized == 2)


# ---------------------------------------------------------------------------- threads and notebooks


def test_a_lab_trains_in_a_thread_that_is_not_the_main_one(run_lab, result):
    codes = []
    work = lambda: codes.append(run_lab(nn2, "--run", "r", "--iterations", 2))  # noqa: E731
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert codes == [0]
    assert result("nn2", "r")["iterations"] == 2


class NoFile:
    """A stream such as a notebook has: no file, no encoding, no terminal."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text
        return len(text)

    def flush(self):
        pass


@pytest.mark.parametrize("error", [NoFile(), None], ids=["a notebook", "no console"])
def test_a_lab_trains_where_the_streams_are_no_files(error, run_lab, result, monkeypatch):
    out = NoFile()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", error)
    assert run_lab(nn2, "--run", "r", "--iterations", 2) == 0
    assert result("nn2", "r")["iterations"] == 2
    assert out.text.endswith("result.json: written\n")


# ------------------------------------------------------------------------------- the working folder


def without_root_s_rights():
    """Takes from a process of root the right to write where a folder's mode forbids it."""
    drop_from_bounding_set, override_modes = 24, 1
    ctypes.CDLL(None).prctl(drop_from_bounding_set, override_modes, 0, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="takes rights away as Linux does")
def test_a_working_folder_that_cannot_be_written_is_told_in_a_sentence(faces, tmp_path):
    folder = tmp_path / "here"
    folder.mkdir(mode=0o555)
    done = subprocess.run(
        [sys.executable, "-m", "labs.nn2", "--databases", faces, "--train", "tiny"]
        + ["--test", "other"],
        cwd=folder,
        preexec_fn=without_root_s_rights,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (2, "error: logs: Permission denied\n")
    assert not list(folder.iterdir())


def test_a_run_in_an_empty_folder_makes_what_it_needs(faces, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["--databases", str(faces), "--train", "tiny", "--test", "other", "--iterations", "1"]
    with pytest.raises(SystemExit) as exit_:
        nn2.lab.main([*words, "--batch-size", "16"])
    assert exit_.value.code == 0
    assert (tmp_path / "logs/nn2/1/result.json").is_file()


# --------------------------------------------------------------------------------- the installation


@pytest.fixture(scope="module")
def project():
    """What pyproject.toml says."""
    tomllib = pytest.importorskip("tomllib")
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def base(project):
    """What an installation brings along: each distribution's specifier, by name."""
    needed = map(Requirement, project["project"]["dependencies"])
    return {requirement.name: requirement.specifier for requirement in needed}


def test_the_floors_keep_out_what_does_not_start_in_a_fresh_installation(base):
    # TensorBoard imports pkg_resources up to 2.20, and setuptools 82 has none. TensorFlow 2.18
    # to 2.20 ask for the TensorBoard of their own number.
    for old in ("2.18.0", "2.19.1", "2.20.0"):
        assert old not in base["tensorflow"]
        assert old not in base["tensorboard"]
    assert "4.65.0" not in base["tqdm"]
    for name, specifier in base.items():
        assert importlib.metadata.version(name) in specifier


def test_everything_that_is_imported_is_asked_for(project, base):
    extras = project["project"]["optional-dependencies"].items()
    for_users = [text for name, texts in extras if name != "test" for text in texts]
    asked = set(base) | {Requirement(text).name for text in for_users}
    own = {"tensorflow": "keras"}  # comes with it
    asked |= {brought for name, brought in own.items() if name in asked}
    distributions = importlib.metadata.packages_distributions()
    for path in SOURCES:
        for module in imported_by(path) - set(sys.stdlib_module_names) - set(PACKAGES):
            there = {name.lower() for name in distributions.get(module, [module])}
            assert there & asked, f"{path} imports {module}"


def imported_by(path):
    """The modules that a source imports from the top of their packages."""
    found = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
    return {re.match(r"\w+", name)[0] for name in found}


def test_every_source_is_in_a_package_that_is_installed(project):
    include = project["tool"]["setuptools"]["packages"]["find"]["include"]
    installed = set(setuptools.find_namespace_packages(str(ROOT), include=include))
    for path in SOURCES:
        assert ".".join(path.parent.relative_to(ROOT).parts) in installed
    assert not {name.partition(".")[0] for name in installed} - set(PACKAGES)
