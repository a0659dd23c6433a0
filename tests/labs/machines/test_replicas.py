"""A batch shared out over several devices trains as it does on one."""

import json
from pathlib import Path

import numpy as np
import pytest

# Devices are set up before TensorFlow does anything, so each run is a process of its own.
LABS = Path(__file__).with_name("worker_labs.py")


@pytest.fixture
def losses(faces, tmp_path, started):
    """The loss of each of ten iterations of a lab on so many devices."""

    def run(lab, devices):
        arguments = ["--databases", faces, "--train", "tiny", "--test", "other", "--logs", tmp_path]
        arguments += ["--batch-size", 16, "--iterations", 10, "--summary-every", 1]
        arguments += ["--run", f"on{devices}", "--precision", "float32", "--summaries", "curves"]
        started.start(0, [LABS, lab, devices, *arguments])
        code, screen, err = started.ended(0)
        assert code == 0, err
        assert "warning" not in err
        config = json.loads((tmp_path / lab / f"on{devices}" / "config.json").read_text())
        assert config["replicas"] == devices
        lines = [line for line in screen.splitlines() if " - loss= " in line]
        return np.array([float(line.partition("loss= ")[2]) for line in lines])

    return run


@pytest.mark.parametrize(
    ("lab", "devices"),
    [
        pytest.param("nn4", 2, marks=pytest.mark.slow),  # a loss that is a mean
        pytest.param("nn3", 2, marks=pytest.mark.slow),  # one that is a sum
        pytest.param("normalized", 2, marks=pytest.mark.slow),
        pytest.param("nn3", 4, marks=pytest.mark.slow),
        pytest.param("nn4", 4, marks=pytest.mark.slow),
        pytest.param("normalized", 4, marks=pytest.mark.slow),
    ],
)
def test_so_many_devices_give_the_losses_of_one(lab, devices, losses):
    # Sums are rounded otherwise, and ten iterations amplify that: 2e-4 was seen in the last one.
    assert losses(lab, devices) == pytest.approx(losses(lab, 1), rel=1e-3)
