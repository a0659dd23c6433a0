"""Where the scripts of labs/ lie: the course's own beside the rooms, the others by chapter."""

import re
import shlex
import sys
import types
from pathlib import Path

import labs

HOLDS_A_LAB = re.compile(rb"^(lab|study|from .* import .*\blab)\b", re.MULTILINE)


def files():
    """The scripts of labs/ and of its chapters."""
    return [*_beside(_folders()), *(path for chapter in chapters() for path in _beside([chapter]))]


def chapters():
    """The folders of labs/ that hold a lab or a study, by name: the chapters, and no machinery."""
    inner = {path.parent for folder in _folders() for path in folder.glob("*/__init__.py")}
    return sorted(folder for folder in inner if any(map(_holds_a_lab, _beside([folder]))))


def _folders():
    return [Path(folder) for folder in labs.__path__]


def _beside(folders):
    return [path for folder in folders for path in folder.glob("*.py")]


def _holds_a_lab(path):
    try:
        return HOLDS_A_LAB.search(path.read_bytes()) is not None
    except OSError:
        return False


def module_of(path):
    """The name by which Python imports a script: labs.nn4, or labs.autoencoders.autoencoder."""
    inside = path.parent.resolve() not in [folder.resolve() for folder in _folders()]
    return ".".join(["labs", *([path.parent.name] if inside else []), path.stem])


def command_of(name):
    """What runs the lab that is called so: python -m labs.nn4, or python path/to/mylab.py."""
    if path := running_elsewhere(name):
        return f"python {shlex.quote(str(shown(path)))}"
    found = [path for path in files() if path.stem == name]
    return f"python -m {module_of(found[0]) if found else f'labs.{name}'}"


def running_elsewhere(name):
    """The path of the script that this process runs, if it is a lab's outside labs/; else None."""
    path = Path(getattr(sys.modules["__main__"], "__file__", None) or "").resolve()
    inside = path in [file.resolve() for file in files()]
    return str(path) if path.stem == name and not inside else None


def holding(name, thing):
    """The loaded scripts in which `name` is `thing`; none of what is made in a function, say."""
    return [
        Path(module.__file__).resolve()
        for module in list(sys.modules.values())
        if type(module) is types.ModuleType  # others may load something when they are asked
        and vars(module).get(name) is thing
        and vars(module).get("__file__")
    ]


def shown(path):
    """A path as it is said to a user: from the working folder on, where it lies in there."""
    path, here = Path(path).absolute(), Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
