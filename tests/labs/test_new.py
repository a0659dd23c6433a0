"""A copy of a lab is a lab of its own: under its name, wherever it lies."""

import ast
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import labs
from labs import catalogue, new, nn4
from labs.analysis.study import Study
from labs.training import Lab
from labs.training.scripts import module_of

FOLDER = Path(nn4.__file__).parent
ROOT = FOLDER.parent
COPIED = {script.name: script for script in catalogue.scripts() if script.kind != "tool"}


@pytest.fixture
def work(tmp_path, monkeypatch):
    """An empty folder to work in, of which Python imports what one writes there."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    yield folder
    for path in folder.glob("*.py"):
        sys.modules.pop(path.stem, None)


def loaded(path):
    importlib.invalidate_caches()
    return importlib.import_module(path.stem)


# ---------------------------------------------------------------------------------- what it copies


@pytest.mark.parametrize("name", COPIED)
def test_a_copy_differs_from_the_script_by_its_name_alone(name, work, said_by):
    assert said_by(new, "mine", "--like", name)[0] == 0
    text, module = (work / "mine.py").read_text(), module_of(COPIED[name].path)
    back = text.replace(new.DEFERRED, "").replace("python mine.py", f"python -m {module}")
    back = back.replace("mine", name)
    assert back == COPIED[name].path.read_text().replace("mine", name)
    assert not re.search(rf"labs\.(\w+\.)?{name}\b|logs/{name}\b", text)
    kind = catalogue.read(work / "mine.py").kind
    assert kind == COPIED[name].kind or name == "nn1"  # what is a page is told by its place


@pytest.mark.parametrize(
    ("name", "kind"),
    [("nn4", Lab), ("linear_autoencoder", Lab), ("learning_rates", Study), ("ablation", Study)],
)
def test_a_copy_makes_what_its_script_makes_under_its_own_name(name, kind, work, said_by):
    said_by(new, "mine", "--like", name)
    module = loaded(work / "mine.py")
    made = module.lab if kind is Lab else module.study
    assert isinstance(made, kind)
    assert made.name == "mine"
    assert name not in made.about.split(":")[0]


def copy_of(text, module="labs.mine"):
    script = catalogue.Script(FOLDER / "optimization/x.py", "optimization", kind="lab")
    return new.copied(text, script, "mine", module)


def test_an_import_from_beside_the_script_names_the_package():
    text = (
        'from . import a\nfrom .b import (\n    c,\n)\nfrom ..nn4 import d\nlab = Lab(name="x")\n'
    )
    assert copy_of(text) == (
        "from labs.optimization import a\nfrom labs.optimization.b import (\n    c,\n)\n"
        'from labs.nn4 import d\nlab = Lab(name="mine")\n'
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("lab = Lab('x', about)", "lab = Lab('mine', about)"),
        ('lab: Lab = Lab(name="x")', 'lab: Lab = Lab(name="mine")'),
        ('lab = replace(y, name="x")', 'lab = replace(y, name="mine")'),
        ('é = ("ü", "x"); lab = Lab(name="x")', 'é = ("ü", "x"); lab = Lab(name="mine")'),
        ('t = fc(2, name="x"); lab = Lab(name="x")', 't = fc(2, name="x"); lab = Lab(name="mine")'),
    ],
)
def test_the_name_is_changed_where_the_lab_is_made_and_in_no_other_place(line, expected):
    assert copy_of(f"import x\n{line}\n") == f"import x\n{expected}\n"


def test_outside_labs_a_copy_defers_what_takes_long_to_load_before_anything_imports_it():
    text = 'from __future__ import annotations\n\nfrom .a import b\n\nlab = Lab(name="x")\n'
    future, first, then = copy_of(text, module=None).partition(new.DEFERRED)
    assert future == "from __future__ import annotations\n\n"
    assert first
    assert then == 'from labs.optimization.a import b\n\nlab = Lab(name="mine")\n'


def test_what_a_docstring_says_of_the_script_is_changed_and_its_prose_is_not():
    text = '"""x: an x.\n\n    python -m labs.optimization.x\n    python -m labs.optimization.xy\n'
    text += '    python -m labs.predict logs/x/1 logs/xy/1\n"""\nlab = Lab(name="x")\n'
    assert copy_of(text) == (
        '"""mine: an x.\n\n    python -m labs.mine\n    python -m labs.optimization.xy\n'
        '    python -m labs.predict logs/mine/1 logs/xy/1\n"""\nlab = Lab(name="mine")\n'
    )


