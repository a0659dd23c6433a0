"""The usual mistakes: whoever makes one is told which."""

import numpy as np
import pytest

from labs.checking.course import EXERCISES
from labs.checking.exercise import File
from labs.checking.judge import judge
from labs.checking.verdict import WRONG

each = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
each_mistake = pytest.mark.parametrize(
    ("exercise", "mistake"),
    [(exercise, mistake) for exercise in EXERCISES for mistake in exercise.mistakes],
    ids=lambda thing: getattr(thing, "name", None),
)
# Those that take numbers alone, which nobody can change.
changeable = [e for e in EXERCISES if not all(isinstance(a, int) for a in e.draw(0, 0))]


@each
def test_every_exercise_knows_usual_mistakes(exercise):
    assert exercise.mistakes


@each_mistake
def test_a_usual_mistake_is_wrong_and_gets_its_hint(exercise, mistake):
    verdict = judge(exercise, mistake.wrong, seed=0)
    assert (verdict.state, verdict.hint) == (WRONG, mistake.hint)


def spoil(argument):
    """Changes an argument; returns whether it can be changed."""
    if isinstance(argument, np.ndarray):
        argument += 1
    elif isinstance(argument, list):
        argument.append(argument[0])
    elif hasattr(argument, "write_bytes"):
        argument.write_bytes(b"")
    else:
        return False
    return True


@pytest.mark.parametrize("exercise", changeable, ids=lambda exercise: exercise.name)
def test_a_changed_argument_is_found_though_the_result_is_right(exercise, answer):
    right = answer(exercise.name)
    for i, name in enumerate(exercise.parameters):

        def changing(*arguments, i=i):
            result = right(*arguments)
            spoil(arguments[i])
            return result

        if isinstance(exercise.draw(0, 0)[i], (np.ndarray, list, File)):
            verdict = judge(exercise, changing, seed=0)
            assert verdict.state == WRONG
            assert f"changed its argument `{name}`" in verdict.says


def test_a_mistake_is_recognised_beside_another_one(judged):
    verdict = judged(
        "fc_backward",
        "def fc_backward(dy, x, w):\n    return dy @ w.T, x.T @ dy + 7, dy.mean(axis=0)",
    )
    assert "`dx` is right" in verdict.says
    assert "`dw` is wrong" in verdict.says
    assert verdict.hint == ""  # 7 is none of the usual ones, and dw comes first
    verdict = judged(
        "fc_backward",
        "def fc_backward(dy, x, w):\n    return dy @ w.T + 7, x.T @ dy, dy.mean(axis=0)",
    )
    assert "`dx` is wrong" in verdict.says
    verdict = judged(
        "fc_backward",
        "def fc_backward(dy, x, w):\n    return dy @ w.T, dy.T @ x, dy.mean(axis=0)",
    )
    assert "dw is transposed" in verdict.hint


def test_a_result_that_is_only_different_gets_no_hint(judged):
    verdict = judged("fc_forward", "def fc_forward(x, w, b):\n    return x @ w + b + 0.5")
    assert (verdict.state, verdict.hint) == (WRONG, "")
