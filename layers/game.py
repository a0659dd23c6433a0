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


def reverse_gradient(t, weights=None, name=None, **options):
    """What comes in goes out; the gradient on its way back changes its sign.

    What stands before it learns to raise the loss that what stands behind it learns to lower: one
    loss moves two players against each other.

    Args:
        t: anything.
        weights: by what the gradient of each row is multiplied besides, (batch, 1); no gradient
            flows to them. None for 1.
        name: the layer's name.
        **options: what any Keras layer takes.

    Input shape: any.
    Output shape: the same.

    Example:
        >>> reverse_gradient(keras.Input((2304,))).shape
        (None, 2304)

    Source: Ganin and Lempitsky, "Unsupervised Domain Adaptation by Backpropagation", 2015.
    """
    layer = ReverseGradient(name=name, **options)
    return layer(t if weights is None else [t, weights])


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
        t, weights = inputs if isinstance(inputs, list | tuple) else (inputs, ops.ones(()))
        return _turned(t, ops.cast(weights, t.dtype))

    def as_keras(self):
        """A Keras layer that passes on what comes in, for a file that others load."""
        return keras.layers.Identity(name=self.name, dtype=self.dtype_policy.name)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0]) if isinstance(input_shape, list) else input_shape


@ops.custom_gradient
def _turned(t, weights):
    return t, lambda gradient: (-weights * gradient, ops.zeros_like(weights))
