"""The usual mistakes: whoever makes one is told which."""

import contextlib
import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from labs import check, checking
from labs.checking.course import EXERCISES
from labs.checking.exercise import File
from labs.checking.explanation import together
from labs.checking.judge import Try, judge
from labs.checking.verdict import ERROR, PASSED, WRONG

each = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
each_mistake = pytest.mark.parametrize(
    ("exercise", "mistake"),
    [(exercise, mistake) for exercise in EXERCISES for mistake in exercise.mistakes],
    ids=lambda thing: getattr(thing, "name", None),
)
# Those that take numbers alone, which nobody can change.
changeable = [e for e in EXERCISES if not all(isinstance(a, int) for a in e.draw(0, 0))]


@each
def test_every_exercise_knows_usual_mistakes(exercise):
    assert exercise.mistakes


@each_mistake
def test_a_usual_mistake_is_wrong_and_gets_its_hint(exercise, mistake):
    verdict = judge(exercise, mistake.wrong, seed=0)
    assert (verdict.state, verdict.hints) == (WRONG, (mistake.hint,))


def spoil(argument):
    """Changes an argument; returns whether it can be changed."""
    if isinstance(argument, np.ndarray):
        argument += 1
    elif isinstance(argument, list):
        argument.append(argument[0])
    elif hasattr(argument, "write_bytes"):
        argument.write_bytes(b"")
    else:
        return False
    return True


@pytest.mark.parametrize("exercise", changeable, ids=lambda exercise: exercise.name)
def test_a_changed_argument_is_found_though_the_result_is_right(exercise, answer):
    right = answer(exercise.name)
    for i, name in enumerate(exercise.parameters):

        def changing(*arguments, i=i):
            result = right(*arguments)
            spoil(arguments[i])
            return result

        if isinstance(exercise.draw(0, 0)[i], (np.ndarray, list, File)):
            verdict = judge(exercise, changing, seed=0)
            assert verdict.state == WRONG
            assert f"changed its argument `{name}`" in verdict.says


@pytest.mark.parametrize("change", ["losses[0] = 9.0", "losses.sort()", "losses.pop()"])
def test_a_changed_list_is_found(judged, change):
    source = (
        "def early_stopping(losses, patience):\n    best = 0\n"
        "    for last, loss in enumerate(losses):\n"
        "        best = last if loss < losses[best] else best\n"
        "        if last - best >= patience:\n            break\n"
        f"    {change}\n    return last, best"
    )
    assert "changed its argument `losses`" in judged("early_stopping", source).says


def test_a_mistake_in_one_output_is_recognised_beside_an_unusual_one_in_another(judged):
    source = "def fc_backward(dy, x, w):\n    return dy @ w.T + 7, x.T @ dy, dy.mean(axis=0)"
    verdict = judged("fc_backward", source)
    assert verdict.says.startswith("`db` is wrong")
    assert "`dx` is wrong, too." in verdict.says
    assert "`dw` is right." in verdict.says
    (hint,) = verdict.hints
    assert "you took the mean" in hint


def test_three_mistakes_at_once_are_all_recognised(judged):
    source = "def softmax(scores):\n    powers = np.exp(-scores)\n    return powers / powers.sum()"
    said = " ".join(judged("softmax", source).hints)
    assert "e^1000 is infinite" in said
    assert "a higher score means a higher probability" in said
    assert "You summed over the whole batch" in said


@each
def test_mistakes_that_are_made_together_end_in_no_error(exercise, tmp_path):
    one = Try(exercise, exercise.draw(0, 1), tmp_path)
    for count in (2, 3):
        for mistakes in itertools.combinations(exercise.mistakes, count):
            if function := together(mistakes):
                with contextlib.suppress(ValueError):  # where the shapes do not fit
                    one.outputs_of(function)


CONV = """
def conv_backward(dy, x, w, stride, padding):
    p, (height, width) = padding, w.shape[:2]
    padded = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for i in range(dy.shape[1]):
        for j in range(dy.shape[2]):
            rows = slice(i * stride, i * stride + height)
            columns = slice(j * stride, j * stride + width)
            dw += np.tensordot(padded[:, rows, columns], dy[:, i, j], (0, 0))
            dx[:, rows, columns] += np.tensordot(dy[:, i, j], w, (1, 3))
    dx = dx[:, p : p + x.shape[1], p : p + x.shape[2]]
    return dx, dw, dy.sum((0, 1, 2))
"""
NESTEROV = """
def nesterov(w, v, gradient, learning_rate, mu):
    v = mu * v - learning_rate * gradient(w + mu * v)
    return w + v, v
"""
BATCHNORM = """
def batchnorm_backward(dy, x, gamma, epsilon):
    std = np.sqrt(x.var(0) + epsilon)
    x_hat = (x - x.mean(0)) / std
    dbeta, dgamma = dy.sum(0), (dy * x_hat).sum(0)
    return gamma / std * (dy - dbeta / len(x) - x_hat * dgamma / len(x)), dgamma, dbeta
"""
LSTM = """
def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def lstm_step(x, h, c, w, u, b):
    input, forget, candidate, output = np.split(x @ w + h @ u + b, 4, axis=1)
    c = sigmoid(forget) * c + sigmoid(input) * np.tanh(candidate)
    return sigmoid(output) * np.tanh(c), c
"""
IOU = """
def area(a, b):
    return max(b[0] - a[0], 0) * max(b[1] - a[1], 0)

def iou(box, boxes):
    overlaps = []
    for other in boxes:
        common = area(np.maximum(box, other)[:2], np.minimum(box, other)[2:])
        overlaps.append(common / (area(box[:2], box[2:]) + area(other[:2], other[2:]) - common))
    return overlaps
"""
NMS = (
    IOU
    + """
def non_maximum_suppression(boxes, scores, threshold):
    kept = []
    for i in np.argsort(-scores):
        if all(o <= threshold for o in iou(boxes[i], boxes[kept])):
            kept.append(i)
    return kept
"""
)
PRODUCT = "max(b[0] - a[0], 0) * max(b[1] - a[1], 0)"


