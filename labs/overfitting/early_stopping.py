"""early_stopping: the point to stop at is where the validation images get no better.

The chapter's network learns for 800 iterations, or until four evaluations in a row bring nothing
better on a fifth of the training images that it does not train on. Then the best checkpoint counts.

    python -m labs.overfitting.early_stopping
"""

import dataclasses

from labs.analysis.measures import Measure
from labs.analysis.study import Study
from labs.overfitting.small_net import lab

longer = dataclasses.replace(lab, iterations=800, evaluate_every=25)


def kept(outcome):
    """The accuracy of the checkpoint that one would keep: the best if it stopped, or the last."""
    return outcome.best["test"] if outcome.stopped_early else outcome.reached["test"]


def iterations(outcome):
    return outcome.iterations


study = Study(
    name="early_stopping",
    about=__doc__,
    variants={"to the end": longer, "stopped early": longer},
    options={
        "to the end": {"validation_share": 0.2},
        "stopped early": {"validation_share": 0.2, "patience": 4},
    },
    measure=Measure("test {} of what is kept", kept),
    extra=(Measure("iterations", iterations, lower_is_better=True, form=",.0f"),),
    claims=(("stopped early", "to the end"),),
    seeds=5,
)

if __name__ == "__main__":
    study.main()
