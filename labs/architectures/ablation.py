"""ablation: what each ingredient of nn5 is good for: nn5 without it, over several seeds.

python -m labs.architectures.ablation --databases faces --train 1k --test test1k
python -m labs.architectures.ablation --only nn5 "without dropout" --seeds 5
"""

import dataclasses
import functools

import keras

import layers as Layers
from labs import nn5
from labs.analysis import charts
from labs.analysis.study import Study


def variation(**changed):
    """nn5, with other arguments of its network."""
    return dataclasses.replace(nn5.lab, network=functools.partial(nn5.network, **changed))


def unchanged(t):
    return t


def plain_block(t, filters, strides, name, normalization, start):
    """nn5's block without the way past the two convolutions."""
    for number, step in ((1, strides), (2, 1)):
        t = keras.layers.ReLU()(normalization(t))
        t = Layers.conv(
            t,
            filters,
            3,
            step,
            f"{name}_{number}",
            None,
            kernel_initializer=start,
            use_bias=number == 2,  # as nn5's, since the next normalization takes a bias away
        )
    return t


def descent(learning_rate):
    """Gradient descent with momentum, at the rate that He et al. (2015) take for such a batch."""
    return keras.optimizers.SGD(nn5.schedule(25 * learning_rate), momentum=0.9)


def averaged(learning_rate):
    """nn5's optimizer, with weights that are averages of about the last 50 iterations."""
    optimizer = nn5.optimizer(learning_rate)
    optimizer.use_ema, optimizer.ema_momentum = True, 0.98
    return optimizer


def lsuv(model, images):
    Layers.lsuv(model, images)


def slides_network(x):
    return nn5.network(x, start=Layers.initialization.weights())


VARIANTS = {
    "nn5": nn5.lab,
    "without augmentation": variation(augmented=unchanged),
    "without normalization": variation(normalized=None),
    "without shortcuts": variation(block=plain_block),
    "without dropout": variation(dropped=0.0),
    "with SGD": dataclasses.replace(nn5.lab, optimizer=descent),
    "with the slides' start": dataclasses.replace(nn5.lab, network=slides_network),
    "with LSUV": dataclasses.replace(nn5.lab, initialize=lsuv),
    "with averaged weights": dataclasses.replace(nn5.lab, optimizer=averaged),
}

study = Study(
    name="ablation",
    about=__doc__,
    variants=VARIANTS,
    draw=charts.bars(),
    claims=tuple(("nn5", name) for name in VARIANTS if name.startswith("without"))
    + (
        ("nn5", "with SGD"),
        ("nn5", "with the slides' start"),
        ("with LSUV", "nn5"),
        ("with averaged weights", "nn5"),
    ),
    slow=("with averaged weights",),
)

if __name__ == "__main__":
    study.main()