@pytest.fixture
def beside_labs(tmp_path_factory, monkeypatch):
    """A folder that Python takes for a part of labs/."""
    folder = tmp_path_factory.mktemp("scripts")
    monkeypatch.setattr(labs, "__path__", [*labs.__path__, str(folder)])
    return folder


def test_a_script_of_another_encoding_keeps_it(beside_labs, work, said_by):
    text = '# -*- coding: latin-1 -*-\n"""Café."""\nimport a\nlab = Lab(name="coffee")\n'
    (beside_labs / "coffee.py").write_bytes(text.encode("latin-1"))
    assert said_by(new, "mine", "--like", "coffee")[0] == 0
    expected = text.replace("import", f"{new.DEFERRED}import").replace("coffee", "mine")
    assert (work / "mine.py").read_bytes() == expected.encode("latin-1")


@pytest.mark.parametrize("line", ["from labs.nn4 import lab", "lab = Lab(name=NAME)", "lab = 1"])
def test_a_script_that_does_not_say_its_name_is_not_copied(line, beside_labs, work, said_by):
    (beside_labs / "odd.py").write_text(f"{line}\n")
    code, _, error = said_by(new, "mine", "--like", "odd")
    assert (code, error.count("\n")) == (2, 1)
    assert "odd.py: found no `lab = ...(name=" in error
    assert not list(work.iterdir())


# --------------------------------------------------------------------------------- where it puts it


def test_a_copy_lies_in_labs_of_a_checkout_that_one_works_in(monkeypatch, tmp_path):
    for folder in (ROOT, ROOT / "labs", ROOT / "tests"):
        monkeypatch.chdir(folder)
        assert new.default_folder() == FOLDER
    monkeypatch.chdir(tmp_path)
    assert new.default_folder() == Path()


