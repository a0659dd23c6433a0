"""linear_autoencoder: the autoencoder without anything that bends.

Two layers, no activation: 2304 pixels to 32 numbers and back. No linear map through 32 numbers does
better than the first 32 principal components, so here is a network whose best error is known:

    python -m labs.autoencoders.linear_autoencoder
    python -m labs.autoencoders.principal_components
"""

import dataclasses

import keras

import layers as Layers
from labs.autoencoders import autoencoder

ITERATIONS = 3_000


def network(x):
    """The faces again, (batch, 2304), for faces (batch, 2304)."""
    t = Layers.fc(x, 32, "code", kernel_initializer="glorot_uniform")
    return Layers.fc(t, 2304, "picture", kernel_initializer="glorot_uniform")


def optimizer(learning_rate):
    """Adam; the learning rate falls along half a cosine to 0 at the last iteration."""
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, ITERATIONS))


lab = dataclasses.replace(
    autoencoder.lab,
    name="linear_autoencoder",
    about=__doc__,
    network=network,
    optimizer=optimizer,
    iterations=ITERATIONS,
    batch_size=128,
    learning_rate=5e-3,
)

if __name__ == "__main__":
    lab.main()
