"""What a run trains: its layers, its loss and its optimizer, to be compared with the lab later.

A lab is a script that people change. A run keeps in `network.json` what the script said when the
run began, so that a tool that opens it later knows whether it still says the same.
"""

import ast
import contextlib
import dataclasses
import functools
import inspect
import json
import re
import symtable
import sys
import textwrap
from pathlib import Path

import keras
import numpy as np

from dsutil.atomic import replacing
from dsutil.errors import InputError

FILE = "network.json"
# What Keras writes about a layer that says where it comes from or in which precision it computes,
# or that may differ from run to run of the same script.
LEFT_OUT = {"module", "registered_name", "build_config", "dtype", "shared_object_id"}
# Code of others: of packages, and what all labs share.
OF_OTHERS = {"dsutil", "keras", "layers", "numpy", "tensorflow"}
OF_OTHERS |= {
    f"labs.{room}" for room in ("analysis", "board", "machines", "runs", "tasks", "training")
}
DATA = (bool, int, float, str, tuple, list, dict, set, frozenset, type(None))
TOLD = 3  # differences in a sentence


def of(lab, model):
    """What a lab's network and code are: a dict that JSON can say.

    Args:
        lab: the `Lab`.
        model: its network, built.
    """
    # Of a student's own task, which may be said by its address in memory, the name.
    task = repr(lab.task) if dataclasses.is_dataclass(lab.task) else _name(type(lab.task))
    found = {"task": task, "layers": dict(_layers(model)), "code": _code(lab, model)}
    return json.loads(json.dumps(found, default=_name))


def write(folder, identity):
    """Keeps what `of` returned in the folder of a run."""
    with replacing(Path(folder, FILE)) as beside:
        beside.write_text(json.dumps(identity, indent=1) + "\n", encoding="utf-8")


def differences(folder, identity):
    """How a lab differs from what the run in `folder` began with: a list of phrases.

    It is empty for a run that was made before runs kept what they train.

    Raises:
        InputError: the file is damaged.
    """
    path = Path(folder, FILE)
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return [
            *_of_task(kept, identity),
            *_of_layers(kept["layers"], identity["layers"]),
            *_of_code(kept, identity),
        ]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{path} is damaged: expected the JSON that the run wrote.") from None


def _of_task(before, now):
    """How the question differs; runs of before there were several did not note it."""
    if before.get("task", now["task"]) != now["task"]:
        yield f"the task is {now['task']}, was {before['task']}"


def sentence(lab, folder, found):
    """The differences in a sentence."""
    more = f", and {len(found) - TOLD} more" if len(found) > TOLD else ""
    return f"The lab {lab.name} is not what {folder} began with: {'; '.join(found[:TOLD])}{more}."


# -------------------------------------------------------------------------------------- the layers


def _layers(model, within=""):
    """Yields (path, what it is) for each layer and operation, and for the outputs, in their order.

    Those of nested models are included.
    """
    operations = getattr(model, "operations", None) or model.layers
    for operation in operations:
        path = f"{within}{operation.name}"
        what = {"class": type(operation).__name__, **_config(operation)}
        yield path, what | {"inputs": _calls(operation, operations)}
        if getattr(operation, "layers", None):
            yield from _layers(operation, f"{path}/")
    if within == "":
        yield "the end", {"inputs": [_source(tensor) for tensor in model.outputs]}


def _config(operation):
    """A layer's config; a model's is said by its layers, and a student's layer may have none."""
    if getattr(operation, "layers", None):
        return {}
    try:
        return _simplified(operation.get_config())
    except Exception:  # whatever a student's `get_config` does
        return {}


def _simplified(value):
    if isinstance(value, dict):
        if value.get("class_name") == "__lambda__" or _is_bytecode(value):
            return "a lambda"  # its code is compared as text
        if value.get("class_name") == "function":
            return value.get("config")
        return {key: _simplified(part) for key, part in value.items() if key not in LEFT_OUT}
    if isinstance(value, list | tuple):
        return [_simplified(part) for part in value]
    return _name(value) if callable(value) else value


def _is_bytecode(value):
    """Whether it is a lambda as Keras writes one that is an activation: marshalled, with lines."""
    return set(value) == {"value"} and isinstance(value["value"], list | tuple)


def _calls(operation, operations):
    """What an operation is called with, call after call: `fc_1:0` is the first output of fc_1."""
    ours = set(operations)

    def said(value):
        return _source(value) if hasattr(value, "_keras_history") else _said(value)

    # A layer that the model which trains (`fusion`) shares with this one was called by both.
    calls = [
        (node.arguments.args, node.arguments.kwargs)
        for node in operation._inbound_nodes
        if all(tensor._keras_history.operation in ours for tensor in node.input_tensors)
    ]
    return keras.tree.flatten(keras.tree.map_structure(said, calls))


def _source(tensor):
    operation, _, index = tensor._keras_history
    return f"{operation.name}:{index}"


def _of_layers(before, now):
    for name in [*now, *(before.keys() - now.keys())]:
        if name not in before:
            yield f"{name} is new"
        elif name not in now:
            yield f"{name} is missing"
        else:
            # A newer Keras may know more of a layer: what only one of them says is no difference.
            for key in [key for key in now[name] if key in before[name]]:
                if now[name][key] != before[name][key]:
                    yield (
                        f"{key} of {name} is {_short(now[name][key])}, was "
                        f"{_short(before[name][key])}"
                    )


def _short(value):
    if isinstance(value, dict) and "class_name" in value:
        value = value["class_name"]
    return value if isinstance(value, str) else json.dumps(value)[:60]


# ---------------------------------------------------------------------------------------- the code


