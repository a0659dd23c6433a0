"""initialization: weights that are all zero, or all equal, learn next to nothing.

The slides' ways to start, for the chapter's perceptron with 3 and with 10 hidden layers. The deeper
the network, the more their scale matters.

    python -m labs.optimization.initialization
"""

import dataclasses
import functools

import layers as Layers
from labs.analysis import charts, measures
from labs.analysis.study import Study
from labs.optimization.perceptron import lab, network

STARTS = ("zeros", "equal", "1/N", "xavier", "he", "gaussian")
DEPTHS = (3, 10)


def lsuv(model, images):
    Layers.lsuv(model, images)


def variants():
    """Each start at each depth, {name: lab}."""
    found = {}
    for depth in DEPTHS:
        for start in STARTS:
            built = functools.partial(network, hidden=depth, start=start)
            found[f"{start}, {depth} layers"] = dataclasses.replace(lab, network=built)
        built = functools.partial(network, hidden=depth)
        found[f"LSUV, {depth} layers"] = dataclasses.replace(lab, network=built, initialize=lsuv)
    return found


study = Study(
    name="initialization",
    about=__doc__,
    variants=variants(),
    measure=measures.TRAIN,
    draw=charts.bars(),
    claims=(
        ("he, 3 layers", "zeros, 3 layers"),
        ("he, 3 layers", "equal, 3 layers"),
        ("he, 10 layers", "gaussian, 10 layers"),
        ("he, 10 layers", "xavier, 10 layers"),
        ("LSUV, 10 layers", "he, 10 layers"),
    ),
)

if __name__ == "__main__":
    study.main()
