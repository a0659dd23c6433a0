"""data_amount: more data helps on faces never seen, and helps a larger network more.

The lecture's conclusion, for nn3, the perceptron, and nn4, the convolutional network, on 1k and 10k
faces, and with --all on 100k.

    python -m labs.overfitting.data_amount
    python -m labs.overfitting.data_amount --all --seeds 5
"""

import dataclasses

from labs import nn3, nn4
from labs.analysis import charts, measures
from labs.analysis.study import Study

IMAGES = {"1k": 1_000, "10k": 10_000, "100k": 100_000}
# Where the lab's own number is too small for the many images, or needless for the few.
ITERATIONS = {("nn3", "1k"): 5_000, ("nn4", "1k"): 350, ("nn3", "100k"): 60_000}


def judged_at_the_end(lab, train):
    """The lab on a data set; where its images are many, the way there takes as long to judge."""
    iterations = ITERATIONS.get((lab.name, train), lab.iterations)
    return dataclasses.replace(
        lab, train=train, test="test10k", iterations=iterations, evaluate_every=iterations
    )


variants = {
    f"{lab.name}, {train}": judged_at_the_end(lab, train)
    for train in IMAGES
    for lab in (nn3.lab, nn4.lab)
}

study = Study(
    name="data_amount",
    about=__doc__,
    variants=variants,
    extra=(measures.GAP,),
    draw=charts.against(
        "images to train on",
        {f"{lab}, {train}": (lab, IMAGES[train]) for lab in ("nn3", "nn4") for train in IMAGES},
        log=True,
    ),
    claims=(
        ("nn3, 10k", "nn3, 1k"),
        ("nn4, 10k", "nn4, 1k"),
        ("nn4, 10k", "nn3, 10k"),
        ("nn4, 100k", "nn4, 10k"),
    ),
    slow=tuple(name for name in variants if name.endswith("100k")),
)

if __name__ == "__main__":
    study.main()
