"""The exercises on the steps of optimizers."""

import dataclasses
from functools import partial

import numpy as np

from labs.checking.exercise import Exercise, Mistake, distinct


def _rate(random):
    return float(random.uniform(0.1, 0.9))


def _weights(random, count=1):
    """Some arrays of one shape."""
    return tuple(random.normal(size=(count, *distinct(random, 2, 2, 4))))


def _by_number(step, *arrays):
    """What `step` makes of the numbers of the arrays, one weight after the other."""
    results = [
        step(*map(float, numbers)) for numbers in zip(*(a.flat for a in arrays), strict=True)
    ]
    return tuple(np.reshape(column, arrays[0].shape) for column in zip(*results, strict=True))


# ----------------------------------------------------------------------------- momentum, Nesterov


def _moving(random):
    return (*_weights(random, 3), _rate(random), float(random.uniform(0.5, 0.8)))


def _momentum(w, v, dw, learning_rate, mu):
    def step(w, v, dw):
        velocity = mu * v - learning_rate * dw
        return w + velocity, velocity

    return _by_number(step, w, v, dw)


def _moved(
    w,
    v,
    dw,
    learning_rate,
    mu,
    velocity=lambda mu, v, step: mu * v - step,
    share=lambda mu: 1,
    rate=lambda learning_rate: learning_rate,
    by=lambda old, new: new,
    kept=lambda old, new: new,
):
    """A step with something else in one place.

    Args:
        velocity: the new one, from mu, the old one and the step down the slope.
        share: by what the gradient is multiplied besides the learning rate.
        rate: by what it is multiplied in place of that.
        by: by what w is moved, from the old and the new velocity.
        kept: which velocity is returned, likewise.
    """
    new = velocity(mu, v, rate(learning_rate) * share(mu) * dw)
    return w + by(v, new), kept(v, new)


MOMENTUM = Exercise(
    "momentum",
    ("w", "v"),
    (_moving,),
    _momentum,
    (
        Mistake(
            "The velocity already points downhill, with the minus in it: w + v, not w - v.",
            partial(_moved, by=lambda old, new: -new),
        ),
        Mistake(
            "The gradient has the wrong sign: this walks uphill. v = mu * v - learning_rate * dw.",
            partial(_moved, velocity=lambda mu, v, step: mu * v + step),
        ),
        Mistake(
            "Your velocity has the other sign: on the slide the minus is in v, and w moves by + v.",
            partial(
                _moved,
                velocity=lambda mu, v, step: step - mu * v,
                by=lambda old, new: -new,
            ),
        ),
        Mistake(
            "Move w by the new velocity, not by the old one.",
            partial(_moved, by=lambda old, new: old),
        ),
        Mistake(
            "Return the new velocity; you returned the old one.",
            partial(_moved, kept=lambda old, new: old),
        ),
        Mistake(
            "The slide does not multiply the gradient by 1 - mu.",
            partial(_moved, share=lambda mu: 1 - mu),
        ),
        Mistake(
            "On the slide the learning rate is a part of the velocity: v = mu * v - learning_rate "
            "* dw.",
            lambda w, v, dw, rate, mu: (w - rate * (mu * v + dw), mu * v + dw),
        ),
        Mistake(
            "The learning rate is missing: learning_rate * dw.",
            partial(_moved, rate=lambda learning_rate: 1),
        ),
        Mistake(
            "mu is missing: only the share mu of the old velocity is kept.",
            partial(_moved, velocity=lambda mu, v, step: v - step),
        ),
    ),
)


@dataclasses.dataclass(frozen=True)
class Bowl:
    """The gradient of a bowl with its lowest point at `centre`."""

    steepness: np.ndarray
    centre: np.ndarray

    def __call__(self, w):
        return self.steepness * (w - self.centre)

    def __repr__(self):
        return "a function"


def _above_bowl(random):
    w, v, centre, steepness = _weights(random, 4)
    bowl = Bowl(0.5 + np.abs(steepness), centre)
    return w, v, bowl, _rate(random), float(random.uniform(0.5, 0.8))


def _nesterov(w, v, gradient, learning_rate, mu):
    def step(w, v, centre, steepness):
        velocity = mu * v - learning_rate * steepness * (w + mu * v - centre)
        return w + velocity, velocity

    return _by_number(step, w, v, gradient.centre, gradient.steepness)


