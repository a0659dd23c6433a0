"""Numbers of runs, by which they are compared."""

import dataclasses
import math
from pathlib import Path

import pytest

from labs.analysis import measures
from labs.analysis.measures import GAP, ON_THE_WAY, TEST, TRAIN, Measure, iterations_until
from labs.analysis.planned import Outcome
from labs.tasks.task import Number

ACCURACY = Number("accuracy", higher_is_better=True, is_share=True)
DISTANCE = Number("distance", higher_is_better=False, unit="pixels")


def outcome(train=0.9, test=0.8, headline=ACCURACY, points=(), diverged_at=None):
    """A run that reached so much; `points` are the headline's on the training set by step."""
    reached = {} if diverged_at is not None else {"train": train, "test": test}
    made = Outcome(None, Path("run"), {}, reached, headline, 6, 1.0, diverged_at)
    vars(made)["curves"] = {"train": {headline.name: dict(points)}, "test": {}}
    return made


def test_the_usual_measures_are_what_their_names_say():
    run = outcome(0.9, 0.8, points=((10, 0.5), (20, 0.7)))
    found = [measure.value(run) for measure in (TRAIN, TEST, GAP, ON_THE_WAY)]
    assert found == pytest.approx([0.9, 0.8, 0.1, 0.6])


def test_a_gap_is_how_much_better_the_training_set_is_also_where_less_is_better():
    assert GAP.value(outcome(2.0, 3.5, DISTANCE)) == pytest.approx(1.5)
    assert GAP.sign(DISTANCE) == GAP.sign(ACCURACY) == -1


def test_a_measure_is_called_after_the_headline():
    assert [TEST.called(number) for number in (ACCURACY, DISTANCE)] == [
        "test accuracy",
        "test distance",
    ]


@pytest.mark.parametrize("measure", [TEST, TRAIN, GAP, ON_THE_WAY, iterations_until(0.9)])
def test_a_run_that_diverged_has_no_number(measure):
    runs = [outcome(diverged_at=3), outcome(points=((5, 0.95),))]
    assert measure.value(runs[0]) is None
    assert len(measure.values(runs)) == 1


@pytest.mark.parametrize(
    ("lower_is_better", "headline", "sign"),
    [
        (None, ACCURACY, 1), (None, DISTANCE, -1), (True, ACCURACY, -1), (True, DISTANCE, -1),
        (False, ACCURACY, 1), (False, DISTANCE, 1),
    ],
)  # fmt: skip
def test_what_is_better_is_the_measure_s_to_say_and_else_the_headline_s(
    lower_is_better, headline, sign
):
    assert Measure("m", len, lower_is_better).sign(headline) == sign


def test_the_best_is_the_highest_or_the_lowest():
    high = {0.1: outcome(test=0.7), 0.2: outcome(test=0.9), 0.3: outcome(test=0.8)}
    low = {key: dataclasses.replace(run, headline=DISTANCE) for key, run in high.items()}
    assert TEST.best(high) == 0.2
    assert TEST.best(low) == 0.1


@pytest.mark.parametrize("headline", [ACCURACY, DISTANCE])
def test_one_that_diverged_is_never_the_best_unless_all_did(headline):
    gone = outcome(diverged_at=1, headline=headline)
    assert TEST.best({0.1: gone, 0.2: outcome(test=0.0, headline=headline), 0.3: gone}) == 0.2
    assert TEST.best({0.1: gone, 0.2: gone}) in (0.1, 0.2)


def test_the_iterations_until_a_level_are_those_at_the_first_evaluation_that_has_it():
    rising = outcome(points=((10, 0.5), (20, 0.8), (30, 0.75), (40, 0.9)))
    assert [iterations_until(level).value(rising) for level in (0.5, 0.8, 0.85)] == [10, 20, 40]
    assert iterations_until(0.95).value(rising) is None
    falling = outcome(headline=DISTANCE, points=((10, 5.0), (20, 2.0)))
    assert [iterations_until(level).value(falling) for level in (6, 3, 1)] == [10, 20, None]


def test_fewer_iterations_until_a_level_are_better():
    measure = iterations_until(0.8)
    assert measure.sign(ACCURACY) == -1
    assert measure.called(ACCURACY) == "iterations until train accuracy 0.8"
    assert f"{12345:{measure.form}}" == "12,345"


def test_a_run_without_an_evaluation_has_no_mean_on_the_way():
    assert measures.ON_THE_WAY.value(outcome()) is None
    assert not math.isnan(measures.TEST.value(outcome()))
