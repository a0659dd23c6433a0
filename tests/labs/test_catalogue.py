"""Which scripts are labs and which are tools, whatever students put beside them."""

import collections
import dataclasses
import importlib
import json
import re
import runpy
import shutil
import sys
from pathlib import Path

import pytest

import labs
from dsutil import InputError
from labs import catalogue, compare, export, nn4, predict, runs
from labs.training import Lab

NN4 = Path(nn4.__file__).read_text(encoding="utf-8")
FOLDER = Path(nn4.__file__).parent
VARIED_NN2 = """
import collections
import dataclasses
from labs import nn2

lab = dataclasses.replace(nn2.lab, name="{}")

if __name__ == "__main__":
    lab.main()
"""


@pytest.fixture
def folder(tmp_path_factory, monkeypatch):
    """A folder that Python takes for a part of labs/."""
    folder = tmp_path_factory.mktemp("scripts")
    monkeypatch.setattr(labs, "__path__", [*labs.__path__, str(folder)])
    return folder


@pytest.fixture
def script(folder):
    """Puts a student's script beside the labs, or into a chapter of them; returns its path."""
    put = set()

    def write(name, content, chapter=None):
        path = folder.joinpath(*([chapter] if chapter else []), f"{name}.py")
        if chapter:
            path.parent.mkdir(exist_ok=True)
            path.with_name("__init__.py").touch()
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        importlib.invalidate_caches()
        put.add(chapter or name)
        return path

    yield write
    for name in put:
        for module in [m for m in sys.modules if f"{m}.".startswith(f"labs.{name}.")]:
            del sys.modules[module]
        vars(labs).pop(name, None)


@pytest.fixture
def printed(capsys):
    """What `python -m labs` prints: the lines below each heading, in their order."""

    def run():
        capsys.readouterr()
        runpy.run_module("labs", run_name="__main__")
        found = {}
        for line in capsys.readouterr().out.splitlines()[:-1]:
            if not line.startswith(" "):
                below = found[line] = []
            else:
                below.append(line.strip())
        return found

    return run


@pytest.fixture
def listed(printed):
    """A line of that for each script, by the script's name."""
    return lambda: {line.partition(":")[0]: line for lines in printed().values() for line in lines}


@pytest.fixture
def a_run_of(trained_runs, tmp_path):
    """A copy of a run of nn4, said to be one of another lab."""

    def copy(name):
        run = shutil.copytree(trained_runs / "nn4/r", tmp_path / name / "r")
        config = json.loads((run / "config.json").read_text())
        (run / "config.json").write_text(json.dumps(config | {"lab": name}))
        return run

    return copy


def copy_of_nn4(name):
    return NN4.replace('name="nn4"', f'name="{name}"')


BROKEN = {
    "a syntax error": (b"x = 1\n\ndef f(:\n", "line 3: invalid syntax"),
    "a tab too many": (b"x = 1\n\ty = 2\n", "line 2: unexpected indent"),
    "no UTF-8": (b"x = 1\ny = '\xe9'\n", "'utf-8' codec can't decode"),
    "an unknown encoding": (b"# coding: klingon\n", "unknown encoding: klingon"),
    "null bytes": (b"x = 1\n\ny = '\0'\n", "line 3: holds a null byte"),
    "UTF-16": ("lab = 1\n".encode("utf-16"), "line 1: holds a null byte"),
    "nothing": (b"", "holds no `lab = Lab(...)`"),
    "no lab": (b"mylab = 1\n", "holds no `lab = Lab(...)`"),
    "a deep nest": (b"x = " + b"-" * 100_000 + b"1\n", "nested too deeply"),
    "half a string": (b"'''nn9: \n", "line 1: unterminated"),
}
EACH_BROKEN = pytest.mark.parametrize(("content", "told"), BROKEN.values(), ids=BROKEN.keys())


@EACH_BROKEN
def test_a_broken_script_costs_its_own_line_only(content, told, script, listed):
    before = listed()
    path = script("mycnn", content)
    after = listed()
    line = after.pop("mycnn")
    assert after == before
    assert line.startswith(f"mycnn: {path}")
    assert told in line


