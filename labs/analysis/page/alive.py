"""A trained network as a list of layers and their weights, for the page's JavaScript to compute.

The page knows a dozen kinds of layers, each simpler than Keras's: paddings are numbers of pixels,
batch normalization is a scale and an offset, and whatever does nothing at inference is "same".
"""

import dataclasses
import math

import keras
import numpy as np
from keras.src.ops.numpy import GetItem  # what `t[:, ::2, ::2]` is in a network

from dsutil import InputError

ACTIVATIONS = (
    "linear relu relu6 leaky_relu elu selu gelu sigmoid tanh softplus softsign silu exponential "
    "softmax log_softmax"
).split()
# At inference they hand on what they are given.
NOTHING = (
    keras.layers.Identity,
    keras.layers.Dropout,
    keras.layers.SpatialDropout2D,
    keras.layers.AlphaDropout,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
    keras.layers.ActivityRegularization,
    keras.layers.RandomBrightness,
    keras.layers.RandomContrast,
    keras.layers.RandomErasing,
    keras.layers.RandomFlip,
    keras.layers.RandomRotation,
    keras.layers.RandomTranslation,
    keras.layers.RandomZoom,
)


class CannotBeShown(InputError):
    """A network has something that the page cannot compute; the text is a sentence about it."""


@dataclasses.dataclass
class Translated:
    """A network as the page has it.

    Attributes:
        layers: a dict for each, in an order in which each comes after those that it takes from:
            its `kind`, `name`, `says` (what it does in words), `from` (the numbers of those
            layers), `shape` of what comes out, `parameters`, and what the kind needs besides.
            Weights are (first, shape) in `weights`.
        output: the number of the layer that the network's output comes out of.
        weights: all of them in a row, float32.
    """

    layers: list
    output: int
    weights: np.ndarray


def translated(model):
    """A functional `keras.Model` with one input and one output as a `Translated`.

    Args:
        model: in float32 and of Keras's own layers, as `portable.network` makes it.

    Raises:
        CannotBeShown: it has a layer, or an argument of one, that the page does not know.
    """
    # Its nodes are the calls of its layers: a layer may be called more than once.
    if not hasattr(model, "_nodes_by_depth") or len(model.inputs) != 1 or len(model.outputs) != 1:
        raise CannotBeShown(f"The network, a {type(model).__name__}, is no graph of layers.")
    layers, weights, number_of = [], _Weights(), {}
    by_depth = model._nodes_by_depth
    for node in (node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]):
        operation, (output, *more) = node.operation, node.outputs
        if more:
            raise _unknown(operation, f"a {type(operation).__name__} with several outputs")
        layer = {
            "name": operation.name,
            "from": [number_of[id(tensor)] for tensor in node.input_tensors],
            "shape": list(output.shape[1:]),
            "parameters": _parameters(operation),
        }
        inputs = [layers[number]["shape"] for number in layer["from"]]
        layer |= _told(operation)(operation, node, inputs, weights)
        number_of[id(output)] = len(layers)
        layers.append(layer)
    return Translated(layers, number_of[id(model.outputs[0])], weights.all())


def _parameters(operation):
    """How many numbers a layer has learned; an operation of `keras.ops` has none."""
    return sum(math.prod(weight.shape) for weight in getattr(operation, "trainable_weights", ()))


class _Weights:
    """Arrays laid in a row."""

    def __init__(self):
        self._rows, self._count = [], 0

    def add(self, values):
        """Takes an array in; returns where it lies: (first, shape)."""
        row = np.asarray(values, np.float32)
        first, self._count = self._count, self._count + row.size
        self._rows.append(row.ravel())
        return [first, list(row.shape)]

    def all(self):
        return np.concatenate([np.zeros(0, np.float32), *self._rows])


def _told(operation):
    """The function that says what an operation is; of no subclass, which may compute otherwise."""
    if type(operation) in NOTHING:
        return _nothing
    try:
        return KINDS[type(operation)]
    except KeyError:
        raise _unknown(operation, f"a {type(operation).__name__}") from None


def _unknown(operation, what):
    return CannotBeShown(
        f"The layer {operation.name} is {what}, which this page cannot compute, so the network at "
        "work is left out."
    )


