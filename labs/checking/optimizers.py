"""The exercises on the steps of optimizers."""

import dataclasses

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


def _with_velocity(w, v):
    return w + v, v


MOMENTUM = Exercise(
    "momentum",
    ("w", "v"),
    (_moving,),
    _momentum,
    (
        Mistake(
            "The velocity already points downhill, with the minus in it: w + v, not w - v.",
            lambda w, v, dw, rate, mu: (w - (mu * v - rate * dw), mu * v - rate * dw),
        ),
        Mistake(
            "The gradient has the wrong sign: this walks uphill. v = mu * v - learning_rate * dw.",
            lambda w, v, dw, rate, mu: _with_velocity(w, mu * v + rate * dw),
        ),
        Mistake(
            "Your velocity has the other sign: on the slide the minus is in v, and w moves by + v.",
            lambda w, v, dw, rate, mu: (w - (rate * dw - mu * v), rate * dw - mu * v),
        ),
        Mistake(
            "w is moved by the new velocity, not by the one from before.",
            lambda w, v, dw, rate, mu: (w + v, mu * v - rate * dw),
        ),
        Mistake(
            "The new velocity is to be returned, too; that is the old one.",
            lambda w, v, dw, rate, mu: (w + mu * v - rate * dw, v),
        ),
        Mistake(
            "The slide does not multiply the gradient by 1 - mu.",
            lambda w, v, dw, rate, mu: _with_velocity(w, mu * v - rate * (1 - mu) * dw),
        ),
        Mistake(
            "On the slide the learning rate is a part of the velocity: v = mu * v - learning_rate "
            "* dw.",
            lambda w, v, dw, rate, mu: (w - rate * (mu * v + dw), mu * v + dw),
        ),
        Mistake(
            "mu is missing: of the old velocity a share of mu is kept.",
            lambda w, v, dw, rate, mu: _with_velocity(w, v - rate * dw),
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


NESTEROV = Exercise(
    "nesterov",
    ("w", "v"),
    (_above_bowl,),
    _nesterov,
    (
        Mistake(
            "That is ordinary momentum: measure the gradient after the jump, at w + mu * v.",
            lambda w, v, gradient, rate, mu: _with_velocity(w, mu * v - rate * gradient(w)),
        ),
        Mistake(
            "Look ahead, to w + mu * v; you looked back.",
            lambda w, v, gradient, rate, mu: _with_velocity(
                w, mu * v - rate * gradient(w - mu * v)
            ),
        ),
        Mistake(
            "The jump goes to w + mu * v; you measured at w + v.",
            lambda w, v, gradient, rate, mu: _with_velocity(w, mu * v - rate * gradient(w + v)),
        ),
        Mistake(
            "You jumped twice: the velocity contains the jump, so add it to w, not to the place "
            "where you measured.",
            lambda w, v, gradient, rate, mu: (
                w + mu * v + mu * v - rate * gradient(w + mu * v),
                mu * v - rate * gradient(w + mu * v),
            ),
        ),
        Mistake(
            "The sign of the gradient is wrong: this walks uphill.",
            lambda w, v, gradient, rate, mu: _with_velocity(
                w, mu * v + rate * gradient(w + mu * v)
            ),
        ),
    ),
)

# ----------------------------------------------------------------------------- Adagrad, RMSprop

INSIDE = "On this slide epsilon stands inside the root: np.sqrt(cache + epsilon)."
ROOT = "Divide by the root of the cache, not by the cache."
STALE = "Put this step's squared gradient into the cache before you divide by its root."
SQUARE = "The cache is of squared gradients: dw**2."
UPHILL = "The sign of the gradient is wrong: this walks uphill."


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


def _scaled(w, cache, dw, rate, epsilon):
    return w - rate * dw / np.sqrt(cache + epsilon), cache


ADAGRAD = Exercise(
    "adagrad",
    ("w", "cache"),
    (_cached,),
    _adagrad,
    (
        Mistake(
            INSIDE,
            lambda w, cache, dw, rate, epsilon: (
                w - rate * dw / (np.sqrt(cache + dw**2) + epsilon),
                cache + dw**2,
            ),
        ),
        Mistake(
            ROOT,
            lambda w, cache, dw, rate, epsilon: (
                w - rate * dw / (cache + dw**2 + epsilon),
                cache + dw**2,
            ),
        ),
        Mistake(
            STALE,
            lambda w, cache, dw, rate, epsilon: (
                _scaled(w, cache, dw, rate, epsilon)[0],
                cache + dw**2,
            ),
        ),
        Mistake(
            SQUARE,
            lambda w, cache, dw, rate, epsilon: _scaled(w, cache + dw, dw, rate, epsilon),
        ),
        Mistake(
            "The cache adds up the squares of all steps; you kept only this step's: cache + dw**2.",
            lambda w, cache, dw, rate, epsilon: _scaled(w, dw**2, dw, rate, epsilon),
        ),
        Mistake(
            UPHILL,
            lambda w, cache, dw, rate, epsilon: _scaled(w, cache + dw**2, dw, -rate, epsilon),
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
        Mistake(
            "decay is the share of the old cache that is kept; you gave it to the new gradient.",
            lambda w, cache, dw, rate, decay, epsilon: _scaled(
                w, _average(dw**2, cache, decay), dw, rate, epsilon
            ),
        ),
        Mistake(
            "That is Adagrad's sum. RMSprop forgets: decay * cache + (1 - decay) * dw**2.",
            lambda w, cache, dw, rate, decay, epsilon: _scaled(w, cache + dw**2, dw, rate, epsilon),
        ),
        Mistake(
            "The new square is multiplied by 1 - decay.",
            lambda w, cache, dw, rate, decay, epsilon: _scaled(
                w, decay * cache + dw**2, dw, rate, epsilon
            ),
        ),
        Mistake(
            INSIDE,
            lambda w, cache, dw, rate, decay, epsilon: (
                w - rate * dw / (np.sqrt(_average(cache, dw**2, decay)) + epsilon),
                _average(cache, dw**2, decay),
            ),
        ),
        Mistake(
            ROOT,
            lambda w, cache, dw, rate, decay, epsilon: (
                w - rate * dw / (_average(cache, dw**2, decay) + epsilon),
                _average(cache, dw**2, decay),
            ),
        ),
        Mistake(
            STALE,
            lambda w, cache, dw, rate, decay, epsilon: (
                _scaled(w, cache, dw, rate, epsilon)[0],
                _average(cache, dw**2, decay),
            ),
        ),
        Mistake(
            UPHILL,
            lambda w, cache, dw, rate, decay, epsilon: _scaled(
                w, _average(cache, dw**2, decay), dw, -rate, epsilon
            ),
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
    left=lambda beta, step: 1 - beta**step,
    divisor=lambda v_hat, epsilon: np.sqrt(v_hat) + epsilon,
    squared=np.square,
    averages=lambda *given: given,
):
    """A step of Adam with something else in one place.

    Args:
        left: by what the averages are divided, from beta and the step.
        divisor: by what the corrected m is divided.
        squared: what v is an average of, from the gradient.
        averages: what is returned of m, v and their corrected ones.
    """

    def step_of(w, m, v, dw, step, rate, beta1, beta2, epsilon):
        m, v = _average(m, dw, beta1), _average(v, squared(dw), beta2)
        m_hat, v_hat = m / left(beta1, step), v / left(beta2, step)
        kept = averages(m, v, m_hat, v_hat)[:2]
        return w - rate * m_hat / divisor(v_hat, epsilon), *kept

    return step_of


def _swapped(w, m, v, dw, step, rate, beta1, beta2, epsilon):
    return _adam_with()(w, m, v, dw, step, rate, beta2, beta1, epsilon)


def _uphill(w, m, v, dw, step, rate, *others):
    return _adam_with()(w, m, v, dw, step, -rate, *others)


ADAM = Exercise(
    "adam",
    ("w", "m", "v"),
    (_first_step, _averaged),
    _adam,
    (
        Mistake(
            "The correction for the start is missing: divide m by 1 - beta1**step and v by 1 - "
            "beta2**step before you use them. (Lecture 002 leaves it out.)",
            _adam_with(left=lambda beta, step: 1),
        ),
        Mistake(
            "Right at the first step; after that the correction is 1 - beta**step, not 1 - beta.",
            _adam_with(left=lambda beta, step: 1 - beta),
        ),
        Mistake(
            "step is 1 at the first step already: beta**step, not beta**(step + 1).",
            _adam_with(left=lambda beta, step: 1 - beta ** (step + 1)),
        ),
        Mistake(
            "step is 1 at the first step: with beta**(step - 1) you divide by 0 there.",
            _adam_with(left=lambda beta, step: 1 - np.float64(beta) ** (step - 1)),
        ),
        Mistake(
            "epsilon is inside the root; here, as in the paper, it is added to the root.",
            _adam_with(divisor=lambda v_hat, epsilon: np.sqrt(v_hat + epsilon)),
        ),
        Mistake(
            "Divide by the root of v, not by v.",
            _adam_with(divisor=lambda v_hat, epsilon: v_hat + epsilon),
        ),
        Mistake(
            "Return m and v uncorrected: the next step corrects them anew.",
            _adam_with(averages=lambda m, v, m_hat, v_hat: (m_hat, v_hat)),
        ),
        Mistake("v is an average of squared gradients: dw**2.", _adam_with(squared=np.abs)),
        Mistake("beta1 belongs to m, and beta2 to v; you swapped them.", _swapped),
        Mistake(UPHILL, _uphill),
    ),
)
