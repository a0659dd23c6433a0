"""What a run trains: its layers, its loss and its optimizer, kept to be compared with the lab later.

A lab is a script that people change. A run keeps in `network.json` what the script said when the run
began, so that a tool that opens it later knows whether it still says the same.
"""

import ast
import functools
import inspect
import json
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
    roots = {"loss": lab.loss, "optimizer": lab.optimizer, "reduction": lab.reduction}
    own = [part for layer in _leaves(model) for part in _parts(layer)]
    found = {"layers": dict(_layers(model)), "code": _code(roots, own)}
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


def _leaves(model):
    return [layer for layer in model._flatten_layers() if layer is not model]


def _parts(layer):
    """The classes and functions of a layer that a student may have written."""
    yield type(layer)
    for value in vars(layer).values():
        if inspect.isfunction(value) or isinstance(value, functools.partial):
            yield value
        elif hasattr(value, "get_config"):  # an initializer, a regularizer, a constraint
            yield type(value)


def _code(roots, others):
    """The text of functions and classes, and of what they use of their own module, by name.

    The text is Python's own of the parsed code: comments, docstrings and layout do not count.
    """
    found = {}
    for name, root in roots.items():
        if isinstance(root, str):
            found[name] = root
        elif hasattr(root, "get_config"):  # a Keras loss
            found[name] = json.dumps(_simplified(root.get_config()), default=str)
            others = [*others, type(root)]
        elif inspect.isfunction(root) and _is_own(root):
            found[name] = _text(root)[0]
            others = [*others, *_used_by(root)]
        else:
            found[name] = getattr(root, "__name__", str(type(root).__name__))
            others = [*others, root]
    waiting = list(others)
    while waiting:
        part = waiting.pop()
        if isinstance(part, tuple):  # a number or the like of the module
            found.setdefault(*part)
            continue
        if isinstance(part, functools.partial):
            found.setdefault(f"arguments of {_name(part.func)}", repr((part.args, part.keywords)))
            part = part.func
        if not (inspect.isfunction(part) or inspect.isclass(part)):
            part = type(part)
        if _is_own(part) and _name(part) not in found:
            found[_name(part)] = _text(part)[0]
            waiting += _used_by(part)
    return found


def _is_own(part):
    module = getattr(part, "__module__", None) or ""
    package = module.partition(".")[0]
    others = OF_OTHERS | sys.stdlib_module_names
    return not any(f"{module}.".startswith(f"{other}.") for other in others) and bool(package)


def _name(part):
    return getattr(part, "__qualname__", type(part).__name__)


def _text(part):
    """The normalised text of a function or class, and its tree; nothing where there is no source."""
    try:
        source = textwrap.dedent(inspect.getsource(part))
    except (OSError, TypeError):
        return "", None
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a lambda amid an expression
        return " ".join(source.split()), None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree), tree


def _used_by(part):
    """What a function or class uses of its own module: functions, classes, (name, number)s."""
    _, tree = _text(part)
    known = vars(sys.modules.get(part.__module__, object))
    for node in ast.walk(tree) if tree else ():
        if not isinstance(node, ast.Name) or node.id not in known:
            continue
        value = known[node.id]
        if inspect.isfunction(value) or inspect.isclass(value):
            yield value
        elif isinstance(value, int | float | str | tuple):
            yield node.id, repr(value)


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
