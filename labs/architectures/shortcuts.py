"""shortcuts: the best way past two convolutions is the one on which nothing happens.

The slide's table, which is for 110 layers and CIFAR-10, with the chapter's network of 14 layers.

    python -m labs.architectures.shortcuts
"""

import dataclasses
import functools

import keras

import layers as Layers
from labs.analysis import charts, measures
from labs.analysis.study import Study
from labs.architectures.residual_net import lab, network, residual


def half(inner, t):
    """Both ways at half their strength."""
    return keras.layers.Rescaling(0.5)(keras.layers.add([inner, t]))


def gate(inner, t):
    """g times the convolutions' output and 1 - g times the shortcut, as in a highway network."""
    shut = keras.initializers.Constant(-1.0)  # at the beginning the shortcut has the most
    g = Layers.conv(t, t.shape[-1], 1, 1, None, "sigmoid", bias_initializer=shut)
    kept = keras.layers.Lambda(lambda g: 1 - g)(g)
    return keras.layers.add([keras.layers.multiply([g, inner]), keras.layers.multiply([kept, t])])


def convolution(inner, t):
    """A 1x1 convolution on the shortcut."""
    t = Layers.conv(t, t.shape[-1], 1, 1, None, None, kernel_initializer="he")
    return keras.layers.add([inner, t])


def dropout(inner, t):
    """Half of the shortcut's numbers left out, by chance."""
    return keras.layers.add([inner, Layers.dropout(t, 0.5)])


KINDS = {
    "identity": residual,
    "half of both": half,
    "gate": gate,
    "1x1 convolution": convolution,
    "dropout": dropout,
    "none": None,
}

study = Study(
    name="shortcuts",
    about=__doc__,
    variants={
        name: dataclasses.replace(
            lab,
            network=functools.partial(network, depth=14, joined=joined),
            iterations=200,
            evaluate_every=200,
        )
        for name, joined in KINDS.items()
    },
    measure=measures.TRAIN,
    draw=charts.bars(),
    claims=tuple(("identity", name) for name in KINDS if name != "identity"),
)

if __name__ == "__main__":
    study.main()
