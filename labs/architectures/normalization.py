"""normalization: with normalized activations a network learns at much higher rates.

The chapter's network of 14 layers without shortcuts: without normalization, with that over the
batch, and with that over all of a layer's numbers for a picture; at half of the lab's learning
rate, and at five times that.

    python -m labs.architectures.normalization
"""

import dataclasses
import functools

import layers as Layers
from labs.analysis import charts, measures
from labs.analysis.study import Study
from labs.architectures.residual_net import lab, network, normalized


def over_the_picture(t):
    return Layers.layernorm(t, axis=[1, 2, 3])


KINDS = {"none": None, "batch": normalized, "layer": over_the_picture}
RATES = (0.05, 0.25)

study = Study(
    name="normalization",
    about=__doc__,
    variants={
        f"{kind}, rate {rate:g}": dataclasses.replace(
            lab,
            network=functools.partial(network, depth=14, normalized=norm, joined=None),
            learning_rate=rate,
            evaluate_every=lab.iterations,
        )
        for kind, norm in KINDS.items()
        for rate in RATES
    },
    measure=measures.TRAIN,
    draw=charts.against(
        "learning rate",
        {f"{kind}, rate {rate:g}": (kind, rate) for kind in KINDS for rate in RATES},
        log=True,
    ),
    claims=(
        ("batch, rate 0.05", "none, rate 0.05"),
        ("batch, rate 0.25", "none, rate 0.25"),
        ("batch, rate 0.25", "batch, rate 0.05"),
        ("batch, rate 0.05", "layer, rate 0.05"),
    ),
)

if __name__ == "__main__":
    study.main()
