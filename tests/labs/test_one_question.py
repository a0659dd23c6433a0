"""The task is the only place that knows the question: the machinery and the tools never name it."""

import re
from pathlib import Path

import pytest

import labs
from labs import catalogue

HERE = Path(labs.__file__).parent
ROOMS = ("training", "runs", "board", "analysis")
TOOLS = {"check", "compare", "doctor", "export", "new", "notebooks", "predict", "report"}
QUESTION = re.compile(
    r"\b((?i:accurac(y|ies)|genders?|two classes)|CLASSES|48|48x48|2304)\b|\(None, 2\)"
)


def files():
    """The sources of the rooms, and of all tools that stand beside the labs."""
    tools = [script for script in catalogue.scripts() if script.kind == "tool"]
    beside = [script.path for script in tools if script.chapter is None]
    return [*beside, *(path for room in ROOMS for path in sorted(HERE.glob(f"{room}/**/*.py")))]


def named(text):
    """Yields the lines of a text that name the question, with their numbers."""
    for number, line in enumerate(text.splitlines(), 1):
        if QUESTION.search(line):
            yield f"{number}: {line.strip()}"


def test_neither_the_machinery_nor_a_tool_names_the_question():
    found = [
        f"{path.relative_to(HERE)}:{line}"
        for path in files()
        for line in named(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_all_rooms_and_tools_are_read():
    read = files()
    assert {path.stem for path in read if path.parent == HERE} >= TOOLS
    assert {path.parent.name for path in read} >= set(ROOMS)


@pytest.mark.parametrize(
    "line",
    [
        "# the accuracy so far",
        '"""Tells accuracies."""',
        'tag = "accuracy"',
        "from dsutil import CLASSES",
        "Gender is read from a file",
        "Args: images (n, 2304)",
        "side = 48",
        "grey faces of 48x48 pixels",
        "shape == (None, 2)",
        "a score for each of the two classes",
    ],
)
def test_a_line_that_names_it_is_found(line):
    assert list(named(f"\n{line}\n")) == [f"2: {line}"]


@pytest.mark.parametrize("line", ["x[:480]", "seed = 23045", "(None, 2, 3)", "several classes"])
def test_a_line_that_does_not_is_left_alone(line):
    assert list(named(line)) == []
