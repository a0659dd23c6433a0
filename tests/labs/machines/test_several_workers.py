"""Several workers train as one does, each a process of its own on the loopback address."""

import functools
import json
import os
import re
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from worker_processes import Started

LABS = Path(__file__).with_name("worker_labs.py")


def state(run):
    """Every number in the newest checkpoint of a run, by name, as bytes."""
    reader = tf.train.load_checkpoint(str(run / "checkpoints"))
    names = set(reader.get_variable_to_shape_map()) - {"_CHECKPOINTABLE_OBJECT_GRAPH"}
    return {name: reader.get_tensor(name).tobytes() for name in names if "save_counter" not in name}


def losses(screen):
    return np.array(
        [float(value) for value in re.findall(r" - loss= (\S+)$", screen, re.MULTILINE)]
    )


def begin(started, faces, folder, lab, count, *arguments, of_one=(), signal_at=None):
    """Starts a small lab on so many workers; returns their addresses.

    Args:
        folder: of the runs; only the chief is told of it.
        of_one: the index of a worker, and what that one alone is told.
        signal_at: {index of a worker: which signal it gets, and when, as `worker_labs` has it}.
    """
    started.clear()

    def words(index):
        logs = folder if index == 0 else folder / f"none{index}"
        given = ["--databases", faces, "--logs", logs, "--strategy", "multiworker"]
        given += [
            "--summaries",
            "curves",
            "--precision",
            "float32",
        ]  # whatever is native here: sums are compared
        return LABS, lab, 1, *given, *arguments, *(of_one[1:] if of_one[:1] == (index,) else ())

    def variables(index):
        signal_ = (signal_at or {}).get(index)
        return {"SIGNAL_AT": json.dumps(signal_)} if signal_ else {}

    return started.start_all(count, words, variables)


def to_the_end(started, faces, folder, lab, count, *arguments):
    """Trains a small lab on so many workers; returns the chief's screen."""
    begin(started, faces, folder, lab, count, *arguments)
    (code, screen, err), *others = started.all_ended()
    assert (code, err) == (0, "")
    for index, (code, out, err) in enumerate(others, 1):
        assert (code, err) == (0, "")
        assert re.fullmatch(rf"worker {index} \(\S+\) of {count}: worker 0 \(\S+\) prints\n", out)
    return screen


@pytest.fixture
def start(started, faces, tmp_path):
    return functools.partial(begin, started, faces, tmp_path)


@pytest.fixture
def run(started, faces, tmp_path):
    return functools.partial(to_the_end, started, faces, tmp_path)


WHOLE = ("--run", "whole", "--iterations", 30, "--evaluate-every", 10)


@pytest.fixture(scope="module")
def two(faces, tmp_path_factory):
    """An undisturbed run of two workers: its folder, and the chief's screen."""
    folder = tmp_path_factory.mktemp("two")
    return folder, to_the_end(Started(), faces, folder, "normalized", 2, *WHOLE)


@pytest.mark.slow
def test_two_workers_give_the_losses_of_one(two, run):
    one = losses(run("normalized", 1, "--iterations", 30))
    assert len(one) == 30
    assert losses(two[1]) == pytest.approx(one, rel=1e-4)


def test_only_the_chief_writes(two):
    folder, _ = two
    assert [path.name for path in folder.iterdir()] == ["normalized"]
    assert [path.name for path in (folder / "normalized").iterdir()] == ["whole"]
    assert json.loads((folder / "normalized/whole/config.json").read_text())["replicas"] == 2


@pytest.mark.slow
def test_two_workers_give_the_losses_of_one_where_a_batch_s_loss_is_a_mean(run):
    one, two = (
        losses(run("averaged", count, "--iterations", 30, "--run", f"on{count}"))
        for count in (1, 2)
    )
    assert len(one) == 30
    assert two == pytest.approx(one, rel=1e-4)


@pytest.mark.slow
def test_four_workers_give_the_losses_and_accuracies_of_one(run, tmp_path):
    one, four = (
        run("normalized", count, "--iterations", 30, "--run", f"on{count}") for count in (1, 4)
    )
    assert losses(four) == pytest.approx(losses(one), rel=1e-4)
    results = [
        json.loads((tmp_path / "normalized" / name / "result.json").read_text())
        for name in ("on1", "on4")
    ]
    for key in ("train_accuracy", "test_accuracy"):
        assert results[1][key] == pytest.approx(results[0][key], abs=1.01 / 30)  # one image


def kill_one_and_restore(lab, victim, start, started, run):
    words = ("--run", "killed", *WHOLE[2:])
    addresses = start(lab, 2, *words, signal_at={victim: ["SIGKILL", "train_on", 17]})
    assert started.processes[victim].wait(timeout=300) == -signal.SIGKILL
    killed = time.monotonic()
    code, _, err = started.ended(1 - victim)  # which waits for a sum of gradients
    assert time.monotonic() - killed < 30
    assert code == 2
    assert err == (
        f"error: worker {victim} ({addresses[victim]}) is gone. "
        "Start all workers again, with --restore.\n"
    )
    assert "ckpt-10: restored" in run(lab, 2, "--run", "killed", "--restore")


@pytest.mark.slow
def test_a_run_whose_worker_was_killed_goes_on_to_the_bit(two, start, started, run, tmp_path):
    kill_one_and_restore("normalized", 1, start, started, run)
    assert state(tmp_path / "normalized/killed") == state(two[0] / "normalized/whole")


