"""schedules: begin with large steps, and make them smaller when the minimum is near.

The slides' ways to lower the learning rate, each for gradient descent with momentum on the
chapter's perceptron, at the best of four rates to begin with.

    python -m labs.optimization.schedules
"""

import dataclasses
import functools

import keras

from labs.analysis import measures
from labs.analysis.study import Study
from labs.optimization.perceptron import lab

ITERATIONS = 400


def cyclical(rate, half_cycle):
    """A rate that rises and falls along a triangle, between a tenth of `rate` and itself.

    Source: Smith, "Cyclical Learning Rates for Training Neural Networks", 2015.
    """

    class Cyclical(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            along = keras.ops.cast(step, "float32") / half_cycle % 2
            return rate * (0.1 + 0.9 * (1 - keras.ops.abs(along - 1)))

    return Cyclical()


def on_plateau(rate, reached, factor=0.5, patience=2):
    """The rate, lower by `factor` for each time that `patience` evaluations brought nothing better.

    Args:
        rate: at the start.
        reached: the accuracies on the validation set so far, the last one last.

    Source: Keras's `ReduceLROnPlateau`.
    """
    best, waited = float("-inf"), 0
    for accuracy in reached:
        waited = 0 if accuracy > best else waited + 1
        best = max(best, accuracy)
        if waited == patience:
            rate, waited = rate * factor, 0
    return rate


# From Keras's schedules and the rate at the start to what an optimizer takes for one.
SCHEDULES = {
    "constant": lambda of, rate: rate,
    "1 over t": lambda of, rate: of.InverseTimeDecay(rate, ITERATIONS / 10, 1.0),
    "step": lambda of, rate: of.ExponentialDecay(rate, ITERATIONS / 4, 0.5, staircase=True),
    "exponential": lambda of, rate: of.ExponentialDecay(rate, ITERATIONS / 4, 0.5),
    "cosine": lambda of, rate: of.CosineDecay(rate, ITERATIONS),
    "cyclical": lambda of, rate: cyclical(rate, ITERATIONS / 8),
}


def momentum(rate, schedule):
    """The chapter's optimizer with a schedule."""
    return keras.optimizers.SGD(schedule(keras.optimizers.schedules, rate), momentum=0.9)


study = Study(
    name="schedules",
    about=__doc__,
    variants={
        name: dataclasses.replace(
            lab,
            iterations=ITERATIONS,
            optimizer=functools.partial(momentum, schedule=schedule),
        )
        for name, schedule in SCHEDULES.items()
    }
    | {
        "on plateau": dataclasses.replace(
            lab, iterations=ITERATIONS, evaluate_every=25, rate_after=on_plateau
        )
    },
    # By which the last one goes; the others do without those images as well, to be compared.
    options={name: {"validation_share": 0.1} for name in (*SCHEDULES, "on plateau")},
    rates=(0.01, 0.03, 0.1, 0.3),
    measure=measures.TRAIN,
    claims=tuple((name, "constant") for name in (*SCHEDULES, "on plateau") if name != "constant"),
)

if __name__ == "__main__":
    study.main()