def _code(lab, model):
    """What the lab's own functions and classes say, and what they use of their module, by name.

    It is Python's own text of the parsed code: comments, docstrings and layout do not count.
    """
    found = {"loss": _said(lab.loss), "optimizer": _said(lab.optimizer)}
    found["reduction"] = lab.reduction
    waiting = [*_used_by(lab.loss), *_used_by(lab.optimizer)]
    if lab.rate_after:
        found["rate_after"] = _said(lab.rate_after)
        waiting += _used_by(lab.rate_after)
    own = [part for layer in model._flatten_layers() for part in _parts(layer) if _is_own(part[1])]
    if own:  # then the layers' configs do not say all
        found["network"] = _said(lab.network)
        waiting += [*own, *_used_by(lab.network)]
    while waiting:
        name, part = waiting.pop()
        if name not in found and _is_own(part):
            found[name] = _said(part)
            waiting += _used_by(part)
    return found


def _parts(layer):
    """What of a layer a student may have written: its class, its activation, a regularizer, ..."""
    for part in (type(layer), *vars(layer).values()):
        if isinstance(part, functools.partial) or inspect.isroutine(part) or inspect.isclass(part):
            yield _name(part), part
        elif hasattr(part, "get_config"):
            yield _name(type(part)), type(part)


def _is_own(part):
    """Whether a part was written for this lab. What is no code, such as a number, was."""
    if not callable(part) and not inspect.ismodule(part):
        return True
    name = part.__name__ if inspect.ismodule(part) else getattr(part, "__module__", None) or ""
    file = getattr(sys.modules.get(name), "__file__", None) or ""
    others = OF_OTHERS | sys.stdlib_module_names - {"functools"}
    of_others = any(f"{name}.".startswith(f"{other}.") for other in others)
    return not of_others and ("-packages" not in file or name.startswith("labs."))


def _name(part):
    part = part.func if isinstance(part, functools.partial) else part
    return getattr(part, "__qualname__", type(part).__name__)


def _said(part):
    """What a part is, in words that are the same as long as it is."""
    if isinstance(part, functools.partial):
        return f"{_name(part)} of {_said(part.args)} and {_said(part.keywords)}"
    if inspect.isfunction(part) or inspect.isclass(part) or inspect.ismodule(part):
        return _text(part) if _is_own(part) else _name(part)
    if hasattr(part, "get_config"):  # a Keras loss
        return f"{_name(part)} {json.dumps(_simplified(part.get_config()), default=_name)}"
    if isinstance(part, list | tuple | set | frozenset):
        return f"[{', '.join(map(_said, part))}]"
    if isinstance(part, dict):
        return f"{{{', '.join(f'{key}: {_said(value)}' for key, value in part.items())}}}"
    if hasattr(part, "dtype") and hasattr(part, "shape"):
        return f"{part.dtype} {np.asarray(part).tolist()}"
    return _name(part) if callable(part) else repr(part)


def _text(part):
    """The normalised text of a function or class; its name where there is no source.

    Imports in it do not count: whether they stand there or at the script's top is the same.
    """
    try:
        source = _source_of(part)
    except (OSError, TypeError):
        return _name(part)
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a lambda amid an expression
        return " ".join(source.split())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return _without_imports(ast.unparse(tree))


def _source_of(part):
    """The source of a function or class.

    Raises:
        OSError, TypeError: there is none.
    """
    try:
        return textwrap.dedent(inspect.getsource(part))
    except OSError:
        # Of a class in a notebook Python does not know the cell; of its methods it does.
        methods = vars(part).values() if inspect.isclass(part) else ()
        sources = [inspect.getsource(one) for one in methods if inspect.isfunction(one)]
        if not sources:
            raise
        return "\n".join(map(textwrap.dedent, sources))


def _without_imports(text):
    return re.sub(r"(?m)^ +(import|from) .*\n", "", text)


def _names(text, in_notebook):
    """The names in a code. In a notebook there may be an `x` that is no function's own `x`."""
    if in_notebook:
        with contextlib.suppress(SyntaxError):  # of a lambda amid an expression
            return set(_taken(symtable.symtable(text, "a cell", "exec")))
    return set(re.findall(r"[^\W\d]\w*", text))


def _taken(table):
    """Yields the names that a code takes from its module, or gives it; `table` is its symbols'."""
    whole = table.get_type() == "module"
    yield from (s.get_name() for s in table.get_symbols() if whole or s.is_global())
    for inner in table.get_children():
        yield from _taken(inner)


def _used_by(part):
    """Yields (name, part) for what a part uses of its own module: code, numbers and the like."""
    if isinstance(part, functools.partial):
        yield _name(part.func), part.func
    elif callable(part) and not (inspect.isfunction(part) or inspect.isclass(part)):
        yield _name(type(part)), type(part)
    elif callable(part) and _is_own(part):
        known = vars(sys.modules.get(part.__module__, object))
        for name in sorted(_names(_text(part), "__file__" not in known) & known.keys()):
            value = known[name]
            if inspect.isfunction(value) or inspect.isclass(value):
                yield _name(value), value
            elif isinstance(value, DATA) or inspect.ismodule(value) or hasattr(value, "dtype"):
                yield name, value
                inside = value if isinstance(value, list | tuple) else ()
                yield from ((_name(part), part) for part in inside if inspect.isfunction(part))


def _of_code(before, now):
    before = {name: _without_imports(text) for name, text in before["code"].items()}
    now = now["code"]
    for name in sorted(before.keys() | now.keys()):
        if name not in before:
            yield f"the code of {name} is new"
        elif name not in now:
            yield f"the code of {name} is not used any more"
        elif before[name] != now[name]:
            short = len(before[name]) + len(now[name]) < 60 and "\n" not in before[name]
            yield (
                f"{name} is {now[name]}, was {before[name]}"
                if short
                else f"the code of {name} was changed"
            )