# ------------------------------------------------------------------------ the layers, kind by kind


def _input(layer, node, inputs, weights):
    return {"kind": "input", "says": "the image"}


def _nothing(layer, node, inputs, weights):
    return {"kind": "same", "says": "changes nothing at inference"}


def _reshaped(layer, node, inputs, weights):
    return {"kind": "same", "says": "the same numbers in another shape"}


def _dense(layer, node, inputs, weights):
    activation = _activation_of(layer)
    return {
        "kind": "dense",
        "says": f"{layer.units} units, each on all {inputs[0][-1]:,} inputs{_then(activation)}",
        "kernel": weights.add(layer.kernel),
        "bias": weights.add(layer.bias) if layer.use_bias else None,
        "activation": activation,
    }


def _conv(layer, node, inputs, weights):
    _check_channels_last(layer)
    if layer.groups != 1:
        raise _unknown(layer, f"a convolution in {layer.groups} groups")
    activation, size = _activation_of(layer), (*layer.kernel_size, inputs[0][-1])
    strides = "" if set(layer.strides) == {1} else f", stride {_by(layer.strides)}"
    dilated = "" if set(layer.dilation_rate) == {1} else f", {_by(layer.dilation_rate)} apart"
    return {
        "kind": "conv",
        "says": f"{layer.filters} filters of {_by(size)}{strides}{dilated}"
        f", padding “{layer.padding}”{_then(activation)}",
        "kernel": weights.add(layer.kernel),
        "bias": weights.add(layer.bias) if layer.use_bias else None,
        "strides": list(layer.strides),
        "dilation": list(layer.dilation_rate),
        "pads": _pads(layer, inputs[0], layer.kernel_size, layer.dilation_rate),
        "activation": activation,
    }


def _pool(layer, node, inputs, weights):
    _check_channels_last(layer)
    of = "max" if isinstance(layer, keras.layers.MaxPooling2D) else "average"
    told = {"max": "largest", "average": "mean"}[of]
    return {
        "kind": "pool",
        "of": of,
        "says": f"the {told} of each {_by(layer.pool_size)} pixels, stride {_by(layer.strides)}",
        "size": list(layer.pool_size),
        "strides": list(layer.strides),
        "pads": _pads(layer, inputs[0], layer.pool_size),
    }


def _global_pool(layer, node, inputs, weights):
    """A pool as large as the map."""
    _check_channels_last(layer)
    of = "max" if isinstance(layer, keras.layers.GlobalMaxPooling2D) else "average"
    size = inputs[0][:2]
    says = f"the {'largest' if of == 'max' else 'mean'} of each whole map"
    return {"kind": "pool", "of": of, "says": says, "size": size, "strides": size, "pads": [0, 0]}


def _batchnorm(layer, node, inputs, weights):
    """At inference a scale and an offset for each feature, worked out here in 64 bits."""
    if layer.axis not in (-1, len(inputs[0])):
        raise _unknown(layer, f"a batch normalization over axis {layer.axis}")
    mean, variance = np.float64(layer.moving_mean), np.float64(layer.moving_variance)
    scale = 1 / np.sqrt(variance + layer.epsilon)
    scale = scale * np.float64(layer.gamma) if layer.scale else scale
    offset = (np.float64(layer.beta) if layer.center else 0) - mean * scale
    return {
        "kind": "scale",
        "says": "each feature normalised, then scaled and moved",
        "kernel": weights.add(scale),
        "bias": weights.add(offset),
    }


def _rescaling(layer, node, inputs, weights):
    features = inputs[0][-1:]
    return {
        "kind": "scale",
        "says": "each number times a constant, plus another",
        "kernel": weights.add(np.broadcast_to(layer.scale, features)),
        "bias": weights.add(np.broadcast_to(layer.offset, features)),
    }


def _activation(layer, node, inputs, weights):
    activation = _activation_of(layer)
    return {"kind": "activation", "says": activation["name"], "activation": activation}


def _relu(layer, node, inputs, weights):
    if layer.threshold:
        raise _unknown(layer, f"a ReLU with the threshold {layer.threshold:g}")
    activation = {
        "name": "relu",
        "slope": float(layer.negative_slope or 0),
        "most": None if layer.max_value is None else float(layer.max_value),
    }
    return {"kind": "activation", "says": "relu", "activation": activation}


