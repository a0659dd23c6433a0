"""How the lecture's layers start: weights from a truncated normal of stddev 0.1, biases at 0."""

import copy
import random

import keras
import numpy as np

WEIGHT_STDDEV = 0.1


def weights():
    """The slides' `tf.truncated_normal(shape, stddev=0.1)`: nothing beyond two deviations."""
    return keras.initializers.TruncatedNormal(stddev=WEIGHT_STDDEV)


def for_layer(number, options):
    """`options` for one of several layers that share them: its weights start differently.

    A random initializer draws the same numbers whenever it is called, so each layer needs one of
    its own. With a seed, layer number 0 has the one that was given, and the seeds of the others
    follow from it.
    """
    return {
        name: _own(number, value) if name.endswith("_initializer") else value
        for name, value in options.items()
    }


def _own(number, initializer):
    if isinstance(initializer, dict):
        initializer = keras.initializers.get(initializer)
    if not isinstance(getattr(initializer, "seed", None), int):
        # It draws nothing, goes on drawing, or is a name of which Keras makes a new one each time.
        return initializer
    own = copy.copy(initializer)
    if initializer.get_config().get("seed") is None:
        own.seed = random.randint(1, 10**9)  # as Keras chooses it, and as repeatable
    elif number:
        entropy = np.random.SeedSequence([initializer.seed % 2**32, number])
        own.seed = own._init_seed = int(
            entropy.generate_state(1)[0]
        )  # the latter is for its config
    return own
