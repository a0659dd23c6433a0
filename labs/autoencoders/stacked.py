"""stacked: layers that learn one after another, without labels, and then all together, with few.

Three layers of sigmoids. Each in turn learns, with a layer back of its own, to give back 100,000
faces without labels, while those before it keep still. Then the layers answer the course's
question, with 100 labels and with 1,000: begun so, or from scratch, as they are or with ReLUs. The
lecture says that such a start helps where labels are few, and that ReLUs do without.

    python -m labs.autoencoders.stacked
"""

import dataclasses
import functools

import keras

import layers as Layers
from labs import nn4
from labs.analysis import charts
from labs.analysis.study import Study
from labs.autoencoders import autoencoder

UNITS = (128, 64, 32)  # of the layers
DEPTH = len(UNITS)
LABELS = {100: 0.9, 1000: 0.0}  # how many of 1k, and which share of it is left out for that
WITHOUT_LABELS, ITERATIONS = 600, 500
GLOROT = {"kernel_initializer": "glorot_uniform"}


def code(x, depth=DEPTH, activation="sigmoid"):
    """What the first layers, as many as `depth`, make of images (batch, 2304)."""
    for number, units in enumerate(UNITS[:depth], 1):
        x = Layers.fc(x, units, f"code_{number}", activation, **GLOROT)
    return x


def autoencoded(x, depth):
    """The images again, (batch, 2304), by way of so many layers and as many back."""
    t = code(x, depth)
    for number in range(depth, 1, -1):
        t = Layers.fc(t, UNITS[number - 2], f"back_{number}", "sigmoid", **GLOROT)
    return Layers.fc(t, 2304, "back_1", None, **GLOROT)


def answered(x, activation="sigmoid"):
    """Logarithms of the two probabilities, (batch, 2), for images (batch, 2304)."""
    return Layers.fc(code(x, activation=activation), 2, "answer", "log_softmax", **GLOROT)


def optimizer(learning_rate):
    return keras.optimizers.Adam(learning_rate)


def stage(depth):
    """The lab in which layer number `depth` learns, with its way back, and no other one."""
    return dataclasses.replace(
        autoencoder.lab,
        network=functools.partial(autoencoded, depth=depth),
        optimizer=optimizer,
        task=dataclasses.replace(autoencoder.lab.task, code=f"code_{depth}"),
        train="100k",
        iterations=WITHOUT_LABELS,
        batch_size=128,
        learning_rate=2e-3,
        evaluate_every=WITHOUT_LABELS,
    )


def called(depth):
    return f"layer {depth}"


def others(depth):
    """The layers that learned before layer number `depth`, as `--freeze` takes them."""
    return " ".join(f"code_{number} back_{number}" for number in range(1, depth))


few = dataclasses.replace(
    nn4.lab,
    network=answered,
    optimizer=optimizer,
    train="1k",
    test="test10k",
    iterations=ITERATIONS,
    batch_size=50,
    learning_rate=1e-3,
    evaluate_every=ITERATIONS,
)
STARTS = {
    "from scratch": few,
    "pre-trained": few,
    "pre-trained, frozen": few,
    "ReLU": dataclasses.replace(few, network=functools.partial(answered, activation="relu")),
}
DEPTHS = range(1, DEPTH + 1)


def variant(start, labels):
    return f"{start}, {labels} labels"


AT = {variant(start, labels): (start, labels) for labels in LABELS for start in STARTS}

study = Study(
    name="stacked",
    about=__doc__,
    variants={name: STARTS[start] for name, (start, _) in AT.items()},
    sources={called(depth): stage(depth) for depth in DEPTHS},
    begins={called(depth): called(depth - 1) for depth in DEPTHS[1:]}
    | {name: called(DEPTH) for name, (start, _) in AT.items() if "trained" in start},
    options={called(depth): {"freeze": others(depth)} for depth in DEPTHS[1:]}
    | {
        name: {"validation_share": LABELS[labels]}
        | ({"freeze": "code"} if "frozen" in start else {})
        for name, (start, labels) in AT.items()
    },
    seeds=5,
    draw=charts.against("labels", AT, log=True),
    claims=tuple(
        (variant(better, labels), variant(worse, labels))
        for labels in LABELS
        for better, worse in (
            ("pre-trained", "from scratch"),
            ("pre-trained", "pre-trained, frozen"),
            ("ReLU", "from scratch"),
        )
    ),
)

if __name__ == "__main__":
    study.main()
