"""The pictures of a study: what their lines, dots and names say."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text
from scipy import stats

from labs.analysis import charts, plots
from labs.analysis.measures import TEST, iterations_until
from labs.analysis.planned import Outcome
from labs.tasks.task import Number

ACCURACY = Number("accuracy", higher_is_better=True, is_share=True)
STUDY = SimpleNamespace(measure=TEST)
STEPS = (10, 20, 30)


def outcome(reached, *points, diverged_at=None, tag="accuracy"):
    """A run that reached so much on the test set, by the points of its test curve.

    Its training curve is a tenth above that.
    """
    curve = dict(zip(STEPS, points, strict=False))
    above = {step: value + 0.1 for step, value in curve.items()}
    made = Outcome(
        None, Path("run"), {"iterations": 30, "evaluate_every": 10},
        {} if reached is None else {"train": 1.0, "test": reached},
        ACCURACY, 30, 1.0, diverged_at,
    )  # fmt: skip
    vars(made)["curves"] = {"train": {tag: above} if points else {}, "test": {tag: curve}}
    return made


def gone(*points):
    """A run that diverged after so many evaluations."""
    return outcome(None, *points, diverged_at=10 * len(points) + 4)


FOUND = {
    "a": [outcome(0.7, 0.5, 0.6, 0.7), outcome(0.9, 0.6, 0.7, 0.9)],
    "b": [outcome(0.4, 0.2, 0.3, 0.4), outcome(0.5, 0.3, 0.4, 0.5)],
}


def lines(axes):
    """The points of each line that is drawn in full, (x, y)."""
    drawn = [line for line in axes.lines if line.get_linestyle() != "None"]
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in drawn]


def dots(axes):
    return [line for line in axes.lines if line.get_linestyle() == "None"]


def box_of(text):
    """Where a text stands, without the line that leads to it."""
    text.get_window_extent()  # places it
    return Text.get_window_extent(text)


def texts(axes):
    """What is written beside the lines, {text: the middle of its height, in dots}."""
    return {text.get_text(): np.mean(box_of(text).intervaly) for text in axes.texts}


# ------------------------------------------------------------------------------------------- curves


def test_a_curve_is_the_mean_of_the_seeds_and_its_band_reaches_from_the_least_to_the_most():
    train, test = charts.curves("train", "test")(STUDY, FOUND).axes
    for axes, above in ((train, 0.1), (test, 0)):
        for (x, y), means in zip(lines(axes), [(0.55, 0.65, 0.8), (0.25, 0.35, 0.45)], strict=True):
            assert x == list(STEPS)
            assert y == pytest.approx(np.add(means, above))
    for band, name in zip(test.collections, FOUND, strict=True):
        (path,) = band.get_paths()
        found = {step: set() for step in STEPS}
        for x, y in path.vertices:
            found[x].add(round(y, 6))
        for step in STEPS:
            each = [run.curves["test"]["accuracy"][step] for run in FOUND[name]]
            assert (min(found[step]), max(found[step])) == pytest.approx((min(each), max(each)))


def test_the_axes_say_what_is_drawn():
    train, test = charts.curves("train", "test")(STUDY, FOUND).axes
    assert (train.get_xlabel(), train.get_ylabel()) == ("iterations", "train accuracy")
    assert test.get_ylabel() == "test accuracy"


def test_another_curve_than_the_headline_s_may_be_drawn():
    found = {"a": [outcome(0.7, 3.0, 2.0, 1.0, tag="loss")]}
    (axes,) = charts.curves("test", tag="loss")(STUDY, found).axes
    assert lines(axes) == [(list(STEPS), [3.0, 2.0, 1.0])]
    assert axes.get_ylabel() == "test loss"


def test_a_curve_ends_where_one_of_its_runs_diverged_and_its_name_says_so():
    found = {"a": [outcome(0.7, 0.5, 0.6, 0.7), gone(0.4, 0.5)]}
    (axes,) = charts.curves("test")(STUDY, found).axes
    ((x, y),) = lines(axes)
    assert x == [10, 20]
    assert y == pytest.approx([0.45, 0.55])
    assert set(texts(axes)) == {"a: 1 of 2 diverged"}


def test_a_run_that_stopped_early_keeps_what_it_had():
    stopped = dataclasses.replace(outcome(0.7, 0.3, 0.5), iterations=20)
    vars(stopped)["curves"] = outcome(0.7, 0.3, 0.5).curves
    (axes,) = charts.curves("test")(STUDY, {"a": [stopped, outcome(0.7, 0.5, 0.6, 0.7)]}).axes
    ((x, y),) = lines(axes)
    assert x == list(STEPS)
    assert y == pytest.approx([0.4, 0.55, 0.6])


def test_a_line_to_a_name_does_not_look_like_a_curve_that_goes_on():
    found = {"short": [outcome(0.5, 0.4, 0.5)], "long": [outcome(0.7, 0.5, 0.6, 0.7)]}
    (axes,) = charts.curves("test")(STUDY, found).axes
    styles = {text.get_text(): text.arrow_patch.get_linestyle() for text in axes.texts}
    assert styles == {"short": ":", "long": "-"}


@pytest.mark.parametrize("names", [["a", "away"], ["away"]])
def test_of_a_variant_that_diverged_at_once_there_is_no_line_but_a_word(names):
    found = {name: FOUND.get(name, [gone(), gone()]) for name in names}
    axes = charts.curves("train", "test")(STUDY, found).axes
    assert len(lines(axes[-1])) == len(names) - 1
    assert "away: diverged" in texts(axes[-1])


def test_a_variant_keeps_its_colour_whatever_became_of_the_others():
    with_both = charts.curves("test")(STUDY, FOUND).axes[0].lines[1]
    alone = charts.curves("test")(STUDY, FOUND | {"a": [gone()]}).axes[0].lines[0]
    assert alone.get_color() == with_both.get_color()


def test_the_names_stand_beside_the_ends_in_their_colours_and_their_order():
    (axes,) = charts.curves("test")(STUDY, FOUND).axes
    beside = texts(axes)
    assert beside["a"] > beside["b"]
    colours = {text.get_text(): to_hex(text.get_color()) for text in axes.texts}
    assert [colours[name] for name in FOUND] == [to_hex(line.get_color()) for line in axes.lines]


@pytest.mark.parametrize("count", [2, 9, 14])
@pytest.mark.parametrize("ends", ["equal", "close", "apart"])
def test_the_names_do_not_overlap_and_lie_within_the_picture(count, ends):
    step = {"equal": 0.0, "close": 1e-4, "apart": 0.05}[ends]
    found = {
        f"variant {i}": [outcome(0.5, 0.1, 0.2, 0.3 + step * i)] if i else [gone()]
        for i in range(count)
    }
    figure = charts.curves("train", "test")(STUDY, found)
    axes = figure.axes[-1]
    heights = np.sort(list(texts(axes).values()))
    letter = (charts.SIZE - 1) / 72 * figure.dpi
    assert len(heights) == count
    assert np.diff(heights).min() >= letter
    for text in axes.texts:
        box = box_of(text)
        assert axes.get_window_extent().x1 < box.x0
        assert box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1


def test_more_lines_than_colours_differ_in_their_dashes():
    looks = [tuple(charts.style(i).values()) for i in range(3 * len(charts.COLOURS))]
    assert len(set(looks)) == len(looks)


# ------------------------------------------------------------------------------------------ against

AT = {"one 8": ("one", 8), "one 2": ("one", 2), "two 8": ("two", 8), "two 2": ("two", 2)}
MANY = {
    "one 8": [outcome(0.7), outcome(0.9)],
    "one 2": [outcome(0.5), outcome(0.6)],
    "two 8": [outcome(0.3), outcome(0.2)],
    "two 2": [outcome(0.4), gone()],
}


def test_a_group_is_a_line_of_means_in_the_order_of_the_numbers():
    (axes,) = charts.against("layers", AT)(STUDY, MANY).axes
    (x1, y1), (x2, y2) = lines(axes)
    assert x1 == x2 == [2, 8]
    assert y1 == pytest.approx([0.55, 0.8])
    assert y2 == pytest.approx([0.4, 0.25])  # of the run that did not diverge
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("layers", "test accuracy")
    assert texts(axes).keys() == {"one", "two", "two: 1 of 2 diverged"}


def test_each_seed_is_a_mark_at_its_number():
    (axes,) = charts.against("layers", AT)(STUDY, MANY).axes
    marks = {(x, y) for line in dots(axes) for x, y in zip(*line.get_data(), strict=True)}
    assert marks == {(8, 0.7), (8, 0.9), (2, 0.5), (2, 0.6), (8, 0.3), (8, 0.2), (2, 0.4)}


def test_the_numbers_may_lie_on_a_logarithmic_axis_and_are_its_ticks():
    (axes,) = charts.against("rate", AT, log=True)(STUDY, MANY).axes
    assert axes.get_xscale() == "log"
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["2", "8"]


def test_a_group_that_diverged_everywhere_has_no_line():
    found = MANY | {"two 8": [gone(), gone()], "two 2": [gone(), gone()]}
    (axes,) = charts.against("layers", AT)(STUDY, found).axes
    assert len(lines(axes)) == 1
    assert [text.get_text() for text in axes.texts].count("two: diverged") == 2


def test_a_line_has_a_gap_where_all_runs_diverged():
    at = {name: ("one", i) for i, name in enumerate("abc")}
    found = {"a": [outcome(0.5)], "b": [gone()], "c": [outcome(0.7)]}
    (axes,) = charts.against("layers", at)(STUDY, found).axes
    ((x, y),) = lines(axes)
    assert x == [0, 1, 2]
    assert y == pytest.approx([0.5, np.nan, 0.7], nan_ok=True)


def test_one_variant_with_one_seed_is_one_point():
    (axes,) = charts.against("layers", AT)(STUDY, {"one 8": [outcome(0.7)]}).axes
    assert lines(axes) == [([8], [0.7])]


# --------------------------------------------------------------------------------------------- bars


def test_a_bar_is_student_s_interval_with_the_mean_and_the_seeds_on_it():
    values = (0.7, 0.9, 0.75)
    found = {"a": [outcome(value) for value in values], "b": [outcome(0.5), outcome(0.6)]}
    (axes,) = charts.bars()(STUDY, found).axes
    low, high = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    names = [text.get_text() for text in axes.get_yticklabels()]
    at = dict(zip(names, axes.get_yticks(), strict=True))
    assert at["a"] > at["b"]  # the first variant is on top
    (bar,) = [x for x, y in lines(axes) if y == [at["a"]] * 2]
    assert high > 1  # which no accuracy is
    assert bar == pytest.approx([low, 1.0], abs=1e-4)
    marks = {line.get_marker(): list(line.get_xdata()) for line in dots_at(axes, at["a"])}
    assert marks["o"] == list(values)
    assert marks["D"] == pytest.approx([np.mean(values)])
    assert axes.get_xlabel() == "test accuracy"


def dots_at(axes, height):
    return [line for line in axes.lines if set(line.get_ydata()) == {height}]


def test_one_seed_has_a_dot_and_no_bar():
    (axes,) = charts.bars()(STUDY, {"a": [outcome(0.7)]}).axes
    assert [list(line.get_xdata()) for line in axes.lines] == [[0.7], [0.7]]


def test_a_variant_without_a_number_has_a_word_that_says_why():
    never = SimpleNamespace(measure=iterations_until(2.0))
    (axes,) = charts.bars()(STUDY, {"a": [gone(0.5)], "b": [outcome(0.5)]}).axes
    assert [text.get_text() for text in axes.texts] == ["diverged at 14"]
    (axes,) = charts.bars()(never, {"b": [outcome(0.5)]}).axes
    assert [text.get_text() for text in axes.texts] == ["never reached"]


# -------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize(
    "draw",
    [charts.TRAIN_AND_TEST, charts.against("n", dict.fromkeys("ab", ("g", 1))), charts.bars()],
)
@pytest.mark.parametrize(
    "found",
    [FOUND, {"a": [outcome(0.7, 0.7)]}, {"a": [gone()], "b": [gone(0.5)]}],
    ids=["several", "one", "none"],
)
def test_every_picture_can_be_written(draw, found, tmp_path):
    plots.save(draw(STUDY, found), tmp_path / "study.png")
    assert (tmp_path / "study.png").read_bytes().startswith(b"\x89PNG")
