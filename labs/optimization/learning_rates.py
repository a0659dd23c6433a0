"""learning_rates: too high a rate misses the minimum, and too low a rate crawls towards it.

Gradient descent on the chapter's perceptron, with rates from a thousandth to ten.

    python -m labs.optimization.learning_rates
"""

import dataclasses

import keras

from labs.analysis import charts, measures
from labs.analysis.study import Study
from labs.optimization.perceptron import lab

RATES = (0.001, 0.01, 0.1, 1.0, 10.0)


def descent(learning_rate):
    return keras.optimizers.SGD(learning_rate)


study = Study(
    name="learning_rates",
    about=__doc__,
    variants={
        f"rate {rate:g}": dataclasses.replace(
            lab, train="1k", iterations=300, optimizer=descent, learning_rate=rate
        )
        for rate in RATES
    },
    measure=measures.ON_THE_WAY,
    draw=charts.curves("train", "test"),
    claims=(("rate 0.1", "rate 0.001"), ("rate 0.1", "rate 10")),
)

if __name__ == "__main__":
    study.main()
