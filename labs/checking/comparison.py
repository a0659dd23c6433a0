"""Whether what was returned is what was expected, and if not, where and how it differs."""

import numpy as np

from labs.checking.verdict import ERROR, NOT_BEGUN, WRONG, Ended

TOLERANCE = 1e-5  # of the largest number: float32 rounds at 1e-7, mistakes show in the first digits
LARGE = 500  # worth telling, for the square of e^500 is too large for a float
MANY = 12  # an array of more numbers is not shown as a whole


def arrays(returned, names):
    """What was returned, as an array for each of the outputs.

    Args:
        returned: by a student's function.
        names: of the outputs.

    Raises:
        Ended: it is nothing, another number of values, or no numbers.
    """
    if returned is Ellipsis:
        raise Ended(NOT_BEGUN, "It returns the dots: put your result in their place.")
    if returned is None:
        raise Ended(ERROR, "It returned nothing (None): does it end with `return`?")
    if len(names) == 1:
        values = [returned]
        if isinstance(returned, tuple) and not all(map(np.isscalar, returned)):
            raise Ended(WRONG, f"It returned a tuple, expected `{names[0]}` alone.")
    else:
        values = returned
        expected = f"expected {len(names)}: return {', '.join(names)}"
        if not isinstance(returned, (tuple, list)):
            raise Ended(WRONG, f"It returned one value, {_kind(returned)}, {expected}.")
        if len(returned) != len(names):
            count = f"{len(returned)} value{'s' * (len(returned) != 1)}"
            raise Ended(WRONG, f"It returned {count}, {expected}.")
    return [_array(value, name) for value, name in zip(values, names, strict=True)]


def _array(value, name):
    if value is None or value is Ellipsis:
        raise Ended(WRONG, f"`{name}` is {value}, expected numbers.")
    try:
        array = np.asarray(value)
    except Exception:
        raise Ended(WRONG, f"`{name}` is no array: its rows differ in length.") from None
    if array.dtype.kind == "b":
        raise Ended(
            WRONG,
            f"`{name}` holds True and False, expected numbers: use .astype(float).",
        )
    if array.dtype.kind not in "iuf":
        raise Ended(WRONG, f"`{name}` is {_kind(value)}, expected real numbers.")
    return array


def _kind(value):
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} with the shape {value.shape}"
    return f"a {type(value).__name__}"


def same(found, expected, tolerance=TOLERANCE):
    """Whether two arrays have one shape and the same numbers, but for rounding."""
    return found.shape == expected.shape and not _differs(found, expected, tolerance).any()


def _differs(found, expected, tolerance=TOLERANCE):
    """Where the numbers of two arrays of one shape differ: an array of bool."""
    finite = expected[np.isfinite(expected)]
    largest = np.abs(finite).max() if finite.size else 0
    with np.errstate(invalid="ignore"):
        return ~np.isclose(
            found.astype(float), expected, rtol=0, atol=tolerance * largest, equal_nan=True
        )


def difference(name, found, expected, numeric=None):
    """What is wrong with an output, in a sentence or two; empty if nothing is.

    Args:
        name: of the output.
        found: an array.
        expected: an array.
        numeric: the same by central differences, to be told as well; None if it is no gradient.
    """
    if found.shape != expected.shape:
        return _other_shape(name, found, expected)
    if found.dtype.kind == "u" and expected.dtype.kind == "f":
        return (
            f"`{name}` holds {found.dtype}, which has no minus and no digits after the point; "
            "expected float32: use .astype(np.float32)."
        )
    if found.dtype.kind == "f" and expected.dtype.kind in "iu" and found.size:
        return f"`{name}` is {_shown(found)}, a float, expected a whole number (int)."
    wrong = _differs(found, expected)
    return _wrong_numbers(name, found, expected, wrong, numeric) if wrong.any() else ""


def _other_shape(name, found, expected):
    if expected.dtype.kind in "iu" and max(found.size, expected.size) <= MANY:
        return f"`{name}` is {_shown(found)}, expected {_shown(expected)}."
    if found.ndim == 0:
        shape = f"is a single number, {_shown(found)}"
    else:
        shape = f"has the shape {found.shape}"
    wanted = expected.shape if expected.ndim else "a single number"
    return f"`{name}` {shape}, expected {wanted}."


def _wrong_numbers(name, found, expected, wrong, numeric):
    if not found.ndim or (expected.dtype.kind in "iu" and found.size <= MANY):
        says = f"`{name}` is {_shown(found)}, expected {_shown(expected)}"
        return f"{says}{_by_differences(numeric, ...)}.{_whole_numbers(found, expected)}"
    place = tuple(int(i) for i in np.argwhere(wrong)[0])
    many = "everywhere" if wrong.all() else f"in {wrong.sum()} of {wrong.size} places"
    index = ", ".join(map(str, place))
    says = f"`{name}` is wrong {many}, first at `{name}[{index}]`: found {_shown(found[place])}"
    says += f", expected {_shown(expected[place])}{_by_differences(numeric, place)}."
    return says + _factor(found, expected) + _whole_numbers(found, expected)


def _by_differences(numeric, place):
    if numeric is None:
        return ""
    return f" (the numeric gradient is {_shown(numeric[place])})"


def _factor(found, expected):
    """A sentence, if all that was found is the same multiple of what was expected."""
    there = np.abs(expected) > TOLERANCE * np.abs(expected).max(initial=0)
    if there.sum() < 2 or not np.isfinite(found).all():
        return ""
    factor = float(np.median(found[there] / expected[there]))
    if factor == 0 or not same(found, factor * expected):
        return ""
    if abs(factor + 1) < TOLERANCE:
        return " All of it has the wrong sign."
    return f" All of it is {factor:.4g} times what is expected."


def _whole_numbers(found, expected):
    if found.dtype.kind in "iu" and expected.dtype.kind == "f":
        return f" It holds whole numbers ({found.dtype}), which have no digits after the point."
    return ""


def _shown(value):
    """Numbers as they are told to a student: few digits, but those that matter."""
    array = np.asarray(value)
    if array.ndim and array.dtype.kind in "iu":
        return str(array.tolist())
    if array.ndim:
        return np.array2string(array, precision=4, separator=", ", threshold=100)
    return f"{array[()]:.6g}" if array.dtype.kind == "f" else str(array[()])


def described(names, arguments):
    """The arguments of a call: small ones as they are, others by their shapes."""
    return ", ".join(
        f"{name} {_described(argument)}" for name, argument in zip(names, arguments, strict=True)
    )


def _described(argument):
    if isinstance(argument, np.ndarray):
        largest = np.abs(argument).max()
        size = f" and numbers up to {largest:.0f}" if largest > LARGE else ""
        return f"of shape {argument.shape}{size}"
    if isinstance(argument, list) and any(isinstance(item, np.ndarray) for item in argument):
        return f"of {len(argument)} arrays"
    if isinstance(argument, float):
        return f"{argument:.6g}"
    return str(argument)
