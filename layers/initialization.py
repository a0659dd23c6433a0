"""How the lecture's layers start: weights from a truncated normal of stddev 0.1, biases at 0."""

import keras

WEIGHT_STDDEV = 0.1


def weights():
    """The slides' `tf.truncated_normal(shape, stddev=0.1)`: nothing beyond two deviations."""
    return keras.initializers.TruncatedNormal(stddev=WEIGHT_STDDEV)
