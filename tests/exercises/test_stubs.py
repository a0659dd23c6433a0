"""The stubs: one function a file, told what it takes and returns, and not begun."""

import ast
import re
from pathlib import Path

import pytest

from labs import catalogue, check
from labs.checking import judge
from labs.checking.course import EXERCISES
from labs.checking.verdict import NOT_BEGUN
from labs.training.scripts import chapters

README = check.STUBS / "README.md"
each = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)


def stub(exercise):
    return ast.parse((check.STUBS / f"{exercise.name}.py").read_bytes())


def names_in(folder):
    return {path.stem for path in folder.glob("*.py")} - {"__init__"}


def test_there_is_a_stub_and_an_answer_for_each_exercise_and_for_nothing_else():
    names = {exercise.name for exercise in EXERCISES}
    assert names_in(check.STUBS) == names
    assert names_in(Path(__file__).with_name("answers")) == names


@each
def test_a_stub_is_not_begun_and_the_verdict_says_which_file_to_fill_in(exercise):
    verdict = judge.judge_file(exercise, check.STUBS / f"{exercise.name}.py", seed=0)
    assert verdict.state == NOT_BEGUN
    assert f"in place of the dots in {exercise.name}.py." in verdict.says


@each
def test_a_stub_holds_numpy_and_one_function_with_the_parameters_of_the_truth(exercise):
    docstring, numpy, function = stub(exercise).body
    assert isinstance(docstring, ast.Expr)
    assert ast.unparse(numpy) == "import numpy as np"
    assert function.name == exercise.name
    assert tuple(argument.arg for argument in function.args.args) == exercise.parameters
    assert ast.unparse(function.body[-1]) == "..."


@each
def test_a_stub_explains_each_argument_and_each_output(exercise):
    function = stub(exercise).body[-1]
    arguments, returns = ast.get_docstring(function).split("Args:\n")[1].split("Returns:\n")
    assert tuple(re.findall(r"(?m)^    (\w+): ", arguments)) == exercise.parameters
    assert tuple(re.findall(r"(?m)^    (\w+): ", returns)) == exercise.outputs


@each
def test_a_stub_says_its_question_and_the_lecture_that_it_is_from(exercise):
    title, question, lecture = ast.get_docstring(stub(exercise)).split("\n\n")
    assert title.endswith(".")
    assert 25 <= len(question.split()) <= 90
    assert re.fullmatch(r'Lecture: 00\d, ".*".*\.', lecture)


def test_the_readme_lists_the_exercises_in_order_with_their_questions_and_lectures():
    rows = re.findall(
        r"(?m)^\| \[`(\w+)`\]\(\1\.py\) \| (.*?) \| (.*?) \|$", README.read_text("utf-8")
    )
    assert [row[0] for row in rows] == [exercise.name for exercise in EXERCISES]
    for (_, question, lecture), exercise in zip(rows, EXERCISES, strict=True):
        title, _, source = ast.get_docstring(stub(exercise)).split("\n\n")
        assert f"{question}." == title
        assert f"Lecture: {lecture}." == source


def test_the_folder_is_no_chapter_and_its_stubs_are_no_labs():
    assert check.STUBS.name not in {chapter.name for chapter in chapters()}
    listed = {script.path: script.kind for script in catalogue.scripts()}
    assert not [path for path in listed if path.parent == check.STUBS]
    assert listed[Path(check.__file__)] == "tool"
