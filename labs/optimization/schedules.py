"""schedules: begin with large steps, and make them smaller when the minimum is near.

The slides' ways to lower the learning rate, each for gradient descent with momentum on the
chapter's perceptron, at the best of four rates to begin with.

    python -m labs.optimization.schedules
"""

import dataclasses

import keras

from labs.analysis import measures
from labs.analysis.study import Study
from labs.optimization.perceptron import lab

ITERATIONS = 400
schedules = keras.optimizers.schedules


class Cyclical(schedules.LearningRateSchedule):
    """A rate that rises and falls along a triangle, between a tenth of the given one and itself.

    Source: Smith, "Cyclical Learning Rates for Training Neural Networks", 2015.
    """

    def __init__(self, rate, half_cycle):
        self.rate, self.half_cycle = rate, half_cycle

    def __call__(self, step):
        along = keras.ops.cast(step, "float32") / self.half_cycle % 2
        return self.rate * (0.1 + 0.9 * (1 - keras.ops.abs(along - 1)))

    def get_config(self):
        return {"rate": self.rate, "half_cycle": self.half_cycle}


# From the rate at the start to what a Keras optimizer takes for one.
SCHEDULES = {
    "constant": lambda rate: rate,
    "1 over t": lambda rate: schedules.InverseTimeDecay(rate, ITERATIONS / 10, 1.0),
    "step": lambda rate: schedules.ExponentialDecay(rate, ITERATIONS / 4, 0.5, staircase=True),
    "exponential": lambda rate: schedules.ExponentialDecay(rate, ITERATIONS / 4, 0.5),
    "cosine": lambda rate: schedules.CosineDecay(rate, ITERATIONS),
    "cyclical": lambda rate: Cyclical(rate, ITERATIONS / 8),
}


def momentum(schedule):
    """The optimizer with a schedule, from a learning rate."""
    return lambda rate: keras.optimizers.SGD(schedule(rate), momentum=0.9)


study = Study(
    name="schedules",
    about=__doc__,
    variants={
        name: dataclasses.replace(lab, iterations=ITERATIONS, optimizer=momentum(schedule))
        for name, schedule in SCHEDULES.items()
    },
    rates=(0.01, 0.03, 0.1, 0.3),
    measure=measures.TRAIN,
    claims=tuple((name, "constant") for name in SCHEDULES if name != "constant"),
)

if __name__ == "__main__":
    study.main()
