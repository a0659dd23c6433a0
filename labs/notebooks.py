"""notebooks: labs and studies as Jupyter notebooks, made from their scripts.

    python -m labs.notebooks --to notebooks
    python -m labs.notebooks --to notebooks optimizers dropout

A notebook has the script's text and its code in cells, trains, and shows what came of it. Change a
cell, run it and those below. Where no script is named, the course's labs and a study are made.
"""

import ast
import os
import sys
from pathlib import Path

from dsutil.atomic import replacing
from dsutil.errors import InputError, exit_with_sentence
from labs import catalogue
from labs.training.options import Parser, as_call

STUDY = "learning_rates"  # the one that is made where none is named: it takes a minute
LAB_TEXT = """\
## Train

Change the network, run its cell and those below, and train again. Each training is a run of its
own in `{logs}`, and `python -m labs.compare {logs}` shows them side by side. A lab that you change
deserves a `name` of its own."""
STUDY_TEXT = """\
## Train

With one seed, to see how it goes: `seeds=3` tells chance from what is so. What is trained already
is not trained again."""
FIRST_LINES = """\
from labs.machines.quiet import load_tensorflow

load_tensorflow()  # before the imports: as the labs need it, without its lines about the machine"""
LAST_CELLS = {"lab": ("run.plot()", "run.result"), "study": ("found", "found.plot()"), "page": ()}


def main(arguments=None):
    parser = Parser("python -m labs.notebooks", __doc__)
    parser.add_argument("scripts", nargs="*", metavar="SCRIPT", help="a lab's or a study's name")
    parser.add_argument(
        "--to", default="notebooks", metavar="DIR", help="folder of the notebooks "
        "(default: notebooks)"
    )  # fmt: skip
    parser.add_argument("--databases", default="DataBases", metavar="DIR", help="of the data")
    parser.add_argument("--logs", default="logs", metavar="DIR", help="folder of the runs")
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        write(named(options.scripts), Path(options.to), options.databases, options.logs)
        sys.exit(0)


def named(names):
    """The `Script`s of these names; without any the course's labs, and one study.

    Raises:
        InputError: there is none of that name, or it is nothing for a notebook.
    """
    there = {script.name: script for script in catalogue.scripts() if script.kind in LAST_CELLS}
    usual = [script.name for script in there.values() if script.chapter is None]
    if strangers := [name for name in names if name not in there]:
        raise InputError(
            f"There is no lab and no study called {strangers[0]!r}: expected one of "
            f"{', '.join(there)}."
        )
    return [there[name] for name in names or (*usual, STUDY)]


def write(scripts, folder, databases, logs):
    """Makes the notebooks and says where they are.

    Args:
        scripts: the `Script`s.
        folder: of the notebooks.
        databases, logs: the folders of the data and of the runs.

    Raises:
        InputError: a notebook is there already, or nbformat is missing.
    """
    paths = [folder / f"{script.name}.ipynb" for script in scripts]
    if there := [path for path in paths if path.exists()]:
        raise InputError(
            f"{there[0]} is there already, with what you may have changed in it: move it away, or "
            "give another --to."
        )
    # A notebook runs in its own folder.
    places = {"databases": _seen_from(folder, databases), "logs": _seen_from(folder, logs)}
    notebooks = [made(script, **places) for script in scripts]
    folder.mkdir(parents=True, exist_ok=True)
    for path, notebook in zip(paths, notebooks, strict=True):
        with replacing(path) as beside:
            beside.write_text(_nbformat().writes(notebook) + "\n", encoding="utf-8")
        print(f"{path}: written")


def _seen_from(folder, path):
    return path if os.path.isabs(path) else Path(os.path.relpath(path, folder)).as_posix()


def made(script, **options):
    """The notebook of a script.

    Args:
        script: the `Script`.
        options: with which it trains, by name.

    Raises:
        InputError: the script is not sound, or nbformat is missing.
    """
    if script.fault:
        raise InputError(f"{script.fault}.")
    v4 = _nbformat().v4
    docstring, pieces = cut(script.path.read_text(encoding="utf-8"))
    if script.kind == "page":
        pieces = [_with_words(piece, options) for piece in pieces]
    else:
        pieces[0] = f"{FIRST_LINES}\n\n{pieces[0]}"
    cells = [v4.new_markdown_cell(f"# {docstring}"), *map(v4.new_code_cell, pieces)]
    if script.kind == "lab":
        cells.append(v4.new_markdown_cell(LAB_TEXT.format(logs=options.get("logs", "logs"))))
        cells.append(v4.new_code_cell(f"run = {as_call('lab.train', options)}"))
    if script.kind == "study":
        cells.append(v4.new_markdown_cell(STUDY_TEXT))
        call = as_call("study.train", {"seeds": 1} | options)
        cells.append(v4.new_code_cell(f"found = {call}"))
    cells += map(v4.new_code_cell, LAST_CELLS[script.kind])
    for i, cell in enumerate(cells):
        cell["id"] = f"cell-{i}"  # by chance otherwise: the same script makes the same notebook
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return v4.new_notebook(cells=cells, metadata=metadata)


def cut(source):
    """A script's docstring, and its code in cells as a reader would cut it.

    Imports, functions, other statements, and the lab or the study are apart, and the network is
    apart from the functions below it. What only the command does is left out.
    """
    tree, lines = ast.parse(source), source.splitlines()
    docstring = ast.get_docstring(tree)
    cells, kind_before, end = [], None, tree.body[0].end_lineno
    for statement in tree.body[1:]:
        if isinstance(statement, ast.If) and "__main__" in ast.unparse(statement.test):
            break
        # The comments above belong to it.
        text, end = lines[end : statement.end_lineno], statement.end_lineno
        kind = _kind(statement)
        if kind == kind_before:
            cells[-1] += text
        else:
            cells.append(text)
        kind_before = None if getattr(statement, "name", "") == "network" else kind
    return docstring, ["\n".join(cell).strip() for cell in cells]


def _kind(statement):
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return "import"
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return "function"
    if isinstance(statement, ast.Assign):
        (target, *_) = statement.targets
        return getattr(target, "id", None) if _is_kept(target) else "statement"
    return "statement"


def _is_kept(target):
    return getattr(target, "id", None) in catalogue.KEEPING


def _with_words(piece, options):
    """A page's code that reads the command line, with the options instead of that."""
    words = [f'"--{name}={value}"' for name, value in options.items() if f'"--{name}"' in piece]
    return piece.replace("parse_args()", f"parse_args([{', '.join(words)}])")


def _nbformat():
    try:
        import nbformat
    except ImportError:
        raise InputError(
            "Notebooks need nbformat: install it with `python -m pip install -e '.[notebooks]'`, "
            "then give the same command again."
        ) from None
    return nbformat


if __name__ == "__main__":
    main()
