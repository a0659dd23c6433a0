"""denoising: the face that was there before the noise.

A layer adds noise to the picture, and what should come out is the picture without it. To copy is of
no use any more: the network has to know what faces look like. It says what the noise is, which is
less to say than the whole face, and takes that off.

    python -m labs.autoencoders.denoising
    python -m labs.predict logs/denoising/1 --data test10k --montage cleaned.png
    python -m labs.autoencoders.denoisers logs/denoising/1
"""

import dataclasses

import keras

import layers as Layers
from labs.autoencoders import autoencoder
from labs.tasks import Denoising

NOISE = 25  # standard deviation, in grey levels
ITERATIONS = 2_000
BENT = {"activation": "leaky_relu", "kernel_initializer": "he"}


def network(x):
    """The faces without the noise, (batch, 2304), of faces (batch, 2304)."""
    t = Layers.random_noise(x, NOISE / 256, "noise")
    x = Layers.unflat(keras.ops.clip(t, -0.5, 0.5), 48, 48, 1)
    noise = decoder(*encoder(x))
    return Layers.flat(keras.layers.Subtract(name="cleaned")([x, noise]))


def encoder(x):
    """Three maps of the picture, each half as large as the one before: 24, 12, 6 pixels a side."""
    small = Layers.conv(x, 32, 4, 2, "conv_1", **BENT)
    small = Layers.conv(small, 32, 3, 1, "conv_2", **BENT)
    smaller = Layers.conv(small, 64, 3, 2, "conv_3", **BENT)
    smallest = Layers.conv(smaller, 128, 3, 2, "conv_4", **BENT)
    return small, smaller, smallest


def decoder(small, smaller, smallest):
    """The noise: each transposed convolution doubles the map, and sees the encoder's as well."""
    t = Layers.conv_transposed(smallest, 64, 4, 2, "conv_5", **BENT)
    t = keras.layers.Concatenate(name="beside_6")([t, smaller])
    t = Layers.conv_transposed(t, 32, 4, 2, "conv_6", **BENT)
    t = keras.layers.Concatenate(name="beside_7")([t, small])
    t = Layers.conv(t, 32, 3, 1, "conv_7", **BENT)
    return Layers.conv_transposed(t, 1, 4, 2, "conv_8", None, kernel_initializer="xavier")


def optimizer(learning_rate):
    """Adam; the learning rate rises for 100 iterations, then falls along half a cosine to 0."""
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, ITERATIONS - 100, warmup_target=learning_rate, warmup_steps=100
    )
    return keras.optimizers.Adam(rate)


lab = dataclasses.replace(
    autoencoder.lab,
    name="denoising",
    about=__doc__,
    network=network,
    optimizer=optimizer,
    task=Denoising(noise=NOISE),
    iterations=ITERATIONS,
    batch_size=32,
    learning_rate=3e-3,
)

if __name__ == "__main__":
    lab.main()
