"""The labs on photographs of real faces, where LABS_TEST_DATA names a folder that has some."""

import os
from pathlib import Path

import pytest

from labs import nn5

FOLDER = Path(os.environ.get("LABS_TEST_DATA", "")) / "faces"
needs_real_faces = pytest.mark.skipif(
    "LABS_TEST_DATA" not in os.environ,
    reason="LABS_TEST_DATA is not set: it names a folder with faces/data_1k.bin and others",
)


@pytest.mark.slow
@needs_real_faces
def test_nn5_trained_on_1000_photographs_is_right_on_95_of_100_others(run_lab, result):
    data = ("--databases", FOLDER, "--train", "1k", "--test", "test600", "--batch-size", 128)
    assert run_lab(nn5, "--run", "r", *data) == 0
    assert result("nn5", "r")["test_accuracy"] >= 0.95
