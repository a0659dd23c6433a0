"""A batch shared out over several devices trains as it does on one."""

import json
import subprocess
import sys

import numpy as np
import pytest

# Devices are set up before TensorFlow does anything, so each run is a process of its own.
SCRIPT = """
import sys
import labs
import tensorflow as tf
count, lab, *arguments = sys.argv[1:]
cpu = tf.config.list_physical_devices("CPU")[0]
logical = [tf.config.LogicalDeviceConfiguration()] * int(count)
tf.config.set_logical_device_configuration(cpu, logical)
__import__(f"labs.{lab}", fromlist=["lab"]).lab.main(arguments)
"""


@pytest.fixture
def losses(faces, tmp_path):
    """The loss of each of ten iterations of a lab on so many devices."""

    def run(lab, devices):
        arguments = ["--databases", faces, "--train", "tiny", "--test", "other", "--logs", tmp_path]
        arguments += ["--batch-size", 16, "--iterations", 10, "--summary-every", 1]
        arguments += ["--run", f"on{devices}"]
        words = [sys.executable, "-c", SCRIPT, devices, lab, *arguments]
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        config = json.loads((tmp_path / lab / f"on{devices}" / "config.json").read_text())
        assert config["replicas"] == devices
        lines = [line for line in done.stdout.splitlines() if " - loss= " in line]
        return np.array([float(line.partition("loss= ")[2]) for line in lines])

    return run


@pytest.mark.parametrize("lab", ["nn3", "nn4"])  # a loss that is a sum, and one that is a mean
def test_two_devices_give_the_losses_of_one(lab, losses):
    assert losses(lab, 2) == pytest.approx(losses(lab, 1), rel=1e-4)
