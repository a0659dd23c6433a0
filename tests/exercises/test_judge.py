"""What is said of a student's file, whatever is wrong with it."""

import ast

import numpy as np
import pytest

from labs.checking import apart
from labs.checking.course import BY_NAME
from labs.checking.judge import judge, judge_file
from labs.checking.verdict import ERROR, NOT_BEGUN, PASSED, WRONG

FC = "def fc_forward(x, w, b):\n    "
RELU = "def relu(x):\n    "


def test_a_right_function_passes(judged):
    assert judged("fc_forward", FC + "return x @ w + b").state == PASSED


@pytest.mark.parametrize(
    "body",
    [
        "return (x.astype('f4') @ w.astype('f4') + b.astype('f4'))",
        "return (x @ w + b).tolist()",
        "return np.asfortranarray(x @ w + b)",
    ],
)
def test_float32_lists_and_other_layouts_are_as_good(judged, body):
    assert judged("fc_forward", FC + body).state == PASSED


@pytest.mark.parametrize(
    "source",
    [
        "fc_forward = lambda x, w, b: x @ w + b",
        "def layer(x, w, b):\n    return x @ w + b\n\nfc_forward = layer",
        "if True:\n    def fc_forward(x, w, b):\n        return x @ w + b",
        "def fc_forward(x, w, b=0, more=None):\n    return x @ w + b",
        "class Layer:\n    def __call__(self, x, w, b):\n        return x @ w + b\n\n"
        "fc_forward = Layer()",
    ],
)
def test_a_function_may_be_made_in_any_way(judged, source):
    assert judged("fc_forward", source).state == PASSED


@pytest.mark.parametrize(
    ("source", "state", "says"),
    [
        (FC + "return (", ERROR, "fc_forward.py is not valid Python: line 4, `return (`: "),
        ("\0", ERROR, "fc_forward.py "),
        ("def fc_foward(x, w, b):\n    return x", ERROR, "it defines fc_foward. Keep its name."),
        ("fc_forward = 3", ERROR, "`fc_forward` is not a function, but 3."),
        ("from math import *", ERROR, "`fc_forward` is not a function, but None."),
        (FC + "return x @ v + b", ERROR, "'v' is not defined, in line 4: `return x @ v + b`."),
        (FC + "return w @ x + b", ERROR, "line 4: `return w @ x + b`. It was called with x of sh"),
        (FC + "raise SystemExit", ERROR, "it called exit(), in line 4"),
        ("exit(3)\n" + FC + "return 1", ERROR, "fc_forward.py could not be run: it called exit()"),
        ("1 / 0\n" + FC + "return 1", ERROR, "ZeroDivisionError: division by zero, in line 3"),
        ("def fc_forward(x, w):\n    return x", ERROR, "takes (x, w); it is called with (x, w, b)"),
        (FC + "y = x @ w + b", ERROR, "It returned nothing (None): does it end with `return`?"),
        (FC + "return ...", NOT_BEGUN, "It returns the dots"),
        (FC + "pass", NOT_BEGUN, "in place of the dots in fc_forward.py"),
        (FC + "return x @ w + b, x", WRONG, "It returned a tuple, expected `y` alone."),
        (FC + "return (x @ w + b).sum()", WRONG, "`y` is a single number, "),
        (FC + "return 'y'", WRONG, "`y` is a str, expected real numbers."),
        (FC + "return 1j * (x @ w + b)", WRONG, "`y` is an array of complex128"),
        (FC + "return [[1], [1, 2]]", WRONG, "`y` is no array: its rows differ in length."),
        (FC + "return (x @ w + b) * np.nan", WRONG, "found nan, expected"),
        (FC + "return 3 * (x @ w + b)", WRONG, "All of it is 3 times what is expected."),
        (FC + "return -(x @ w + b)", WRONG, "All of it has the wrong sign."),
        (FC + "return (x @ w + b).astype(int)", WRONG, "It holds whole numbers (int64)"),
    ],
)
def test_the_verdict_says_what_is_wrong(judged, source, state, says):
    verdict = judged("fc_forward", source)
    assert verdict.state == state
    assert says in verdict.says


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("return np.maximum(x, 0)", "It returned one value, an array of float64"),
        ("return x, x, x", "It returned 3 values, expected 2: return value, derivative"),
        ("return np.maximum(x, 0), x > 0", "`derivative` holds True and False"),
        ("return np.maximum(x, 0), None", "`derivative` is None, expected numbers."),
    ],
)
def test_the_number_and_the_kind_of_several_values_are_told(judged, body, says):
    verdict = judged("relu", RELU + body)
    assert verdict.state == WRONG
    assert says in verdict.says


@pytest.mark.parametrize("made", [list, tuple, np.array])
def test_indices_may_be_a_list_a_tuple_or_an_array(answer, made):
    exercise = BY_NAME["non_maximum_suppression"]
    right = answer(exercise.name)
    verdict = judge(exercise, lambda *arguments: made(right(*arguments)), seed=0)
    assert verdict.state == PASSED


def test_a_wrong_shape_is_told_beside_the_right_one(judged):
    verdict = judged("fc_forward", FC + "return (x @ w + b).T")
    rows, columns = BY_NAME["fc_forward"].truth(*BY_NAME["fc_forward"].draw(0, 0)).shape
    assert f"`y` has the shape {(columns, rows)}, expected {(rows, columns)}." in (verdict.says)


