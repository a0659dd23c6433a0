"""Looking at a network leaves no trace in it."""

import contextlib
import random

import numpy as np
import tensorflow as tf
from keras.src.random.seed_generator import global_seed_generator


@contextlib.contextmanager
def unchanged(model):
    """Whatever the model's layers change when they are called in here is undone at the end.

    That is every variable: layers may count their calls, keep averages, states or metrics, and
    move the states of their random generators. It is also the generators that all share, those of
    Keras, NumPy and Python.
    """
    python, numpy = random.getstate(), np.random.get_state()
    variables = _variables(model)
    # No copies: a variable that is assigned to leaves its old memory to those who read it.
    before = [tf.convert_to_tensor(variable) for variable in variables]
    try:
        yield
    finally:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
        random.setstate(python)
        np.random.set_state(numpy)


def _variables(model):
    """TensorFlow's variables below the model; of one with copies on several devices, each copy."""
    # The last one is what layers draw from that have no generator of their own.
    of_keras = [*model.variables, *model.metrics_variables, global_seed_generator().state]
    found = [variable.value for variable in of_keras]
    for tracked in tf.train.TrackableView(model).descendants():
        if isinstance(tracked, tf.Variable):
            found.append(tracked)  # a layer may use these without Keras's knowing
    return [copy for variable in found for copy in getattr(variable, "values", (variable,))]