@pytest.mark.slow
def test_a_run_with_dropout_whose_chief_was_killed_goes_on_to_the_bit(
    start, started, run, tmp_path
):
    kill_one_and_restore("dropped", 0, start, started, run)
    run("dropped", 2, *WHOLE)
    assert state(tmp_path / "dropped/killed") == state(tmp_path / "dropped/whole")


@pytest.mark.slow
def test_a_worker_that_hangs_in_training_ends_the_other(start, started):
    words = ("--run", "r", *WHOLE[2:])
    addresses = start("normalized", 2, *words, signal_at={1: ["SIGSTOP", "train_on", 17]})
    began = time.monotonic()
    code, _, err = started.ended(0)
    assert time.monotonic() - began < 100
    assert code == 2
    assert err == (
        f"error: worker 1 ({addresses[1]}) is gone. Start all workers again, with --restore.\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("told", [0, 1])
def test_a_signal_to_one_worker_stops_all_at_the_same_iteration(told, start, started, tmp_path):
    start("dropped", 2, "--iterations", 100_000_000, "--summary-every", 100, "--run", "r")
    for line in started.processes[0].stdout:
        if line.startswith("it=    200 "):
            break
    started.processes[told].send_signal(signal.SIGTERM)
    (code, screen, err), (other_code, _, other_err) = started.all_ended()
    assert (code, err, other_code, other_err) == (143, "", 143, "")
    stopped = re.search(r"^Stopped at iteration (\d+) and saved", screen, re.MULTILINE)[1]
    assert (tmp_path / f"dropped/r/checkpoints/ckpt-{stopped}.index").exists()


@pytest.mark.slow
@pytest.mark.parametrize("told", [0, 1])
def test_a_signal_to_one_worker_ends_an_evaluation_on_all(told, two, start, started, run, tmp_path):
    start("normalized", 2, *WHOLE, signal_at={told: ["SIGTERM", "evaluate", 20]})
    (code, screen, err), (other_code, _, other_err) = started.all_ended()
    assert (code, err, other_code, other_err) == (143, "", 143, "")
    assert "Stopped at iteration 20 and saved" in screen
    assert screen.count("accuracy") == 2  # the lines of iteration 10 and no other
    run("normalized", 2, "--run", "whole", "--restore")
    assert state(tmp_path / "normalized/whole") == state(two[0] / "normalized/whole")


@pytest.mark.slow
def test_the_number_of_workers_may_change_between_two_parts_of_a_run(run):
    whole = losses(run("normalized", 1, "--run", "whole", "--iterations", 20))
    run("normalized", 2, "--run", "parts", "--iterations", 10)
    rest = losses(run("normalized", 1, "--run", "parts", "--restore", "--iterations", 20))
    assert rest == pytest.approx(whole[10:], rel=1e-4)


@pytest.mark.slow
def test_workers_that_differ_are_told_apart_before_anything_is_written(
    start, started, faces, tmp_path, tmp_path_factory
):
    other = tmp_path_factory.mktemp("other")
    shutil.copytree(faces, other, dirs_exist_ok=True)
    with open(other / "data_tiny.bin", "r+b") as file:
        file.write(b"\0")
    for given, told in (
        (("--seed", 1), "has --seed 1, "),
        (("--batch-size", 32), "has --batch-size 32, "),
        (("--databases", other), "has --train data of 50 images, digests "),
    ):
        start("normalized", 2, of_one=(1, *given))
        for code, _, err in started.all_ended():
            assert code == 2
            assert told in err
            assert len(err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_faces_that_are_missing_are_drawn_by_one_worker_for_all(start, started, tmp_path):
    folder = tmp_path / "drawn"
    given = ("--databases", folder, "--train", "1k", "--test", "1k", "--iterations", 2)
    start("normalized", 2, *given)
    assert [code for code, _, _ in started.all_ended()] == [0, 0]
    names = ["DRAWN.txt", "data_1k.bin", "gender_1k.bin", "points_1k.bin"]
    assert sorted(path.name for path in folder.iterdir()) == names


@pytest.mark.slow
def test_replicas_drop_different_numbers_and_the_same_ones_again(run):
    first, second = (
        losses(run("dropped", 2, "--iterations", 20, "--run", name)) for name in ("a", "b")
    )
    assert (first == second).all()
    assert len(set(first)) == 20


@pytest.mark.slow
def test_tasks_of_slurm_find_one_another(started, faces, tmp_path):
    for index in range(2):
        task = {
            "SLURM_JOB_ID": str(os.getpid()),
            "SLURM_STEP_NUM_TASKS": "2",
            "SLURM_STEP_NODELIST": "localhost",
            "SLURM_STEP_TASKS_PER_NODE": "2",
            "SLURM_PROCID": str(index),
            "SLURM_LOCALID": str(index),
            "SLURMD_NODENAME": "localhost",
        }
        given = ("--databases", faces, "--logs", tmp_path, "--iterations", 2)
        started.start(index, (LABS, "normalized", 1, *given), **task)
    (code, screen, err), (other_code, _, other_err) = started.all_ended()
    assert (code, err, other_code, other_err) == (0, "", 0, "")
    assert "strategy multiworker" in screen