@EACH_BROKEN
@pytest.mark.parametrize("tool", [predict, export], ids=["predict", "export"])
def test_a_run_of_a_broken_script_is_answered_with_what_is_wrong_with_it(
    tool, content, told, script, a_run_of, said_by, tmp_path
):
    path = script("mycnn", content)
    words = {predict: ("--data", "tiny"), export: ("--to", tmp_path / "m.keras")}[tool]
    code, _, error = said_by(tool, a_run_of("mycnn"), *words)
    assert code == 2
    assert error.count("\n") == 1
    assert str(path) in error
    assert told in error


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("import dataclasses\n\nlab = undefined\n", "line 3: NameError: name 'undefined'"),
        ("import no_such_module\nlab = 1\n", "line 1: ModuleNotFoundError"),
        ("lab = 1\nraise ValueError('a\\nb')\n", "line 2: ValueError: a."),
        ("from labs import nn4\nlab = 1\nnn4.lab.main(['--nonsense'])\n", "line 3: SystemExit: 2"),
        ("lab = 'a lab'\n", "its `lab` is 'a lab', expected a Lab"),
        ("lab: object\n", "its `lab` is None, expected a Lab"),
        ("def lab():\n    pass\n", "expected a Lab"),
        ("if __name__ == '__main__':\n    lab = 1\n", "its `lab` is None, expected a Lab"),
    ],
)
def test_a_run_of_a_script_that_cannot_be_imported_is_answered_with_the_error(
    content, told, script, a_run_of
):
    path = script("mycnn", content)
    with pytest.raises(InputError) as refused:
        catalogue.lab_of(runs.existing(a_run_of("mycnn")))
    assert f"{path}" in str(refused.value)
    assert told in str(refused.value)


def test_a_broken_script_does_not_keep_other_runs_from_being_used(
    script, trained_runs, said_by, tmp_path
):
    script("aaa", b"def f(:\n")
    run = trained_runs / "nn4/r"
    assert said_by(predict, run, "--data", "tiny")[0] == 0
    assert said_by(export, run, "--to", tmp_path / "m.keras")[0] == 0
    assert said_by(compare, trained_runs)[0] == 0


def test_a_script_that_cannot_be_read_costs_its_own_line_only(script, listed):
    folder = script("whole", "lab = 1").parent
    (folder / "dangling.py").symlink_to(folder / "nowhere")
    (folder / "folder.py").mkdir()
    found = listed()
    assert "dangling.py: No such file" in found["dangling"]
    assert "folder.py: Is a directory" in found["folder"]
    assert found["whole"] == "whole: says nothing about itself"


def test_what_editors_and_systems_leave_beside_the_scripts_is_not_listed(script, listed):
    before = listed()
    script("._nn4", b"\0\5\x16\7")
    script(".#nn4", "")
    script("nn4.backup", NN4)
    assert listed() == before


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + copy_of_nn4("mycnn").encode(),
        copy_of_nn4("mycnn").replace("\n", "\r\n").encode(),
        b"# -*- coding: latin-1 -*-\n" + copy_of_nn4("mycnn").encode() + b"# caf\xe9\n",
        copy_of_nn4("mycnn").replace("lab = Lab(", "lab: Lab = Lab("),
        copy_of_nn4("mycnn").replace("lab = Lab(", "lab = again = Lab("),
        copy_of_nn4("mycnn").partition('"""\n\n')[2].replace("__doc__", "None"),
        "import dataclasses\nfrom labs import nn4\n"
        "lab = dataclasses.replace(nn4.lab, name='mycnn', iterations=3)\n",
        "from labs.nn4 import lab\n",
        "import labs.nn4 as nn4\nlab, _ = nn4.lab, 1\n",
        "from labs import nn4\ntry:\n    lab = nn4.lab\nfinally:\n    pass\n",
        "from labs import nn4\nabout = '\\d'\nlab = nn4.lab\n",
    ],
    ids=["mark", "CRLF", "latin-1", "annotated", "twice", "no docstring", "varied", "imported"]
    + ["unpacked", "in a try", "a doubtful escape"],
)
@pytest.mark.filterwarnings("ignore:invalid escape")
def test_whatever_has_a_lab_at_the_end_of_its_import_is_a_lab(content, script, listed, a_run_of):
    script("mycnn", content)
    assert list(listed()).index("mycnn") < list(listed()).index("compare")
    found = catalogue.lab_of(runs.existing(a_run_of("mycnn")))
    assert isinstance(found, Lab)
    assert found.batch_size == 128


def names_of(lines):
    return [line.partition(":")[0] for line in lines]


def test_each_of_our_own_scripts_can_be_run():
    """A module that nobody runs lies in one of the rooms of the machinery."""
    assert [script.fault for script in catalogue.scripts() if script.fault] == []


