"""down_and_up: what unpooling and skips buy where a network says of each pixel what it shows.

Pooling forgets where in its square the largest number was. Unpooling puts it back to just there;
upsampling fills the whole square with it. A skip joins what was seen before the pool once more.
The lab `segmentation` with and without each, for fewer iterations.

    python -m labs.detection.down_and_up
"""

import dataclasses
import functools

from labs.analysis import charts
from labs.analysis.study import Study
from labs.detection.segmentation import lab, network, optimizer

ITERATIONS = 300
KINDS = {
    "unpooling, skips": {"unpooled": True, "skips": True},
    "upsampling, skips": {"unpooled": False, "skips": True},
    "unpooling, no skips": {"unpooled": True, "skips": False},
    "upsampling, no skips": {"unpooled": False, "skips": False},
}

study = Study(
    name="down_and_up",
    about=__doc__,
    variants={
        name: dataclasses.replace(
            lab,
            network=functools.partial(network, **kind),
            optimizer=functools.partial(optimizer, iterations=ITERATIONS),
            iterations=ITERATIONS,
            evaluate_every=ITERATIONS,
        )
        for name, kind in KINDS.items()
    },
    draw=charts.bars(),
    claims=(
        ("unpooling, no skips", "upsampling, no skips"),
        ("upsampling, skips", "upsampling, no skips"),
        ("unpooling, skips", "unpooling, no skips"),
        ("unpooling, skips", "upsampling, skips"),
    ),
)

if __name__ == "__main__":
    study.main()
