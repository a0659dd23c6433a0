"""The exercises on batch normalization."""

from functools import partial

import numpy as np

from labs.checking.differences import backward
from labs.checking.exercise import Exercise, Mistake, distinct


def _batch(random):
    n, features = distinct(random, 2, 3, 6)
    x = random.normal(1, 2, (n, features)) * random.uniform(0.5, 2, features)
    gamma, beta = random.uniform(0.5, 2, features), random.normal(size=features)
    return x, gamma, beta, float(random.uniform(0.1, 0.5))


def _moments(column):
    mean = sum(column) / len(column)
    return mean, sum((number - mean) ** 2 for number in column) / len(column)


def _batchnorm_forward(x, gamma, beta, epsilon):
    columns = []
    for column, scale, shift in zip(x.T.tolist(), gamma, beta, strict=True):
        mean, variance = _moments(column)
        columns.append([(n - mean) / (variance + epsilon) ** 0.5 * scale + shift for n in column])
    return np.array(columns).T


def _inside(variance, epsilon):
    return np.sqrt(variance + epsilon)


def _normalized(
    x,
    gamma,
    beta,
    epsilon,
    axis=0,
    ddof=0,
    divisor=_inside,
    scale=1,
    shift=1,
):
    """The same with whole arrays, and with something else in one place.

    Args:
        axis: over which mean and variance are taken.
        ddof: of the variance.
        divisor: from the variance and epsilon.
        scale, shift: 0 leaves gamma, or beta, out.
    """
    mean = x.mean(axis=axis, keepdims=True)
    variance = x.var(axis=axis, ddof=ddof, keepdims=True)
    return gamma**scale * (x - mean) / divisor(variance, epsilon) + shift * beta


SAMPLE = (
    "The slide divides the sum of the squares by m, the number of examples (the population "
    "variance); you divided by m - 1. Leave out ddof."
)

OUTSIDE = "epsilon is added to the variance, inside the root."


def _outside(variance, epsilon):
    return np.sqrt(variance) + epsilon


BATCHNORM_FORWARD = Exercise(
    "batchnorm_forward",
    ("y",),
    (_batch,),
    _batchnorm_forward,
    (
        Mistake(SAMPLE, partial(_normalized, ddof=1)),
        Mistake(
            "Mean and variance are taken over the examples, axis=0, for each feature; you took "
            "them over the features of an example, which is layer normalization.",
            partial(_normalized, axis=1),
        ),
        Mistake(
            "Each feature has a mean and a variance of its own: axis=0. You took those of the "
            "whole array.",
            partial(_normalized, axis=(0, 1)),
        ),
        Mistake(OUTSIDE, partial(_normalized, divisor=_outside)),
        Mistake(
            "epsilon is missing: it is added to the variance.",
            partial(_normalized, divisor=lambda variance, epsilon: np.sqrt(variance)),
        ),
        Mistake(
            "Divide by the root of the variance, not by the variance.",
            partial(_normalized, divisor=np.add),
        ),
        Mistake("gamma is missing: y = gamma x_hat + beta.", partial(_normalized, scale=0)),
        Mistake("beta is missing: y = gamma x_hat + beta.", partial(_normalized, shift=0)),
    ),
)


def _after_batchnorm(random):
    x, gamma, _, epsilon = _batch(random)
    return random.normal(size=x.shape), x, gamma, epsilon


def _batchnorm_backward(dy, x, gamma, epsilon):
    """The slide's six formulas, feature by feature and example by example."""
    dx, dgamma, dbeta = np.zeros(x.shape), np.zeros(gamma.shape), np.zeros(gamma.shape)
    m = len(x)
    for j, column in enumerate(x.T.tolist()):
        mean, variance = _moments(column)
        dx_hat = [dy[i, j] * gamma[j] for i in range(m)]
        dvariance = sum(
            dx_hat[i] * (column[i] - mean) * -0.5 * (variance + epsilon) ** -1.5 for i in range(m)
        )
        dmean = sum(dx_hat[i] * -((variance + epsilon) ** -0.5) for i in range(m))
        for i in range(m):
            dx[i, j] = dx_hat[i] * (variance + epsilon) ** -0.5
            dx[i, j] += dvariance * 2 * (column[i] - mean) / m + dmean / m
            dgamma[j] += dy[i, j] * (column[i] - mean) * (variance + epsilon) ** -0.5
            dbeta[j] += dy[i, j]
    return dx, dgamma, dbeta


def _gradients(
    dy,
    x,
    gamma,
    epsilon,
    by_mean=1,
    by_variance=1,
    ddof=0,
    divisor=_inside,
    count=len,
    mean_share=1,
    scale=1,
    learned=np.sum,
    shown=lambda x, x_hat: x_hat,
):
    """The slide's formulas with whole arrays, and with something else in one place.

    Args:
        by_mean, by_variance: by what these two ways of dx are multiplied.
        ddof: of the variance.
        divisor: from the variance and epsilon.
        count: what the slide's m is, from x.
        mean_share: 0 does not divide the mean's gradient by m.
        scale: 0 leaves gamma out of dx.
        learned: how dgamma and dbeta are taken over the batch.
        shown: what gamma was multiplied by, from x and x_hat.
    """
    centred, deviation = x - x.mean(axis=0), divisor(x.var(axis=0, ddof=ddof), epsilon)
    dx_hat = dy * gamma**scale
    dvariance = (dx_hat * centred).sum(axis=0) * -0.5 * deviation**-3
    dmean = -dx_hat.sum(axis=0) / deviation
    dx = dx_hat / deviation + by_variance * dvariance * 2 * centred / count(x)
    dx = dx + by_mean * dmean / count(x) ** mean_share
    return dx, learned(dy * shown(x, centred / deviation), axis=0), learned(dy, axis=0)