def _jumped(
    w,
    v,
    gradient,
    learning_rate,
    mu,
    ahead=lambda v, mu: mu * v,
    twice=0,
    sign=1,
    rate=lambda learning_rate: learning_rate,
):
    """A step with something else in one place.

    Args:
        ahead: how far from w it looks, from v and mu.
        twice: 1 moves from there instead of from w.
        sign: of the gradient.
        rate: by what the gradient is multiplied in place of the learning rate.
    """
    new = mu * v - sign * rate(learning_rate) * gradient(w + ahead(v, mu))
    return w + twice * mu * v + new, new


NESTEROV = Exercise(
    "nesterov",
    ("w", "v"),
    (_above_bowl,),
    _nesterov,
    (
        Mistake(
            "That is ordinary momentum: measure the gradient after the jump, at w + mu * v.",
            partial(_jumped, ahead=lambda v, mu: 0),
        ),
        Mistake(
            "Look ahead, to w + mu * v; you looked back.",
            partial(_jumped, ahead=lambda v, mu: -mu * v),
        ),
        Mistake(
            "The jump goes to w + mu * v; you measured at w + v.",
            partial(_jumped, ahead=lambda v, mu: v),
        ),
        Mistake(
            "You jumped twice: the velocity contains the jump, so add it to w, not to the place "
            "where you measured.",
            partial(_jumped, twice=1),
        ),
        Mistake("The gradient has the wrong sign: this walks uphill.", partial(_jumped, sign=-1)),
        Mistake(
            "The learning rate is missing: multiply the gradient by it.",
            partial(_jumped, rate=lambda learning_rate: 1),
        ),
    ),
)

# ----------------------------------------------------------------------------- Adagrad, RMSprop

INSIDE = "On this slide epsilon is inside the root: np.sqrt(cache + epsilon)."
ROOT = "Divide by the root of the cache, not by the cache."
STALE = "Put this step's squared gradient into the cache before you divide by its root."
SQUARE = "The cache collects squared gradients: dw**2."
UPHILL = "The gradient has the wrong sign: this walks uphill."


def _epsilon(random):
    return float(random.uniform(0.1, 0.3))


def _cached(random):
    w, cache, dw = _weights(random, 3)
    return w, np.abs(cache), dw, _rate(random), _epsilon(random)


def _adagrad(w, cache, dw, learning_rate, epsilon):
    def step(w, cache, dw):
        cache = cache + dw * dw
        return w - learning_rate * dw * (cache + epsilon) ** -0.5, cache

    return _by_number(step, w, cache, dw)


def _scaled(
    w,
    cache,
    dw,
    learning_rate,
    *others,
    collected,
    squared=np.square,
    divisor=lambda cache, epsilon: np.sqrt(cache + epsilon),
    used=lambda old, new: new,
    sign=1,
):
    """A step of Adagrad or RMSprop with something else in one place.

    Args:
        others: decay, for RMSprop alone, and epsilon.
        collected: the new cache, from the old one, the squared gradient and, for RMSprop, decay.
        squared: of the gradient.
        divisor: what the gradient is divided by, from the cache and epsilon.
        used: which cache is used for that, from the old and the new one.
        sign: of the gradient.
    """
    *decay, epsilon = others
    new = collected(cache, squared(dw), *decay)
    return w - sign * learning_rate * dw / divisor(used(cache, new), epsilon), new


def _usual(collected):
    """The mistakes that are usual in Adagrad and in RMSprop."""
    step = partial(_scaled, collected=collected)
    return (
        Mistake(INSIDE, partial(step, divisor=lambda cache, epsilon: np.sqrt(cache) + epsilon)),
        Mistake(ROOT, partial(step, divisor=np.add)),
        Mistake(STALE, partial(step, used=lambda old, new: old)),
        Mistake(SQUARE, partial(step, squared=np.positive)),
        Mistake(UPHILL, partial(step, sign=-1)),
    )


ADAGRAD = Exercise(
    "adagrad",
    ("w", "cache"),
    (_cached,),
    _adagrad,
    (
        *_usual(np.add),
        Mistake(
            "The cache adds up the squares of all steps; you kept only this step's: cache + dw**2.",
            partial(_scaled, collected=lambda cache, square: square),
        ),
    ),
)


def _leaking(random):
    *arrays, rate, epsilon = _cached(random)
    return (*arrays, rate, float(random.uniform(0.6, 0.9)), epsilon)


def _rmsprop(w, cache, dw, learning_rate, decay, epsilon):
    def step(w, cache, dw):
        cache = decay * cache + (1 - decay) * dw * dw
        return w - learning_rate * dw * (cache + epsilon) ** -0.5, cache

    return _by_number(step, w, cache, dw)


def _average(old, new, share):
    return share * old + (1 - share) * new


