"""When nothing can be written any more, a run stops with a sentence, and what it saved is whole."""

import pytest


@pytest.fixture
def train(preloaded, faces, tmp_path):
    words = ["--databases", faces, "--train", "tiny", "--test", "other", "--logs", tmp_path]
    words += ["--run", "r", "--batch-size", 16, "--iterations", 30]
    words += ["--summary-every", 5, "--evaluate-every", 10]

    def train(what, function, number, *more):
        return preloaded("full_disk.py", what, function, number, *words, *more)

    return train


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "function", "number"),
    [
        ("full", "save", 3),
        ("quite full", "save", 3),
        ("quite full", "train_on", 6),
        ("quite full", "finish", 1),
        ("checkpoints replaced", "save", 3),
        ("run read-only", "save", 3),
        ("run read-only", "finish", 1),
        ("run gone", "train_on", 4),
        ("run gone", "finish", 1),
        ("run replaced", "finish", 1),
    ],
)
def test_it_is_a_sentence(what, function, number, train, tmp_path):
    code, output = train(what, function, number)
    assert code == 2, output
    assert "Traceback" not in output
    assert f"error: {tmp_path / 'nn2/r'}" in output.splitlines()[-1]
    assert not list(tmp_path.rglob("*.part"))


def test_a_folder_for_the_runs_that_cannot_be_written_is_told_before_anything_is_done(
    train, tmp_path
):
    code, output = train("logs read-only", "save", 0)
    assert (code, output) == (2, f"error: {tmp_path / 'nn2'}: Permission denied\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize(("what", "number"), [("full", 3), ("quite full", 2)])
def test_the_checkpoint_before_is_whole_and_restores(what, number, train, tmp_path):
    train(what, "save", number)
    code, output = train("full", "save", 99, "--restore")
    assert code == 0, output
    assert f"ckpt-{10 * (number - 2)}: restored" in output
    assert "damaged" not in output
