"""The answers: right whatever is drawn, and right on the numbers of the lectures."""

import dataclasses
import time

import numpy as np
import pytest

from labs.checking.course import BY_NAME, EXERCISES
from labs.checking.judge import judge
from labs.checking.verdict import PASSED, WRONG

each = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)


@each
def test_the_answer_passes_whatever_is_drawn(exercise, answer):
    function = answer(exercise.name)
    verdicts = [judge(exercise, function, seed, draws=3) for seed in range(100)]
    assert [verdict for verdict in verdicts if verdict.state != PASSED] == []


@pytest.mark.parametrize(
    "exercise", [e for e in EXERCISES if e.numeric], ids=lambda exercise: exercise.name
)
def test_a_gradient_is_held_against_the_numeric_one_as_well(exercise, answer):
    def other(*arguments):
        gradients = exercise.numeric(*arguments)
        if isinstance(gradients, tuple):
            return tuple(None if gradient is None else gradient * 1.01 for gradient in gradients)
        return gradients * 1.01

    verdict = judge(dataclasses.replace(exercise, numeric=other), answer(exercise.name), seed=0)
    assert verdict.state == WRONG


@each
def test_judging_an_answer_takes_less_than_two_seconds_of_computing(exercise, answer):
    function, start = answer(exercise.name), time.process_time()
    assert judge(exercise, function, seed=0).state == PASSED
    assert time.process_time() - start < 2


@each
def test_other_seeds_draw_other_arguments_and_the_same_seed_the_same(exercise):
    drawn = [repr(exercise.draw(seed, 0)) for seed in (1, 1, 2, 3)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) > 1


def logs_of_softmax(scores):
    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def softmax_of_float32(scores):
    return np.exp(logs_of_softmax(scores.astype(np.float32)))


def cross_entropy_of_float32(scores, labels):
    logs, labels = logs_of_softmax(scores.astype(np.float32)), labels.astype(np.float32)
    return -(labels * logs).sum(axis=1).mean(), (np.exp(logs) - labels) / np.float32(len(labels))


@pytest.mark.parametrize(
    ("name", "function"),
    [("softmax", softmax_of_float32), ("cross_entropy", cross_entropy_of_float32)],
)
def test_float32_is_exact_enough_whatever_is_drawn(name, function):
    verdicts = [judge(BY_NAME[name], function, seed) for seed in range(100)]
    assert [verdict for verdict in verdicts if verdict.state != PASSED] == []


@pytest.mark.parametrize(
    ("name", "special", "other"),
    [
        ("early_stopping", lambda losses, patience: patience == 1, lambda a: (a[0], 2)),
        (
            "conv_forward",
            lambda x, w, b, stride, padding: stride == padding == 1,
            lambda a: (*a[:4], 0),
        ),
        (
            "conv_forward",
            lambda x, w, b, stride, padding: w.shape[0] == w.shape[1],
            lambda a: (a[0], a[1][::-1], *a[2:]),
        ),
        (
            "conv_backward",
            lambda dy, x, w, stride, padding: w.shape[0] == w.shape[1],
            lambda a: (*a[:2], a[2][::-1], *a[3:]),
        ),
        ("softmax", lambda scores: len(scores) == 1, lambda a: (-a[0],)),
        ("cross_entropy", lambda scores, labels: len(scores) == 1, lambda a: (-a[0], a[1])),
        ("fc_forward", lambda x, w, b: len(x) == 1, lambda a: (-a[0], *a[1:])),
        ("fc_backward", lambda dy, x, w: len(x) == 1, lambda a: (-a[0], *a[1:])),
        ("residual_backward", lambda dy, x, w1, w2: len(x) == 1, lambda a: (-a[0], *a[1:])),
        ("lstm_step", lambda x, h, c, w, u, b: len(x) == 1, lambda a: (-a[0], *a[1:])),
    ],
)
def test_a_function_that_is_wrong_only_in_a_special_case_does_not_pass(
    answer, name, special, other
):
    right = answer(name)

    def wrong(*arguments):
        return right(*(other(arguments) if special(*arguments) else arguments))

    states = {judge(BY_NAME[name], wrong, seed).state for seed in range(10)}
    assert PASSED not in states