def test_a_copy_lies_in_the_working_folder_where_labs_cannot_be_written(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert new.default_folder() == Path()


def test_a_copy_lies_in_the_working_folder_where_the_project_is_installed(monkeypatch, tmp_path):
    (tmp_path / "site/labs").mkdir(parents=True)
    monkeypatch.setattr(labs, "__path__", [str(tmp_path / "site/labs")])
    monkeypatch.chdir(tmp_path / "site")
    assert new.default_folder() == Path()


def test_a_copy_in_labs_or_in_a_chapter_is_run_as_a_module(beside_labs, said_by):
    code, out, _ = said_by(new, "mine", "--to", beside_labs)
    assert (code, "    python -m labs.mine\n" in out) == (0, True)
    assert "    python -m labs.mine\n" in (beside_labs / "mine.py").read_text()
    (beside_labs / "mychapter").mkdir()
    (beside_labs / "mychapter/__init__.py").touch()
    code, out, _ = said_by(new, "other", "--to", beside_labs / "mychapter")
    assert (code, "    python -m labs.mychapter.other\n" in out) == (0, True)


# ---------------------------------------------------------------------------------- what it refuses


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nn4"], "'nn4', which is .*nn4.py: give it a name of its own, such as my_nn4"),
        (["compare"], "compare.py"),
        (["learning_rates"], "learning_rates.py"),
        (["optimization"], "which is .*labs/optimization"),
        (["training"], "which is .*labs/training"),
        (["random"], "a module of Python's own"),
        (["winreg"], "a module of Python's own"),  # of another system's
        (["keras"], "an installed package"),
        (["google"], "an installed package"),  # which is in several places
        (["six"], "an installed package"),
        (["layers"], "an installed package"),
        (["class"], "expected a word that Python can import"),
        (["my-lab"], "expected a word that Python can import"),
        (["1st"], "expected a word that Python can import"),
        (["../mylab"], "expected a word that Python can import"),
        (["été"], "expected a word that Python can import"),
        (["mylab", "--like", "nn44"], r"Found --like nn44, .*: did you mean nn4\?"),
        (["mylab", "--like", "learning_rate"], r"did you mean learning_rates\?"),
        (["mylab", "--like", "compare"], "expected a lab or a study"),
        (["mylab", "--like", "zzz"], "`python -m labs` lists them"),
        (["mylab", "--to", "nowhere"], "nowhere is no folder"),
        (["mylab", "--to", str(FOLDER / "tasks")], "tasks is no chapter of labs/"),
        (["mylab", "--to", str(FOLDER / "pictures")], "pictures is no chapter of labs/"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_writes_nothing(words, told, work, said_by):
    code, out, error = said_by(new, *words)
    assert (code, out, error.count("\n")) == (2, "", 1)
    assert re.search(told, error)
    assert not list(work.iterdir())
    assert not list(FOLDER.rglob("mylab.py"))


def test_a_file_that_is_there_is_left_alone(work, said_by):
    (work / "mylab.py").write_text("mine")
    code, _, error = said_by(new, "mylab")
    assert (code, error) == (2, "error: mylab.py is there already: give the lab another name.\n")
    assert (work / "mylab.py").read_text() == "mine"


def test_a_folder_of_that_name_is_in_nobody_s_way(work, said_by):
    (work / "mylab").mkdir()
    assert said_by(new, "mylab")[0] == 0


# -------------------------------------------------------------------------------- what it says next


@pytest.mark.parametrize("name", ["nn1", "nn4", "nn5", "learning_rates", "linear_autoencoder"])
def test_the_lines_to_change_are_where_it_says(name, work, said_by):
    _, out, _ = said_by(new, "mine", "--like", name)
    lines = (work / "mine.py").read_text().splitlines()
    told = re.findall(r"^    line +(\d+): (.*)$", out, re.MULTILINE)
    assert told[0] == ("1", "what it says of itself, also in --help")
    for number, what in told[1:]:
        called = re.search("`(.*)`", what)[1]
        assert re.match(rf" *(def |class )?{called}\b", lines[int(number) - 1])
    functions = {node.name for node in ast.parse("\n".join(lines)).body if hasattr(node, "args")}
    assert functions <= {what.strip("`") for _, what in told[1:]}


# --------------------------------------------------------------------------------- that it is a lab


def weights(run):
    reader = tf.train.load_checkpoint(str(run / "checkpoints"))
    return {
        key: reader.get_tensor(key).tobytes()
        for key in reader.get_variable_to_shape_map()
        if key.startswith("weights/")
    }


def test_a_copy_of_nn4_trains_as_nn4_does_to_the_bit(work, said_by, run_lab, tmp_path):
    said_by(new, "mine")
    words = ("--run", "r", "--iterations", 3, "--precision", "float32", "--summaries", "curves")
    assert run_lab(loaded(work / "mine.py"), *words) == 0
    assert run_lab(nn4, *words) == 0
    assert weights(tmp_path / "mine/r") == weights(tmp_path / "nn4/r")


@pytest.fixture
def installed(tmp_path, faces):
    """Runs Python where the project is installed and no checkout is; returns what it said."""
    site, work = tmp_path / "site", tmp_path / "course"
    work.mkdir()
    for package in ("dsutil", "layers", "labs"):
        ignored = shutil.ignore_patterns("__pycache__", "*.png", "*.md")
        shutil.copytree(ROOT / package, site / package, ignore=ignored)

    def run(*words):
        environment = os.environ | {"PYTHONPATH": str(site)}
        command = [sys.executable, *map(str, words)]
        done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    run.folder = work
    return run


@pytest.mark.slow
def test_a_copy_lives_where_the_project_is_only_installed(installed, faces):
    out = installed("-m", "labs.new", "mylab", "--like", "perceptron")
    assert "    python mylab.py\n" in out
    data = ("--databases", faces, "--train", "tiny", "--test", "other", "--batch-size", 16)
    assert "usage: python mylab.py" in installed("mylab.py", "--help")
    installed("mylab.py", *data, "--iterations", 2)
    config = json.loads((installed.folder / "logs/mylab/1/config.json").read_text())
    assert config["commands"][0][1].startswith("python mylab.py --databases")
    said = json.loads(installed("-m", "labs.predict", "logs/mylab/1", "--data", "tiny", "--json"))
    assert len(said["pictures"]) == 10
    assert np.isfinite(list(said["pictures"][0]["probabilities"].values())).all()