def test_labs_come_first_and_by_their_numbers_and_tools_last(script, printed):
    for name in ("nn10", "nn9", "mycnn", "cnn2", "cnn10"):
        script(name, "'''A lab.'''\nlab = 1\n")
    script("measure", "'''A tool.'''\ndef main():\n    pass\n")
    (first, *_, last), lines = list(printed()), printed()
    assert (first, last) == ("The course's labs", "Tools")
    ours = ["nn1", "nn2", "nn3", "nn4", "nn5", "nn9", "nn10"]
    names = names_of(lines[first])
    assert [name for name in names if name not in ours] == ["cnn2", "cnn10", "mycnn"]
    assert names[: len(ours)] == ours
    tools = ["compare", "export", "measure", "predict"]
    assert [name for name in names_of(lines[last]) if name in tools] == tools


def test_a_line_begins_with_the_name_that_runs_the_script(script, listed):
    script("mycopy", copy_of_nn4("mycopy"))
    assert listed()["nn4"] == "nn4: a convolutional network."
    assert listed()["mycopy"] == "mycopy: nn4: a convolutional network."


@pytest.mark.parametrize(
    ("chapter", "module"), [(None, "labs.mycnn"), ("chapter9", "labs.chapter9.mycnn")]
)
def test_a_lab_of_a_student_trains_and_is_predicted_exported_and_compared(
    chapter, module, script, run_lab, said_by, tmp_path
):
    script("mycnn", VARIED_NN2.format("mycnn"), chapter)
    mycnn = importlib.import_module(module)
    assert mycnn.lab.command == f"python -m {module}"
    assert run_lab(mycnn, "--run", "r", "--iterations", 2) == 0
    run = tmp_path / "mycnn/r"
    code, out, _ = said_by(predict, run, "--data", "tiny")
    assert (code, "mycnn after 2 iterations" in out) == (0, True)
    assert said_by(export, run, "--to", tmp_path / "m.keras")[0] == 0
    code, out, _ = said_by(compare, run)
    assert (code, " mycnn " in out) == (0, True)


def test_however_many_scripts_there_are_none_is_read_for_each_of_the_others(monkeypatch):
    read = collections.Counter()

    def read_bytes(path, real=Path.read_bytes):
        read[path] += 1
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    names = {script.name for script in catalogue.scripts()}
    assert names <= {path.stem for path in read}
    assert max(read.values()) <= 3  # for its chapter, twice, and for itself


def test_for_a_run_s_lab_no_other_script_is_parsed(a_run_of, monkeypatch):
    parsed = []

    def parse(source, path, real=catalogue._parse):
        parsed.append(Path(path).stem)
        return real(source, path)

    run = runs.existing(a_run_of("nn4"))
    monkeypatch.setattr(catalogue, "_parse", parse)
    assert catalogue.lab_of(run).name == "nn4"
    assert parsed == ["nn4"]


# ---------------------------------------------------------------------------------------- chapters


def test_a_chapter_has_its_heading_between_the_course_s_labs_and_the_tools(script, printed):
    script("b_lab", "'''The second lab.'''\nlab = 1\n", "aaa")
    path = script("a_lab", "'''The first lab.'''\nlab = 1\n", "aaa")
    script("other", "lab = 1\n", "zzz")
    path.with_name("__init__.py").write_text("'''What begins.\n\nAnd more of it.\n'''\n")
    found = printed()
    headings = list(found)
    assert headings[1] == "labs.aaa: What begins."
    assert headings[-2] == "labs.zzz: a chapter"
    assert found["labs.aaa: What begins."] == ["a_lab: The first lab.", "b_lab: The second lab."]


def test_a_folder_of_machinery_is_no_chapter(script, printed):
    before = printed()
    script("layers", "def network(lab):\n    return lab.network\n", "machinery")
    script("lab", "class Lab:\n    pass\n", "machinery")
    assert printed() == before
    assert not [path for path in before if re.match(r"labs\.(tasks|training|runs|board)", path)]


def test_a_folder_that_python_does_not_import_is_no_chapter(script, printed):
    before = printed()
    script("mycnn", "lab = 1\n", "chapter9").with_name("__init__.py").unlink()
    assert printed() == before


@EACH_BROKEN
def test_a_broken_script_of_a_chapter_costs_its_own_line_only(content, told, script, printed):
    script("whole", "'''A lab.'''\nlab = 1\n", "chapter9")
    before = printed()
    path = script("mycnn", content, "chapter9")
    after = printed()
    line, whole = after["labs.chapter9: a chapter"]
    assert line.startswith(f"mycnn: {path}")
    assert told in line
    assert after == before | {"labs.chapter9: a chapter": [line, whole]}


