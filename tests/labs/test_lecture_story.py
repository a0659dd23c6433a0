"""What the lecture tells holds on the drawn faces, with each lab's own settings."""

import json

import pytest

from dsutil import databases
from labs import nn3, nn4

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reached(tmp_path_factory):
    """The train and test accuracy of each lab on each amount of data, in points."""
    folder = tmp_path_factory.mktemp("drawn")
    for name in ("1k", "10k", "test10k"):
        databases.draw(folder, name, progress=lambda done: None)
    reached = {}
    for lab in (nn3.lab, nn4.lab):
        for train in ("1k", "10k"):
            words = ["--databases", folder, "--train", train, "--logs", folder, "--run", train]
            with pytest.raises(SystemExit) as exit_:
                lab.main([str(word) for word in words])
            assert exit_.value.code == 0
            result = json.loads((folder / lab.name / train / "result.json").read_text())
            reached[lab.name, train] = (
                100 * result["train_accuracy"],
                100 * result["test_accuracy"],
            )
    return reached


def test_the_perceptron_learns_1000_faces_by_heart_and_fails_to_generalise(reached):
    train, test = reached["nn3", "1k"]
    assert train >= 99
    assert train - test >= 10


def test_more_data_helps_the_perceptron(reached):
    assert reached["nn3", "10k"][1] >= reached["nn3", "1k"][1] + 4


@pytest.mark.parametrize("train", ["1k", "10k"])
def test_the_cnn_beats_the_perceptron_on_the_same_data(reached, train):
    assert reached["nn4", train][1] >= reached["nn3", train][1] + 4


def test_the_cnn_is_right_on_93_of_100_faces(reached):
    assert reached["nn4", "10k"][1] >= 93
