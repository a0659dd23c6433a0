"""What is inside a network: its layers at whatever depth, by name, and the calls of them."""

import contextlib

import keras
import tensorflow as tf

# What these put out, their input shows as well.
PLAIN = (keras.layers.InputLayer, keras.layers.Reshape, keras.layers.Flatten, keras.layers.Dropout)


def layers_in(model, enters=lambda layer: True):
    """The layers of a model and the layers inside those: {layer: name}, as the model lists them.

    The model's own layers keep their names. Inside of another one, a layer's name is its path,
    `block/conv_1`: two blocks may each have a `conv_1`.

    Args:
        enters: which layers to look into.
    """
    paths = {}

    def visit(parent, prefix):
        for layer in parent._flatten_layers(include_self=False, recursive=False):
            if layer not in paths:
                paths[layer] = prefix + layer.name
                if enters(layer):
                    visit(layer, f"{paths[layer]}/")

    visit(model, "")
    return dict(zip(paths, distinct(paths.values()), strict=True))


def units(model):
    """The layers whose work is worth looking at: {layer: name}.

    A layer of Keras's own is one unit, whatever it is made of: an LSTM is not its cell, and so is
    what is derived from Keras's RNN, whose cell is called at every step. Models and other layers
    that somebody else wrote are taken apart. A model that only passes things on from layer
    to layer is no unit itself.
    """
    return {
        layer: name
        for layer, name in layers_in(model, is_taken_apart).items()
        if not isinstance(layer, PLAIN) and not _only_passes_on(layer)
    }


def learning_units(model):
    """Those units that learn by themselves, not only by what is inside of them: {layer: name}."""
    return {
        layer: name
        for layer, name in units(model).items()
        if (_own(layer, "trainable_weights") if is_taken_apart(layer) else layer.trainable_weights)
    }


def is_taken_apart(layer):
    by_keras = type(layer).__module__.partition(".")[0] == "keras"
    whole = by_keras or isinstance(layer, keras.layers.RNN)
    return isinstance(layer, keras.Model) or not whole


def _only_passes_on(layer):
    return isinstance(layer, keras.Model) and bool(layer.layers) and not _own(layer, "weights")


def _own(layer, kind):
    """Which weights of this `kind` a layer has beside those of the layers inside of it."""
    inner = layer._flatten_layers(include_self=False, recursive=False)
    theirs = {id(weight) for part in inner for weight in getattr(part, kind)}
    return [weight for weight in getattr(layer, kind) if id(weight) not in theirs]


def frozen_weights(layer):
    """Those weights that a layer, or one inside of it, would learn if it were not frozen."""
    parts = [part for part in layer._flatten_layers() if not part.trainable]
    # A layer knows its own kinds of weights; frozen, it says of none that it is trainable.
    weights = {id(weight): weight for part in parts for weight in part._trainable_variables}
    return list(weights.values())


def variable_names(model):
    """A name for each trainable variable, in their order: its path, if no other has the same.

    Keras gives equal paths to the variables of equally named layers in different models.
    """
    owners = {
        id(variable): path
        for layer, path in layers_in(model).items()  # the outer ones first, so the inner ones count
        for variable in layer.trainable_variables
    }
    paths = [variable.path for variable in model.trainable_variables]
    return distinct(
        f"{owners[id(variable)]}/{variable.name}"
        if paths.count(path) > 1 and id(variable) in owners
        else path
        for variable, path in zip(model.trainable_variables, paths, strict=True)
    )


def distinct(names):
    """The names; where one comes again, it gets a number: fc, fc (2), fc (3)."""
    given = {}
    for name in names:
        free, number = name, 1
        while free in given:
            number += 1
            free = f"{name} ({number})"
        given[free] = None
    return list(given)


@contextlib.contextmanager
def watching(note):
    """Calls note(layer, args, kwargs, outputs) when any layer has been called, for a while.

    The outputs are tensors of their own, though a layer may return what it was given, or an LSTM
    its output again as its state: the derivative by each is that of what comes after the layer.
    """
    call = keras.layers.Layer.__call__

    def noted_call(layer, *args, **kwargs):
        outputs = keras.tree.map_structure(_own_tensor, call(layer, *args, **kwargs))
        note(layer, args, kwargs, outputs)
        return outputs

    # Keras has no hook for it. `call` of each layer would miss what Keras does around it.
    keras.layers.Layer.__call__ = noted_call
    try:
        yield
    finally:
        keras.layers.Layer.__call__ = call


def _own_tensor(value):
    if not isinstance(value, tf.Tensor) or not _has_numbers(value):
        return value
    tensor = tf.identity(value)
    if hasattr(value, "_keras_mask"):
        tensor._keras_mask = value._keras_mask
    return tensor


def named_tensors(structure, name=""):
    """Yields (name, tensor) for what layers take or return: a tensor, or any nest of such.

    The first of several has the name itself, the others a number or their key: lstm, lstm/2.
    """
    if isinstance(structure, dict):
        for key, part in structure.items():
            yield from named_tensors(part, f"{name}/{key}")
    elif isinstance(structure, (list, tuple)):
        for number, part in enumerate(structure, 1):
            yield from named_tensors(part, name if number == 1 else f"{name}/{number}")
    elif isinstance(structure, tf.Tensor) and _has_numbers(structure):
        yield name, structure


def _has_numbers(tensor):
    """Whether it is real numbers that are known: inside a `tf.function` they are not."""
    real = tensor.dtype.is_floating or tensor.dtype.is_integer or tensor.dtype.is_bool
    return real and not tf.is_symbolic_tensor(tensor)
