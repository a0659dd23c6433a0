"""The exercises on how training starts, is held back from overfitting, and stops."""

import math
from functools import partial

import numpy as np

from labs.checking.differences import gradient
from labs.checking.exercise import Exercise, Mistake, distinct

# ----------------------------------------------------------------------------- xavier


def _noise(random):
    return (random.normal(size=distinct(random, 2, 3, 9)),)


def _xavier(noise):
    inputs, outputs = len(noise), len(noise[0])
    deviation = math.exp((math.log(2) - math.log(inputs + outputs)) / 2)
    return np.array([[number * deviation for number in row] for row in noise.tolist()])


XAVIER = Exercise(
    "xavier",
    ("w",),
    (_noise,),
    _xavier,
    (
        Mistake(
            "2 / (inputs + outputs) is the variance: multiply by its root, the standard deviation.",
            lambda noise: noise * 2 / sum(noise.shape),
        ),
        Mistake(
            'That is the "standard" initialization, 1 / inputs. Xavier looks at both sides: 2 / '
            "(inputs + outputs).",
            lambda noise: noise / np.sqrt(len(noise)),
        ),
        Mistake(
            "2 / inputs is He's initialization, for ReLU. Xavier looks at both sides: 2 / (inputs "
            "+ outputs).",
            lambda noise: noise * np.sqrt(2 / len(noise)),
        ),
        Mistake(
            "The variance is 2 / (inputs + outputs); you have 1 / (inputs + outputs).",
            lambda noise: noise / np.sqrt(sum(noise.shape)),
        ),
        Mistake(
            "sqrt(6 / (inputs + outputs)) is the limit of uniform random numbers; a standard "
            "deviation is sqrt(2 / (inputs + outputs)).",
            lambda noise: noise * np.sqrt(6 / sum(noise.shape)),
        ),
        Mistake(
            "The sum of the sides counts, not their product: 2 / (inputs + outputs).",
            lambda noise: noise * np.sqrt(2 / noise.size),
        ),
    ),
)

# ----------------------------------------------------------------------------- early_stopping


def _losses(random):
    """Falls; waits, one epoch less than the patience; falls; waits too long, after a tie."""
    patience = int(random.integers(4, 7))
    falling = 2 + random.uniform(0.1, 0.2, random.integers(2, 5)).cumsum()[::-1]
    # Each lower than the one before, but none as low as the lowest.
    slope = random.uniform(0.05, 0.1, patience - 1).cumsum()
    best = random.uniform(1, 1.5)
    waiting, above = 2.9 - slope, best + 0.6 - slope[1:]
    after = [best + 1, best + 2, best - 0.5, best - 0.6]
    losses = [*falling, *waiting, best, best, *above, *after]
    return [round(float(loss), 2) for loss in losses], patience


def _ends_first(random):
    """Training ends before the patience does."""
    losses, patience = _losses(random)
    return losses[: losses.index(min(losses[:-2])) + 1], patience


def _impatient(random):
    """The first epoch without progress is the last one, whatever would have come after it."""
    falling = 2 + random.uniform(0.1, 0.2, random.integers(2, 5)).cumsum()[::-1]
    losses = [*falling, falling[-1] + random.choice([0, 0.1]), falling[-1] - 1]
    return [round(float(loss), 2) for loss in losses], 1


def _early_stopping(losses, patience):
    """An epoch is the last one if it, and those before it, brought nothing new."""
    for last in range(patience, len(losses)):
        before = min(losses[: last - patience + 1])
        if min(losses[last - patience + 1 : last + 1]) >= before:
            return last, losses.index(before)
    return len(losses) - 1, losses.index(min(losses))


def _stopped(
    losses,
    patience,
    improves=lambda loss, before, best: loss < before[best],
    too_long=lambda waited, patience: waited >= patience,
    reset=0,
    kept=lambda last, best: best,
    first=0,
):
    """Counts the epochs without progress, with something else in one place.

    Args:
        improves: whether a loss is progress, from the losses before it and the best one's index.
        too_long: whether it was waited for too long.
        reset: by what the count is multiplied after progress.
        kept: which of the last and the best epoch is kept.
        first: the number of the first epoch.
    """
    best = waited = 0
    for last in range(1, len(losses)):
        if improves(losses[last], losses[:last], best):
            waited *= reset
            best = last if losses[last] <= losses[best] else best
        else:
            waited += 1
        if too_long(waited, patience):
            break
    return last + first, kept(last, best) + first


