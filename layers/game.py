"""What a generative adversarial network needs beside ordinary layers: chance, and a turn."""

import keras
import numpy as np
from keras import ops

LATENTS = 256  # fixed draws for inference


def latent(t, units, name=None, **options):
    """Numbers from a standard normal distribution, a row of them for each row of the batch.

    In training they are drawn anew each time. In inference row i of a batch gets the i-th of 256
    fixed draws, so that what is made of them is the same each time.

    Args:
        t: anything; only how many rows it has counts.
        units: how many numbers for each row.
        name: the layer's name.
        **options: `seed`, and what any Keras layer takes.

    Input shape: (batch, ...).
    Output shape: (batch, units).

    Example:
        >>> latent(keras.Input((2304,)), 64).shape
        (None, 64)

    Raises:
        ValueError: `units` is not positive.

    Source: Goodfellow et al., "Generative Adversarial Nets", 2014: the noise z.
    """
    return Latent(units, name=name, **options)(t)


def reverse_gradient(t, name=None, **options):
    """What comes in goes out; the gradient on its way back changes its sign.

    What stands before it learns to raise the loss that what stands behind it learns to lower: one
    loss moves two players against each other.

    Args:
        t: anything.
        name: the layer's name.
        **options: what any Keras layer takes.

    Input shape: any.
    Output shape: the same.

    Example:
        >>> reverse_gradient(keras.Input((2304,))).shape
        (None, 2304)

    Source: Ganin and Lempitsky, "Unsupervised Domain Adaptation by Backpropagation", 2015.
    """
    return ReverseGradient(name=name, **options)(t)


serializable = keras.saving.register_keras_serializable(package="layers")


@serializable
class Latent(keras.layers.Layer):
    """See `latent`."""

    def __init__(self, units, seed=None, **kwargs):
        super().__init__(**kwargs)
        if units < 1:
            raise ValueError(f"units must be positive, got {units}")
        self.units, self.seed = units, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        rows = ops.shape(inputs)[0]
        if training:
            return keras.random.normal((rows, self.units), dtype=self.compute_dtype,
                                       seed=self.generator)  # fmt: skip
        fixed = ops.convert_to_tensor(fixed_latents(self.units), self.compute_dtype)
        return ops.take(fixed, ops.arange(rows) % LATENTS, axis=0)

    def compute_output_shape(self, input_shape):
        return input_shape[0], self.units

    def get_config(self):
        return super().get_config() | {"units": self.units, "seed": self.seed}


def fixed_latents(units, count=LATENTS):
    """The draws that inference uses, an array (count, units)."""
    return np.random.default_rng(0).standard_normal((count, units), np.float32)


@serializable
class ReverseGradient(keras.layers.Layer):
    """See `reverse_gradient`."""

    def call(self, inputs):
        return _turned(inputs, lambda: 1)

    def as_keras(self):
        """A Keras layer that passes on what comes in, for a file that others load."""
        return keras.layers.Identity(name=self.name, dtype=self.dtype_policy.name)


@serializable
class Adversary(keras.layers.Wrapper):
    """A discriminator as the generator meets it: on its way back, the gradient turns round.

    The loss is to be -log(1 - D), with D the sigmoid of the score: the discriminator learns to
    lower it. What painted the picture could learn to raise it, but its slope dies out where the
    discriminator is sure. So it learns to lower -log D, whose slope is -exp(-score) times that one.

    Args:
        layer: the discriminator, a Keras layer or model from pictures to scores (batch, 1), the
            logarithms of the odds that they are real.

    Input shape: the discriminator's.
    Output shape: the discriminator's, (batch, 1).

    Example:
        >>> Adversary(keras.layers.Dense(1))(keras.Input((2304,))).shape
        (None, 1)

    Source: Goodfellow et al., "Generative Adversarial Nets", 2014, section 3.
    """

    def __init__(self, layer, **kwargs):
        if isinstance(layer, dict):  # its config
            layer = keras.saving.deserialize_keras_object(layer)
        super().__init__(layer, **kwargs)

    def call(self, x):
        said = []

        def weights():
            return ops.reshape(ops.exp(-said[0]), (-1, *[1] * (len(x.shape) - 1)))

        scores = self.layer(_turned(x, weights))
        said.append(scores)  # before any gradient comes back
        return ops.cast(scores, self.compute_dtype)

    def as_keras(self):
        """The discriminator, for a file that others load, under another name than its own."""
        return keras.Sequential([self.layer], name=self.name)

    def compute_output_shape(self, input_shape):
        return self.layer.compute_output_shape(input_shape)


def _turned(t, weights):
    """What comes in; the gradient is turned, and weighed by what a function says by then."""

    @ops.custom_gradient
    def turn(t):
        return t, lambda gradient: -ops.cast(weights(), gradient.dtype) * gradient

    return turn(t)