BATCHNORM_BACKWARD = Exercise(
    "batchnorm_backward",
    ("dx", "dgamma", "dbeta"),
    (_after_batchnorm,),
    _batchnorm_backward,
    (
        Mistake(
            "Mean and variance are not constants: each x_i acts on both of them. The slide's two "
            "other terms of dx are missing.",
            partial(_gradients, by_mean=0, by_variance=0),
        ),
        Mistake(
            "The path through the variance is missing from dx: its gradient times 2 (x - mean) / "
            "m.",
            partial(_gradients, by_variance=0),
        ),
        Mistake(
            "The path through the mean is missing from dx: its gradient times 1 / m.",
            partial(_gradients, by_mean=0),
        ),
        Mistake(
            "The mean's gradient has the wrong sign: the slide's formula begins with -1.",
            partial(_gradients, by_mean=-1),
        ),
        Mistake(
            "The variance's gradient has the wrong sign: the slide's formula has -1/2.",
            partial(_gradients, by_variance=-1),
        ),
        Mistake(
            "The mean's gradient is shared by m examples: divide it by m in dx.",
            partial(_gradients, mean_share=0),
        ),
        Mistake(
            "m is the number of examples, x.shape[0]; you took the number of features.",
            partial(_gradients, count=lambda x: x.shape[1]),
        ),
        Mistake(
            "A factor of the chain rule is missing in dx: x_hat was multiplied by gamma.",
            partial(_gradients, scale=0),
        ),
        Mistake(
            "gamma was multiplied by x_hat, not by x.",
            partial(_gradients, shown=lambda x, x_hat: x),
        ),
        Mistake(
            "gamma and beta serve all examples: their gradients are sums over the batch; you took "
            "the means.",
            partial(_gradients, learned=np.mean),
        ),
        Mistake(SAMPLE, partial(_gradients, ddof=1)),
        Mistake(OUTSIDE, partial(_gradients, divisor=_outside)),
    ),
    numeric=lambda dy, x, gamma, epsilon: backward(
        lambda x, gamma, beta: _normalized(x, gamma, beta, epsilon),
        dy,
        x,
        gamma,
        np.zeros(gamma.shape),
    ),
)


def _trained(random):
    x, gamma, beta, epsilon = _batch(random)
    sizes = random.integers(3, 6, random.integers(2, 5))
    batches = [random.normal(2, 2, (size, x.shape[1])) for size in sizes]
    return x, gamma, beta, batches, float(random.uniform(0.6, 0.9)), epsilon


def _batchnorm_inference(x, gamma, beta, batches, decay, epsilon):
    """A batch's share of the average is (1 - decay) decay^k if k batches came after it."""
    features = x.shape[1]
    mean, variance = np.zeros(features), np.full(features, decay ** len(batches))
    for k, batch in enumerate(reversed(batches)):
        for j in range(features):
            own = _moments(batch[:, j].tolist())
            mean[j] += (1 - decay) * decay**k * own[0]
            variance[j] += (1 - decay) * decay**k * own[1]
    return gamma * (x - mean) / (variance + epsilon) ** 0.5 + beta, mean, variance


def _inference(
    x,
    gamma,
    beta,
    batches,
    decay,
    epsilon,
    share=lambda decay, number: decay,
    start=1,
    ddof=0,
    divisor=_inside,
    used=lambda x, mean, variance: (mean, variance),
):
    """The same batch by batch, with something else in one place.

    Args:
        share: what is kept of the averages, from decay and the number of the batch, from 0.
        start: of the average of the variances.
        ddof: of the variance.
        divisor: from the variance and epsilon.
        used: mean and variance by which x is normalized.
    """
    mean, variance = np.zeros(x.shape[1]), np.full(x.shape[1], start, float)
    for number, batch in enumerate(batches):
        kept = share(decay, number)
        mean = kept * mean + (1 - kept) * batch.mean(axis=0)
        variance = kept * variance + (1 - kept) * batch.var(axis=0, ddof=ddof)
    centre, spread = used(x, mean, variance)
    return gamma * (x - centre) / divisor(spread, epsilon) + beta, mean, variance


BATCHNORM_INFERENCE = Exercise(
    "batchnorm_inference",
    ("y", "mean", "variance"),
    (_trained,),
    _batchnorm_inference,
    (
        Mistake(
            "x is normalized by the averages from training, not by its own mean and variance.",
            partial(_inference, used=lambda x, *averages: (x.mean(axis=0), x.var(axis=0))),
        ),
        Mistake(
            "decay is the share of the old average that is kept; you gave it to the new batch.",
            partial(_inference, share=lambda decay, number: 1 - decay),
        ),
        Mistake(
            "You kept the last batch's mean and variance: the averages remember the ones before.",
            partial(_inference, share=lambda decay, number: 0),
        ),
        Mistake(
            "The average forgets: average = decay * average + (1 - decay) * (the batch's own). You "
            "took the ordinary mean over the batches.",
            partial(_inference, share=lambda decay, number: number / (number + 1)),
        ),
        Mistake(
            "The average of the variances starts at 1, not at 0.", partial(_inference, start=0)
        ),
        Mistake(SAMPLE, partial(_inference, ddof=1)),
        Mistake(OUTSIDE, partial(_inference, divisor=_outside)),
    ),
)
