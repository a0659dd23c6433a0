"""label_noise: a network learns wrong labels by heart as well as right ones.

The chapter's network on 10k faces of which a share has got the other label. The data sets are made
beside the faces, as `10k_wrong20` for a fifth. (Drawn faces have the wrong label in one case of
fifty to begin with, those of the test set as well.)

    python -m labs.overfitting.label_noise
"""

import dataclasses

import numpy as np

from dsutil import databases
from dsutil.binary import write_pair
from labs.analysis import charts
from labs.analysis.study import Study
from labs.overfitting.small_net import lab

SHARES = (0, 10, 20, 30, 40)  # per cent
NAME = "10k"


def called(share):
    return f"{NAME}_wrong{share}" if share else NAME


def prepare(folder):
    """Makes the data sets that are missing: the same faces, of which some have the other label."""
    images, labels = databases.find(folder, NAME, columns=lab.task.columns)
    faces = np.fromfile(images, np.uint8).reshape(-1, 2304)
    right = np.fromfile(labels, np.float32).reshape(-1, 2)
    for share in SHARES[1:]:
        paths = [column.path(folder, called(share)) for column in lab.task.columns]
        if not all(path.exists() for path in paths):
            wrong = np.random.default_rng(share).random(len(right)) < share / 100
            write_pair(*paths, [(faces, np.where(wrong[:, None], right[:, ::-1], right))])


study = Study(
    name="label_noise",
    about=__doc__,
    variants={
        f"{share} % wrong": dataclasses.replace(lab, train=called(share)) for share in SHARES
    },
    prepare=prepare,
    draw=charts.against(
        "wrong labels, %", {f"{share} % wrong": ("small_net", share) for share in SHARES}
    ),
    claims=(("0 % wrong", "20 % wrong"), ("20 % wrong", "40 % wrong")),
)

if __name__ == "__main__":
    study.main()
