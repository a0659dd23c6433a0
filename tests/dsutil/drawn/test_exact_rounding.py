"""The drawing program computes with nothing but operations that are rounded exactly everywhere.

Exponentials, matrix products and sums of floats may differ in the last bit between processors and
between versions of NumPy; one of them would make the default data another on another machine. So
the source may name only what is listed here.
"""

import ast
from pathlib import Path

import pytest

import dsutil

SOURCES = sorted(Path(dsutil.__file__).with_name("drawn").glob("[!_]*.py"))

# Rounded exactly by IEEE 754, or of whole numbers, or moving values only.
EXACT = """
flatnonzero argwhere
abs absolute add subtract multiply divide true_divide negative sqrt square sign copysign
minimum maximum fmin fmax clip floor ceil trunc rint
less less_equal greater greater_equal equal not_equal where select logical_and logical_or
logical_xor logical_not bitwise_and bitwise_or bitwise_xor left_shift right_shift any all
min max amin amax argmin argmax count_nonzero searchsorted sort argsort
array asarray ascontiguousarray empty zeros ones full empty_like zeros_like ones_like full_like
arange eye copy copyto put take take_along_axis broadcast_to reshape ravel repeat tile stack
concatenate column_stack hstack vstack split moveaxis swapaxes transpose expand_dims squeeze flip
roll pad diff indices meshgrid newaxis ndarray dtype errstate
bool bool_ uint8 uint16 uint32 uint64 int8 int16 int32 int64 intp float32 float64
""".split()
INEXACT_METHODS = set("mean std var dot prod cumprod cumsum trace round reduce accumulate".split())
NOT_FOR_NUMBERS = {"typing", "collections.abc", "functools", "itertools"}
INEXACT_BUILTINS = {"sum", "pow", "__import__", "eval", "exec", "getattr"}


def inexact(source):
    """What a program names that may be rounded in more than one way: a list of `line: text`."""
    tree = ast.parse(source)
    return [f"{node.lineno}: {ast.unparse(node)}" for node in ast.walk(tree) if is_inexact(node)]


def is_inexact(node):
    match node:
        case ast.Import(names=names):
            numpy = ("numpy", "np")
            return any(
                (name.name, name.asname) != numpy and name.name not in NOT_FOR_NUMBERS
                for name in names
            )
        case ast.ImportFrom(module=module, level=level):
            own = level or (module or "").partition(".")[0] == "dsutil"
            return not own and module not in NOT_FOR_NUMBERS
        case ast.BinOp(op=ast.MatMult()) | ast.AugAssign(op=ast.MatMult()):
            return True
        case ast.BinOp(op=ast.Pow()):
            return not (is_constant(node.left) and is_constant(node.right))
        case ast.AugAssign(op=ast.Pow()):
            return True
        case ast.Attribute(value=ast.Name(id="itertools")):  # of whole numbers
            return False
        case ast.Attribute(value=ast.Name(id="np"), attr=name):
            return name not in EXACT
        case ast.Call(func=ast.Attribute(attr="sum"), keywords=keywords):
            return not any(is_whole_dtype(keyword) for keyword in keywords)
        case ast.Attribute(attr=name):
            return name in INEXACT_METHODS
        case ast.Name(id=name):
            return name in INEXACT_BUILTINS
    return False


def is_constant(node):
    """A number, or a name in capitals, which stands for one."""
    match node:
        case ast.UnaryOp(operand=operand):
            return is_constant(operand)
        case ast.Name(id=name):
            return name.isupper()
    return isinstance(node, ast.Constant)


def is_whole_dtype(keyword):
    return keyword.arg == "dtype" and ast.unparse(keyword.value) in ("np.int64", "np.uint64")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_only_exactly_rounded_operations_are_used(path):
    assert inexact(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "program",
    [
        *(
            f"np.{name}(x)"
            for name in ("exp", "sin", "cos", "tan", "tanh", "log", "hypot", "power")
        ),
        *(f"np.{name}(x, y)" for name in ("matmul", "dot", "einsum", "convolve", "interp", "sum")),
        *(f"np.{name}(x)" for name in ("mean", "std", "var", "cumsum", "linalg.norm", "fft.fft")),
        "np.random.default_rng(0)",
        "np.add.reduce(x)",
        "curve = np.sin",
        "x @ y",
        "x @= y",
        "x ** y",
        "x ** 0.5",
        "x **= 2",
        "x.mean()",
        "x.std(axis=1)",
        "x.dot(y)",
        "x.sum()",
        "x.sum(dtype=np.float32)",
        "sum(x)",
        "pow(x, y)",
        "import math",
        "import numpy",
        "import numpy.random as np",
        "from numpy import sin",
        "from math import sin",
        "import scipy.ndimage",
    ],
)
def test_what_may_be_rounded_otherwise_is_found(program):
    assert inexact(program) != []


@pytest.mark.parametrize(
    "program",
    [
        "import numpy as np",
        "from dsutil.drawn.random_bits import uniform",
        "from .random_bits import uniform",
        "y = np.sqrt(np.maximum(1 - x * x, 0)) / 3",
        "y = x.sum(axis=1, dtype=np.int64) / SIDE**2 * 2**-24",
    ],
)
def test_what_is_exact_is_allowed(program):
    assert inexact(program) == []
