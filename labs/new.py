"""new: a lab of your own, begun as a copy of one that is here.

    python -m labs.new mylab --like nn4
    python -m labs.new mystudy --like learning_rates --to ~/course

A study is copied as well, and nn1's page. The copy has its own name wherever the script says it, so
its runs lie in logs/mylab, and whatever it imports is still found.
"""

import ast
import difflib
import itertools
import keyword
import os
import re
import shlex
import sys
import tokenize
from pathlib import Path

import labs
from dsutil.errors import InputError, exit_with_sentence
from labs import catalogue
from labs.training.options import Parser
from labs.training.scripts import chapters, files, module_of, shown

INIT = "__init__.py"
# A script outside labs/ has to do what `python -m` does for one of labs/.
DEFERRED = """\
from labs.machines.deferred import defer

# Before Keras, which is then loaded when it is first used: --help answers at once.
defer("tensorflow", "keras", "layers")

"""
OURS = ("dsutil", "labs", "layers")  # importable in a checkout that is not installed, too


def main(arguments=None):
    parser = Parser("python -m labs.new", __doc__)
    parser.add_argument("name", metavar="NAME", help="of the copy: NAME.py")
    parser.add_argument("--like", default="nn4", metavar="LAB", help="copy this (default: nn4)")
    parser.add_argument(
        "--to", metavar="DIR", help="folder of the copy (default: labs/ if you work in a checkout "
        "of the project, else the working folder)"
    )  # fmt: skip
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        folder = Path(options.to) if options.to else default_folder()
        script = original(options.like)
        check_folder(folder)
        check_name(options.name, folder)
        path = folder / f"{options.name}.py"
        write(path, script)
        tell(path, script)
    return 0


# ---------------------------------------------------------------------------- what is copied, where


def default_folder():
    """labs/ of a checkout that the user works in and may write to, else the working folder."""
    ours = Path(labs.__path__[0])
    is_checkout = (ours.parent / "pyproject.toml").is_file() and os.access(ours, os.W_OK)
    works_in_it = Path.cwd().is_relative_to(ours.parent.resolve())
    return ours if is_checkout and works_in_it else Path()


def original(name):
    """The `Script` of labs/ that is called `name`.

    Raises:
        InputError: there is none, it is a tool, or it cannot be read.
    """
    known = {script.name: script for script in catalogue.scripts()}
    script = known.get(name)
    if script and script.fault:
        raise InputError(f"{script.fault}.")
    if script and script.kind != "tool":
        return script
    copied = [other.name for other in known.values() if other.kind != "tool" and not other.fault]
    near = difflib.get_close_matches(name, copied, n=1)
    meant = f"did you mean {near[0]}?" if near else "`python -m labs` lists them."
    raise InputError(f"Found --like {name}, expected a lab or a study of labs/: {meant}")


def of_labs():
    """The folders that are labs/: one, unless a test adds another."""
    return [Path(place).resolve() for place in labs.__path__]


