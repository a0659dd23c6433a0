"""A lab as a job of Ray Train: two workers, of which one is killed and started again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tensorflow as tf

ROOT = Path(__file__).parents[3]

pytest.importorskip("ray", reason="needs the extra `ray`")
pytestmark = pytest.mark.slow


def command(faces, logs, run):
    """Trains nn2 for 400 iterations on two workers."""
    words = ["-m", "labs.machines.on_ray", "--workers", 2, "labs.nn2", "--run", run]
    words += ["--databases", faces, "--logs", logs, "--train", "tiny", "--test", "other"]
    words += ["--iterations", 400, "--evaluate-every", 20, "--summary-every", 1]
    words += ["--batch-size", 16, "--precision", "float32"]
    return [sys.executable, *map(str, words)]


def run_all(words, meanwhile=lambda: None):
    """Runs a command to its end; returns its exit code and what it wrote."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "RAY_TRAIN_V2_ENABLED": "1"}
    process = subprocess.Popen(
        words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        meanwhile()
        screen, _ = process.communicate(timeout=400)
    finally:
        process.kill()
    return process.returncode, screen


def state(run):
    """Every number in the newest checkpoint of a run, by name, as bytes."""
    reader = tf.train.load_checkpoint(str(run / "checkpoints"))
    names = set(reader.get_variable_to_shape_map()) - {"_CHECKPOINTABLE_OBJECT_GRAPH"}
    return {name: reader.get_tensor(name).tobytes() for name in names if "save_counter" not in name}


def one_of_ray_s_workers():
    """The number of a process that holds a worker of the lab that trains on this machine."""
    found = subprocess.run(
        ["pgrep", "-f", "ray::RayTrainWorker"], stdout=subprocess.PIPE, text=True
    )
    return int(found.stdout.split()[-1])


def test_a_worker_that_is_killed_is_started_again_and_the_run_ends_in_the_same_bytes(
    faces, tmp_path
):
    code, screen = run_all(command(faces, tmp_path, "whole"))
    assert code == 0, screen

    def kill():
        checkpoints = tmp_path / "nn2/killed/checkpoints"
        while not (checkpoints / "ckpt-40.index").exists():
            time.sleep(0.05)
        os.kill(one_of_ray_s_workers(), signal.SIGKILL)

    code, screen = run_all(command(faces, tmp_path, "killed"), kill)
    assert code == 0, screen
    assert ": restored, " in screen
    assert state(tmp_path / "nn2/killed") == state(tmp_path / "nn2/whole")
