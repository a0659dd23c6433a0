"""Students' files, and the command that judges them."""

from pathlib import Path

import pytest

from labs import check
from labs.checking import judge
from labs.checking.course import BY_NAME

ANSWERS = Path(__file__).with_name("answers")


@pytest.fixture
def student(tmp_path):
    """Writes a student's file for an exercise; returns its path."""

    def write(name, source):
        path = tmp_path / f"{name}.py"
        path.write_text(f"import numpy as np\n\n{source}\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def judged(student):
    """Writes a student's file and judges it in this process; returns the verdict."""
    return lambda name, source, seed=0: judge.judge_file(BY_NAME[name], student(name, source), seed)


@pytest.fixture
def command(capsys):
    """Runs `python -m labs.check`; returns its exit code and what it wrote to both outputs."""

    def run(*words):
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_:
            check.main([str(word) for word in words])
        return exit_.value.code, *capsys.readouterr()

    return run


@pytest.fixture
def answer():
    """The right function of an exercise, by its name."""

    def load(name):
        return judge.student.load(ANSWERS / f"{name}.py", BY_NAME[name])

    return load
