"""Starting weights by the data: layer-sequential unit-variance initialization (LSUV)."""

import contextlib
import functools
import random

import keras
from keras import ops


def lsuv(model, images, tolerance=0.1, most=10):
    """Makes the kernels orthonormal, then scales each so that its layer's outputs have variance 1.

    The slide: "init W with gaussian distribution, SVD on W, minibatch, rescale to have variance 1,
    iterates on layers". It concerns each layer that has a kernel and may learn: convolutions and
    fully connected layers, also those of a model within the model, in the order in which the
    network calls them. A kernel is taken as a matrix with a column for each filter or unit; its
    columns are orthonormal, or its rows where it has more columns than rows. The variance is that
    of all outputs on `images` together, before the activation, everything else being as in
    inference.

    A layer whose outputs are all equal, or not finite, cannot be scaled and stays orthonormal.

    Nothing but the kernels changes. The same `keras.utils.set_random_seed` and the same images give
    the same kernels.

    Args:
        model: a Keras model.
        images: a batch of its inputs; in the labs (batch, numbers) in [-0.5, 0.5).
        tolerance: how far from 1 a variance may stay.
        most: how many times a kernel is scaled at most.

    Example:
        >>> x = keras.Input((2304,))
        >>> lsuv(keras.Model(x, keras.layers.Dense(50)(x)), keras.random.uniform((128, 2304)) - 0.5)

    Source: Mishkin and Matas, "All you need is a good init", 2016.
    """
    if not model.built:
        model(images, training=False)  # which builds it
    state = random.getstate()  # of which Keras makes the seeds of its initializers
    try:
        with contextlib.ExitStack() as until_called:
            for layer in _learned_kernels(model):
                start = functools.partial(_start, layer, tolerance, most)
                until_called.enter_context(_before_its_first_call(layer, start))
            model(images, training=False)
    finally:
        random.setstate(state)


def _learned_kernels(model):
    """The layers of the model, and of models within, whose kernel may learn; each once."""
    layers = {}
    for layer in model.layers:
        if hasattr(layer, "layers"):
            layers |= {id(inner): inner for inner in _learned_kernels(layer)}
        elif hasattr(layer, "kernel") and hasattr(layer, "activation") and layer.trainable:
            layers[id(layer)] = layer
    return list(layers.values())


@contextlib.contextmanager
def _before_its_first_call(layer, action):
    """Has `action(inputs)` happen when the layer is first called, once all before it are done.

    So a single pass through the network meets each layer with the inputs that it is to be scaled
    for, in models of any style.
    """
    call, waiting = layer.call, [action]

    @functools.wraps(call)
    def act_and_call(inputs, *args, **kwargs):
        if waiting:
            waiting.pop()(inputs)
        return call(inputs, *args, **kwargs)

    layer.call = act_and_call
    try:
        yield
    finally:
        del layer.call  # its class's own is back


def _start(layer, tolerance, most, inputs):
    """Gives the layer its kernel, which is kept here: the layer's may be read in 16 bits."""
    kernel = keras.initializers.Orthogonal()(layer.kernel.shape)
    layer.kernel.assign(kernel)
    for _ in range(most):
        variance = _variance_before_activation(layer, inputs)
        if abs(variance - 1) <= tolerance or not 0 < variance < float("inf"):
            return
        kernel /= variance**0.5
        layer.kernel.assign(kernel)


def _variance_before_activation(layer, inputs):
    activation, layer.activation = layer.activation, None
    try:
        return float(ops.var(ops.cast(layer.call(inputs), "float32")))
    finally:
        layer.activation = activation
