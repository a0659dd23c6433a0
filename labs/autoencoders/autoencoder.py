"""autoencoder: a face in 32 numbers, and back.

The first half of the network narrows the picture to a code; the second half has nothing else to
paint the face from. No labels are needed: what should come out is what went in.

    python -m labs.autoencoders.autoencoder
    python -m labs.predict logs/autoencoder/1 --data test10k --montage faces.png
"""

import keras
import tensorflow as tf

import layers as Layers
from labs.tasks import Reconstruction
from labs.training import Lab

ITERATIONS = 2_500
GLOROT = {"kernel_initializer": "glorot_uniform"}


def network(x):
    """The faces again, (batch, 2304), for faces (batch, 2304)."""
    return decoder(encoder(x))


def encoder(x):
    """A code of 32 numbers; each convolution halves the picture: 48, 24, 12, 6 pixels a side."""
    t = Layers.unflat(x, 48, 48, 1)
    t = Layers.conv(t, 16, 3, 2, "conv_1", "leaky_relu", **GLOROT)
    t = Layers.conv(t, 32, 3, 2, "conv_2", "leaky_relu", **GLOROT)
    t = Layers.conv(t, 64, 3, 2, "conv_3", "leaky_relu", **GLOROT)
    return Layers.fc(Layers.flat(t), 32, "code", **GLOROT)


def decoder(t):
    """A face from its code; each transposed convolution doubles the picture."""
    t = Layers.fc(t, 6 * 6 * 64, "fc_4", "leaky_relu", **GLOROT)
    t = Layers.unflat(t, 6, 6, 64)
    t = Layers.conv_transposed(t, 32, 5, 2, "conv_5", "leaky_relu", **GLOROT)
    t = Layers.conv_transposed(t, 16, 5, 2, "conv_6", "leaky_relu", **GLOROT)
    t = Layers.conv_transposed(t, 1, 5, 2, "conv_7", None, **GLOROT)
    return Layers.flat(t)


def loss(y, y_desired):
    """The mean squared error of each image's pixels."""
    return tf.reduce_mean(tf.square(y - y_desired), axis=1)


def optimizer(learning_rate):
    """Adam; the learning rate rises for 100 iterations, then falls along half a cosine to 0."""
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, ITERATIONS - 100, warmup_target=learning_rate, warmup_steps=100
    )
    return keras.optimizers.Adam(rate)


lab = Lab(
    name="autoencoder",
    about=__doc__,
    network=network,
    loss=loss,
    reduction="mean",
    optimizer=optimizer,
    task=Reconstruction(code="code"),
    train="10k",
    test="test10k",
    iterations=ITERATIONS,
    batch_size=64,
    learning_rate=4e-3,
    summary_every=100,
    evaluate_every=500,
)

if __name__ == "__main__":
    lab.main()
