"""Two processes never work on one run."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from dsutil import InputError
from labs import nn2, runs
from labs.runs.lock import locked

HOLD = """
import os, sys, time
from pathlib import Path
from labs.runs.lock import locked
with locked(Path(sys.argv[1])):
    if child := os.fork():
        print(child, flush=True)
    time.sleep(60)
"""


@contextlib.contextmanager
def held(folder):
    """A process that holds the lock of a folder, and has a child that outlives it."""
    command = [sys.executable, "-c", HOLD, str(folder / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        child = int(process.stdout.readline())
        yield process
        process.kill()
        os.kill(child, signal.SIGKILL)


@pytest.fixture
def holder(tmp_path):
    with held(tmp_path) as process:
        yield process


def test_the_second_is_refused_at_once_and_told_who_the_first_is(holder, tmp_path):
    begun = time.monotonic()
    with pytest.raises(InputError) as error, locked(tmp_path / "lock"):
        pass
    assert time.monotonic() - begun < 1
    assert f"process {holder.pid} on {socket.gethostname()}" in str(error.value)


def test_a_run_that_another_process_works_on_is_left_as_it_is(run_lab, tmp_path, capsys):
    run_lab(nn2, "--run", "r", "--iterations", 1)
    run = tmp_path / "nn2/r"
    with held(run) as process:
        before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
        assert run_lab(nn2, "--run", "r", "--restore", "--iterations", 2) == 2
        assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
    assert f"nn2/r is in use by process {process.pid} on " in capsys.readouterr().err
    assert run_lab(nn2, "--run", "r", "--restore", "--iterations", 2) == 0


def test_the_lock_of_a_killed_process_blocks_nobody_though_its_child_lives(holder, tmp_path):
    holder.kill()
    holder.wait()
    assert (tmp_path / "lock").exists()
    with locked(tmp_path / "lock"):
        assert (tmp_path / "lock").read_text().startswith(f"process {os.getpid()} ")


def test_nothing_is_left_when_it_is_given_back(tmp_path):
    for _ in range(2):
        with locked(tmp_path / "lock"):
            pass
        assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_taken_away_is_noticed(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    with locked(run / "lock") as check:
        check()
        run.rename(tmp_path / "elsewhere")
        with pytest.raises(InputError, match="run was taken away"):
            check()


def test_runs_that_start_at_once_get_numbers_of_their_own(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(lambda _: runs.start(tmp_path, "nn2").path.name, range(40)))
    assert sorted(started, key=int) == [str(number) for number in range(1, 41)]
