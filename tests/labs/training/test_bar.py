"""The bar while a lab trains: there on a terminal, gone afterwards, and nowhere else."""

import contextlib
import io
import os
import re
import signal
import sys
from types import SimpleNamespace

import pytest
from terminal import Terminal, lines

from labs import nn2
from labs.tasks import COURSE
from labs.training import assessment, bar

RUN = ("--run", "r", "--iterations", 30, "--summary-every", 10, "--evaluate-every", 15)


@pytest.fixture
def terminal(monkeypatch):
    """Makes standard output a terminal of so many columns; returns it."""
    made = []

    def open_one(columns=80):
        made.append(Terminal(columns))
        monkeypatch.setattr(sys, "stdout", made[0].program)
        return made[0]

    yield open_one
    for one in made:
        one.close()


def test_what_stays_on_a_terminal_is_what_a_run_prints_without_one(
    run_lab_in, tmp_path, terminal, capsys, monkeypatch
):
    run_lab_in(tmp_path / "a", nn2, *RUN)
    plain, warned = capsys.readouterr()
    screen = terminal(columns=500)  # which no path fills
    run_lab_in(tmp_path / "b", nn2, *RUN)
    monkeypatch.undo()
    there = [line.replace(str(tmp_path / "b"), str(tmp_path / "a")) for line in screen.lines()]
    assert there == plain.splitlines()
    assert capsys.readouterr().err == warned


def test_on_a_terminal_a_line_says_how_far_the_run_and_its_evaluations_are(run_lab, terminal):
    screen = terminal()
    run_lab(nn2, *RUN)
    drawn = screen.drawn()
    assert drawn[0].startswith("0/30 - building the graph |")
    told = r"\d+/30 - loss= \S+ - accuracy= \d\.\d{4} - [\d,]+ images/s - \d+:\d\d left \|.*\|"
    assert [text for text in drawn if re.fullmatch(told, text)]
    # How often that is drawn anew is a matter of time.
    assert [text for text in drawn if re.search(r" \d+/80 \[.* images evaluated/s\]$", text)]
    assert all(len(text) <= 76 for text in drawn)  # ^C fits behind it


def test_where_there_is_no_terminal_nothing_moves_the_cursor(run_lab, tmp_path):
    for file in (io.StringIO(), open(tmp_path / "out.txt", "w+")):
        with file, contextlib.redirect_stdout(file):
            run_lab(nn2, "--iterations", 30)
            file.seek(0)
            written = file.read()
        assert "it=      0 - loss= " in written
        assert not {"\r", "\x1b"} & set(written)
        assert "0/30" not in written


def during_training(press):
    """Something to patch, and what to put there, so that Ctrl-C is pressed in a graph call."""

    @contextlib.contextmanager
    def shown(self, real=bar.Bar.shown):
        with real(self):
            if self.step:
                press()
            yield

    return bar.Bar, "shown", shown


def during_an_evaluation(press):
    def evaluate(dataset, task, measure, before_each, real=assessment.evaluate):
        def measured(*batch):
            press()
            return measure(*batch)

        return real(dataset, task, measured, before_each)

    return assessment, "evaluate", evaluate


@pytest.mark.parametrize("when", [during_training, during_an_evaluation])
def test_after_a_ctrl_c_nothing_is_left_of_the_bar(when, run_lab, terminal, monkeypatch):
    screen = terminal()
    pressed = []

    def press():
        if not pressed:
            pressed.append(True)
            screen.press_ctrl_c()
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(*when(press))
    assert run_lab(nn2, *RUN) == 130
    assert re.search(r"\|.*\^C", screen.written.decode())  # it was pressed on the bar's line
    assert [line for line in screen.lines() if line.startswith("Stopped at iteration ")]
    assert_no_bar(screen.lines())


def assert_no_bar(shown):
    assert not [line for line in shown if re.search(r"\^C|\|  |/30 - |images/s|evaluated", line)]


def test_after_an_error_nothing_is_left_of_the_bar(run_lab, terminal, monkeypatch):
    screen = terminal()
    monkeypatch.setattr(sys, "stderr", screen.program)
    assert run_lab(nn2, *RUN, "--learning-rate", "1e30") == 2
    assert "error: The loss is no longer finite" in "\n".join(screen.lines())
    assert [text for text in screen.drawn() if "0/30" in text]
    assert_no_bar(screen.lines())


def test_the_time_left_is_that_of_the_iterations_since_the_graph_was_built():
    clock = iter([100.0, 104.0, 130.0])  # an evaluation of 20 s, say, was in the last 26
    pace = bar.Pace(1, lambda: next(clock))
    assert pace.left(1, 61) is None
    assert pace.left(5, 61) == pytest.approx(4 / 4 * 56)
    assert pace.left(31, 61) == pytest.approx(30 / 30 * 30)


def test_a_run_that_goes_on_counts_its_own_iterations_only():
    clock = iter([0.0, 10.0])
    pace = bar.Pace(500, lambda: next(clock))
    assert pace.left(505, 600) == pytest.approx(2 * 95)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.4, "0:00"), (7, "0:07"), (59.6, "1:00"), (754, "12:34"), (3723, "1:02:03")],
)
def test_a_time_is_told_as_a_clock_shows_it(seconds, told):
    assert bar.clock_time(seconds) == told


def test_the_line_tells_what_is_known(terminal, monkeypatch):
    screen = terminal(columns=120)
    times = SimpleNamespace(monotonic=iter([0.0, 10.0]).__next__)
    monkeypatch.setattr(bar.Pace.__init__, "__defaults__", (times.monotonic,))
    with bar.Bar(COURSE.headline, 700, 0) as line:
        for step, speed in ((1, None), (101, 1234.5)):
            with line.shown():
                pass
            line.reached(step, 0.25, 0.875, speed)
        with line.shown():
            pass
    first, second, third = (text.partition(" |")[0] for text in screen.drawn())
    assert first == "0/700 - building the graph"
    assert second == "1/700 - loss= 0.25 - accuracy= 0.8750"
    assert third == "101/700 - loss= 0.25 - accuracy= 0.8750 - 1,234 images/s - 1:00 left"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a bar\r\x1b[K\rit= 1\r\n", ["it= 1"]),
        ("a bar\r\x1b[K\rit\r\n\r\x1b[K", ["it"]),
        ("a bar\rit", ["itbar"]),
        ("a bar^C", ["a ba", "r^C"]),
    ],
)
def test_a_screen_shows_what_a_terminal_would(text, shown):
    assert lines(text, columns=4 if "^C" in text else 80) == shown