@pytest.mark.parametrize("name", ["a syntax error", "no UTF-8", "null bytes", "a deep nest"])
def test_a_chapter_whose_own_file_is_broken_costs_its_heading_only(name, script, printed):
    content, told = BROKEN[name]
    path = script("mycnn", "'''A lab.'''\nlab = 1\n", "chapter9").with_name("__init__.py")
    before = printed()
    path.write_bytes(content)
    after = printed()
    (heading,) = after.keys() - before.keys()
    assert heading.startswith(f"labs.chapter9: {path}")
    assert told in heading
    assert list(after.values()) == list(before.values())


def test_a_run_of_a_chapter_s_broken_script_is_answered_with_what_is_wrong_with_it(
    script, a_run_of
):
    script("whole", "lab = 1\n", "chapter9")
    path = script("mycnn", "x = 1\n\nlab = (\n", "chapter9")
    with pytest.raises(InputError, match=f"{path}, line 3: "):
        catalogue.lab_of(runs.existing(a_run_of("mycnn")))


# ----------------------------------------------------------------------------------------- studies

STUDY = """
import dataclasses
from labs.analysis.study import Study
from labs.nn4 import lab

study = Study(
    name="mystudy",
    about="mystudy: two labs.",
    variants={"usual": lab, "slow one": dataclasses.replace(lab, learning_rate=1e-5)},
)
"""


@pytest.fixture
def a_study_s_run(a_run_of):
    """A copy of a run of nn4, said to be one of a study, under another name."""

    def copy(name):
        run = a_run_of("mystudy")
        return run.rename(run.with_name(name))

    return copy


def test_a_script_with_a_study_is_one_also_where_it_has_imported_a_lab(script, listed):
    assert catalogue.read(script("mystudy", STUDY)).kind == "study"
    names = list(listed())
    assert names.index("nn4") < names.index("mystudy") < names.index("compare")


def test_a_folder_with_a_study_is_a_chapter(script, printed):
    script("mystudy", STUDY, "chapter9")
    assert printed()["labs.chapter9: a chapter"] == ["mystudy: says nothing about itself"]


def test_a_run_of_a_study_is_one_of_its_variant_s_lab(script, a_study_s_run, said_by):
    script("mystudy", STUDY)
    run = a_study_s_run("slow_one-seed0")
    assert catalogue.lab_of(runs.existing(run)).learning_rate == 1e-5
    code, out, error = said_by(predict, run, "--data", "tiny")
    assert (code, error) == (0, "")
    assert "mystudy after 10 iterations" in out


def test_a_run_of_a_study_that_is_named_after_no_variant_is_answered_in_a_sentence(
    script, a_study_s_run, said_by
):
    script("mystudy", STUDY)
    code, _, error = said_by(predict, a_study_s_run("fast-seed0"), "--data", "tiny")
    assert (code, error.count("\n")) == (2, 1)
    assert "fast-seed0 is named after no variant of the study mystudy" in error


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("study = 1\n", "its `study` is 1, expected a Study"),
        ("from labs.nn4 import lab\nstudy = lab\n", "expected a Study"),
        (
            STUDY.replace('"usual": lab', '"usual": 1'),
            "line 6: TypeError: the study mystudy: found 1",
        ),
    ],
)
def test_a_run_of_a_study_that_is_none_is_answered_with_what_is_wrong(
    content, told, script, a_study_s_run
):
    path = script("mystudy", content)
    with pytest.raises(InputError) as refused:
        catalogue.lab_of(runs.existing(a_study_s_run("usual-seed0")))
    assert str(path) in str(refused.value)
    assert told in str(refused.value)


# ------------------------------------------------------------------------------------------- names


SAME_NAME = (
    "calls its lab 'nn4', which is labs/nn4.py: give it a name of its own, such as 'mycopy'."
)


@pytest.fixture(autouse=True)
def at_home(monkeypatch):
    """Paths are said as from the working folder."""
    monkeypatch.chdir(FOLDER.parent)


def test_a_copy_that_kept_its_name_is_refused_when_it_is_run(script, run_lab, capsys, tmp_path):
    path = script("mycopy", NN4)
    assert run_lab(importlib.import_module("labs.mycopy"), "--run", "r", "--iterations", 1) == 2
    assert capsys.readouterr().err == f"error: {path} {SAME_NAME}\n"
    assert not list(tmp_path.iterdir())


def test_a_copy_that_took_its_name_back_is_refused_when_its_runs_are_used(script, a_run_of):
    path = script("mycopy", NN4)
    with pytest.raises(InputError) as refused:
        catalogue.lab_of(runs.existing(a_run_of("mycopy")))
    assert str(refused.value) == f"{path} {SAME_NAME}"


