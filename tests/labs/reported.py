"""Labs of a student's, outside labs/, for the tests of `labs.report`."""

import importlib
import json
import sys

LAB = '''"""{about}"""

import keras
import numpy as np
import tensorflow as tf

import layers as Layers
from labs.nn4 import loss, optimizer
from labs.training import Lab


def network(x):
    {network}


lab = Lab(
    name="{name}",
    about=__doc__,
    network=network,
    loss=loss,
    reduction="mean",
    optimizer=optimizer,
    train="tiny",
    test="other",
    iterations=2,
    batch_size=16,
    learning_rate=1e-2,
    summary_every=1,
    evaluate_every=1,
)
'''

# Strides, both paddings, dilation, both poolings, every activation, normalizations, a shortcut, and
# layers that do nothing at inference. Some are called twice.
EVERY_LAYER = """
    t = Layers.unflat(x, 48, 48, 1)
    t = keras.layers.Rescaling(2.0, offset=0.25, name="rescaled")(t)
    t = Layers.random_affine(t, flip=True, shift=0.1)
    t = keras.layers.RandomFlip(name="flip")(t)
    t = Layers.conv(t, 6, 5, 2, "valid_2", "leaky_relu", padding="valid")
    t = Layers.batchnorm(t, "norm")
    t = Layers.residual(t, 6, 3, 1, "same_size", normalization=Layers.batchnorm)
    t = Layers.residual(t, 8, 3, 2, "smaller", pre_activation=True, activation="elu")
    t = Layers.conv(t, 5, 3, 1, "dilated", "tanh", dilation_rate=2)
    t = Layers.conv(t, 5, (3, 2), (2, 1), "oblong", "gelu", use_bias=False)
    t = Layers.maxpool(t, 3, "max_same", strides=2, padding="same")
    t = Layers.avgpool(t, 2, "mean_same", strides=1, padding="same")
    twice = keras.layers.Conv2D(5, 2, padding="same", activation="selu", name="twice")
    t = twice(twice(t))
    t = keras.layers.LeakyReLU(0.3, name="leaky")(t)
    t = keras.layers.ReLU(1.5, 0.1, name="capped")(t)
    most = keras.layers.GlobalMaxPooling2D(name="most")(t)
    mean = Layers.global_avgpool(t, "mean")
    t = keras.layers.add([most, mean])
    names = "sigmoid", "softplus", "softsign", "silu", "exponential", "relu6", "softmax"
    t = keras.layers.add([Layers.fc(t, 7, f"fc_{name}", name) for name in names])
    t = keras.layers.ELU(0.5, name="elu")(t)
    t = keras.layers.Softmax(name="shares")(t)
    t = keras.layers.Activation("tanh", name="bent")(Layers.dropout(t, 0.5))
    return Layers.fc(t, 2, "last", "log_softmax")
"""

UNKNOWN_LAYER = """
    t = keras.layers.LayerNormalization(name="by_layer")(x)
    return Layers.fc(t, 2, "last", "log_softmax")
"""

SMALL = 'return Layers.fc(x, 2, "last", "log_softmax")'


def run_of(run_lab_in, folder, name, network, about="A lab of a student's."):
    """Runs a new lab, whose script is written into `folder`; returns the run's folder."""
    script = folder / f"{name}.py"
    script.write_text(LAB.format(name=name, network=network.strip(), about=about))
    sys.path.insert(0, str(folder))
    try:
        lab = importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))
    assert run_lab_in(folder, lab, "--run", "r") == 0
    run = folder / name / "r"
    change(run, script=str(script))  # as if the script itself had been run
    return run


def change(run, **changed):
    """Changes what a run's config.json says."""
    path = run / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
