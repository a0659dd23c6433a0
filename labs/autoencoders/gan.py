"""gan: two networks and a game. One paints faces, the other tells them from real ones.

The generator paints a face from 64 random numbers. The discriminator scores real faces and painted
ones. There is one loss, which says how much the discriminator errs. The discriminator goes down
that loss and the generator up: on its way from one to the other, the gradient turns round. Nobody
says what a face is.

    python -m labs.autoencoders.gan
    python -m labs.autoencoders.growing logs/gan/1
    python -m labs.autoencoders.frechet logs/gan/1 --features logs/nn4/1
"""

import keras
import tensorflow as tf

import layers as Layers
from labs.tasks import Generation
from labs.tasks.generation import packed, scores
from labs.training import Lab

ITERATIONS = 2_700
LATENT = 64  # random numbers that a face is painted from
NOISE = 0.05  # on what the discriminator sees, so that it cannot go by the grain of the pictures
GLOROT = {"kernel_initializer": "glorot_uniform"}
NO_BIAS = GLOROT | {"use_bias": False}  # before a normalization, which has one


def network(x):
    """Scores of real faces (batch, 2304) and of as many painted ones, and those."""
    generator, discriminator = make_generator(), make_discriminator()
    painted = generator(Layers.latent(x, LATENT, "latent"))
    real = Layers.random_noise(x, NOISE, "real")
    seen = Layers.random_noise(painted, NOISE, "seen")
    return packed(discriminator(real), Layers.Adversary(discriminator)(seen), painted)


def make_generator():
    """From random numbers to faces; each transposed convolution doubles the picture."""
    z = keras.Input((LATENT,))
    t = normalized(Layers.fc(z, 6 * 6 * 96, "fc_1", **NO_BIAS))
    t = Layers.unflat(t, 6, 6, 96)
    t = normalized(Layers.conv_transposed(t, 64, 4, 2, "conv_2", None, **NO_BIAS))
    t = normalized(Layers.conv_transposed(t, 32, 4, 2, "conv_3", None, **NO_BIAS))
    t = Layers.conv_transposed(t, 1, 4, 2, "conv_4", "tanh", **GLOROT)
    return keras.Model(z, Layers.flat(t) / 2, name="generator")


def normalized(t):
    """Batch normalization, then ReLU."""
    return keras.layers.ReLU()(Layers.batchnorm(t, decay=0.98))


def make_discriminator():
    """From faces to a score, the logarithm of the odds that a face is real.

    It has no batch normalization: what it says of a face must not depend on the others.
    """
    x = keras.Input((2304,))
    t = Layers.unflat(x, 48, 48, 1)
    t = Layers.conv(t, 32, 4, 2, "conv_1", "leaky_relu", **GLOROT)
    t = Layers.conv(t, 64, 4, 2, "conv_2", "leaky_relu", **GLOROT)
    t = Layers.conv(t, 128, 4, 2, "conv_3", "leaky_relu", **GLOROT)
    return keras.Model(x, Layers.fc(Layers.flat(t), 1, "fc_4", **GLOROT), name="discriminator")


def loss(y, y_desired):
    """The cross-entropy: how far the scores of real faces are from high, of painted ones from low.

    With D the sigmoid of a score it is -log D(real) - log(1 - D(painted)).
    """
    real, painted = scores(y)
    return tf.nn.softplus(-real) + tf.nn.softplus(painted)


def optimizer(learning_rate):
    """Adam without momentum, since the game changes; the rate falls along half a cosine to 0."""
    falling = keras.optimizers.schedules.CosineDecay(learning_rate, ITERATIONS)
    return keras.optimizers.Adam(falling, beta_1=0.0, beta_2=0.99)


lab = Lab(
    name="gan",
    about=__doc__,
    network=network,
    loss=loss,
    reduction="mean",
    optimizer=optimizer,
    task=Generation(generator="generator"),
    train="10k",
    test="test10k",
    iterations=ITERATIONS,
    batch_size=16,
    learning_rate=1.5e-3,
    summary_every=100,
    evaluate_every=ITERATIONS // 2,
)

if __name__ == "__main__":
    lab.main()