RMSPROP = Exercise(
    "rmsprop",
    ("w", "cache"),
    (_leaking,),
    _rmsprop,
    (
        *_usual(_average),
        Mistake(
            "decay is the share of the old cache that is kept; you gave it to the new gradient.",
            partial(_scaled, collected=lambda cache, square, decay: _average(square, cache, decay)),
        ),
        Mistake(
            "That is Adagrad's sum. RMSprop forgets: decay * cache + (1 - decay) * dw**2.",
            partial(_scaled, collected=lambda cache, square, decay: cache + square),
        ),
        Mistake(
            "The new square is multiplied by 1 - decay.",
            partial(_scaled, collected=lambda cache, square, decay: decay * cache + square),
        ),
    ),
)

# ----------------------------------------------------------------------------- Adam


def _averaged(random):
    w, m, v, dw = _weights(random, 4)
    step, betas = int(random.integers(2, 6)), (random.uniform(0.5, 0.7), random.uniform(0.8, 0.9))
    return w, m, np.abs(v), dw, step, _rate(random), *map(float, betas), _epsilon(random)


def _first_step(random):
    w, m, v, dw, _, *numbers = _averaged(random)
    return w, 0 * m, 0 * v, dw, 1, *numbers


def _adam(w, m, v, dw, step, learning_rate, beta1, beta2, epsilon):
    first, second = beta1, beta2
    for _ in range(step - 1):
        first, second = first * beta1, second * beta2

    def move(w, m, v, dw):
        m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw * dw
        return w - learning_rate * (m / (1 - first)) / ((v / (1 - second)) ** 0.5 + epsilon), m, v

    return _by_number(move, w, m, v, dw)


def _adam_with(
    w,
    m,
    v,
    dw,
    step,
    learning_rate,
    beta1,
    beta2,
    epsilon,
    left=lambda beta, step: 1 - beta**step,
    divisor=lambda v_hat, epsilon: np.sqrt(v_hat) + epsilon,
    squared=np.square,
    kept=lambda average, corrected: average,
    betas=lambda beta1, beta2: (beta1, beta2),
    sign=1,
):
    """A step with something else in one place.

    Args:
        left: by what the averages are divided, from beta and the step.
        divisor: by what the corrected m is divided.
        squared: what v is an average of, from the gradient.
        kept: what is returned of an average and the corrected one.
        betas: in their order.
        sign: of the gradient.
    """
    beta1, beta2 = betas(beta1, beta2)
    m, v = _average(m, dw, beta1), _average(v, squared(dw), beta2)
    m_hat, v_hat = m / left(beta1, step), v / left(beta2, step)
    w = w - sign * learning_rate * m_hat / divisor(v_hat, epsilon)
    return w, kept(m, m_hat), kept(v, v_hat)


ADAM = Exercise(
    "adam",
    ("w", "m", "v"),
    (_first_step, _averaged),
    _adam,
    (
        Mistake(
            "The correction for the start is missing: divide m by 1 - beta1**step and v by 1 - "
            "beta2**step before you use them. (Lecture 002 leaves it out.)",
            partial(_adam_with, left=lambda beta, step: 1),
        ),
        Mistake(
            "Right at the first step; after that the correction is 1 - beta**step, not 1 - beta.",
            partial(_adam_with, left=lambda beta, step: 1 - beta),
        ),
        Mistake(
            "step is 1 at the first step already: beta**step, not beta**(step + 1).",
            partial(_adam_with, left=lambda beta, step: 1 - beta ** (step + 1)),
        ),
        Mistake(
            "step is 1 at the first step: with beta**(step - 1) you divide by 0 there.",
            partial(_adam_with, left=lambda beta, step: 1 - np.float64(beta) ** (step - 1)),
        ),
        Mistake(
            "epsilon is inside the root; here, as in the paper, it is added to the root.",
            partial(_adam_with, divisor=lambda v_hat, epsilon: np.sqrt(v_hat + epsilon)),
        ),
        Mistake(
            "Divide by the root of v, not by v.",
            partial(_adam_with, divisor=lambda v_hat, epsilon: v_hat + epsilon),
        ),
        Mistake(
            "Return m and v uncorrected: the next step needs them so.",
            partial(_adam_with, kept=lambda average, corrected: corrected),
        ),
        Mistake(
            "v is an average of squared gradients: dw**2.", partial(_adam_with, squared=np.positive)
        ),
        Mistake(
            "beta1 belongs to m, and beta2 to v; you swapped them.",
            partial(_adam_with, betas=lambda one, two: (two, one)),
        ),
        Mistake(UPHILL, partial(_adam_with, sign=-1)),
    ),
)
