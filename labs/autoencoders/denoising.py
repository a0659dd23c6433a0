"""denoising: the face that was there before the noise.

A layer adds noise to the picture, and what should come out is the picture without it. To copy is of
no use any more: the network has to know what faces look like. A code of 256 numbers says which face
it is; where exactly its edges are, the encoder's own maps tell the decoder.

    python -m labs.autoencoders.denoising
    python -m labs.predict logs/denoising/1 --data test10k --montage cleaned.png
    python -m labs.autoencoders.denoisers logs/denoising/1
"""

import dataclasses

import keras

import layers as Layers
from labs.autoencoders import autoencoder
from labs.tasks import Denoising

NOISE = 50  # standard deviation, in grey levels
UNITS = 256
ITERATIONS = 1_000
BENT = {"activation": "leaky_relu", "kernel_initializer": "he"}


def network(x):
    """The faces without the noise, (batch, 2304), of faces (batch, 2304)."""
    t = Layers.random_noise(x, NOISE / 256, "noise")
    t = Layers.unflat(keras.ops.clip(t, -0.5, 0.5), 48, 48, 1)
    return decoder(*encoder(t))


def encoder(x):
    """The code, and the maps on the way to it, 24 and 12 pixels a side."""
    large = Layers.conv(x, 32, 4, 2, "conv_1", **BENT)
    small = Layers.conv(large, 64, 3, 2, "conv_2", **BENT)
    t = Layers.conv(small, 128, 3, 2, "conv_3", **BENT)
    code = Layers.fc(Layers.flat(t), UNITS, "code", kernel_initializer="xavier")
    return code, small, large


def decoder(code, small, large):
    """A face; each transposed convolution doubles the map, and the next sees the encoder's, too."""
    t = Layers.fc(code, 6 * 6 * 64, "fc_4", **BENT)
    t = Layers.unflat(t, 6, 6, 64)
    t = Layers.conv_transposed(t, 64, 4, 2, "conv_5", **BENT)
    t = keras.layers.Concatenate(name="beside_6")([t, small])
    t = Layers.conv_transposed(t, 32, 4, 2, "conv_6", **BENT)
    t = keras.layers.Concatenate(name="beside_7")([t, large])
    t = Layers.conv(t, 32, 3, 1, "conv_7", **BENT)
    t = Layers.conv_transposed(t, 1, 4, 2, "conv_8", None, kernel_initializer="xavier")
    return Layers.flat(t)


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
    learning_rate=2e-3,
    evaluate_every=500,
)

if __name__ == "__main__":
    lab.main()
