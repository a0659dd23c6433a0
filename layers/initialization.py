"""How the lecture's layers start: weights from a truncated normal of stddev 0.1, biases at 0.

And the other ways to start that the lecture compares (slides "Parameter initialization" and "Weight
Initialization"), by their names there.
"""

import copy
import random

import keras
import numpy as np

WEIGHT_STDDEV = 0.1
BY_NAME = {
    "zeros": keras.initializers.Zeros,
    "equal": lambda: keras.initializers.Constant(0.01),
    "1/N": keras.initializers.LecunNormal,
    "xavier": keras.initializers.GlorotNormal,
    "he": keras.initializers.HeNormal,
    "gaussian": lambda: keras.initializers.RandomNormal(stddev=0.01),
    "orthonormal": keras.initializers.Orthogonal,
}


def weights():
    """The slides' `tf.truncated_normal(shape, stddev=0.1)`: nothing beyond two deviations."""
    return keras.initializers.TruncatedNormal(stddev=WEIGHT_STDDEV)


def initializer(name):
    """The Keras initializer that the lecture calls `name`.

    N_in and N_out are how many numbers go into a unit and come out of it; with a convolution, F * F
    for each channel and for each filter.

    Args:
        name: one of

            - "zeros": tanh units get no gradients, nor do any behind them.
            - "equal": 0.01 each. All units of a layer behave, and stay, the same.
            - "1/N": variance 1 / N_in (LeCun).
            - "xavier": variance 2 / (N_in + N_out) (Glorot).
            - "he": variance 2 / N_in, for relu.
            - "gaussian": standard deviation 0.01.
            - "orthonormal": the units' weights are orthonormal vectors, as many as there can be.

            "1/N", "xavier" and "he" are normal distributions cut off at two deviations, with the
            variance as given after the cut; "gaussian" is not cut off. Anything else is what
            `keras.initializers.get` takes: a Keras name, an initializer, a function.

    Example:
        >>> initializer("1/N").scale
        1.0

    Raises:
        ValueError: there is no initializer of that name.

    Source: the slides; LeCun et al., "Efficient BackProp", 1998; Glorot and Bengio, "Understanding
    the difficulty of training deep feedforward neural networks", 2010; He et al., "Delving Deep
    into Rectifiers", 2015; Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics
    of learning in deep linear neural networks", 2014.
    """
    if isinstance(name, str) and name in BY_NAME:
        return BY_NAME[name]()
    try:
        return keras.initializers.get(name)
    except ValueError as error:
        raise ValueError(
            f"No initializer is called {name!r}: expected one of {', '.join(BY_NAME)}, or one of "
            "Keras's, such as he_uniform."
        ) from error


def with_initializer(options):
    """A layer's `options` with the initializer of its kernel, which may have been named."""
    options = {"kernel_initializer": weights()} | options
    return options | {"kernel_initializer": initializer(options["kernel_initializer"])}


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
