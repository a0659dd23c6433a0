"""The exercises on softmax and cross-entropy."""

import math

import numpy as np

from labs.checking.differences import gradient
from labs.checking.exercise import Exercise, Mistake, distinct


def _scores(random):
    return (3 * random.normal(size=distinct(random, 2, 3, 6)),)


def _large_scores(random):
    """In one example they are around 1000, and another is left as it is."""
    (scores,) = _scores(random)
    scores[random.integers(len(scores))] += 1000
    return (scores,)


def _p(scores, axis=1):
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _log_sum(row):
    """The logarithm of the sum of the exponentials of some numbers, however large."""
    largest = max(row)
    return largest + math.log(math.fsum(math.exp(score - largest) for score in row))


def _softmax(scores):
    return np.array([[math.exp(score - _log_sum(row)) for score in row] for row in scores])


def _unshifted(scores):
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


SOFTMAX = Exercise(
    "softmax",
    ("probabilities",),
    (_scores, _large_scores),
    _softmax,
    (
        Mistake(
            "Right for small scores; but e^1000 is infinite, and infinity / infinity is nan. Take "
            "the largest score of each example off all its scores first, which changes nothing.",
            _unshifted,
        ),
        Mistake(
            "You took the largest score of the whole batch off; then nothing is left of examples "
            "with small scores, and 0 / 0 is nan. Take each example's own: axis=1, keepdims=True.",
            lambda scores: _unshifted(scores - scores.max()),
        ),
        Mistake(
            "Here a higher score is a higher probability: exp(score). The slide's minus is for "
            "energies, of which the lowest wins.",
            lambda scores: _p(-scores),
        ),
        Mistake(
            "The probabilities of each example add up to 1: sum over its classes, axis=1. You "
            "summed over the examples.",
            lambda scores: _p(scores, axis=0),
        ),
        Mistake(
            "The probabilities of each example add up to 1: sum over its classes, axis=1. You "
            "summed over the whole batch.",
            lambda scores: _p(scores, axis=(0, 1)),
        ),
        Mistake(
            "Those are the logarithms of the probabilities.",
            lambda scores: scores - np.array([[_log_sum(row)] for row in scores]),
        ),
        Mistake(
            "The powers are still to be divided by their sum.",
            lambda scores: np.exp(scores - scores.max(axis=1, keepdims=True)),
        ),
    ),
)


def _labelled(random):
    (scores,) = _scores(random)
    n, classes = scores.shape
    return scores, np.eye(classes)[random.integers(0, classes, n)]


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


def _entropy(scores, labels):
    """The loss of each class of each example, right, and the gradient of each example's loss."""
    logs = scores - scores.max(axis=1, keepdims=True)
    logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
    return np.where(labels > 0, -logs, 0), np.exp(logs) - labels


def _mean_entropy(scores, labels):
    losses, gradients = _entropy(scores, labels)
    return losses.sum() / len(scores), gradients / len(scores)


def _instead_of_loss(loss):
    """A wrong function, with the right gradient."""
    return lambda scores, labels: (loss(scores, labels), _mean_entropy(scores, labels)[1])


def _instead_of_gradient(gradients):
    """A wrong function, with the right loss."""
    return lambda scores, labels: (_mean_entropy(scores, labels)[0], gradients(scores, labels))


def _of(probabilities):
    """The loss as the logarithm of probabilities that are computed first."""
    return lambda scores, labels: -(labels * np.log(probabilities(scores))).sum() / len(scores)


def _infinite(scores, labels):
    return -np.log(_p(scores)[labels > 0]).mean()


ROUNDED = (
    "Right for small scores. With large ones e^score becomes infinite, or a probability is rounded "
    "to 0, which has no logarithm. Take the largest score of each example off all its scores, and "
    "compute the logarithm without the probability: log p_i = s_i - log(sum_j e^s_j)."
)

CROSS_ENTROPY = Exercise(
    "cross_entropy",
    ("loss", "gradient"),
    (_labelled, _far_off),
    _cross_entropy,
    (
        Mistake(
            "The loss is the mean over the examples; you took the sum. Divide both the loss and "
            "the gradient by the number of examples.",
            lambda *given: (_entropy(*given)[0].sum(), _entropy(*given)[1]),
        ),
        Mistake(
            "The loss is the mean over the examples; you took the sum. The gradient is right.",
            _instead_of_loss(lambda *given: _entropy(*given)[0].sum()),
        ),
        Mistake(
            "Divide by the number of examples; np.mean over the whole array divides by the number "
            "of classes, too.",
            _instead_of_loss(lambda *given: _entropy(*given)[0].mean()),
        ),
        Mistake(ROUNDED, _instead_of_loss(_of(_p))),
        Mistake(ROUNDED, _instead_of_loss(_of(_unshifted))),
        Mistake(ROUNDED, _instead_of_loss(_infinite)),
        Mistake(
            "A small number inside the logarithm hides that the probability became 0, and the loss "
            "is wrong there: compute log p_i = s_i - log(sum_j e^s_j) at once.",
            _instead_of_loss(_of(lambda scores: _p(scores) + 1e-12)),
        ),
        Mistake(
            "The sign is wrong: the loss is minus the logarithm, and never negative.",
            _instead_of_loss(lambda *given: -_mean_entropy(*given)[0]),
        ),
        Mistake(
            "The loss is a mean over the examples, so divide the gradient by their number as well.",
            _instead_of_gradient(lambda *given: _entropy(*given)[1]),
        ),
        Mistake(
            "The gradient is divided by the number of examples twice.",
            _instead_of_gradient(lambda *given: _mean_entropy(*given)[1] / len(given[0])),
        ),
        Mistake(
            "The sign is turned round: the gradient is probabilities - labels, over n.",
            _instead_of_gradient(lambda *given: -_mean_entropy(*given)[1]),
        ),
        Mistake(
            "Those are the probabilities: take the labels off.",
            _instead_of_gradient(lambda scores, labels: _p(scores) / len(scores)),
        ),
    ),
    numeric=lambda scores, labels: (
        None,
        gradient(lambda moved: _mean_entropy(moved, labels)[0], scores),
    ),
)
