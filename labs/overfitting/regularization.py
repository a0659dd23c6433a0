"""regularization: a penalty for large weights limits the freedom of a network.

L2 (the sum of the weights' squares) and L1 (of their absolute values) in the chapter's network, and
what becomes of the weights: L2 makes them small, and L1 makes most of them nothing.

    python -m labs.overfitting.regularization
"""

import dataclasses
import functools

import keras
import numpy as np

from labs import runs
from labs.analysis import charts, measures, trained
from labs.analysis.measures import Measure
from labs.analysis.study import Study
from labs.overfitting.small_net import lab, network

# The slide's factor is lambda / 2, Keras's is lambda.
PENALTIES = {
    "none": None,
    "L2 0.0003": keras.regularizers.L2(0.0003),
    "L2 0.003": keras.regularizers.L2(0.003),
    "L2 0.03": keras.regularizers.L2(0.03),
    "L1 0.0001": keras.regularizers.L1(0.0001),
    "L1 0.001": keras.regularizers.L1(0.001),
    "L1 0.01": keras.regularizers.L1(0.01),
}
SMALL = 0.001


def weights(outcome):
    """All weights of a run's network but the biases, in one array."""
    return _weights(outcome.lab, outcome.path)


@functools.cache
def _weights(lab, path):
    model = trained.restored(lab, runs.existing(path)).model
    return np.concatenate([np.ravel(w) for w in model.trainable_variables if len(w.shape) > 1])


def length(outcome):
    return float(np.linalg.norm(weights(outcome)))


def near_zero(outcome):
    return float(np.mean(np.abs(weights(outcome)) < SMALL))


study = Study(
    name="regularization",
    about=__doc__,
    variants={
        name: dataclasses.replace(
            lab, network=functools.partial(network, regularizer=penalty), iterations=600
        )
        for name, penalty in PENALTIES.items()
    },
    extra=(
        measures.GAP,
        Measure("length of the weights", length, lower_is_better=True, form=".1f"),
        Measure(f"weights below {SMALL}", near_zero, lower_is_better=False, form=".1%"),
    ),
    draw=charts.bars(),
    claims=(("L2 0.003", "none"), ("L1 0.001", "none")),
)

if __name__ == "__main__":
    study.main()
