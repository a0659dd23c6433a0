"""The exercises on batch normalization."""

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


def _normalized(x, gamma, beta, epsilon, axis=0, ddof=0):
    mean, variance = (
        moment(x, axis=axis, keepdims=True, **more)
        for moment, more in ((np.mean, {}), (np.var, {"ddof": ddof}))
    )
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


SAMPLE = (
    "The slide divides the sum of the squares by m, the number of examples (the population "
    "variance); you divided by m - 1: no ddof."
)

BATCHNORM_FORWARD = Exercise(
    "batchnorm_forward",
    ("y",),
    (_batch,),
    _batchnorm_forward,
    (
        Mistake(SAMPLE, lambda *given: _normalized(*given, ddof=1)),
        Mistake(
            "Mean and variance are taken over the examples, axis=0, for each feature; you took "
            "them over the features of an example, which is layer normalization.",
            lambda *given: _normalized(*given, axis=1),
        ),
        Mistake(
            "Each feature has a mean and a variance of its own: axis=0. You took those of the "
            "whole array.",
            lambda *given: _normalized(*given, axis=(0, 1)),
        ),
        Mistake(
            "epsilon is added to the variance, inside the root.",
            lambda x, gamma, beta, epsilon: (
                gamma * (x - x.mean(axis=0)) / (x.std(axis=0) + epsilon) + beta
            ),
        ),
        Mistake(
            "epsilon is missing: it is added to the variance.",
            lambda x, gamma, beta, epsilon: _normalized(x, gamma, beta, 0),
        ),
        Mistake(
            "Divide by the root of the variance, not by the variance.",
            lambda x, gamma, beta, epsilon: (
                gamma * (x - x.mean(axis=0)) / (x.var(axis=0) + epsilon) + beta
            ),
        ),
        Mistake(
            "That is x_hat: multiply by gamma and add beta.",
            lambda x, gamma, beta, epsilon: _normalized(x, 1, 0, epsilon),
        ),
        Mistake(
            "beta is missing.", lambda x, gamma, beta, epsilon: _normalized(x, gamma, 0, epsilon)
        ),
        Mistake(
            "gamma is missing.", lambda x, gamma, beta, epsilon: _normalized(x, 1, beta, epsilon)
        ),
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


def _gradients(dy, x, gamma, epsilon, by_mean=1, by_variance=1, ddof=0):
    """The same, with whole arrays; the ways over the mean and the variance can be left out."""
    deviation = np.sqrt(x.var(axis=0, ddof=ddof) + epsilon)
    x_hat = (x - x.mean(axis=0)) / deviation
    dx_hat = dy * gamma
    dx = dx_hat - by_mean * dx_hat.mean(axis=0)
    dx -= by_variance * x_hat * (dx_hat * x_hat).sum(axis=0) / (len(x) - ddof)
    return dx / deviation, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


BATCHNORM_BACKWARD = Exercise(
    "batchnorm_backward",
    ("dx", "dgamma", "dbeta"),
    (_after_batchnorm,),
    _batchnorm_backward,
    (
        Mistake(
            "Mean and variance are no constants: each x_i acts on both of them. The slide's two "
            "other terms of dx are missing.",
            lambda *given: _gradients(*given, by_mean=0, by_variance=0),
        ),
        Mistake(
            "The way over the variance is missing in dx: its gradient times 2 (x - mean) / m.",
            lambda *given: _gradients(*given, by_variance=0),
        ),
        Mistake(
            "The way over the mean is missing in dx: its gradient times 1 / m.",
            lambda *given: _gradients(*given, by_mean=0),
        ),
        Mistake(
            "The mean's gradient is shared by m examples: divide it by m in dx.",
            lambda dy, x, gamma, epsilon: _gradients(dy, x, gamma, epsilon, by_mean=len(x)),
        ),
        Mistake(
            "A factor of the chain rule is missing in dx: x_hat was multiplied by gamma.",
            lambda dy, x, gamma, epsilon: (
                _gradients(dy, x, np.ones(gamma.shape), epsilon)[0],
                *_gradients(dy, x, gamma, epsilon)[1:],
            ),
        ),
        Mistake(
            "gamma was multiplied by x_hat, not by x.",
            lambda dy, x, gamma, epsilon: (
                _gradients(dy, x, gamma, epsilon)[0],
                (dy * x).sum(axis=0),
                dy.sum(axis=0),
            ),
        ),
        Mistake(
            "gamma and beta serve all examples: their gradients are sums over the batch; you took "
            "the means.",
            lambda dy, x, gamma, epsilon: (
                _gradients(dy, x, gamma, epsilon)[0],
                _gradients(dy, x, gamma, epsilon)[1] / len(x),
                dy.mean(axis=0),
            ),
        ),
        Mistake(SAMPLE, lambda *given: _gradients(*given, ddof=1)),
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


def _tested(x, gamma, beta, epsilon, mean, variance):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta, mean, variance


def _inference(share=lambda decay: decay, start=(0, 1), ddof=0):
    """A wrong function: with another share of the old average, start, or variance."""

    def infer(x, gamma, beta, batches, decay, epsilon):
        mean, variance = (number + np.zeros(x.shape[1]) for number in start)
        for batch in batches:
            kept = share(decay)
            mean = kept * mean + (1 - kept) * batch.mean(axis=0)
            variance = kept * variance + (1 - kept) * batch.var(axis=0, ddof=ddof)
        return _tested(x, gamma, beta, epsilon, mean, variance)

    return infer


def _by_own(x, gamma, beta, batches, decay, epsilon):
    _, mean, variance = _inference()(x, gamma, beta, batches, decay, epsilon)
    return _normalized(x, gamma, beta, epsilon), mean, variance


def _plain_mean(x, gamma, beta, batches, decay, epsilon):
    means, variances = (
        np.mean([moment(batch, axis=0) for batch in batches], axis=0)
        for moment in (np.mean, np.var)
    )
    return _tested(x, gamma, beta, epsilon, means, variances)


def _epsilon_in_average(x, gamma, beta, batches, decay, epsilon):
    _, mean, variance = _inference()(x, gamma, beta, batches, decay, epsilon)
    return gamma * (x - mean) / (np.sqrt(variance) + epsilon) + beta, mean, variance


BATCHNORM_INFERENCE = Exercise(
    "batchnorm_inference",
    ("y", "mean", "variance"),
    (_trained,),
    _batchnorm_inference,
    (
        Mistake(
            "x is normalized by the averages from training, not by its own mean and variance.",
            _by_own,
        ),
        Mistake(
            "decay is the share of the old average that is kept; you gave it to the new batch.",
            _inference(share=lambda decay: 1 - decay),
        ),
        Mistake(
            "Those are the last batch's mean and variance: the averages remember the ones before.",
            _inference(share=lambda decay: 0),
        ),
        Mistake(
            "The average forgets: average = decay * average + (1 - decay) * (the batch's own). You "
            "took the ordinary mean over the batches.",
            _plain_mean,
        ),
        Mistake("The average of the variances starts at 1, not at 0.", _inference(start=(0, 0))),
        Mistake(SAMPLE, _inference(ddof=1)),
        Mistake("epsilon is added to the variance, inside the root.", _epsilon_in_average),
    ),
)
