"""Activation functions by whatever name the lab calls them."""

import keras


def activation(function):
    """Keras's own function for one of TensorFlow's, `tf.nn.log_softmax` for instance.

    A `.keras` file can only name Keras's functions, so a network with TensorFlow's could be saved
    but not loaded. Anything else (a Keras name, a function, None) is returned as it is.
    """
    name = getattr(function, "__name__", "").removesuffix("_v2")
    of_tensorflow = getattr(function, "__module__", "").startswith("tensorflow.")
    return getattr(keras.activations, name, function) if of_tensorflow else function
