"""Pairs of files made without dsutil, byte by byte, and a second Python to run things in."""

import io
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dsutil


@pytest.fixture
def write_by_hand(tmp_path):
    """A function that writes a pair as the format says and returns its two paths."""

    def write(images, labels, name="x"):
        data, gender = tmp_path / f"data_{name}.bin", tmp_path / f"gender_{name}.bin"
        data.write_bytes(b"".join(bytes(image) for image in images))
        gender.write_bytes(b"".join(struct.pack("<2f", *label) for label in labels))
        return data, gender

    return write


@pytest.fixture
def numbered(write_by_hand):
    """A function that writes `count` images, every byte of image i being i; men are even."""

    def write(count, name="x"):
        images = ([i % 256] * 2304 for i in range(count))
        return write_by_hand(images, ((1, 0) if i % 2 == 0 else (0, 1) for i in range(count)), name)

    return write


@pytest.fixture
def sparse_pair(tmp_path):
    """A pair of 130,000 black men: 300 MB that take no room on the disk."""
    data, gender = tmp_path / "data_large.bin", tmp_path / "gender_large.bin"
    data.touch()
    os.truncate(data, 130_000 * 2304)
    np.tile(np.array([1, 0], "<f4"), 130_000).tofile(gender)
    return data, gender


@pytest.fixture
def run_python(tmp_path):
    """A function that runs a new Python, in an empty folder, which finds the same dsutil.

    Its keywords are more variables of the environment.
    """
    environment = {**os.environ, "PYTHONPATH": str(Path(dsutil.__file__).parents[1])}
    folder = tmp_path / "elsewhere"
    folder.mkdir()

    def run(*arguments, **more):
        command = [sys.executable, *map(str, arguments)]
        env = {**environment, **more}
        return subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, timeout=120
        )

    return run


class Terminal(io.StringIO):
    """What passes for a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def terminal():
    """A stream for `contextlib.redirect_stderr`, which passes for a terminal."""
    return Terminal()
