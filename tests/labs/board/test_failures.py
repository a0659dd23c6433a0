"""What looks on does not end a run, and does not hide what does."""

import pytest

from dsutil import InputError
from labs.board.failures import Failures


def test_an_error_costs_only_its_part_and_is_told_once(capsys):
    failures = Failures()
    for _ in range(3):
        with failures.tolerated("the Projector"):
            raise ValueError("no such axis\nand much more")
    with failures.tolerated("the weights"):
        raise ZeroDivisionError
    assert capsys.readouterr().err.splitlines() == [
        "warning: training goes on, but TensorBoard does without the Projector: "
        "ValueError: no such axis",
        "warning: training goes on, but TensorBoard does without the weights: ZeroDivisionError",
    ]


def test_keras_s_frame_around_an_error_is_passed_over(capsys):
    with Failures().tolerated("the weights"):
        raise TypeError("Exception encountered when calling Bad.call().\n\n\x1b[1mtoo odd\x1b[0m\n")
    assert capsys.readouterr().err.endswith("without the weights: TypeError: too odd\n")


@pytest.mark.parametrize("error", [InputError("no"), OSError(28, "full"), KeyboardInterrupt()])
def test_what_the_user_must_know_goes_on(error, capsys):
    with pytest.raises(type(error)), Failures().tolerated("the weights"):
        raise error
    assert not capsys.readouterr().err
