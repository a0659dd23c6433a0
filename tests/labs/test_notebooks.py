"""python -m labs.notebooks: the scripts as notebooks, which run as they are made."""

import ast
import json
import os
import sys
from pathlib import Path

import jupyter_client
import nbclient
import nbformat
import pytest

import labs
from labs import notebooks, predict

COURSE = ["nn1", "nn2", "nn3", "nn4", "nn5"]
ALL = [*COURSE, "learning_rates"]
KEPT = pytest.mark.parametrize("name", [*COURSE[1:], "learning_rates"])
QUICK = {"train": "tiny", "test": "other", "iterations": 4}
NO_KERNEL = "python3" not in jupyter_client.kernelspec.find_kernel_specs()
executes = pytest.mark.skipif(NO_KERNEL, reason="ipykernel is not installed for this Python")


def notebook(name, **options):
    (script,) = notebooks.named([name])
    return notebooks.made(script, **options)


def code(notebook):
    """The code of a notebook, as one text."""
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")


def statements(text):
    """What a text says in Python, statement by statement, without its docstring."""
    body = ast.parse(text).body
    is_text = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    return [ast.unparse(statement) for statement in body[is_text:]]


def path_of(name):
    return next(Path(labs.__path__[0]).rglob(f"{name}.py"))


# ---------------------------------------------------------------------------------------- the cells


@pytest.mark.slow
@KEPT
def test_a_notebook_says_all_that_its_script_says_then_trains(name):
    *script, main = statements(path_of(name).read_text(encoding="utf-8"))
    assert "__main__" in main
    load, loaded, *said = statements(code(notebook(name)))
    assert load == "from labs.machines.quiet import load_tensorflow"
    assert loaded == "load_tensorflow()"  # before anything else loads TensorFlow or Keras
    assert said[: len(script)] == script
    what = "found = study.train(seeds=1)" if name == "learning_rates" else "run = lab.train()"
    assert said[len(script)] == what


def test_the_page_is_its_own_notebook_with_its_options_in_it():
    script = statements(path_of("nn1").read_text(encoding="utf-8"))
    made = notebook("nn1", databases="../faces", logs="../logs", iterations=4)
    i = script.index("options = parser.parse_args()")
    script[i] = "options = parser.parse_args(['--databases=../faces', '--iterations=4'])"
    assert statements(code(made)) == script


def test_a_lab_is_cut_where_a_reader_would_cut_it():
    cells = notebook("nn4", iterations=4).cells
    firsts = [cell.source.splitlines()[0] for cell in cells]
    assert firsts == [
        "# nn4: a convolutional network.",
        "from labs.machines.quiet import load_tensorflow",
        "def network(x):",
        "def loss(y, y_desired):",
        "lab = Lab(",
        "## Train",
        "run = lab.train(iterations=4)",
        "run.plot()",
        "run.result",
    ]
    assert "def optimizer(learning_rate):" in cells[3].source


@pytest.mark.parametrize("name", ALL)
def test_a_notebook_is_valid_and_the_same_each_time(name):
    made = notebook(name)
    nbformat.validate(made)
    assert nbformat.writes(made) == nbformat.writes(notebook(name))


# -------------------------------------------------------------------------------------- the command


def test_the_command_writes_the_course_s_labs_and_a_study(tmp_path, monkeypatch, said_by):
    monkeypatch.chdir(tmp_path)
    code, out, err = said_by(notebooks, "--to", "n/m", "--logs", tmp_path / "runs")
    assert (code, err) == (0, "")
    assert out.splitlines() == [f"n/m/{name}.ipynb: written" for name in ALL]
    made = json.loads((tmp_path / "n/m/nn2.ipynb").read_text(encoding="utf-8"))
    call = f'run = lab.train(databases="../../DataBases", logs="{tmp_path / "runs"}")'
    assert call in [cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
                    for cell in made["cells"]]  # fmt: skip


