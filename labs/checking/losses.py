"""The exercises on softmax and cross-entropy."""

import math
from functools import partial

import numpy as np

from labs.checking.differences import gradient
from labs.checking.exercise import Exercise, Mistake, distinct


def _scores(random):
    """Multiples of 1/64, which float32 holds exactly even if they are large."""
    return (np.round(3 * random.normal(size=distinct(random, 2, 3, 6)) * 64) / 64,)


def _single(random):
    """One example, the smallest batch."""
    (scores,) = _scores(random)
    return (scores[:1],)


def _large_scores(random):
    """In one example they are around 1000, and another is left as it is."""
    (scores,) = _scores(random)
    scores[random.integers(len(scores))] += 1000
    return (scores,)


def _log_sum(row):
    """The logarithm of the sum of the exponentials of some numbers, however large."""
    largest = max(row)
    return largest + math.log(math.fsum(math.exp(score - largest) for score in row))


def _softmax(scores):
    return np.array([[math.exp(score - _log_sum(row)) for score in row] for row in scores])


def _row_largest(scores):
    return scores.max(axis=1, keepdims=True)


def _softmax_with(scores, sign=1, largest=_row_largest, axis=1, result=np.divide):
    """A softmax with something else in one place.

    Args:
        sign: of the scores.
        largest: what is taken off the scores.
        axis: over which the powers are added up.
        result: of the powers and their sums.
    """
    powers = np.exp(sign * scores - largest(sign * scores))
    return result(powers, powers.sum(axis=axis, keepdims=True))


ROW_SUM = "The probabilities of each example add up to 1: sum over its classes, axis=1. "

SOFTMAX = Exercise(
    "softmax",
    ("probabilities",),
    (_scores, _single, _large_scores),
    _softmax,
    (
        Mistake(
            "Scores may be large: e^1000 is infinite, and infinity / infinity is nan. First "
            "subtract the largest score of each example from all its scores; the probabilities "
            "stay the same.",
            partial(_softmax_with, largest=lambda scores: 0),
        ),
        Mistake(
            "You subtracted the largest score of the whole batch. Of an example with small scores "
            "nothing is left, and 0 / 0 is nan. Subtract each example's own: axis=1, "
            "keepdims=True.",
            partial(_softmax_with, largest=np.max),
        ),
        Mistake(
            "Here a higher score means a higher probability: exp(score). The slide's minus is for "
            "energies, where the lowest wins.",
            partial(_softmax_with, sign=-1),
        ),
        Mistake(f"{ROW_SUM}You summed over the examples.", partial(_softmax_with, axis=0)),
        Mistake(f"{ROW_SUM}You summed over the whole batch.", partial(_softmax_with, axis=(0, 1))),
        Mistake(
            "You returned the logarithms of the probabilities.",
            lambda scores: scores - np.array([[_log_sum(row)] for row in scores]),
        ),
        Mistake(
            "Divide the exponentials by their sum.",
            partial(_softmax_with, result=lambda powers, sums: powers),
        ),
    ),
)


def _labelled(random):
    (scores,) = _scores(random)
    n, classes = scores.shape
    return scores, np.eye(classes)[random.integers(0, classes, n)]


def _single_labelled(random):
    """Its class has the lowest score, for float32 would round a loss near 0."""
    (scores,) = _single(random)
    return scores, np.eye(scores.size)[[scores.argmin()]]


def _far_off(random):
    """In one example the right class is 1000 below another, so that its probability is 0."""
    scores, labels = _labelled(random)
    row = random.integers(len(scores))
    right = labels[row].argmax()
    scores[row, right - 1] = scores[row, right] + 1000
    return scores, labels


def _cross_entropy(scores, labels):
    losses = [
        _log_sum(row) - row[list(label).index(1)] for row, label in zip(scores, labels, strict=True)
    ]
    gradients = (_softmax(scores) - labels) / len(scores)
    return math.fsum(losses) / len(losses), gradients


def _logs(scores, small=0):
    return np.log(_softmax_with(scores) + small)


def _exact_logs(scores):
    shifted = scores - _row_largest(scores)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _of_product(scores, labels, logs):
    """The loss of each example, as the sum of labels times logarithms."""
    return -(labels * logs(scores)).sum(axis=1)


def _of_class(scores, labels, logs):
    """The loss of each example, as the logarithm of its class alone."""
    return -logs(scores)[labels > 0]


def _entropy(
    scores,
    labels,
    losses=_of_class,
    logs=_exact_logs,
    total=lambda losses, classes: losses.mean(),
    sign=1,
    slopes=lambda probabilities, labels: probabilities - labels,
    share=lambda scores: len(scores),
):
    """The loss and its gradient, with something else in one place.

    Args:
        losses: of the examples.
        logs: of the probabilities, from the scores.
        total: of the losses, from them and the number of classes.
        sign: of the loss.
        slopes: the gradients of the examples' losses.
        share: what the gradients are divided by.
    """
    probabilities = np.exp(_exact_logs(scores))
    loss = sign * total(losses(scores, labels, logs), scores.shape[1])
    return loss, slopes(probabilities, labels) / share(scores)


ROUNDED = (
    "For large scores e^score becomes infinite, or a probability is rounded to 0, which has no "
    "logarithm. Subtract the largest score of each example from all its scores, and compute the "
    "logarithm without the probability: log p_i = s_i - log(sum_j e^s_j)."
)


CROSS_ENTROPY = Exercise(
    "cross_entropy",
    ("loss", "gradient"),
    (_labelled, _single_labelled, _far_off),
    _cross_entropy,
    (
        Mistake(
            "The loss is the mean over the examples; you took the sum.",
            partial(_entropy, total=lambda losses, classes: losses.sum()),
        ),
        Mistake(
            "Divide by the number of examples; np.mean over the whole array divides by the number "
            "of classes, too.",
            partial(_entropy, total=lambda losses, classes: losses.mean() / classes),
        ),
        Mistake(ROUNDED, partial(_entropy, losses=_of_product, logs=_logs)),
        Mistake(ROUNDED, partial(_entropy, logs=_logs)),
        *(
            Mistake(
                "A small number inside the logarithm hides that the probability became 0, and the "
                "loss is wrong there: compute the logarithm directly, log p_i = s_i - log(sum_j "
                "e^s_j).",
                partial(_entropy, logs=partial(_logs, small=10.0**-digits)),
            )
            for digits in range(5, 17)
        ),
        Mistake(
            "The loss has the wrong sign: it is minus the logarithm, and never negative.",
            partial(_entropy, sign=-1),
        ),
        Mistake(
            "The loss is a mean over the examples, so divide the gradient by their number as well.",
            partial(_entropy, share=lambda scores: 1),
        ),
        Mistake(
            "The gradient is divided by the number of examples twice.",
            partial(_entropy, share=lambda scores: len(scores) ** 2),
        ),
        Mistake(
            "Divide the gradient by the number of examples, not by the number of all scores.",
            partial(_entropy, share=np.size),
        ),
        Mistake(
            "The gradient has the wrong sign: it is probabilities - labels, over n.",
            partial(_entropy, slopes=lambda probabilities, labels: labels - probabilities),
        ),
        Mistake(
            "You returned the probabilities: subtract the labels.",
            partial(_entropy, slopes=lambda probabilities, labels: probabilities),
        ),
    ),
    numeric=lambda scores, labels: (
        None,
        gradient(lambda moved: _entropy(moved, labels)[0], scores),
    ),
)
