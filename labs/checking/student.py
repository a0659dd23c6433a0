"""A student's file: read anew, run, and its function called, whatever may be wrong with it."""

import ast
import contextlib
import importlib.util
import inspect
import sys
import traceback
import warnings

import numpy as np

from labs.checking.verdict import ERROR, NOT_BEGUN, Ended


def parse(path, exercise):
    """The syntax tree of a student's file, of which nothing is run.

    Args:
        path: of the file.
        exercise: the `Exercise`.

    Raises:
        Ended: the file is missing, is not valid Python, defines no such function, or is still
            a stub.
    """
    tree = _parsed(path)
    _check_begun(tree, path, exercise)
    return tree


def load(path, exercise):
    """The function of an exercise from a student's file.

    Raises:
        Ended: as from `parse`; or the file ends in an error.
    """
    parse(path, exercise)
    spec = importlib.util.spec_from_file_location(exercise.name, path)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True  # a change within a second could be taken for the file before
    with _told(path, f"{path.name} could not be run"):
        spec.loader.exec_module(module)
    function = vars(module).get(exercise.name)
    if not callable(function):
        raise Ended(
            ERROR, f"{path.name}: `{exercise.name}` is not a function, but {function!r:.60}."
        )
    _check_parameters(function, path, exercise)
    return function


def call(function, path, arguments):
    """What a student's function returns.

    Raises:
        Ended: it raised an exception, or tried to end Python.
    """
    with _told(path, "Your function stopped"), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # a division by 0 shows in the result
        return function(*arguments)


def _parsed(path):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(path.read_bytes(), str(path))
    except FileNotFoundError:
        raise Ended(NOT_BEGUN, f"There is no file {path}.") from None
    except OSError as error:
        raise Ended(ERROR, f"{path}: {error.strerror}.") from None
    except SyntaxError as error:
        line = (error.text or "").strip()
        where = f"line {error.lineno}, " if error.lineno else ""  # none of a null byte
        where += f"`{line}`: " if line else ""
        raise Ended(ERROR, f"{path.name} is not valid Python: {where}{error.msg}.") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Ended(ERROR, f"{path.name} cannot be read as Python: {error}.") from None


def _check_begun(tree, path, exercise):
    """Refuses a file without the function, and one where nothing but `...` stands in it."""
    nodes = list(ast.walk(tree))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    bound = {node.id for node in nodes if isinstance(node, ast.Name)}
    bound |= {node.asname or node.name for node in nodes if isinstance(node, ast.alias)}
    own = [function for function in functions if function.name == exercise.name]
    if own and all(_is_dots(statement) for statement in own[-1].body):
        raise Ended(NOT_BEGUN, f"Put your code in place of the dots in {path.name}.")
    if not own and not {exercise.name, "*"} & bound:
        others = ", ".join(function.name for function in functions)
        found = f"; it defines {others}" if others else ""
        raise Ended(
            ERROR, f"{path.name} defines no function `{exercise.name}`{found}. Keep its name."
        )


def _is_dots(statement):
    """Whether a statement is a docstring, `...` or `pass`."""
    constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return constant or isinstance(statement, ast.Pass)


def _check_parameters(function, path, exercise):
    with contextlib.suppress(TypeError, ValueError):  # of what has no signature
        signature = inspect.signature(function)
        try:
            signature.bind(*exercise.parameters)
        except TypeError:
            raise Ended(
                ERROR,
                f"`{exercise.name}` takes {signature}; it is called with "
                f"({', '.join(exercise.parameters)}). Keep the stub's parameters.",
            ) from None


@contextlib.contextmanager
def _told(path, what):
    """Turns whatever a student's code raises into a sentence with the line that raised it."""
    try:
        yield
    except SystemExit:
        raise Ended(ERROR, f"{what}: it called exit(){_where(path)}. Return a value.") from None
    except Exception as error:
        said = str(error).strip().partition("\n")[0]
        name = type(error).__name__
        said = f"{name}: {said.rstrip('.')}" if said else name
        raise Ended(ERROR, f"{what}: {said}{_where(path)}.", *_advice(said)) from None


# What Python and NumPy say most often to a student, and what it means.
FLOAT = "/ always makes a float. // keeps whole numbers whole."
POWER = "In Python ^ is not a power but works on bits; the square of x is x**2."
SINGLE = "The functions of `math` are for single numbers; NumPy has those for arrays: np.exp."
ADVICE = {
    "cannot be interpreted as an integer": FLOAT,
    "slice indices must be integers": FLOAT,
    "could not be broadcast": "Print the shapes of the arrays on this line. If one of them is a "
    "sum, a mean or a maximum over an axis, keepdims=True keeps that axis, with length 1.",
    "could not broadcast": "Print the shapes of the arrays on both sides of the =.",
    "cannot reshape": "Print the size of the array: is it the product of the sides, and are its "
    "numbers of the type that you think?",
    "cannot unpack non-iterable numpy.int64": "np.argmax returns one number, a place in the flat "
    "array; np.unravel_index(place, window.shape) makes a row and a column of it.",
    "codec can't decode": "The file holds bytes, not text: np.fromfile reads numbers from it.",
    "matmul": "Print the shapes of the two arrays: in a @ b the last axis of a is as long as the "
    "last but one of b.",
    "truth value of an array": "`if`, `max` and `and` are for single numbers; for each number of "
    "an array there are np.where, np.maximum and &.",
    "'bitwise_xor' not supported": POWER,
    "for ^": POWER,
    "only length-1 arrays can be converted": SINGLE,
    "only 0-dimensional arrays can be converted": SINGLE,
}


def _advice(said):
    """What helps against an error, in a list; an empty one if it is none of the usual errors."""
    return [advice for part, advice in ADVICE.items() if part in said]


def _where(path):
    """The last line of the student's file that an exception passed through."""
    frames = traceback.extract_tb(sys.exc_info()[2])
    own = [frame for frame in frames if frame.filename == str(path)]
    return f", in line {own[-1].lineno}: `{own[-1].line}`" if own else ""
