"""Which labs there are, and which tools look at their runs: told by what the scripts here hold.

A script with a `study` is a study, one with a `lab` is a lab, one with a `main` is a tool, and one
that says in its docstring how to run it is a page of its own, such as nn1. Scripts are read and not
imported: whatever is wrong with one that a student is still writing, the others are listed and used
as ever.
"""

import ast
import dataclasses
import functools
import importlib
import re
import symtable
import sys
import traceback
import warnings
from pathlib import Path

import labs
from dsutil.errors import InputError
from labs import runs
from labs.analysis.study import Study
from labs.training.lab import Lab
from labs.training.scripts import chapters, files, module_of, shown

KEEPING = ("lab", "study")  # whose runs there are
NO_COMMANDS = ("__init__", "__main__", "catalogue")


@dataclasses.dataclass(frozen=True)
class Script:
    """A script of this package, as far as reading tells.

    Attributes:
        path: the file.
        chapter: the name of the folder of labs/ that it lies in; None for the course's own.
        about: the first line of what it says of itself.
        kind: "lab", "study", "page" or "tool".
        fault: what is wrong with it, and where; None if it can be read.
    """

    path: Path
    chapter: str | None = None
    about: str = ""
    kind: str = "lab"
    fault: str | None = None

    @property
    def name(self):
        return self.path.stem

    def line(self):
        """Its line in the list."""
        text = self.fault or self.about or "says nothing about itself"
        return text if text.startswith(f"{self.name}:") else f"{self.name}: {text}"


def scripts():
    """All scripts here that are commands, or broken: the course's, the chapters', the tools."""
    return sorted(_scripts(), key=_order)


def _scripts(name=None):
    """All of them, or those that are called so; the others are not read."""
    inner = chapters()
    for path in files():
        # A dot is no part of a module's name. Editors and macOS leave hidden files beside scripts.
        is_command = "." not in path.stem and path.stem not in NO_COMMANDS
        if is_command and name in (None, path.stem):
            yield read(path, path.parent.name if path.parent in inner else None)


def heading(script):
    """What stands above a script in the list, and above those like it."""
    if script.chapter is None:
        return "Tools" if script.kind == "tool" else "The course's labs"
    try:
        docstring, _ = _parsed(script.path.parent / "__init__.py")
    except InputError as fault:
        return f"labs.{script.chapter}: {fault}"
    return f"labs.{script.chapter}: {_first_line(docstring) or 'a chapter'}"


def lab_of(run):
    """The `Lab` that a run is one of. Nothing is imported but a script that is a lab.

    A script outside labs/ is found where it lay when the run began.

    Raises:
        InputError: the run's config.json names no lab that keeps runs, or its script is not sound.
    """
    name = run.config["lab"]
    script = next(_scripts(name), None)
    if not script and isinstance(elsewhere := run.config.get("script"), str):
        script = read(Path(elsewhere))
    if script and script.fault:
        raise _unsound(script.fault)
    if not script or script.kind not in KEEPING:
        folder = labs.__path__[0]
        keeping = ", ".join(known.name for known in scripts() if known.kind in KEEPING)
        raise InputError(
            f"{run.path / 'config.json'} names the lab {name!r}, expected one of {keeping}; one "
            f"that lies elsewhere is found once its script is copied into {shown(folder)}/."
        )
    found = _imported(script)
    lab = found if script.kind == "lab" else found.lab_of(run.path.name)
    lab.check_name()
    return lab


def run_asking(folder, kind, what):
    """The `Run` in a folder, and its `Lab`, whose task is of a kind.

    Args:
        folder: the run's.
        kind: the class of the task.
        what: what such a lab does, for the error's text: "tells classes apart".

    Raises:
        InputError: there is no such run, or another question was asked in it.
    """
    run = runs.existing(folder)
    lab = lab_of(run)
    if not isinstance(lab.task, kind):
        raise InputError(f"{folder} is a run of {lab.name}: expected one of a lab that {what}.")
    return run, lab


def read(path, chapter=None):
    """The `Script` at `path`, in a chapter or none."""
    script = Script(path, chapter)
    try:
        docstring, bound = _parsed(path)
    except InputError as fault:
        return dataclasses.replace(script, fault=str(fault))
    if kind := _kind(path, docstring, bound):
        return dataclasses.replace(script, about=_first_line(docstring), kind=kind)
    fault = f"{shown(path)}: holds no `lab = Lab(...)`, and no `main` either"
    return dataclasses.replace(script, fault=fault)


def _first_line(docstring):
    return docstring.partition("\n")[0]


def _kind(path, docstring, bound):
    """What a script is, by its docstring and the names that are bound in it."""
    if "study" in bound:
        return "study"
    if "lab" in bound:
        return "lab"
    if "main" in bound:
        return "tool"
    return "page" if f"python -m {module_of(path)}\n" in f"{docstring}\n" else None


def _parsed(path):
    """What `_parse` finds in a file.

    Raises:
        InputError: it cannot be read, or is no Python; the sentence says where.
    """
    line = ""
    try:
        return _parse(path.read_bytes(), str(path))  # no text: Python finds out the encoding
    except OSError as error:
        fault = error.strerror
    except SyntaxError as error:
        line, fault = f", line {error.lineno}" if error.lineno else "", error.msg
    except (RecursionError, MemoryError):
        fault = "an expression is nested too deeply"
    except ValueError as error:
        fault = str(error)
    raise InputError(f"{shown(path)}{line}: {fault}")


@functools.lru_cache(maxsize=256)  # many runs are of the same few scripts
def _parse(source, path):
    """A script's docstring and the names that are bound in it, by an import too."""
    if b"\0" in source:  # Python says so as well, without the line
        line = source[: source.index(b"\0")].count(b"\n") + 1
        raise SyntaxError("holds a null byte: save it as UTF-8", (path, line, None, None))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a "\d", say: they come when the script is run
        docstring = ast.get_docstring(ast.parse(source, path)) or ""
        symbols = symtable.symtable(source, path, "exec").get_symbols()
    bound = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
    return docstring, bound


def _order(script):
    """The course's labs, nn1 to nn10 and others; those of the chapters; tools."""
    parts = re.split(r"(\d+)", script.name)  # text and number take turns
    natural = [int(part) if i % 2 else part for i, part in enumerate(parts)]
    numbered = re.fullmatch(r"nn\d+", script.name) is not None
    is_tool, chapter = script.kind == "tool", script.chapter or ""
    return is_tool and not chapter, chapter, is_tool, not numbered, natural


def _imported(script):
    """A script's `Lab`, or its `Study`.

    Raises:
        InputError: the script ends in an error, or has none.
    """
    try:
        found = getattr(_module(script.path), script.kind, None)
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if Path(frame.filename) == script.path]
        where = f"{shown(script.path)}, line {lines[-1]}" if lines else shown(script.path)
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        raise _unsound(f"{where}: {said}") from None
    wanted = {"lab": Lab, "study": Study}[script.kind]
    if not isinstance(found, wanted):
        raise _unsound(
            f"{shown(script.path)}: its `{script.kind}` is {found!r}, expected a {wanted.__name__}"
        )
    return found


def _module(path):
    """A script, imported; one outside labs/ finds what lies beside it, as when it is run."""
    if path in files():
        return importlib.import_module(module_of(path))
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    return importlib.import_module(path.stem)


def _unsound(fault):
    return InputError(f"The script of the run's lab is not sound: {fault}.")
