"""Sparse codes: each unit is to be active for few of the inputs (lecture: "Sparse autoencoder")."""

import keras
from keras import ops


def sparsity(t, rho=0.05, beta=1.0, name=None, **options):
    """Passes its input on, and adds beta * sum_j KL(rho, rho_hat_j) to the network's loss.

    rho_hat_j is unit j's mean activation over the batch, and over the places of a map. The penalty,
    rho log(rho / rho_hat_j) + (1 - rho) log((1 - rho) / (1 - rho_hat_j)) for each unit, is 0 where
    that is rho, and grows to both sides.

    Args:
        t: activations between 0 and 1, such as a sigmoid's.
        rho: the mean activation that is wanted, between 0 and 1.
        beta: how much the penalty weighs, 0 or more.
        name: the layer's name.
        **options: what any Keras layer takes.

    Input shape: (batch, ..., units).
    Output shape: the same.

    Example:
        >>> h = keras.layers.Dense(100, "sigmoid")(keras.Input((64,)))
        >>> sparsity(h, rho=0.05, beta=0.1).shape
        (None, 100)

    Raises:
        ValueError: `rho` or `beta` is out of its range.

    Source: the slide "Regularized Autoencoders"; Ng, "Sparse autoencoder", CS294A lecture notes,
    2011, section 3.
    """
    return Sparsity(rho, beta, name=name, **options)(t)


@keras.saving.register_keras_serializable(package="layers")
class Sparsity(keras.layers.Layer):
    """See `sparsity`."""

    def __init__(self, rho=0.05, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        if not 0 < rho < 1:
            raise ValueError(f"rho must be between 0 and 1, got {rho}")
        if beta < 0:
            raise ValueError(f"beta must not be negative, got {beta}")
        self.rho, self.beta = rho, beta
        self.supports_masking = True

    def call(self, inputs):
        # In 32 bits: a mean of many small numbers would stop growing in 16.
        active = ops.mean(ops.cast(inputs, "float32"), axis=list(range(len(inputs.shape) - 1)))
        self.add_loss(self.beta * ops.sum(divergence(self.rho, active)))
        return inputs

    def as_keras(self):
        """A Keras layer that passes its input on, for a file that others load; for inference."""
        return keras.layers.Identity(name=self.name, dtype=self.dtype_policy.name)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return super().get_config() | {"rho": self.rho, "beta": self.beta}


def divergence(rho, rho_hat):
    """KL(rho, rho_hat) of two coins that fall on heads with these probabilities, in nats."""
    least = keras.config.epsilon()  # a unit may be 0, or 1, for the whole batch
    rho_hat = ops.clip(rho_hat, least, 1 - least)
    return rho * ops.log(rho / rho_hat) + (1 - rho) * ops.log((1 - rho) / (1 - rho_hat))
