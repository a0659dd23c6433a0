"""`python -m labs.check`: what it prints, copies, and answers with its exit code."""

import json
import re
import subprocess
import sys

import pytest

from labs import check

RIGHT = "def relu(x):\n    return np.maximum(x, 0), (x > 0).astype(float)"
WRONG = "def relu(x):\n    return np.maximum(x, 0), np.maximum(x, 0)"
FULL = "`derivative` is wrong"


def test_it_answers_0_if_all_that_was_asked_for_passes(student, command):
    folder = student("relu", RIGHT).parent
    code, out, err = command("relu", "--folder", folder)
    assert (code, err) == (0, "")
    assert "relu: passed" in out
    assert "seed" not in out


def test_it_answers_1_and_says_what_is_wrong_and_how_to_see_it_again(student, command):
    folder = student("relu", WRONG).parent
    code, out, err = command("relu", "--folder", folder)
    assert (code, err) == (1, "")
    assert "relu: wrong" in out
    assert FULL in out
    assert "Hint: The derivative is 1 where x is positive" in out
    again = re.search(r"The same numbers again: python -m labs\.check (.*)", out)[1]
    assert command(*again.split())[:2] == (1, out.partition("\nThe same")[0])


def test_the_same_seed_gives_the_same_numbers_and_another_one_others(student, command):
    folder = student("relu", WRONG).parent
    said = [command("relu", "--folder", folder, "--seed", seed)[1] for seed in (1, 1, 2)]
    assert said[0] == said[1] != said[2]


def test_the_numbers_are_others_each_time(student, command):
    folder = student("relu", WRONG).parent
    assert command("relu", "--folder", folder)[1] != command("relu", "--folder", folder)[1]


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_a_seed_that_was_given_is_not_told(student, command, words):
    folder = student("relu", WRONG).parent
    code, out, _ = command("relu", "--folder", folder, "--seed", 987654321, *words)
    assert code == 1
    assert "987654321" not in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["conv_foward"], "no exercise is called 'conv_foward'; the nearest is conv_forward."),
        (["relu.py"], "the nearest is relu."),
        (["relu", "--seed", "x"], "found 'x', expected a whole number"),
        (["--nothing"], "--nothing"),
        (["relu", "--folder", "/no/such"], "error: /no/such: expected a folder"),
    ],
)
def test_a_command_that_cannot_be_understood_is_answered_by_a_sentence_and_2(command, words, said):
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("words", [["--seed", "0"], ["--json"], ["--folder", "mine"]])
def test_what_is_for_checking_is_refused_beside_copy(tmp_path, command, words):
    code, out, err = command("--copy", tmp_path / "ada", *words)
    assert (code, out) == (2, "")
    assert f"{words[0]} is for checking and has no effect on --copy" in err
    assert not (tmp_path / "ada").exists()


def test_a_file_in_place_of_the_folder_is_answered_with_the_folder_that_it_is_in(student, command):
    path = student("relu", RIGHT)
    code, out, err = command("relu", "--folder", path)
    assert (code, out) == (2, "")
    assert f"{path}: found a file, expected the folder" in err
    assert f"`--folder {path.parent}`" in err
    assert "--copy" not in err


def test_without_a_name_all_are_listed_in_order_with_their_state(student, command):
    student("fc_forward", "def fc_forward(x, w, b):\n    return (")
    student("relu", WRONG)
    folder = student(
        "xavier", "def xavier(noise):\n    return noise * np.sqrt(2 / sum(noise.shape))"
    )
    code, out, _ = command("--folder", folder.parent)
    table, *paragraphs = out.split("\n\n")
    states = dict(line.split(maxsplit=1) for line in table.splitlines()[1:-1])
    assert code == 1
    assert tuple(states) == check.NAMES
    assert {states.pop(name) for name in ("relu", "fc_forward", "xavier")} == {
        "wrong",
        "error",
        "passed",
    }
    assert set(states.values()) == {"not begun"}
    assert table.endswith("1 of 31 passed")
    assert [text.partition(":")[0] for text in paragraphs[:2]] == ["fc_forward", "relu"]


def test_json_holds_every_verdict(student, command):
    student("relu", WRONG)
    folder = student("tanh", "def tanh(x):\n    return np.tanh(x), 1 - np.tanh(x) ** 2").parent
    code, out, _ = command("relu", "tanh", "sigmoid", "--folder", folder, "--json")
    told = json.loads(out)
    assert code == 1
    assert (told["passed"], told["asked"]) == (1, 3)
    states = {name: verdict["state"] for name, verdict in told["exercises"].items()}
    assert states == {"sigmoid": "not begun", "tanh": "passed", "relu": "wrong"}
    assert FULL in told["exercises"]["relu"]["says"]
    assert told["exercises"]["relu"]["hints"][0].startswith("The derivative is 1")


def test_copy_gives_a_folder_of_stubs(tmp_path, command):
    code, out, _ = command("--copy", tmp_path / "class" / "ada")
    copied = tmp_path / "class" / "ada"
    assert code == 0
    assert "31 stubs copied" in out
    assert out.endswith(f"Check them with: python -m labs.check --folder {copied}\n")
    assert {path.stem for path in copied.iterdir()} == set(check.NAMES)
    for path in copied.iterdir():
        assert path.read_bytes() == (check.STUBS / path.name).read_bytes()


def test_copy_keeps_what_is_there_and_says_so(student, command):
    path = student("relu", RIGHT)
    before = path.read_bytes()
    code, out, _ = command("--copy", path.parent)
    assert code == 0
    assert "30 stubs copied" in out
    assert "kept, as they were there already: relu.py" in out
    assert path.read_bytes() == before


def test_copy_takes_the_exercises_that_are_named(tmp_path, command):
    code, out, _ = command("iou", "relu", "--copy", tmp_path)
    assert code == 0
    assert out.endswith(f"Check them with: python -m labs.check relu iou --folder {tmp_path}\n")
    assert {path.name for path in tmp_path.iterdir()} == {"iou.py", "relu.py"}


def test_neither_the_command_nor_the_judge_loads_tensorflow():
    script = (
        "import sys, labs.check, labs.checking.judge\n"
        "print({'tensorflow', 'keras', 'scipy', 'PIL'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr
