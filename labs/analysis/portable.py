"""A trained network as a Keras model for other programs: float32, and of Keras's own layers.

Each function here returns a model that answers as the one it was given; what it returns may share
layers and weights with that one.
"""

import contextlib
import re

import keras
from keras import ops

from dsutil import InputError

# Convolutions that slide over their input. A transposed one has no stride in that sense.
SLIDING = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.DepthwiseConv1D,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv1D,
    keras.layers.SeparableConv2D,
)


def network(model):
    """The model in float32 and of Keras's own layers, as far as a lab's are.

    Raises:
        InputError: a layer of the lab's own cannot be made anew in float32.
    """
    keras.config.set_dtype_policy("float32")  # the lab may have set another one
    return of_keras_alone(in_float32(model))


def with_layers(model, change):
    """The model with `change(layer)` in place of each layer, in nested models as well.

    Args:
        change: from a layer, or an operation of `keras.ops`, to what computes the same.
    """
    functional = type(keras.Model(one := keras.Input((1,)), one))  # which Keras does not name

    def changed(layer):
        if type(layer) in (functional, keras.Sequential):
            return with_layers(layer, change)
        return change(layer)

    inputs = keras.tree.map_structure(_float32_input, model.input)
    return keras.models.clone_model(model, inputs, clone_function=changed)


def _float32_input(x):
    dtype = "float32" if "float" in x.dtype else x.dtype
    return keras.Input(batch_shape=x.shape, dtype=dtype, name=x.name)


# ----------------------------------------------------------------------------------------- float32


def is_float32(layer):
    """Whether a layer, with those inside it, computes and learns in float32."""
    parts = _parts(layer)
    found = {part.compute_dtype for part in parts} | {w.dtype for p in parts for w in p.weights}
    return not any(dtype != "float32" for dtype in found if "float" in dtype)


def in_float32(model):
    """The model with all of it in float32, whatever its layers say.

    Raises:
        InputError: a layer of a lab's own cannot be made anew.
    """
    return with_layers(model, _layer_in_float32)


def _layer_in_float32(layer):
    if not isinstance(layer, keras.Layer):
        return _operation_in_float32(layer)
    if is_float32(layer):
        return layer
    if any("float" in w.dtype and w.dtype != "float32" for w in layer.weights) or is_keras(layer):
        return anew(layer, _config_in_float32(config_of(layer)))
    # Another layer's config may not say all, and its weights are right: only its policy changes.
    for part in _parts(layer):
        part.dtype_policy = "float32"
    return layer


def _operation_in_float32(operation):
    """A `keras.ops` operation, such as a cast to float16, with float32 for its type."""
    if "float" in str(getattr(operation, "dtype", None)):
        return type(operation).from_config(_config_in_float32(operation.get_config()))
    return operation


def _config_in_float32(config):
    """A config in which each `dtype` of floating point is float32; a policy is one, too."""
    if isinstance(config, dict):
        return {
            key: "float32"
            if key == "dtype" and re.search(r"float\d", str(value))
            else _config_in_float32(value)
            for key, value in config.items()
        }
    if isinstance(config, list | tuple):
        return type(config)(map(_config_in_float32, config))
    return config


# ---------------------------------------------------------------------------------- of Keras alone


def of_keras_alone(model):
    """The model with a Keras layer for each of `layers` that knows one that answers as it does."""

    def plain(layer):
        return layer.as_keras() if hasattr(layer, "as_keras") else layer

    return with_layers(model, plain)


def is_keras(layer):
    """Whether a Keras without this project would load the layer."""
    try:
        return not any(foreign(keras.saving.serialize_keras_object(layer)))
    except NotImplementedError:  # it has no config
        return False


def foreign_parts(model):
    """Yields what a model has that a Keras without this project would not load."""
    for layer in reversed(_parts(model)):  # a model's parts before the model
        try:
            layer.get_config()
        except NotImplementedError:
            yield f"a {type(layer).__name__}"
    yield from foreign(model.get_config())


def foreign(config):
    """Yields what a model's config names that a Keras without this project would not load."""
    if isinstance(config, dict):
        name, module = config.get("class_name", "__none__"), config.get("module") or ""
        keras_s_own = f"{module}.".startswith("keras.") and name != "Lambda"
        if not keras_s_own and (not name.startswith("__") or name == "__lambda__"):
            yield f"the function {config['config']}" if name == "function" else f"a {name}"
        config = list(config.values())
    if isinstance(config, list | tuple):
        for part in config:
            yield from foreign(part)


# -------------------------------------------------------------------------------------- for TFLite


def padded_by_hand(model):
    """The model with the padding of strided convolutions as a layer of its own.

    Where the padding is "same" and the stride is larger than the kernel, the last pixels are seen
    by no kernel. TFLite's default delegate then shifts the kernels (google-ai-edge/LiteRT#4847).
    """
    return with_layers(model, _convolution_padded_by_hand)


def _convolution_padded_by_hand(layer):
    if type(layer) not in SLIDING or layer.padding != "same":
        return layer
    sizes = layer.get_build_config()["input_shape"][1:-1]
    if layer.data_format != "channels_last" or not any(
        stride > kernel for stride, kernel in zip(layer.strides, layer.kernel_size, strict=True)
    ):
        return layer
    pads = [
        _same_padding(*axis)
        for axis in zip(sizes, layer.kernel_size, layer.strides, layer.dilation_rate, strict=True)
    ]
    if len(pads) == 1:
        padding = keras.layers.ZeroPadding1D(pads[0])
    else:
        padding = keras.layers.ZeroPadding2D(pads)
    return keras.Sequential([padding, anew(layer, layer.get_config() | {"padding": "valid"})])


def _same_padding(size, kernel, stride, dilation):
    """How many zeros "same" puts before and after an axis."""
    reach = (kernel - 1) * dilation + 1
    needed = max((-(-size // stride) - 1) * stride + reach - size, 0)
    return needed // 2, needed - needed // 2


@contextlib.contextmanager
def unrolled(model, most):
    """Lets recurrent layers be traced step after step for a while, without a loop.

    TFLite has no loops over sequences in a batch of any size.

    Args:
        most: the longest sequence to do so for. The graph has a copy of the layer for each step.
    """
    recurrent = [
        layer
        for layer in _parts(model)
        if isinstance(layer, keras.layers.RNN) and not layer.unroll and _steps(layer) <= most
    ]
    for layer in recurrent:
        layer.unroll = True
    try:
        yield
    finally:
        for layer in recurrent:
            layer.unroll = False


def _steps(layer):
    """The length of the sequence that a recurrent layer was built for."""
    return layer.get_build_config()["input_shape"][1] or float("inf")


# ------------------------------------------------------------------------------------------ layers


def anew(layer, config):
    """A layer made anew from a config, with the weights that it had.

    Raises:
        InputError: it cannot be made from a config.
    """
    try:
        new = type(layer).from_config(config)
        new.build_from_config(layer.get_build_config())
        for ours, theirs in zip(new.weights, layer.weights, strict=True):
            ours.assign(ops.cast(theirs, ours.dtype))
        for part in _parts(new):
            if hasattr(part, "finalize_state"):  # of a layer that learns by `adapt`
                part.finalize_state()
    except Exception as error:  # whatever a layer of a lab's own may raise
        raise InputError(
            f"The layer {layer.name} ({type(layer).__name__}) cannot be made anew from its config "
            f"in float32: give it a get_config that holds all its arguments, or compute it in "
            "float32 in the lab."
        ) from error
    return new


def config_of(layer):
    """A layer's config; an `InputError` if it has none."""
    try:
        return layer.get_config()
    except NotImplementedError as error:
        raise InputError(
            f"The layer {layer.name} ({type(layer).__name__}) has no get_config, and its weights "
            f"are not float32: give it one, or compute it in float32 in the lab."
        ) from error


def _parts(layer):
    """The layer and all layers inside it."""
    return list(layer._flatten_layers())
