"""activations: a network of ten sigmoid layers is stuck, and one of rectified units is not.

The slides' activation functions in the chapter's perceptron, with 3 and with 10 hidden layers. A
unit is idle if its derivative is 0, or next to it, for all images: one that is dead or saturated.

    python -m labs.optimization.activations
"""

import dataclasses
import functools

import keras
import numpy as np
import tensorflow as tf

import layers as Layers
from dsutil.dataset import normalized
from labs import runs
from labs.analysis import charts, measures, trained
from labs.analysis.measures import Measure
from labs.analysis.study import Study
from labs.optimization.perceptron import lab
from labs.training import data_sets

DEPTHS = (3, 10)
IMAGES = 500  # by which a unit is judged
FLAT = 0.005  # a derivative below this is next to none; a leak of 0.01 is not


def step(t):
    """0 below 0 and 1 above: its derivative is 0 wherever there is one."""
    return keras.ops.cast(t > 0, t.dtype)


# What makes the layer, and the start that suits it: Glorot's or He's.
ACTIVATIONS = {
    "step": (lambda name: keras.layers.Activation(step, name=name), "xavier"),
    "sigmoid": (lambda name: keras.layers.Activation("sigmoid", name=name), "xavier"),
    "tanh": (lambda name: keras.layers.Activation("tanh", name=name), "xavier"),
    "ReLU": (lambda name: keras.layers.ReLU(name=name), "he"),
    "leaky ReLU": (lambda name: keras.layers.LeakyReLU(0.01, name=name), "he"),
    "PReLU": (lambda name: keras.layers.PReLU(name=name), "he"),
}


def network(x, hidden, activation, start):
    """The chapter's perceptron, each activation as a layer of its own."""
    t = x
    for number in range(1, hidden + 1):
        t = Layers.fc(t, 64, f"fc_{number}", kernel_initializer=start)
        t = activation(f"active_{number}")(t)
    return Layers.fc(t, 2, f"fc_{hidden + 1}", "log_softmax", kernel_initializer=start)


def idle(outcome):
    """The share of hidden units whose derivative is below FLAT for each of some test images."""
    model = trained.restored(outcome.lab, runs.existing(outcome.path), precision="float32").model
    test = data_sets.open_one(outcome.lab.task, outcome.asked["databases"], outcome.asked["test"])
    x = normalized(test.take(np.arange(min(IMAGES, test.count))))
    active = [layer for layer in model.layers if layer.name.startswith("active_")]
    flat = []
    befores = keras.Model(model.inputs[0], [layer.input for layer in active])(x)
    for layer, before in zip(active, befores, strict=True):
        with tf.GradientTape() as tape:
            tape.watch(before)
            after = layer(before)
        slopes = tape.gradient(after, before, unconnected_gradients="zero")
        flat.append(np.all(np.abs(slopes) < FLAT, axis=0))
    return float(np.mean(flat))


study = Study(
    name="activations",
    about=__doc__,
    variants={
        f"{name}, {depth} layers": dataclasses.replace(
            lab,
            network=functools.partial(network, hidden=depth, activation=activation, start=start),
        )
        for depth in DEPTHS
        for name, (activation, start) in ACTIVATIONS.items()
    },
    measure=measures.TRAIN,
    extra=(Measure("idle units", idle, form=".1%"),),
    draw=charts.bars(),
    claims=(
        ("ReLU, 10 layers", "sigmoid, 10 layers"),
        ("tanh, 10 layers", "sigmoid, 10 layers"),
        ("ReLU, 10 layers", "tanh, 10 layers"),
        ("leaky ReLU, 10 layers", "ReLU, 10 layers"),
        ("ReLU, 3 layers", "step, 3 layers"),
    ),
)

if __name__ == "__main__":
    study.main()