def check_folder(folder):
    """Refuses a folder that is none, or one of labs/ that is no chapter.

    Raises:
        InputError: see the text.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder: make it, or give --to another one.")
    real, fitting = folder.resolve(), [*of_labs(), *(chapter.resolve() for chapter in chapters())]
    inside = any(real.is_relative_to(place) for place in of_labs())
    if inside and real not in fitting and [path.name for path in real.glob("*.py")] != [INIT]:
        raise InputError(
            f"{folder} is no chapter of labs/: give --to labs/, a chapter, a new one that holds an "
            f"{INIT} and nothing else, or a folder elsewhere."
        )


def check_name(name, folder):
    """Refuses a name that the copy cannot have.

    Raises:
        InputError: see the text.
    """
    if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII) or keyword.iskeyword(name):
        raise InputError(
            f"A lab cannot be called {name!r}: expected a word that Python can import, of letters "
            "from A to Z, digits and _, such as my_lab."
        )
    if taken := taken_by(name, folder):
        raise InputError(
            f"A lab cannot be called {name!r}, which is {taken}: give it a name of its own, such "
            f"as my_{name}."
        )
    path = folder / f"{name}.py"
    if os.path.lexists(path):
        raise InputError(f"{shown(path)} is there already: give the lab another name.")


def taken_by(name, folder):
    """What has the name already, or could be imported no more beside the copy; None if nothing."""
    there = [path for path in files() if path.stem == name]
    there += [place / name for place in of_labs() if (place / name).is_dir()]
    if there:
        return str(shown(there[0]))
    # A script's folder is the first place where Python looks for what any script there imports.
    if name in sys.stdlib_module_names:
        return "a module of Python's own"
    if name in OURS or is_installed(name, folder):
        return "an installed package"
    return None


def is_installed(name, folder):
    """Whether Python finds a module of that name that lies neither in `folder` nor here."""
    finders = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]
    spec = next(filter(None, (finder.find_spec(name, None) for finder in finders)), None)
    if spec is None:
        return False
    places = spec.submodule_search_locations or [spec.origin]
    return not {Path(place).resolve().parent for place in places} <= {folder.resolve(), Path.cwd()}


# --------------------------------------------------------------------------------- how it is copied


def write(path, script):
    """Writes the copy of a `Script` to `path`."""
    with tokenize.open(script.path) as file:
        text, encoding = file.read(), file.encoding
    text = copied(text, script, path.stem, module_in_labs(path))
    with open(path, "x", encoding=encoding) as file:
        file.write(text)


def module_in_labs(path):
    """The name by which Python imports a copy that lies in labs/; None elsewhere."""
    near = {path.resolve().parent, path.resolve().parents[1]}
    return module_of(path) if near & {*of_labs()} else None


def copied(text, script, name, module):
    """The text of a script under another name.

    Args:
        text: the script's.
        script: the `Script`.
        name: of the copy.
        module: by which Python imports it; None outside labs/.
    """
    before, at = module_of(script.path), offsets(text)
    places = [
        (text.index(old, at(node)), old, new)
        for node, old, new in changes(ast.parse(text), script, name, module)
    ]
    for begin, old, new in sorted(places, reverse=True):
        text = text[:begin] + new + text[begin + len(old) :]
    command = f"python -m {module}" if module else f"python {name}.py"
    for old, new in (
        (f"python -m {before}", command),
        (before, module or name),
        (f"logs/{script.name}", f"logs/{name}"),
    ):
        text = re.sub(rf"(?<![\w.]){re.escape(old)}(?![\w-])", new, text)
    return text


def changes(tree, script, name, module):
    """Yields (node, old, new): what becomes what in the text where a node of the tree begins.

    Raises:
        InputError: see `name_said`.
    """
    if (ast.get_docstring(tree) or "").startswith(f"{script.name}:"):
        yield tree.body[0], f"{script.name}:", f"{name}:"
    if script.kind in catalogue.KEEPING:
        yield name_said(tree, script), script.name, name
        if not module:
            yield first_import(tree), "", DEFERRED
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:  # found only from where the script lies
            package = module_of(script.path).split(".")[: -node.level]
            inner = [node.module] if node.module else []
            yield node, "." * node.level + "".join(inner), ".".join([*package, *inner])


def first_import(tree):
    """The first import of a script, but for one that Python wants before all others."""
    imports = (node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom))
    own = (node for node in imports if getattr(node, "module", None) != "__future__")
    return next(own, tree.body[-1])


def name_said(tree, script):
    """Where a script's `lab` or `study` is given its name: the constant in the tree."""
    call = made(tree, script.kind)
    if call:
        said = [*call.args[:1], *(word.value for word in call.keywords if word.arg == "name")]
        for node in said:
            if isinstance(node, ast.Constant) and node.value == script.name:
                return node
    raise InputError(
        f'{shown(script.path)}: found no `{script.kind} = ...(name="{script.name}", ...)`, where '
        "the copy would get its name: copy it by hand."
    )


def made(tree, kind):
    """The call that makes what a script calls `lab` or `study`; None if there is none."""
    for node in ast.walk(tree):
        targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if kind in names and isinstance(getattr(node, "value", None), ast.Call):
            return node.value
    return None


def offsets(text):
    """The function from a node of the text's tree to the place where it begins."""
    lines = text.split("\n")
    begins = list(itertools.accumulate((len(line) + 1 for line in lines), initial=0))

    def at(node):  # whose column Python counts in bytes
        line = node.lineno - 1
        return begins[line] + len(lines[line].encode()[: node.col_offset].decode())

    return at


# ---------------------------------------------------------------------------------- what to do next


def tell(path, script):
    """Says how the copy is run, and which of its lines make it another lab."""
    module = module_in_labs(path)
    command = f"python -m {module}" if module else f"python {shlex.quote(str(shown(path)))}"
    print(f"{shown(path)}: written, a copy of {shown(script.path)}. Run it with:\n")
    print(f"    {command}\n")
    if script.kind in catalogue.KEEPING:
        print(f"Its runs lie in logs/{path.stem}/. To make it your own, change:\n")
    else:
        print("To make it your own, change:\n")
    for line, what in places(ast.parse(path.read_bytes()), script.kind):
        print(f"    line {line:3d}: {what}")


def places(tree, kind):
    """Yields (line, what stands there) of what one changes in a copy."""
    if ast.get_docstring(tree) is not None:
        yield tree.body[0].lineno, "what it says of itself, also in --help"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.lineno, f"`{node.name}`"
    call = made(tree, kind)
    if kind == "lab":
        yield call.lineno, "`lab`: what it is made of, and the defaults of its options"
    elif kind == "study":
        yield call.lineno, "`study`"
        for word in call.keywords:
            if word.arg in ("variants", "claims"):
                yield word.value.lineno, f"    `{word.arg}`"


if __name__ == "__main__":
    sys.exit(main())
