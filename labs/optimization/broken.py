"""broken: a program with a mistake in it trains as well, and its curves tell which mistake it is.

The chapter's perceptron as it should be, and with one thing wrong at a time that raises no error.

    python -m labs.optimization.broken
"""

import dataclasses
import functools

import keras
import numpy as np

import layers as Layers
from dsutil import databases
from dsutil.binary import pair_paths, read_pair, write_pair
from labs.analysis import charts, measures
from labs.analysis.study import Study
from labs.optimization.losses import softmax_cross_entropy
from labs.optimization.perceptron import lab

SHUFFLED, FACES = "1k_shuffled", 1000


def network(x, raw=False, normalized=None, bias=True, ending="log_softmax"):
    """The chapter's perceptron; each argument is something to get wrong."""
    t = keras.layers.Rescaling(256, offset=128)(x) if raw else x  # the file's bytes again
    for number in (1, 2, 3):
        t = Layers.fc(t, 64, f"fc_{number}", use_bias=bias, kernel_initializer="he")
        t = normalized(t) if normalized else t
        t = keras.layers.ReLU(name=f"relu_{number}")(t)
    return Layers.fc(t, 2, "fc_4", ending, use_bias=bias, kernel_initializer="he")


def batchnorm(t):
    return Layers.batchnorm(t)


def forgetful(t):
    """Batch normalization whose averages, which inference takes, stay at mean 0 and variance 1."""
    return keras.layers.BatchNormalization(momentum=1.0)(t)


def swapped(y, y_desired):
    """The loss of somebody to whom `1 0` is a woman."""
    return lab.loss(y, 1 - y_desired)


def variation(train="1k", loss=lab.loss, **arguments):
    built = functools.partial(network, **arguments)
    return dataclasses.replace(lab, network=built, loss=loss, train=train)


def prepare(folder):
    """Makes the shuffled data set: the first faces of 10k, each with the label of another one."""
    paths = pair_paths(folder, SHUFFLED)
    if not all(path.exists() for path in paths):
        images, labels = (column[:FACES] for column in read_pair(*databases.find(folder, "10k")))
        write_pair(*paths, [(images, np.random.default_rng(0).permutation(labels))])


study = Study(
    name="broken",
    about=__doc__,
    variants={
        "sound": variation(),
        "labels shuffled": variation(train=SHUFFLED),
        "classes swapped": variation(loss=swapped),
        "no bias": variation(bias=False),
        "softmax twice": variation(ending="softmax", loss=softmax_cross_entropy),
        "pixels 0 to 255": variation(raw=True),
        "normalized": variation(raw=True, normalized=batchnorm),
        "averages lost": variation(raw=True, normalized=forgetful),
    },
    prepare=prepare,
    extra=(measures.GAP,),
    draw=charts.bars(),
    claims=(
        ("sound", "labels shuffled"),
        ("sound", "pixels 0 to 255"),
        ("normalized", "pixels 0 to 255"),
        ("normalized", "averages lost"),
    ),
)

if __name__ == "__main__":
    study.main()
