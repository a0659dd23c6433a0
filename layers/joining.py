"""Ways through a network that meet, and outputs that are trained together."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="layers")
class Join(keras.layers.Layer):
    """The mean of its inputs; in training, of those that are not dropped, of which one stays.

    Args:
        dropped: the probability that an input is dropped; one draw for the whole batch.
        seed: of the draws.

    Input shape: a list of tensors of one shape.
    Output shape: that shape.

    Example:
        >>> t = keras.Input((6, 6, 64))
        >>> Join(0.15)([t, t]).shape
        (None, 6, 6, 64)

    Raises:
        ValueError: `dropped` is out of its range.

    Source: Larsson et al., "FractalNet", 2017, section 3, "drop-path".
    """

    def __init__(self, dropped, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= dropped < 1:
            raise ValueError(f"dropped must be at least 0 and below 1, got {dropped}")
        self.dropped, self.seed = dropped, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        if not training:
            return sum(inputs) / len(inputs)
        draws = keras.random.uniform((len(inputs),), dtype="float32", seed=self.generator)
        kept = ops.logical_or(draws >= self.dropped, draws == ops.max(draws))
        shares = ops.cast(kept, "float32") / ops.sum(ops.cast(kept, "float32"))
        shares = ops.unstack(ops.cast(shares, self.compute_dtype))
        return sum(share * one for share, one in zip(shares, inputs, strict=True))

    def as_keras(self):
        """A Keras layer that takes the mean, for a file that others load; for inference."""
        return keras.layers.Average(name=self.name, dtype=self.dtype_policy.name)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])

    def get_config(self):
        return super().get_config() | {"dropped": self.dropped, "seed": self.seed}


@keras.saving.register_keras_serializable(package="layers")
class TogetherInTraining(keras.layers.Layer):
    """The first of its inputs; in training the sum of all, each times its weight.

    The inputs are logarithms of probabilities, and a cross-entropy is linear in these: that of the
    sum is the weighted sum of the classifiers' own, which is the loss to train with.

    Args:
        weights_of_losses: one for each input.

    Input shape: a list of tensors of one shape.
    Output shape: that shape.

    Example:
        >>> y, z = keras.Input((10,)), keras.Input((10,))
        >>> TogetherInTraining((1.0, 0.3))([y, z]).shape
        (None, 10)

    Source: Szegedy et al., "Going deeper with convolutions", 2015, section 5.
    """

    def __init__(self, weights_of_losses, **kwargs):
        super().__init__(**kwargs)
        self.weights_of_losses = tuple(weights_of_losses)

    def call(self, inputs, training=False):
        if not training:
            return inputs[0]
        return sum(w * y for w, y in zip(self.weights_of_losses, inputs, strict=True))

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])

    def get_config(self):
        return super().get_config() | {"weights_of_losses": self.weights_of_losses}
