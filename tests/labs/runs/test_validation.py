"""A run that is judged by images of its own knows at which step it was best."""

import json

import pytest

from dsutil import InputError
from labs.runs import Run, validation
from labs.runs.validation import Validation
from labs.tasks.task import Number

ACCURACY = Number("accuracy", higher_is_better=True, is_share=True)
ERROR = Number("error", higher_is_better=False)


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path, {})


def reached(number):
    return {"train": 0.0, "validation": number, "test": 0.0}


def after(run, numbers, headline=ACCURACY, **where):
    """A `Validation` that took in an evaluation every 10 steps."""
    kept = Validation(run, headline, **where)
    for i, number in enumerate(numbers, 1):
        kept.add(10 * i, reached(number))
    return kept


@pytest.mark.parametrize(
    ("headline", "numbers", "step"),
    [
        (ACCURACY, [0.5, 0.8, 0.7], 20),
        (ACCURACY, [0.8, 0.8, 0.7], 10),  # of equal ones the first
        (ERROR, [3.0, 1.0, 2.0], 20),
    ],
)
def test_the_best_step_is_the_first_with_the_best_headline(run, headline, numbers, step):
    assert after(run, numbers, headline).best == {"step": step, **reached(numbers[step // 10 - 1])}


def test_it_has_waited_as_many_evaluations_as_came_after_the_best(run):
    assert Validation(run, ACCURACY).waited == 0
    assert after(run, [0.5, 0.8, 0.7, 0.8, 0.6]).waited == 3


def test_a_restored_run_knows_what_was_reached_before_and_forgets_the_rest(run):
    after(run, [0.5, 0.6, 0.9])
    again = Validation(run, ACCURACY, step=30)
    assert (again.best["step"], again.waited) == (20, 0)
    again.add(30, reached(0.55))
    assert Validation(run, ACCURACY, step=40).best["step"] == 20


def test_what_was_found_only_because_the_run_ended_there_is_forgotten_when_it_goes_on(run):
    kept = after(run, [0.5])
    kept.add(17, reached(0.9), due=False)
    assert Validation(run, ACCURACY, step=17).best["step"] == 10
    assert Validation(run, ACCURACY, step=20).best["step"] == 10
    assert validation.best_of(run, ACCURACY)["step"] == 17  # as long as the run has not gone on


def test_a_run_without_a_validation_set_says_how_to_get_a_best_one(run):
    with pytest.raises(InputError, match=r"no best checkpoint: .*--validation"):
        validation.best_of(run, ACCURACY)


@pytest.mark.parametrize(
    "text", ["", '{"step": 1}', "[1]", '[{"step": 1}]', '[{"step": 1, "test": 2}]']
)
def test_a_damaged_file_is_a_sentence(run, text):
    (run.path / validation.FILE).write_text(text)
    with pytest.raises(InputError, match=r"validation.json is damaged"):
        validation.best_of(run, ACCURACY)


def test_the_file_is_json_that_people_can_read(run):
    after(run, [0.5])
    found = json.loads((run.path / validation.FILE).read_text())
    assert found == [{"step": 10, "due": True, **reached(0.5)}]
