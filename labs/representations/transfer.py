"""transfer: what a network learned of many drawn faces, for few real ones.

nn5 learns from half of 100,000 drawn faces. Then it begins with that on 50, 200 and 1,000 real
ones, against nn5 from scratch. The lecture's guideline for new data: where they are similar to the
old ones, freeze all convolutions; where they are not, freeze the lower ones, and train the others.
(`similar` asks the same of drawn faces.)

Real faces are not part of the project: `python -m dsutil photos` makes a folder of them. The run to
begin from is trained first, on 100k of the folder DataBases, unless `--from` names one.

    python -m labs.representations.transfer --databases faces --train 1k --test test600 --jobs 2
    python -m labs.representations.transfer --databases faces --from logs/nn5/1
"""

import dataclasses
import functools

import keras

from dsutil import databases
from dsutil.errors import InputError
from labs import nn5
from labs.analysis import charts
from labs.analysis.study import Study

SOURCE, SOURCE_ITERATIONS = "drawn faces", 400
# How many of a thousand: which share of it is left out for that, and how many iterations.
FACES = {50: (0.95, 150), 200: (0.8, 200), 1000: (0.0, 400)}
FROZEN = {
    "from scratch": "",
    "features frozen": "conv residual norm",
    "lower layers frozen": "conv_1 residual_2",
    "all fine-tuned": "",
}
RATE, OF_THE_LAST_LAYER = 1e-3, 2e-2  # which has far to go where it learns alone
WARM_UP = 20


def optimizer(learning_rate, iterations):
    """Adam with nn5's schedule, which has come down to 0 at the last iteration.

    In so few iterations nn5's weight decay would do next to nothing.
    """
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, iterations - WARM_UP, warmup_target=learning_rate, warmup_steps=WARM_UP
    )
    return keras.optimizers.Adam(rate)


def short(iterations, **others):
    """nn5 for so many iterations, judged at the end alone; `others` are attributes of a `Lab`."""
    return dataclasses.replace(
        nn5.lab,
        optimizer=functools.partial(optimizer, iterations=iterations),
        iterations=iterations,
        evaluate_every=iterations,
        test_time_flip=False,
        **others,
    )


def few(way, count, train, test):
    """nn5 for few faces, in small batches.

    These make iterations cheap, and it is by the iteration that the averages of batch
    normalization forget the old faces, however many new ones are in a batch.
    """
    rate = OF_THE_LAST_LAYER if way == "features frozen" else RATE
    return short(FACES[count][1], train=train, test=test, batch_size=8, learning_rate=rate)


def variant(way, count):
    return f"{way}, {count} faces"


def guideline(name, about, train, test, best, faces, counts=tuple(FACES), seeds=5, source=None,
              prepare=None):  # fmt: skip
    """The `Study` of the four ways, for new data.

    Args:
        name, about, seeds, prepare: the study's.
        train: the name of a thousand new faces.
        test: of what to test on.
        best: the way that the lecture advises for such data.
        faces: what the picture calls them.
        counts: how many of them are learned from.
        source: options of the run to begin from, {option: value}.
    """
    at = {variant(way, count): (way, count) for count in counts for way in FROZEN}
    return Study(
        name=name,
        about=about,
        variants={name: few(way, count, train, test) for name, (way, count) in at.items()},
        prepare=prepare,
        sources={SOURCE: short(SOURCE_ITERATIONS, train="100k")},
        begins={name: SOURCE for name, (way, _) in at.items() if way != "from scratch"},
        shared=(SOURCE,),
        options={SOURCE: source or {}}
        | {
            name: {"validation_share": FACES[count][0], "freeze": FROZEN[way]}
            for name, (way, count) in at.items()
        },
        seeds=seeds,
        draw=charts.against(f"{faces} to learn from", at, log=True),
        claims=tuple(
            (variant(best, count), variant(way, count))
            for count in counts
            for way in FROZEN
            if way != best
        ),
    )


def prepare(folder):
    """Says what is needed before anything is drawn or trained."""
    if folder == databases.DEFAULT:
        raise InputError(
            f"transfer goes from drawn faces to real ones, and {folder} is for drawn ones: give "
            "--databases, the folder of a data set that `python -m dsutil photos` has made, and "
            "its names with --train and --test."
        )


study = guideline(
    "transfer",
    __doc__,
    train="1k",
    test="test600",
    best="lower layers frozen",
    faces="real faces",
    source={"databases": databases.DEFAULT},
    prepare=prepare,
)

if __name__ == "__main__":
    study.main()