@pytest.mark.parametrize(
    ("name", "source", "right", "wrong", "hint"),
    [
        ("conv_backward", CONV, "p : p + x.shape[1], p : p + x.shape[2]", "p:-p, p:-p", "dx[:, 0"),
        ("conv_backward", CONV, "dw +=", "dw =", "sum over them: use +="),
        (
            "conv_backward",
            CONV,
            "dw += np.tensordot(padded[:, rows, columns], dy[:, i, j], (0, 0))",
            "for n in range(len(x)):\n"
            "                dw = np.multiply.outer(padded[n, rows, columns], dy[n, i, j])",
            "of all examples, and dw is the sum over them: use +=",
        ),
        ("nesterov", NESTEROV, "learning_rate * gradient", "gradient", "learning rate is missing"),
        ("batchnorm_backward", BATCHNORM, "x.var(0) + epsilon)", "x.var(0)) + epsilon", "inside"),
        ("lstm_step", LSTM, "np.tanh(c)", "sigmoid(c)", "not its sigmoid"),
        ("iou", IOU, PRODUCT, "max((b[0] - a[0]) * (b[1] - a[1]), 0)", "before you multiply"),
        ("iou", IOU, PRODUCT, "abs((b[0] - a[0]) * (b[1] - a[1]))", "without its sign"),
        ("non_maximum_suppression", NMS, "boxes[kept]", "boxes[kept[-1:]]", "not only with the"),
    ],
)
def test_a_student_who_makes_a_usual_mistake_is_told(judged, name, source, right, wrong, hint):
    assert judged(name, source).state == PASSED
    assert right in source
    (said,) = judged(name, source.replace(right, wrong)).hints
    assert hint in said


@pytest.mark.parametrize("power", ["x ^ 2", "float(x.sum()) ^ 2"])
def test_whoever_writes_a_power_as_in_mathematics_is_told_how_python_does(judged, power):
    verdict = judged("tanh", f"def tanh(x):\n    return np.tanh(x), 1 - {power}")
    assert verdict.state == ERROR
    assert "the square of x is x**2" in " ".join(verdict.hints)


def test_a_result_that_is_only_different_gets_no_hint(judged):
    verdict = judged("fc_forward", "def fc_forward(x, w, b):\n    return x @ w + b + 0.5")
    assert (verdict.state, verdict.hints) == (WRONG, ())


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (
            "read_pair",
            "def read_pair(data_path, label_path):\n"
            "    images = np.fromfile(data_path, np.uint8).reshape(-1, 2304)\n"
            "    return images, np.fromfile(label_path, np.float32).reshape(-1, 2)",
        ),
        (
            "early_stopping",
            "def early_stopping(losses, patience):\n    best = 0\n"
            "    for last, loss in enumerate(losses):\n"
            "        best = last if loss < losses[best] else best\n"
            "        if last - best >= patience:\n            break\n"
            "    return float(last), float(best)",
        ),
    ],
)
def test_numbers_that_are_right_but_of_another_type_get_no_hint(judged, name, source):
    verdict = judged(name, source)
    assert (verdict.state, verdict.hints) == (WRONG, ())


def test_a_mistake_that_would_have_spoilt_what_is_right_is_not_the_hint(judged):
    """Uphill goes w alone: with the usual mistake v would have the wrong sign as well."""
    source = (
        "def momentum(w, v, dw, learning_rate, mu):\n    step = learning_rate * dw\n"
        "    return w + mu * v + step, mu * v - step"
    )
    verdict = judged("momentum", source)
    assert "`v` is right" in verdict.says
    assert verdict.hints == ()


@pytest.mark.parametrize(
    "exercise", [e for e in EXERCISES if len(e.outputs) > 1], ids=lambda exercise: exercise.name
)
def test_outputs_in_another_order_are_told_apart_from_wrong_ones(exercise, answer):
    right = answer(exercise.name)
    _, *others = itertools.permutations(range(len(exercise.outputs)))
    for order in others:

        def returned(*arguments, order=order):
            outputs = right(*arguments)
            return tuple(outputs[i] for i in order)

        verdict = judge(exercise, returned, seed=0)
        expected = f"You returned them in another order: return {', '.join(exercise.outputs)}."
        assert (verdict.state, verdict.says, verdict.hints) == (WRONG, expected, ())


# A literal that ends in a word or a full stop, before one that begins with a word: in one pair of
# brackets, or the second added to the first.
GLUED = re.compile(r"""\w[.,;:]?["'](?:\s*\))?\s+(?:\w+ \+= \(?\s*)?f?["']\w""")
SOURCES = [Path(check.__file__), *sorted(Path(checking.__path__[0]).glob("*.py"))]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_the_parts_of_a_text_are_joined_by_a_space(path):
    assert GLUED.findall(path.read_text("utf-8")) == []


@pytest.mark.parametrize("glued", ['"a"\n    "b"', '"a."\n    f"b"', 'T = (\n    "a"\n)\nT += "b"'])
def test_parts_that_lack_the_space_are_found(glued):
    assert GLUED.search(glued)
