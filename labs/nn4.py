"""nn4: a convolutional network.

Three convolutions, each followed by a pooling that halves the picture, and one fully connected
layer. What is the shape of conv_3's input, for a batch of 128? The pictures have 48 pixels a side
and pool_2 halves them: (128, 24, 24, 64). (The slide's answer, (128, 32, 32, 64), is wrong: it
would take pictures of 64 pixels.)

    python -m labs.nn4
    python -m labs.nn4 --describe
"""

import keras
import tensorflow as tf

import layers as Layers
from labs.training import Lab


def network(x):
    """Logarithms of the two probabilities, (batch, 2), for images (batch, 2304)."""
    t = Layers.unflat(x, 48, 48, 1)
    t = Layers.conv(t, 64, 3, 1, "conv_1")
    t = Layers.maxpool(t, 2, "pool_2")
    t = Layers.conv(t, 32, 3, 1, "conv_3")
    t = Layers.maxpool(t, 2, "pool_4")
    t = Layers.conv(t, 16, 3, 1, "conv_5")
    t = Layers.maxpool(t, 2, "pool_6")
    t = Layers.flat(t)
    return Layers.fc(t, 2, "fc_7", tf.nn.log_softmax)


def loss(y, y_desired):
    """The cross-entropy of each image; a batch's loss is their mean."""
    return -tf.reduce_sum(y_desired * y, axis=1)


def optimizer(learning_rate):
    """Adam; the learning rate falls to three quarters every 1000 iterations."""
    falling = keras.optimizers.schedules.ExponentialDecay(learning_rate, 1000, 0.75, staircase=True)
    return keras.optimizers.Adam(falling)


lab = Lab(
    name="nn4",
    about=__doc__,
    network=network,
    loss=loss,
    reduction="mean",
    optimizer=optimizer,
    train="10k",
    test="test10k",
    iterations=700,
    batch_size=128,
    learning_rate=1e-3,
    summary_every=50,
    evaluate_every=350,
)

if __name__ == "__main__":
    lab.main()
