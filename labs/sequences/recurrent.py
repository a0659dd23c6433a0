"""recurrent: a plain recurrent network is to add two numbers, and forgets the first.

Fifty numbers from 0 to 1, one after the other; one in each half is marked, and after the last one
the network has to say the sum of these two. At each step it sees a number and its mark, x_t, and
what it noted at the step before, h_{t-1}:

    h_t = tanh(U x_t + W h_{t-1} + b)        o = V h_50

U, W and V are the same at all steps. Always to answer 1 has an error of 1 / 6.

    python -m labs.sequences.recurrent
    python -m labs.sequences.recurrent --describe
"""

import keras
import tensorflow as tf

import layers as Layers
from labs.tasks import Regression
from labs.training import Lab

STEPS = 50
UNITS = 32


def plain(t):
    """The state h after the last step, (batch, UNITS), by U and W."""
    return Layers.recurrent(t, UNITS, "plain")


def network(x, layer=plain, steps=STEPS):
    """The sum, (batch, 1), of the marked ones of the numbers (batch, 2 steps)."""
    t = keras.layers.Reshape((steps, 2), name="steps")(x)  # of each step a number and its mark
    h = layer(t)
    # V; in 32 bits, since an error of a thousandth counts.
    return Layers.fc(h, 1, "V", kernel_initializer="glorot_uniform", dtype="float32")


def loss(y, y_desired):
    """The squared error of each sequence."""
    return tf.reduce_sum(tf.square(y - y_desired), axis=1)


def optimizer(learning_rate):
    """Adam. A gradient longer than 1 is cut to 1: through many steps it may explode."""
    return keras.optimizers.Adam(learning_rate, global_clipnorm=1.0)


lab = Lab(
    name="recurrent",
    about=__doc__,
    network=network,
    loss=loss,
    reduction="mean",
    optimizer=optimizer,
    task=Regression(),
    train="adding50x10k",
    test="testadding50x2k",
    iterations=600,
    batch_size=50,
    learning_rate=1e-2,
    summary_every=50,
    evaluate_every=100,
)

if __name__ == "__main__":
    lab.main()
