"""What a run trains: its layers, its loss and its optimizer, to be compared with the lab later.

A lab is a script that people change. A run keeps in `network.json` what the script said when the
run began, so that a tool that opens it later knows whether it still says the same.
"""

import ast
import functools
import inspect
import json
import re
import sys
import textwrap
from pathlib import Path

from dsutil.atomic import replacing
from dsutil.errors import InputError

FILE = "network.json"
# What Keras writes about a layer that says where it comes from or in which precision it computes,
# or that may differ from run to run of the same script.
LEFT_OUT = {"module", "registered_name", "build_config", "dtype", "shared_object_id"}
# Code of others: of packages, and what all labs share.
OF_OTHERS = {"dsutil", "keras", "labs.training", "layers", "numpy", "tensorflow"}
TOLD = 3  # differences in a sentence


def of(lab, model):
    """What a lab's network and code are: a dict that JSON can say.

    Args:
        lab: the `Lab`.
        model: its network, built.
    """
    found = {"layers": dict(_layers(model)), "code": _code(lab, model)}
    return json.loads(json.dumps(found, default=str))


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
        return [*_of_layers(kept["layers"], identity["layers"]), *_of_code(kept, identity)]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{path} is damaged: expected the JSON that the run wrote.") from None


def sentence(lab, folder, found):
    """The differences in a sentence."""
    more = f", and {len(found) - TOLD} more" if len(found) > TOLD else ""
    return f"The lab {lab.name} is not what {folder} began with: {'; '.join(found[:TOLD])}{more}."


# -------------------------------------------------------------------------------------- the layers


def _layers(model, within=""):
    """Yields (path, what it is) for each layer, those of nested models included."""
    ours = {operation.name for operation in getattr(model, "operations", ())}
    for layer in model.layers:
        path = f"{within}{layer.name}"
        reads = [name for name in _inputs(layer) if name in ours]
        yield path, {"class": type(layer).__name__, **_config(layer), "inputs": reads}
        if getattr(layer, "layers", None):
            yield from _layers(layer, f"{path}/")


def _config(layer):
    """A layer's config; a model's is said by its layers, and a student's layer may have none."""
    if getattr(layer, "layers", None):
        return {}
    try:
        return _simplified(layer.get_config())
    except Exception:  # whatever a student's `get_config` does
        return {}


def _simplified(value):
    if isinstance(value, dict):
        if value.get("class_name") == "__lambda__":
            return "a lambda"  # its code is compared as text
        if value.get("class_name") == "function":
            return value.get("config")
        return {key: _simplified(part) for key, part in value.items() if key not in LEFT_OUT}
    if isinstance(value, list | tuple):
        return [_simplified(part) for part in value]
    return value


def _inputs(layer):
    """The names of the layers that a layer reads, call after call."""
    nodes = getattr(layer, "_inbound_nodes", [])
    return [t._keras_history.operation.name for node in nodes for t in node.input_tensors]


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
    for layer in model._flatten_layers(include_self=False):
        waiting += _parts(layer)
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
    module = getattr(part, "__module__", "") if callable(part) else ""
    others = OF_OTHERS | sys.stdlib_module_names - {"functools"}
    return not any(f"{module}.".startswith(f"{other}.") for other in others)


def _name(part):
    part = part.func if isinstance(part, functools.partial) else part
    return getattr(part, "__qualname__", type(part).__name__)


def _said(part):
    """What a part is, in words that are the same as long as it is."""
    if isinstance(part, functools.partial):
        return f"{_name(part)} of {part.args} and {part.keywords}"
    if inspect.isfunction(part) or inspect.isclass(part):
        return _text(part) if _is_own(part) else _name(part)
    if hasattr(part, "get_config"):  # a Keras loss
        return f"{_name(part)} {json.dumps(_simplified(part.get_config()), default=str)}"
    return _name(part) if callable(part) else repr(part)


def _text(part):
    """The normalised text of a function or class; its name where there is no source."""
    try:
        source = textwrap.dedent(inspect.getsource(part))
    except (OSError, TypeError):
        return _name(part)
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a lambda amid an expression
        return " ".join(source.split())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def _used_by(part):
    """Yields (name, part) for what a part uses of its own module: code, numbers and the like."""
    if isinstance(part, functools.partial):
        yield _name(part.func), part.func
    elif callable(part) and not (inspect.isfunction(part) or inspect.isclass(part)):
        yield _name(type(part)), type(part)
    elif callable(part) and _is_own(part):
        known = vars(sys.modules.get(part.__module__, object))
        for name in sorted(set(re.findall(r"[^\W\d]\w*", _text(part))) & known.keys()):
            value = known[name]
            if inspect.isfunction(value) or inspect.isclass(value):
                yield _name(value), value
            elif isinstance(value, bool | int | float | str | tuple | list | dict | None):
                yield name, value


def _of_code(before, now):
    before, now = before["code"], now["code"]
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
