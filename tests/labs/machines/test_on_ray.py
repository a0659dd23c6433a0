"""A lab as a job of Ray Train; in one, a worker is killed and started again."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tensorflow as tf

from labs.machines import on_ray

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["labs.nn2"], "expected --run NAME"),
        (["labs.nn2", "--logs", "first"], "expected --run NAME"),
        (["labs.nn0", "--run", "first"], "No module named 'labs.nn0'"),
        (["labs.tasks", "--run", "first"], "has no attribute 'lab'"),
    ],
)
def test_what_ray_could_not_train_is_refused_before_it_starts(words, told, capsys):
    with pytest.raises(SystemExit) as ended:
        on_ray.main(words)
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert told in line


@pytest.mark.parametrize("run", [["--run", "first"], ["--run=first"]])
@pytest.mark.parametrize("logs", [[], ["--logs=elsewhere"]])
def test_a_run_is_found_as_the_lab_itself_would_find_it(run, logs, monkeypatch, tmp_path):
    checkpoints = tmp_path / ("elsewhere" if logs else "logs") / "nn2/first/checkpoints"
    checkpoints.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    lab = on_ray._lab("labs.nn2")
    assert not on_ray._has_begun(lab, run + logs)
    (checkpoints / "ckpt-10.index").touch()
    assert on_ray._has_begun(lab, run + logs)


@pytest.mark.parametrize("run", [["--run", "first"], ["--run=first"]])
def test_ray_is_given_the_lab_and_its_options(run, monkeypatch):
    given = []

    class Trainer:
        def __init__(self, *words):
            given.extend(words)

        def fit(self):
            given.append("fit")

    monkeypatch.setattr(on_ray, "trainer", Trainer)
    on_ray.main(["--workers", "3", "labs.nn2", *run, "--seed", "1"])
    assert given == ["labs.nn2", [*run, "--seed", "1"], 3, 1, 10, "fit"]


def command(faces, logs, run):
    """Trains nn2 for 400 iterations on two workers."""
    words = ["-m", "labs.machines.on_ray", "--workers", 2, "labs.nn2", "--run", run]
    words += ["--databases", faces, "--logs", logs, "--train", "tiny", "--test", "other"]
    words += ["--iterations", 400, "--evaluate-every", 20, "--summary-every", 1]
    words += ["--batch-size", 16, "--precision", "float32"]
    return [sys.executable, *map(str, words)]


def run_all(words, meanwhile=lambda process: None):
    """Runs a command to its end; returns its exit code and what it wrote.

    Args:
        meanwhile: what to do with the process while it runs.
    """
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        meanwhile(process)
        screen, _ = process.communicate(timeout=400)
    finally:
        process.kill()
    return process.returncode, screen


def state(run):
    """Every number in the newest checkpoint of a run, by name, as bytes."""
    reader = tf.train.load_checkpoint(str(run / "checkpoints"))
    names = set(reader.get_variable_to_shape_map()) - {"_CHECKPOINTABLE_OBJECT_GRAPH"}
    return {name: reader.get_tensor(name).tobytes() for name in names if "save_counter" not in name}


def children(process, words):
    """The numbers of a process's children whose command has these words."""
    found = subprocess.run(
        ["pgrep", "-P", str(process), "-f", words], stdout=subprocess.PIPE, text=True
    )
    return [int(number) for number in found.stdout.split()]


def holds(process, folder):
    """Whether a process has a file open in a folder."""
    files = [os.readlink(file) for file in Path(f"/proc/{process}/fd").iterdir()]
    return any(Path(file).is_relative_to(folder) for file in files)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs the extra `ray`")
def test_a_worker_that_is_killed_is_started_again_and_the_run_ends_in_the_same_bytes(
    faces, tmp_path
):
    code, screen = run_all(command(faces, tmp_path, "whole"))
    assert code == 0, screen

    def kill(process):
        run = tmp_path / "nn2/killed"
        while not (run / "checkpoints/ckpt-40.index").exists():
            assert process.poll() is None, process.stdout.read()
            time.sleep(0.05)
        (raylet,) = children(process.pid, "raylet/raylet")
        workers = children(raylet, "ray::RayTrainWorker")
        (other,) = [worker for worker in workers if not holds(worker, run)]
        os.kill(other, signal.SIGKILL)

    code, screen = run_all(command(faces, tmp_path, "killed"), kill)
    assert code == 0, screen
    assert ": restored, " in screen
    assert state(tmp_path / "nn2/killed") == state(tmp_path / "nn2/whole")