def test_a_notebook_that_is_there_is_left_as_it_is(tmp_path, said_by):
    (tmp_path / "nn4.ipynb").write_text("mine")
    code, out, err = said_by(notebooks, "--to", tmp_path, "nn3", "nn4")
    assert (code, out) == (2, "")
    assert f"{tmp_path / 'nn4.ipynb'} is there already" in err
    assert (tmp_path / "nn4.ipynb").read_text() == "mine"
    assert not (tmp_path / "nn3.ipynb").exists()


@pytest.mark.parametrize("name", ["nosuch", "predict"])
def test_what_is_neither_lab_nor_study_is_refused(name, tmp_path, said_by):
    code, out, err = said_by(notebooks, "--to", tmp_path, name)
    assert (code, out) == (2, "")
    assert f"no study called '{name}': expected one of nn1, nn2" in err


def test_without_nbformat_a_sentence_says_how_to_install_it(tmp_path, monkeypatch, said_by):
    monkeypatch.setitem(sys.modules, "nbformat", None)
    code, _, err = said_by(notebooks, "--to", tmp_path, "nn2")
    assert code == 2
    assert "pip install -e '.[notebooks]'" in err
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------------------------------- executed


def executed(made, folder):
    """The outputs of each cell of code of a notebook, after it was run."""
    made = nbformat.from_dict(made)
    resources = {"metadata": {"path": str(folder)}}
    client = nbclient.NotebookClient(made, timeout=300, kernel_name="python3", resources=resources)
    # Where it sees that variable, ipykernel shows nothing of what C++ writes.
    client.execute(env={k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"})
    return [cell.outputs for cell in made.cells if cell.cell_type == "code"]


def shown(outputs):
    """What a cell shows as its value, by kind."""
    (result,) = [output for output in outputs if output.output_type == "execute_result"]
    return result.data


def printed(outputs, name="stdout"):
    return "".join(o.text for o in outputs if o.output_type == "stream" and o.name == name)


@executes
@pytest.mark.slow
@pytest.mark.parametrize("name", COURSE[1:])
def test_a_lab_s_notebook_trains_and_shows_its_run(name, faces, tmp_path, said_by):
    made = notebook(name, databases=str(faces), logs="logs", batch_size=16, **QUICK)
    *before, training, plot, result = executed(made, tmp_path)
    assert not any(before)  # neither lines about the machine nor values that nobody asked for
    assert "logs/" + name + "/1/result.json: written" in printed(training)
    assert "image/png" in shown(plot)
    said = ast.literal_eval(shown(result)["text/plain"])
    assert said == json.loads((tmp_path / f"logs/{name}/1/result.json").read_text())
    # The cells are to the run what the script is: a tool finds no difference.
    code, _, err = said_by(predict, tmp_path / f"logs/{name}/1", "--evaluate", "other")
    assert (code, err) == (0, "")


@executes
@pytest.mark.slow
def test_a_network_that_is_changed_in_its_cell_is_trained(faces, tmp_path):
    made = notebook("nn2", databases=str(faces), logs="logs", batch_size=16, **QUICK)
    (cell,) = [cell for cell in made.cells if cell.source.startswith("def network")]
    cell.source = cell.source.replace("50,", "20,")
    *_, result = executed(made, tmp_path)
    said = ast.literal_eval(shown(result)["text/plain"])
    assert said["parameters"] == 2304 * 20 + 20 + 20 * 2 + 2


@executes
@pytest.mark.slow
def test_the_page_s_notebook_prints_its_losses(faces, tmp_path):
    made = notebook("nn1", databases=str(faces), train="tiny", iterations=1001)
    lines = printed(executed(made, tmp_path)[-1]).splitlines()
    assert [line[:10] for line in lines if line.startswith("it=")] == ["it=      0", "it=   1000"]


@executes
@pytest.mark.slow
def test_a_study_s_notebook_shows_its_table_and_its_picture(faces, tmp_path):
    only = ["rate 0.001", "rate 0.01"]
    made = notebook("learning_rates", databases=str(faces), logs="logs", only=only, **QUICK)
    *_, training, table, picture = executed(made, tmp_path)
    assert "Run 2 of 2: rate 0.01" in printed(training)
    assert "The slide ranks" not in shown(table)["text/plain"]  # of what was not trained
    assert "rate 0.001" in shown(table)["text/plain"]
    assert "image/png" in shown(picture)