# ----------------------------------------------------------------------------- on the slides


def test_nn4_learns_24882_numbers(answer):
    shapes = [(3, 3, 1, 64), (3, 3, 64, 32), (3, 3, 32, 16), (6 * 6 * 16, 2)]
    assert [answer("count_parameters")([shape]) for shape in shapes] == [640, 18464, 4624, 1154]
    assert answer("count_parameters")(shapes) == 24882


@pytest.mark.parametrize(
    ("shape", "count"),
    [
        ((5, 5, 8, 16), 3216),
        ((256, 10), 2570),
        ((5, 5, 3, 8), 608),
        ((1, 1, 16, 32), 544),
    ],
)
def test_a_layer_of_the_slides_learns_as_many_numbers_as_they_say(answer, shape, count):
    assert answer("count_parameters")([shape]) == count


@pytest.mark.parametrize(
    ("given", "side"),
    [((7, 3, 1, 0), 5), ((7, 3, 2, 0), 3), ((32, 5, 1, 2), 32), ((10, 5, 1, 2), 10)],
)
def test_the_output_of_a_convolution_is_as_large_as_the_slides_say(answer, given, side):
    assert answer("output_size")(*given) == side


def test_a_step_that_does_not_fit_is_not_taken(answer):
    assert answer("output_size")(7, 3, 3, 0) == 2  # (7 - 3)/3 + 1 is no whole number


def test_the_linear_classifier_gives_the_scores_of_its_arithmetic(answer):
    w = np.array([[0.1, -0.25, 0.1, 2.5], [0, 0.5, 0.2, -0.6], [2, 0.8, 1.8, -0.1]])
    x, b = np.array([[1.0, 73, 227, 82]]), np.array([-2, 1.7, -0.5])
    scores = [
        0.1 * 1 - 0.25 * 73 + 0.1 * 227 + 2.5 * 82 - 2,
        0.5 * 73 + 0.2 * 227 - 0.6 * 82 + 1.7,
        2 * 1 + 0.8 * 73 + 1.8 * 227 - 0.1 * 82 - 0.5,
    ]
    np.testing.assert_allclose(answer("fc_forward")(x, w.T, b), [scores], rtol=1e-12)
    assert scores[2] == pytest.approx(460.30)  # the only one of the slide's that is right


def test_backpropagation_through_x_plus_y_times_z(answer):
    gradient = answer("numeric_gradient")(
        lambda p: (p[0] + p[1]) * p[2], np.array([-2.0, 5, -4]), 1e-4
    )
    np.testing.assert_allclose(gradient, [-4, -4, 3], atol=1e-9)


def test_max_pooling_and_unpooling_of_the_slide(answer):
    x = np.array([[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8.0]])[None, ..., None]
    pooled = answer("maxpool_forward")(x, 2)
    assert pooled[0, ..., 0].tolist() == [[5, 6], [7, 8]]
    dy = np.array([[1, 2], [3, 4.0]])[None, ..., None]
    unpooled = answer("maxpool_backward")(dy, x, 2)[0, ..., 0]
    assert unpooled.tolist() == [[0, 0, 2, 0], [0, 1, 0, 0], [0, 0, 0, 0], [3, 0, 0, 4]]


def test_max_pooling_of_the_slide_that_compares_it_with_the_mean(answer):
    x = np.array([[12, 20, 30, 0], [8, 12, 2, 0], [34, 70, 37, 4], [112, 100, 25, 12.0]])
    pooled = answer("maxpool_forward")(x[None, ..., None], 2)
    assert pooled[0, ..., 0].tolist() == [[20, 30], [112, 37]]


def test_tanh_is_a_stretched_sigmoid(answer):
    x = np.linspace(-5, 5, 11)
    stretched = 2 * answer("sigmoid")(2 * x)[0] - 1
    np.testing.assert_allclose(answer("tanh")(x)[0], stretched, rtol=1e-12)
