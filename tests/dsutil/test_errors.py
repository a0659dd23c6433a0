"""What a user sees of an error: one sentence and an exit code."""

import io
import sys

import pytest

from dsutil import InputError
from dsutil.errors import exit_with_sentence, sentence_of


def test_an_input_error_is_a_value_error():
    assert issubclass(InputError, ValueError)


@pytest.mark.parametrize("kind", [InputError, FileNotFoundError])
def test_an_error_of_the_user_is_its_sentence_and_exit_code_2(capsys, kind):
    with pytest.raises(SystemExit) as ended, exit_with_sentence():
        raise kind("x.bin is empty.")
    assert ended.value.code == 2
    assert capsys.readouterr() == ("", "error: x.bin is empty.\n")


def test_an_error_of_the_system_names_its_file_first(capsys, tmp_path):
    path = tmp_path / "none" / "x"
    with pytest.raises(SystemExit) as ended, exit_with_sentence():
        open(path)
    assert ended.value.code == 2
    assert capsys.readouterr() == ("", f"error: {path}: No such file or directory\n")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(28, "No space left on device", "x.bin"), "x.bin: No space left on device"),
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device"),
        (InputError("x.bin is empty."), "x.bin is empty."),
    ],
)
def test_an_error_s_sentence_may_be_passed_on(error, sentence):
    assert sentence_of(error) == sentence


def test_ctrl_c_exits_with_130_and_one_word(capsys):
    with pytest.raises(SystemExit) as ended, exit_with_sentence():
        raise KeyboardInterrupt
    assert ended.value.code == 130
    assert capsys.readouterr() == ("", "interrupted\n")


@pytest.mark.parametrize("kind", [ValueError, TypeError, ZeroDivisionError, AssertionError])
def test_a_defect_of_ours_keeps_its_traceback(capsys, kind):
    with pytest.raises(kind), exit_with_sentence():
        raise kind
    assert capsys.readouterr() == ("", "")


def test_without_an_error_nothing_is_said_and_the_value_comes_back(capsys):
    def command():
        with exit_with_sentence():
            return 1

    assert command() == 1
    assert capsys.readouterr() == ("", "")


PRINT_ANY_LETTER = """
import sys
from dsutil import InputError
from dsutil.errors import exit_with_sentence
with exit_with_sentence():
    print("caf\\u00e9 \\u4e2d")
    print("caf\\u00e9", file=sys.stderr)
    raise InputError("\\u00fc is empty.")
"""


def test_letters_that_the_terminal_lacks_are_written_as_escapes(run_python):
    ended = run_python("-c", PRINT_ANY_LETTER, PYTHONIOENCODING="ascii:strict")
    assert ended.stdout == "caf\\xe9 \\u4e2d\n"
    assert ended.stderr == "caf\\xe9\nerror: \\xfc is empty.\n"
    assert ended.returncode == 2


def test_letters_that_the_terminal_knows_stay_as_they_are(run_python):
    ended = run_python("-c", PRINT_ANY_LETTER, PYTHONIOENCODING="utf-8")
    assert ended.stdout == "café 中\n"
    assert ended.stderr == "café\nerror: ü is empty.\n"


@pytest.mark.parametrize("stream", [None, io.StringIO()], ids=["none", "a notebook's"])
def test_a_standard_output_that_cannot_be_told_is_left_alone(monkeypatch, stream):
    monkeypatch.setattr(sys, "stdout", stream)
    with exit_with_sentence():
        print("é")
