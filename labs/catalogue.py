"""Which labs there are, the scripts nn*.py of this folder, and which tools look at their runs."""

import ast
import importlib
from pathlib import Path

from dsutil.errors import InputError

FOLDER = Path(__file__).parent


def about(name):
    """The first line of what a script says of itself."""
    return ast.get_docstring(_parsed(name)).splitlines()[0]


def names():
    """The labs' names, in the lecture's order."""
    return sorted(script.stem for script in FOLDER.glob("nn*.py"))


def tools():
    """The names of what looks at the labs' runs."""
    scripts = {script.stem for script in FOLDER.glob("*.py")}
    return sorted(scripts - {"__init__", "__main__", "catalogue", *names()})


def lab_of(run):
    """The `Lab` that a run is one of. Nothing is imported but a script that is a lab.

    Raises:
        InputError: the run's config.json names no lab that keeps runs.
    """
    name = run.config["lab"]
    keeping = [known for known in names() if _keeps_runs(known)]
    if name not in keeping:
        raise InputError(
            f"{run.path / 'config.json'} names the lab {name!r}, expected one of "
            f"{', '.join(keeping)}."
        )
    return importlib.import_module(f"labs.{name}").lab


def _keeps_runs(name):
    """Whether the script has a `lab = Lab(...)`; nn1, which stands alone, has none."""
    assigned = [node.targets[0] for node in _parsed(name).body if isinstance(node, ast.Assign)]
    return any(isinstance(target, ast.Name) and target.id == "lab" for target in assigned)


def _parsed(name):
    return ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
