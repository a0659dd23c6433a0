"""What the numbers of a study say, in words, against SciPy's paired t-test."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from labs.analysis import verdict
from labs.analysis.measures import GAP, TEST, Measure
from labs.analysis.planned import Outcome
from labs.tasks.task import Number

ACCURACY = Number("accuracy", higher_is_better=True, is_share=True)
DISTANCE = Number("distance", higher_is_better=False, unit="pixels")
ERROR = Number("error", higher_is_better=False)
MEASURED = Measure("measured", lambda outcome: outcome.reached["test"])

FIRST = (0.95, 0.96, 0.975)
WORSE = (0.94, 0.951, 0.96)  # with each seed, by about as much
ABOUT_AS_GOOD = (0.96, 0.94, 0.97)


def outcomes(values, headline=ACCURACY):
    """The runs of a variant, by what they reached on the test set; None of one that diverged."""
    return [
        Outcome(
            None, Path("run"), {}, {} if value is None else {"train": 1.0, "test": value}, headline,
            6, None if value is None else 30.0, 3 + seed if value is None else None,
        )
        for seed, value in enumerate(values)
    ]  # fmt: skip


def said(measure=TEST, claims=(), headline=ACCURACY, **values):
    """The sentences about variants that reached so much."""
    found = {name: outcomes(each, headline) for name, each in values.items()}
    return verdict.sentences(SimpleNamespace(measure=measure, claims=claims), found)


def interval_in(sentence):
    (found,) = re.findall(r"95 % interval ([-+][\d.]+) to ([-+][\d.]+)", sentence)
    return list(map(float, found))


def paired(first, second):
    """The mean difference and its interval, by SciPy."""
    apart = np.subtract(first, second)
    return np.mean(apart), stats.ttest_1samp(apart, 0).confidence_interval(0.95)


@pytest.mark.parametrize(("second", "word"), [(WORSE, "supported"), (ABOUT_AS_GOOD, "not decided")])
def test_a_claim_is_judged_by_the_paired_differences(second, word):
    for claim, sign in ((("a", "b"), 1), (("b", "a"), -1)):
        sentence = said(a=FIRST, b=second, claims=(claim,))[1]
        mean, interval = paired(FIRST, second)
        expected = word if sign == 1 or word == "not decided" else "contradicted"
        assert f"The slide ranks {claim[0]} above {claim[1]}: {expected}, " in sentence
        assert f"{sign * mean:+.4f}" in sentence
        assert interval_in(sentence) == pytest.approx(sorted(sign * np.array(interval)), abs=1e-4)


@pytest.mark.parametrize("headline", [DISTANCE, ERROR])
def test_where_less_is_better_the_lower_one_leads_and_its_lead_is_positive(headline):
    first, claim, _ = said(a=WORSE, b=FIRST, claims=(("a", "b"), ("b", "a")), headline=headline)
    mean, interval = paired(FIRST, WORSE)
    assert first.startswith(f"a leads: test {headline.name} {np.mean(WORSE):.4f}, {mean:.4f} ")
    assert "better than b, which is next." in first
    assert "The slide ranks a above b: supported, +" in claim
    assert interval_in(claim) == pytest.approx(list(interval), abs=1e-4)


def test_a_measure_of_which_less_is_better_is_judged_so_whatever_the_headline_is():
    # The gap to a training accuracy of 1: the better a test, the smaller it is.
    first, claim, other = said(GAP, a=FIRST, b=WORSE, claims=(("a", "b"), ("b", "a")))
    assert first.startswith(f"a leads: gap between the two {1 - np.mean(FIRST):.4f}, ")
    assert "supported, +" in claim
    assert "contradicted, -" in other


def test_the_leader_is_told_with_its_lead_over_the_next():
    sentence = said(a=ABOUT_AS_GOOD, b=(0.5, 0.6, 0.7), c=FIRST)[0]
    mean, interval = paired(FIRST, ABOUT_AS_GOOD)
    assert sentence.startswith(f"c leads: test accuracy {np.mean(FIRST):.4f}, {mean:.4f} ")
    assert sentence.endswith("better than a, which is next.")
    assert interval_in(sentence) == pytest.approx(list(interval), abs=1e-4)


def test_a_variant_alone_leads_nobody():
    assert said(a=FIRST) == [f"a leads: test accuracy {np.mean(FIRST):.4f}."]


def test_one_seed_decides_nothing():
    leader, claim = said(a=(0.9,), b=(0.5,), claims=(("a", "b"),))
    assert leader == "a leads: test accuracy 0.9000, 0.4000 better than b, which is next."
    assert claim == "The slide ranks a above b: +0.4000 with one seed, which decides nothing."


def test_a_claim_about_a_variant_that_was_not_trained_is_left_out():
    assert len(said(a=FIRST, claims=(("a", "b"), ("b", "a")))) == 1


# ---------------------------------------------------------------------------- runs without a number

GONE = (None, None, None)


def test_one_that_diverged_with_every_seed_has_lost():
    leader, won, lost = said(a=FIRST, b=GONE, claims=(("a", "b"), ("b", "a")))
    assert leader == f"a leads: test accuracy {np.mean(FIRST):.4f}."
    assert won.endswith("The slide ranks a above b: supported: of b no run came to a number.")
    assert lost.endswith("The slide ranks b above a: contradicted: of b no run came to a number.")


@pytest.mark.parametrize("second", [(None, 0.9, 0.9), (0.9, None, None)])
def test_one_that_diverged_with_some_seeds_decides_nothing_and_cannot_lead(second):
    leader, claim = said(a=(0.8, 0.81, 0.82), b=second, claims=(("a", "b"),))
    assert leader == "a leads: test accuracy 0.8100."
    assert claim.endswith("a above b: not decided: not every run came to a number.")


def test_where_all_diverged_nobody_leads_and_nothing_is_decided():
    assert said(a=GONE, b=GONE, claims=(("a", "b"),)) == [
        "No variant came to a number.",
        "The slide ranks a above b: not decided: not every run came to a number.",
    ]


# -------------------------------------------------------------------------------------------- cells


def test_the_cell_of_a_mean_says_which_runs_are_not_in_it():
    assert verdict.mean(TEST, outcomes((0.5, 0.7))) == "0.6000"
    assert verdict.mean(TEST, outcomes((0.5, None, 0.7))) == "0.6000 (without 1 of 3)"
    assert verdict.mean(TEST, outcomes((None, None))) == "diverged at 3"  # the earliest
    never = Measure("until", lambda outcome: None)
    assert verdict.mean(never, outcomes((0.5, 0.7))) == "never reached"


@pytest.mark.parametrize("values", [(0.5, 0.6, 0.55), (0.91, 0.99, 0.999, 0.95)])
def test_the_cell_of_an_interval_is_student_s_and_ends_where_a_share_does(values):
    low, high = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    found = verdict.interval(TEST, outcomes(values)).split(" to ")
    assert list(map(float, found)) == pytest.approx([low, min(high, 1)], abs=1e-4)


def test_the_interval_of_what_is_no_share_may_go_anywhere():
    values = (0.9, 1.1, 0.4)
    low, high = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    found = verdict.interval(MEASURED, outcomes(values, DISTANCE)).split(" to ")
    assert list(map(float, found)) == pytest.approx([low, high], abs=1e-3)
    assert low < 0 < 1 < high


@pytest.mark.parametrize("values", [(0.5,), (0.5, None, 0.6), (None, None)])
def test_there_is_no_interval_of_one_run_nor_where_one_has_no_number(values):
    assert verdict.interval(TEST, outcomes(values)) == "-"


def test_the_seconds_are_the_mean_of_the_runs_that_ended():
    assert verdict.seconds(outcomes((0.5, None))) == "30"
    assert verdict.seconds(outcomes((None,))) == "-"
