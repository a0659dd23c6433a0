"""normalization: with normalized activations a network learns at much higher rates.

The chapter's network of 14 layers without shortcuts: without normalization, with that over the
batch, and with that over the channels of each place; at the lab's learning rate, a tenth of it and
five times it.

    python -m labs.architectures.normalization
"""

import dataclasses
import functools

import layers as Layers
from labs.analysis import charts, measures
from labs.analysis.study import Study
from labs.architectures.residual_net import lab, network, normalized


def over_channels(t):
    return Layers.layernorm(t)


KINDS = {"none": None, "batch": normalized, "layer": over_channels}
RATES = (0.01, 0.1, 0.5)

study = Study(
    name="normalization",
    about=__doc__,
    variants={
        f"{kind}, rate {rate:g}": dataclasses.replace(
            lab,
            network=functools.partial(network, depth=14, normalized=norm, joined=None),
            learning_rate=rate,
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
        ("batch, rate 0.1", "none, rate 0.1"),
        ("batch, rate 0.5", "none, rate 0.5"),
        ("batch, rate 0.1", "layer, rate 0.1"),
    ),
)

if __name__ == "__main__":
    study.main()
