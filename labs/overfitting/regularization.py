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
FACTORS = {"L2": (0.0003, 0.003, 0.03), "L1": (0.0001, 0.001, 0.01)}
SMALL = 0.001


def penalized(x, kind, factor):
    return network(x, regularizer=getattr(keras.regularizers, kind)(factor))


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
    variants={"none": dataclasses.replace(lab, iterations=600)}
    | {
        f"{kind} {factor:g}": dataclasses.replace(
            lab,
            network=functools.partial(penalized, kind=kind, factor=factor),
            iterations=600,
        )
        for kind, factors in FACTORS.items()
        for factor in factors
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
