"""overcomplete: more units than pixels, and nothing that keeps them from copying.

The picture is cut into patches of 12x12, and a sigmoid layer of 256 units codes the 144 pixels of
each. The error is next to nothing, and no unit has found anything: `codes` draws their kernels
beside those of `sparse`.

    python -m labs.autoencoders.overcomplete
    python -m labs.autoencoders.codes
"""

import dataclasses

import keras
import tensorflow as tf

import layers as Layers
from labs.autoencoders import autoencoder
from labs.tasks import Reconstruction

PATCH = 12  # pixels a side
UNITS = 256
ITERATIONS = 1_500
GLOROT = {"kernel_initializer": "glorot_uniform"}


def network(x, units=UNITS):
    """The faces again, (batch, 2304), for faces (batch, 2304)."""
    return decoder(Layers.fc(patches(x), units, "code", "sigmoid", **GLOROT))


def patches(x):
    """The 16 patches of each face, row by row, (batch, 16, 144)."""
    t = keras.layers.Reshape((48 // PATCH, PATCH, 48 // PATCH, PATCH))(x)
    t = keras.layers.Permute((1, 3, 2, 4))(t)
    return keras.layers.Reshape((-1, PATCH * PATCH), name="patches")(t)


def decoder(code):
    """Each patch is a weighted sum of patches, one for each unit; together they are the face."""
    # Their lengths are limited: small codes, times large weights, would be large codes in disguise.
    short = keras.constraints.MaxNorm(1, axis=1)
    t = Layers.fc(code, PATCH * PATCH, "picture", kernel_constraint=short, **GLOROT)
    t = keras.layers.Reshape((48 // PATCH, 48 // PATCH, PATCH, PATCH))(t)
    t = keras.layers.Permute((1, 3, 2, 4))(t)
    return Layers.flat(t)


def loss(y, y_desired):
    """The slide's |x - y|^2: the squared errors of each image's pixels, added up."""
    return tf.reduce_sum(tf.square(y - y_desired), axis=1)


def optimizer(learning_rate):
    """Adam; the learning rate falls along half a cosine to 0 at the last iteration."""
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, ITERATIONS))


lab = dataclasses.replace(
    autoencoder.lab,
    name="overcomplete",
    about=__doc__,
    network=network,
    loss=loss,
    optimizer=optimizer,
    task=Reconstruction(code="code"),
    iterations=ITERATIONS,
    learning_rate=3e-3,
)

if __name__ == "__main__":
    lab.main()
