"""sparse_coding: each patch of a face as a sum of few strokes out of a dictionary of 100.

The dictionary is learned. Two things take turns: for the strokes as they are, the best code of each
patch, by iterative shrinkage and thresholding (ISTA); for those codes, better strokes, by a step
down the gradient. Which strokes a patch needs is not told by anyone.

    python -m labs.autoencoders.sparse_coding
    python -m labs.autoencoders.dictionaries logs/sparse_coding/1
"""

import dataclasses

import keras
import tensorflow as tf

import layers as Layers
from labs.autoencoders import autoencoder

ITERATIONS = 1_500
SIDE = 8  # of a patch, in pixels
ATOMS = 100  # in the dictionary
PENALTY = 0.1  # of each number of a code


def network(x):
    """The faces again, (batch, 2304), for faces (batch, 2304)."""
    dictionary = Layers.Dictionary(ATOMS, SIDE, PENALTY, momentum=True, name="dictionary")
    t = Layers.unflat(x, 48, 48, 1)
    means = Layers.avgpool(t, SIDE, "means")  # of each patch; the strokes are about the rest
    # At the best codes, the derivative by the strokes is that with the codes held fast.
    codes = keras.ops.stop_gradient(dictionary(t - Layers.upsample(means, SIDE)))
    codes = keras.layers.ActivityRegularization(l1=PENALTY, name="penalty")(codes)
    return decoder(keras.layers.Concatenate(name="code")([means, codes]), dictionary)


def decoder(code, dictionary):
    """The faces of codes, (batch, 6, 6, 1 + 100): the mean of each patch, and its strokes."""
    means, codes = code[..., :1], code[..., 1:]
    return Layers.flat(Layers.upsample(means, SIDE) + dictionary(codes, reverse=True))


def loss(y, y_desired):
    """Half of the squared error of each image. The penalty of its code comes to it in training."""
    return tf.reduce_sum(tf.square(y - y_desired), axis=1) / 2


def optimizer(learning_rate):
    """Adam; the learning rate falls along half a cosine to 0 at the last iteration."""
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, ITERATIONS))


lab = dataclasses.replace(
    autoencoder.lab,
    name="sparse_coding",
    about=__doc__,
    network=network,
    loss=loss,
    optimizer=optimizer,
    train="1k",
    iterations=ITERATIONS,
    batch_size=8,
    learning_rate=2e-2,
    summary_every=100,
    evaluate_every=ITERATIONS,
)

if __name__ == "__main__":
    lab.main()
