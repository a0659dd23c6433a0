"""What a user sees of an error: one sentence and an exit code."""

import pytest

from dsutil import InputError
from dsutil.errors import exit_with_sentence


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
