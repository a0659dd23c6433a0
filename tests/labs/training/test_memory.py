"""Data may be larger than the memory."""

import os
import subprocess
import sys

import numpy as np
import pytest

from dsutil.binary import pair_paths

SCRIPT = """
import resource, sys
from labs import nn3
try:
    nn3.lab.main(sys.argv[1:])
finally:
    print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def black_faces(folder, name, count):
    """A data set that takes no room on the disk: a file with nothing but a hole in it."""
    data_path, label_path = pair_paths(folder, name)
    data_path.touch()
    os.truncate(data_path, count * 2304)
    np.eye(2, dtype="<f4")[np.arange(count) % 2].tofile(label_path)


@pytest.mark.slow
def test_a_million_images_take_little_more_memory_than_ten_thousand(tmp_path):
    peak = {}
    for name, count in (("small", 10_000), ("large", 1_000_000)):
        black_faces(tmp_path, name, count)
        words = ["--databases", tmp_path, "--train", name, "--test", "small", "--logs", tmp_path]
        words += ["--iterations", 3000]
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, *map(str, words)], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        peak[name] = int(done.stdout.rpartition("peak ")[2])
    assert peak["large"] - peak["small"] < 400  # MB