def test_the_first_wrong_place_is_told_with_both_numbers(judged):
    source = FC + "y = x @ w + b\n    y[1, 0] = 7\n    return y"
    expected = BY_NAME["fc_forward"].truth(*BY_NAME["fc_forward"].draw(0, 0))
    says = judged("fc_forward", source).says
    assert f"`y` is wrong in 1 of {expected.size} places" in says
    assert f"first at `y[1, 0]`: found 7, expected {expected[1, 0]:.6g}" in says


def test_a_wrong_gradient_is_told_beside_the_one_by_central_differences(judged):
    source = "def fc_backward(dy, x, w):\n    return dy @ w.T * 2, x.T @ dy, dy.sum(axis=0)"
    dx = BY_NAME["fc_backward"].truth(*BY_NAME["fc_backward"].draw(0, 0))[0]
    assert f"the numeric gradient is {dx[0, 0]:.6g})" in judged("fc_backward", source).says


def test_a_quotient_where_a_whole_number_is_expected_is_told(judged):
    formula = "(size - filter_size + 2 * padding) / stride + 1"
    source = f"def output_size(size, filter_size, stride, padding):\n    return {formula}"
    verdict = judged("output_size", source)
    assert "a float, expected a whole number (int)." in verdict.says
    assert "// rounds the quotient down" in " ".join(verdict.hints)


def test_a_count_that_is_a_float_is_not_told_to_divide(judged):
    source = (
        "def count_parameters(shapes):\n"
        "    return float(sum(np.prod(shape) + shape[-1] for shape in shapes))"
    )
    verdict = judged("count_parameters", source)
    assert "a float, expected a whole number (int)." in verdict.says
    assert "//" not in " ".join([verdict.says, *verdict.hints])


def test_images_left_as_bytes_are_told(judged):
    source = (
        "def read_pair(data_path, label_path):\n"
        "    images = np.fromfile(data_path, np.uint8).reshape(-1, 2304)\n"
        "    return images, np.fromfile(label_path, np.float32).reshape(-1, 2)"
    )
    assert "`images` holds uint8" in judged("read_pair", source).says


def test_a_missing_file_is_not_begun(tmp_path):
    verdict = judge_file(BY_NAME["relu"], tmp_path / "relu.py", seed=0)
    assert verdict.state == NOT_BEGUN
    assert str(tmp_path / "relu.py") in verdict.says


def test_what_stands_under_main_is_not_run(judged):
    source = FC + 'return x @ w + b\n\nif __name__ == "__main__":\n    exit(1)'
    assert judged("fc_forward", source).state == PASSED


# ----------------------------------------------------------------------------- in another process


@pytest.fixture
def judged_apart(student):
    return lambda name, source, **more: apart.judged_apart(name, student(name, source), 0, **more)


@pytest.mark.skipif(not apart.resource, reason="this system does not limit computing")
def test_a_loop_that_never_ends_is_stopped(judged_apart):
    verdict = judged_apart("relu", RELU + "while True: pass", limits=apart.Limits(1, 60))
    assert verdict.state == ERROR
    assert "stopped after 1 seconds of computing: does a loop in it never end" in verdict.says


@pytest.mark.skipif(not apart.resource, reason="this system does not limit computing")
def test_a_right_answer_that_has_to_wait_for_the_processor_is_not_stopped(judged_apart):
    source = "import time\n\ntime.sleep(2.5)\n\n" + FC + "return x @ w + b"
    assert judged_apart("fc_forward", source, limits=apart.Limits(1, 60)).state == PASSED


def test_a_file_that_only_waits_is_stopped_in_the_end(judged_apart):
    source = RELU + "import time\n    time.sleep(600)"
    verdict = judged_apart("relu", source, limits=apart.Limits(10, 1))
    assert verdict.state == ERROR
    assert "stopped after 1 seconds: does it wait for input, is the machine busy" in verdict.says


@pytest.mark.parametrize(
    ("imports", "limits"),
    [
        ("import numpy as np", (10, 60)),
        ("import tensorflow as tf", (70, 180)),
        ("from keras import ops", (70, 180)),
        ("import tensorflow.math", (70, 180)),
        ("from . import keras", (10, 60)),
    ],
)
def test_a_file_has_ten_seconds_and_more_if_a_library_must_be_loaded(imports, limits):
    assert apart.limits_of(ast.parse(imports)) == limits


def test_a_file_that_ends_python_is_told(judged_apart):
    verdict = judged_apart("relu", "import os\n" + RELU + "os._exit(7)")
    assert verdict.state == ERROR
    assert "the exit code 7" in verdict.says


def test_what_it_prints_is_shown_and_does_not_disturb(judged_apart):
    source = RELU + "print('x is', x.shape)\n    return np.maximum(x, 0), (x > 0) * 1.0"
    verdict = judged_apart("relu", source)
    assert verdict.state == PASSED
    assert verdict.printed.startswith("x is (")


def test_a_file_may_import_the_one_beside_it(student, judged_apart):
    student("sigmoid", "def sigmoid(x):\n    return 1 / (1 + np.exp(-x)), 0")
    source = (
        "from sigmoid import sigmoid\n\ndef tanh(x):\n    t = 2 * sigmoid(2 * x)[0] - 1\n"
        "    return t, 1 - t**2"
    )
    assert judged_apart("tanh", source).state == PASSED