EARLY_STOPPING = Exercise(
    "early_stopping",
    ("last", "best"),
    (_ends_first, _impatient, _losses),
    _early_stopping,
    (
        Mistake(
            "One epoch too many: after `patience` epochs without progress training stops, not "
            "after one more.",
            partial(_stopped, too_long=lambda waited, patience: waited > patience),
        ),
        Mistake(
            "One epoch too few: start counting at the epoch after the one with the lowest loss.",
            partial(_stopped, too_long=lambda waited, patience: waited >= patience - 1),
        ),
        Mistake(
            "The epochs without progress must come in a row: start counting again after each lower "
            "loss.",
            partial(_stopped, reset=1),
        ),
        Mistake(
            "Compare with the lowest loss so far, not with the epoch before: the loss may fall for "
            "long without reaching it.",
            partial(_stopped, improves=lambda loss, before, best: loss < before[-1]),
        ),
        Mistake(
            "A loss that equals the lowest one is no progress: use < instead of <=.",
            partial(_stopped, improves=lambda loss, before, best: loss <= before[best]),
        ),
        Mistake(
            "Keep the weights of the epoch with the lowest loss, not those of the last one.",
            partial(_stopped, kept=lambda last, best: last),
        ),
        Mistake(
            "Epochs after the stop are never trained, so what is lowest among them does not count.",
            lambda losses, patience: (
                _early_stopping(losses, patience)[0],
                losses.index(min(losses)),
            ),
        ),
        Mistake(
            "Indices count from 0: the first epoch is 0.",
            partial(_stopped, first=1),
        ),
    ),
)

# ----------------------------------------------------------------------------- l2_penalty


def _strong(random):
    return random.normal(size=distinct(random, 2)), float(random.uniform(0.1, 0.9))


def _l2_penalty(w, strength):
    penalty = math.fsum(strength * number * number / 2 for number in w.flat)
    return penalty, np.array([[strength * number for number in row] for row in w.tolist()])


L2_PENALTY = Exercise(
    "l2_penalty",
    ("penalty", "gradient"),
    (_strong,),
    _l2_penalty,
    (
        Mistake(
            "The 1/2 is missing: lambda/2 times the sum of the squares, and the gradient is lambda "
            "w, without a 2.",
            lambda w, strength: (strength * (w**2).sum(), 2 * strength * w),
        ),
        Mistake(
            "The 1/2 is missing in the penalty; the gradient is right.",
            lambda w, strength: (strength * (w**2).sum(), strength * w),
        ),
        Mistake(
            "The penalty's 1/2 cancels the 2 of the square's derivative: lambda w.",
            lambda w, strength: (strength / 2 * (w**2).sum(), 2 * strength * w),
        ),
        Mistake(
            "The penalty is the sum of the squares; you took their mean.",
            lambda w, strength: (strength / 2 * (w**2).mean(), strength * w),
        ),
        Mistake(
            "The penalty takes the sum of the squares, without a root.",
            lambda w, strength: (strength / 2 * np.sqrt((w**2).sum()), strength * w),
        ),
        Mistake(
            "You used absolute values, which is L1. L2 squares the weights.",
            lambda w, strength: (strength / 2 * np.abs(w).sum(), strength / 2 * np.sign(w)),
        ),
        Mistake(
            "lambda is missing in the gradient.",
            lambda w, strength: (strength / 2 * (w**2).sum(), w),
        ),
    ),
    numeric=lambda w, strength: (
        None,
        gradient(lambda moved: strength / 2 * (moved**2).sum(), w),
    ),
)

# ----------------------------------------------------------------------------- dropout


def _units(random):
    shape = distinct(random, 2, 4, 6)
    return random.normal(size=shape), float(random.uniform(0.2, 0.4)), random.uniform(size=shape)


def _dropout(x, rate, uniforms):
    y = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        if uniforms[place] >= rate:
            y[place] = x[place] / (1 - rate)
    return y


def _dropped(
    x,
    rate,
    uniforms,
    stays=np.greater_equal,
    scale=lambda rate: 1 / (1 - rate),
    units=lambda x: x,
):
    """Dropout with something else in one place: which units stay, their factor, the units."""
    return units(x) * stays(uniforms, rate) * scale(rate)


DROPOUT = Exercise(
    "dropout",
    ("y",),
    (_units,),
    _dropout,
    (
        Mistake(
            "Divide the units that stay by 1 - rate, so that their sum stays the same on average.",
            partial(_dropped, scale=lambda rate: 1),
        ),
        Mistake(
            "Divide by 1 - rate, the share that stays; you divided by rate.",
            partial(_dropped, scale=lambda rate: 1 / rate),
        ),
        Mistake(
            "Divide by 1 - rate; you multiplied. (Multiplying is for testing, if training does not "
            "scale.)",
            partial(_dropped, scale=lambda rate: 1 - rate),
        ),
        Mistake(
            "It is the other way round: a unit is dropped where its number is below rate.",
            partial(_dropped, stays=np.less),
        ),
        Mistake(
            "rate is the probability to drop a unit; you took it for the probability to keep it.",
            partial(_dropped, stays=np.less, scale=lambda rate: 1 / rate),
        ),
        Mistake("You returned the mask: multiply it by x.", partial(_dropped, units=np.ones_like)),
    ),
)
