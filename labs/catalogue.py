"""Which labs there are, and which tools look at their runs: told by what the scripts here hold.

A script with a `lab` is a lab, one with a `main` is a tool. Scripts are read and not imported:
whatever is wrong with one that a student is still writing, the others are listed and used as ever.
"""

import ast
import dataclasses
import importlib
import re
import symtable
import traceback
import warnings
from pathlib import Path

import labs
from dsutil.errors import InputError
from labs.training.lab import Lab, files, shown

STANDS_ALONE = "nn1"  # the lab on one page, without a `lab` and without runs
NO_COMMANDS = ("__init__", "__main__", "catalogue")


@dataclasses.dataclass(frozen=True)
class Script:
    """A script of this package, as far as reading tells.

    Attributes:
        path: the file; its name is the command's, `python -m labs.<name>`.
        about: the first line of what it says of itself.
        keeps_runs: whether it has a `lab`.
        has_main: whether it has a `main`.
        fault: what is wrong with it, and where; None if it can be read.
    """

    path: Path
    about: str = ""
    keeps_runs: bool = False
    has_main: bool = False
    fault: str | None = None

    @property
    def name(self):
        return self.path.stem

    @property
    def is_tool(self):
        return self.has_main and not self.keeps_runs and self.name != STANDS_ALONE

    def line(self):
        """Its line in the list."""
        text = self.fault or self.about or "says nothing about itself"
        return text if text.startswith(f"{self.name}:") else f"{self.name}: {text}"


def scripts():
    """All scripts of this package that are commands, or were to be: labs first, tools last."""
    # A dot is no part of a module's name. Editors and macOS leave hidden files beside the scripts.
    paths = [path for path in files() if "." not in path.stem and path.stem not in NO_COMMANDS]
    return sorted(map(read, paths), key=_order)


def lab_of(run):
    """The `Lab` that a run is one of. Nothing is imported but a script that is a lab.

    Raises:
        InputError: the run's config.json names no lab that keeps runs, or its script is not sound.
    """
    name = run.config["lab"]
    known = scripts()
    script = next((script for script in known if script.name == name), None)
    if script and script.fault:
        raise _unsound(script.fault)
    if not script or not script.keeps_runs:
        folder = labs.__path__[0]
        keeping = ", ".join(script.name for script in known if script.keeps_runs)
        raise InputError(
            f"{run.path / 'config.json'} names the lab {name!r}, expected one of {keeping}; one "
            f"that lies elsewhere is found once its script is copied into {shown(folder)}/."
        )
    lab = _imported(script)
    lab.check_name()
    return lab


def read(path):
    """The `Script` at `path`."""
    try:
        source = path.read_bytes()  # not text: Python itself finds out the encoding
        docstring, bound = _parse(source, str(path))
    except OSError as error:
        return Script(path, fault=f"{shown(path)}: {error.strerror}")
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno else ""
        return Script(path, fault=f"{shown(path)}{line}: {error.msg}")
    except (RecursionError, MemoryError):
        return Script(path, fault=f"{shown(path)}: an expression is nested too deeply")
    except ValueError as error:
        return Script(path, fault=f"{shown(path)}: {error}")
    if path.stem != STANDS_ALONE and not bound & {"lab", "main"}:
        return Script(path, fault=f"{shown(path)}: holds no `lab = Lab(...)`, and no `main` either")
    about = next(iter((docstring or "").splitlines()), "")
    return Script(path, about, keeps_runs="lab" in bound, has_main="main" in bound)


def _parse(source, path):
    """A script's docstring, or None, and the names that are bound in it, by an import too."""
    if b"\0" in source:  # Python says so as well, without the line
        line = source[: source.index(b"\0")].count(b"\n") + 1
        raise SyntaxError("holds a null byte: save it as UTF-8", (path, line, None, None))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a "\d", say: they come when the script is run
        docstring = ast.get_docstring(ast.parse(source, path))
        symbols = symtable.symtable(source, path, "exec").get_symbols()
    bound = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
    return docstring, bound


def _order(script):
    """Labs before tools; nn1, nn2, ..., nn10 before other labs; numbers by their size."""
    parts = re.split(r"(\d+)", script.name)  # text and number take turns
    natural = [int(part) if i % 2 else part for i, part in enumerate(parts)]
    return script.is_tool, not re.fullmatch(r"nn\d+", script.name), natural


def _imported(script):
    """A script's `Lab`.

    Raises:
        InputError: the script ends in an error, or has none.
    """
    try:
        lab = getattr(importlib.import_module(f"labs.{script.name}"), "lab", None)
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if Path(frame.filename) == script.path]
        where = f"{shown(script.path)}, line {lines[-1]}" if lines else shown(script.path)
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        raise _unsound(f"{where}: {said}") from None
    if not isinstance(lab, Lab):
        raise _unsound(f"{shown(script.path)}: its `lab` is {lab!r}, expected a Lab")
    return lab


def _unsound(fault):
    return InputError(f"The script of the run's lab is not sound: {fault}.")
