"""depth: plain networks get worse with depth, and residual ones do not.

The lecture's figure for CIFAR-10, with networks of 8, 14, 20 and 32 layers on drawn faces. What
counts is the accuracy on the training set: a plain network is not overfitted, it is hard to train.

    python -m labs.architectures.depth
"""

import dataclasses
import functools

from labs.analysis import charts, measures
from labs.analysis.study import Study
from labs.architectures.residual_net import lab, network, residual

DEPTHS = (8, 14, 20, 32)
KINDS = {"plain": None, "residual": residual}

study = Study(
    name="depth",
    about=__doc__,
    variants={
        f"{kind}, {depth} layers": dataclasses.replace(
            lab,
            network=functools.partial(network, depth=depth, joined=joined),
            iterations=150,
            evaluate_every=150,
        )
        for depth in DEPTHS
        for kind, joined in KINDS.items()
    },
    measure=measures.TRAIN,
    draw=charts.against(
        "layers",
        {f"{kind}, {depth} layers": (kind, depth) for kind in KINDS for depth in DEPTHS},
    ),
    claims=(
        ("plain, 8 layers", "plain, 32 layers"),
        ("residual, 32 layers", "plain, 32 layers"),
        ("residual, 32 layers", "residual, 8 layers"),
    ),
)

if __name__ == "__main__":
    study.main()