def _leaky_relu(layer, node, inputs, weights):
    activation = {"name": "leaky_relu", "slope": float(layer.negative_slope)}
    return {"kind": "activation", "says": "leaky relu", "activation": activation}


def _elu(layer, node, inputs, weights):
    activation = {"name": "elu", "alpha": float(layer.alpha)}
    return {"kind": "activation", "says": "elu", "activation": activation}


def _softmax(layer, node, inputs, weights):
    if layer.axis not in (-1, len(inputs[0])):
        raise _unknown(layer, f"a softmax over axis {layer.axis}")
    return {"kind": "activation", "says": "softmax", "activation": {"name": "softmax"}}


def _add(layer, node, inputs, weights):
    if any(shape != inputs[0] for shape in inputs):
        raise _unknown(layer, "an addition of different shapes")
    return {"kind": "add", "says": f"the sum of {len(inputs)} inputs, number by number"}


def _picked(operation, node, inputs, weights):
    """Of `t[:, ::2, ::2]` the steps; every other choice is refused."""
    key = node.arguments.args[1] if len(node.arguments.args) > 1 else node.arguments.kwargs["key"]
    key = key if isinstance(key, tuple) else (key,)
    plain = all(isinstance(one, slice) and one.start is one.stop is None for one in key)
    steps = [one.step or 1 for one in key] if plain else []
    if len(inputs[0]) != 3 or len(steps) > 4 or not plain or min(steps, default=1) < 1:
        raise _unknown(operation, "a choice of numbers")
    batch, high, wide, channels = (*steps, 1, 1, 1, 1)[:4]
    if (batch, channels) != (1, 1):
        raise _unknown(operation, "a choice of numbers")
    return {
        "kind": "pool",
        "of": "max",  # of a single pixel
        "says": f"every pixel that a stride of {_by((high, wide))} meets",
        "size": [1, 1],
        "strides": [high, wide],
        "pads": [0, 0],
    }


KINDS = {
    keras.layers.InputLayer: _input,
    keras.layers.Reshape: _reshaped,
    keras.layers.Flatten: _reshaped,
    keras.layers.Dense: _dense,
    keras.layers.Conv2D: _conv,
    keras.layers.MaxPooling2D: _pool,
    keras.layers.AveragePooling2D: _pool,
    keras.layers.GlobalMaxPooling2D: _global_pool,
    keras.layers.GlobalAveragePooling2D: _global_pool,
    keras.layers.BatchNormalization: _batchnorm,
    keras.layers.Rescaling: _rescaling,
    keras.layers.Activation: _activation,
    keras.layers.ReLU: _relu,
    keras.layers.LeakyReLU: _leaky_relu,
    keras.layers.ELU: _elu,
    keras.layers.Softmax: _softmax,
    keras.layers.Add: _add,
    GetItem: _picked,
}


# --------------------------------------------------------------------- what several have in common


def _activation_of(layer):
    """A layer's activation function, by Keras's name."""
    name = keras.activations.serialize(layer.activation)
    if name not in ACTIVATIONS:
        named = name if isinstance(name, str) else getattr(layer.activation, "name", "of its own")
        raise _unknown(layer, f"a {type(layer).__name__} with the activation {named}")
    return {"name": name}


def _check_channels_last(layer):
    if layer.data_format != "channels_last":
        raise _unknown(layer, f"a {type(layer).__name__} whose channels come first")


def _pads(layer, shape, size, dilation=(1, 1)):
    """How many pixels are added above and left of a map; what is added elsewhere follows."""
    if layer.padding == "valid":
        return [0, 0]
    return [_pad(*axis) for axis in zip(shape[:2], size, layer.strides, dilation, strict=True)]


def _pad(size, kernel, stride, dilation):
    """The smaller half of what "same" adds to an axis."""
    reach = (kernel - 1) * dilation + 1
    return max((-(-size // stride) - 1) * stride + reach - size, 0) // 2


def _by(sizes):
    return "\N{MULTIPLICATION SIGN}".join(map(str, sizes))


def _then(activation):
    return "" if activation["name"] == "linear" else f", then {activation['name']}"
