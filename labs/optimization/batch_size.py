"""batch_size: the gradient of a few images is noisy, and that of many is dear.

The chapter's perceptron sees the same number of images in batches of any size, at the best of six
learning rates; the smaller the batch, the more steps it makes of them.

    python -m labs.optimization.batch_size
"""

import dataclasses

from labs.analysis import charts, measures
from labs.analysis.study import Study
from labs.optimization.perceptron import lab

SIZES = (8, 32, 128, 512, 2048)
IMAGES = 40_960  # that a run sees

study = Study(
    name="batch_size",
    about=__doc__,
    variants={
        f"{size} images": dataclasses.replace(
            lab,
            batch_size=size,
            iterations=IMAGES // size,
            evaluate_every=IMAGES // size // 5,
            summary_every=IMAGES // size // 5,
        )
        for size in SIZES
    },
    rates=(0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
    measure=measures.TRAIN,
    draw=charts.against(
        "images a batch", {f"{size} images": ("perceptron", size) for size in SIZES}, log=True
    ),
    claims=(("32 images", "2048 images"),),
)

if __name__ == "__main__":
    study.main()
