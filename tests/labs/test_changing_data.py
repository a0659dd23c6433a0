"""A data file that is changed under a run: a sentence, no bus error, and what was saved is kept."""

import shutil

import pytest


@pytest.mark.slow
@pytest.mark.parametrize("change", ["shrink", "replace", "remove"])
@pytest.mark.parametrize(
    ("function", "where"), [("evaluate", "resident"), ("train_on", "streamed")]
)
def test_it_is_a_sentence(change, function, where, preloaded, faces, tmp_path):
    data = shutil.copytree(faces, tmp_path / "data")
    words = ["--databases", data, "--train", "tiny", "--test", "other", "--logs", tmp_path]
    words += ["--run", "r", "--batch-size", 16, "--iterations", 40]
    words += ["--summary-every", 5, "--evaluate-every", 10]
    code, output = preloaded("changing_data.py", change, function, 2, where, *words)
    assert code == 2, output
    assert "Traceback" not in output
    last = output.splitlines()[-1]
    assert last.startswith(f"error: {data / 'data_tiny.bin'} was ")
    assert (tmp_path / "nn2/r/checkpoints/ckpt-0.index").exists()