@pytest.fixture
def run_script(monkeypatch, faces, tmp_path):
    """Runs a script as `python path/to/script.py` does; returns its exit code."""

    def run(path):
        words = ["--databases", faces, "--train", "tiny", "--test", "other", "--batch-size", 16]
        words += ["--iterations", 1, "--logs", tmp_path / "logs", "--run", "r"]
        monkeypatch.setattr(sys, "argv", [str(word) for word in (path, *words)])
        with pytest.raises(SystemExit) as exit_:
            runpy.run_path(str(path), run_name="__main__")
        return exit_.value.code

    return run


def test_a_lab_in_labs_whose_name_is_not_its_file_s_is_refused(script, run_lab, capsys):
    script("mycnn", VARIED_NN2.format("MyCNN"))  # its runs would be found by nobody
    assert run_lab(importlib.import_module("labs.mycnn"), "--iterations", 1) == 2
    told = "mycnn.py calls its lab 'MyCNN': expected 'mycnn', the name of the file"
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("name", ["nn1", "nn4", "predict"])
def test_a_script_elsewhere_that_has_a_name_of_one_of_ours_is_refused(
    name, run_script, capsys, tmp_path
):
    path = tmp_path / "mylab.py"
    path.write_text(copy_of_nn4(name))
    assert run_script(path) == 2
    assert f"mylab.py calls its lab '{name}', which is labs/{name}.py" in capsys.readouterr().err
    path = path.rename(tmp_path / f"{name}.py")
    assert run_script(path) == 2
    assert f"such as 'my_{name}'" in capsys.readouterr().err


def test_a_run_of_a_script_elsewhere_is_used_as_long_as_the_script_lies_there(
    run_script, said_by, tmp_path, monkeypatch
):
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "lab_elsewhere", raising=False)
    path, run = tmp_path / "lab_elsewhere.py", tmp_path / "logs/lab_elsewhere/r"
    (tmp_path / "beside_it.py").write_text("from labs import nn2\n")
    path.write_text(
        VARIED_NN2.format("lab_elsewhere").replace(
            "from labs import nn2", "from beside_it import nn2"
        )
    )
    monkeypatch.syspath_prepend(tmp_path)  # as Python does for a script
    assert run_script(path) == 0
    monkeypatch.undo()
    monkeypatch.setattr(sys, "path", [*sys.path])
    code, out, error = said_by(predict, run, "--data", "tiny")
    assert (code, error) == (0, "")
    assert "lab_elsewhere after 1 iterations" in out
    assert said_by(export, run, "--to", tmp_path / "m.keras")[0] == 0
    assert " lab_elsewhere " in said_by(compare, run)[1]
    del sys.modules["lab_elsewhere"], sys.modules["beside_it"]
    path.unlink()
    code, _, error = said_by(predict, run, "--data", "tiny")
    assert (code, error.count("\n")) == (2, 1)
    assert f"{path}: No such file" in error or "lab_elsewhere.py: No such file" in error


def test_a_run_that_notes_no_script_says_that_it_must_be_among_the_labs(a_run_of, said_by):
    code, _, error = said_by(predict, a_run_of("mylab"), "--data", "tiny")
    assert (code, error.count("\n")) == (2, 1)
    assert "names the lab 'mylab', expected one of nn2, nn3, nn4" in error
    assert "once its script is copied into labs/" in error


def test_a_lab_may_be_run_from_any_module_and_varied_under_its_name(script):
    script("other", "from labs.nn4 import lab\n")
    importlib.import_module("labs.other").lab.check_name()
    dataclasses.replace(nn4.lab, iterations=3).check_name()


def test_a_chapter_s_lab_that_took_the_name_of_an_earlier_one_is_refused(
    script, run_lab, capsys, tmp_path
):
    path = script("nn4", NN4, "chapter9")
    copy = importlib.import_module("labs.chapter9.nn4")
    assert run_lab(copy, "--run", "r", "--iterations", 1) == 2
    told = f"error: {path} calls its lab 'nn4', which is labs/nn4.py: give it a name of its own"
    assert capsys.readouterr().err.startswith(told)
    assert not list(tmp_path.iterdir())
    nn4.lab.check_name()  # which it does not take from the course's


def test_nn1_stands_alone_and_keeps_no_runs(a_run_of):
    with pytest.raises(InputError) as refused:
        catalogue.lab_of(runs.existing(a_run_of("nn1")))
    expected = re.search("the lab 'nn1', expected one of (.*);", str(refused.value))[1]
    assert {"nn2", "nn3", "nn4"} <= set(expected.split(", "))
    assert "nn1" not in expected.split(", ")
