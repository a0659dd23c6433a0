import re
import subprocess
import sys

import pytest


def nn1(*arguments, python=()):
    command = [sys.executable, *python, "-m", "labs.nn1", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def output(faces):
    done = nn1("--databases", faces, "--train", "tiny", "--iterations", 2001)
    assert (done.returncode, done.stderr) == (0, "")  # and no word of TensorFlow's
    return done.stdout


def test_prints_the_lecture_s_shapes(output):
    shapes = re.findall(r"\(.*\)", output)
    assert shapes == "(?, 2304)|(2304, 50)|(50,)|(?, 50)|(?, 50)|(50, 2)|(2,)|(?, 2)".split("|")


def test_prints_the_loss_every_1000_iterations_as_the_lecture_does(output):
    lines = re.findall(r"^it= ( *\d+) - loss= (\d+\.\d{6})$", output, re.MULTILINE)
    assert [line[0] for line in lines] == ["     0", "  1000", "  2000"]
    assert float(lines[2][1]) < float(lines[0][1]) / 2


def test_a_missing_data_set_is_one_sentence_that_lists_those_that_there_are(faces):
    done = nn1("--databases", faces, "--train", "nosuch")
    assert done.returncode == 2
    sentence = done.stderr.splitlines()[-1]
    assert "data_nosuch.bin is missing" in sentence
    assert "other, tiny" in sentence


def test_an_impossible_number_of_iterations_is_refused():
    done = nn1("--iterations", -3)
    assert done.returncode == 2
    assert "--iterations: found -3, expected 1 or more" in done.stderr


def test_answers_without_docstrings_too(faces):
    done = nn1("--databases", faces, "--train", "nosuch", python=["-OO"])
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")


@pytest.mark.slow  # without docstrings Python compiles all of TensorFlow anew
def test_trains_without_docstrings_too(faces):
    done = nn1("--databases", faces, "--train", "tiny", "--iterations", 1, python=["-OO"])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("it=      0 - loss= ")
