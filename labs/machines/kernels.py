"""Convolutions that oneDNN's kernels compute wrongly: mended, or refused with a sentence.

In oneDNN 3.7, which TensorFlow 2.21 has, two kernels are wrong:

- The gradient of a 1x1 filter with strides above 1, in any precision. The pixels that the strides
  meet are copied into a buffer, which is too small where they have few channels: below 8 with AVX2,
  below 16 with AVX-512 (uxlfoundation/oneDNN#6035). The gradient is wrong, other memory is
  overwritten, and the process dies sooner or later. `mend_gradients` mends it.
- The values of a convolution in bfloat16 on a processor with AMX, if the filters have an even side
  of 4 or more, such as 4x4 or 8x8, and see 4 to 31 channels. `check_graph` refuses it.
"""

import functools
import os

import tensorflow as tf
from tensorflow.python.framework.ops import gradient_registry
from tensorflow.python.util import _pywrap_util_port

from dsutil import InputError
from labs.machines import devices

_ATTRIBUTES = ("strides", "padding", "explicit_paddings", "data_format", "dilations")
_CONVOLUTIONS = {
    "Conv2D": (*_ATTRIBUTES, "use_cudnn_on_gpu"),
    "DepthwiseConv2dNative": _ATTRIBUTES,  # with one channel it is an ordinary convolution
}
# In the transposed ones' gradient is an ordinary convolution, with the same filters.
_WRONG_WITH_AMX = {"Conv2D", "Conv2DBackpropInput", "Conv3D", "Conv3DBackpropInputV2"}


@functools.cache
def mend_gradients():
    """Mends the gradient of strided 1x1 filters, in all that is traced from now on.

    The filter's gradient is the one that it has with strides of 1 on the pixels that the strides
    meet. It is mended where TensorFlow keeps the gradients of its operations, since any layer may
    need it, Keras's or a student's own. Without oneDNN nothing is changed.
    """
    if not _pywrap_util_port.IsMklEnabled():
        return
    for name, attributes in _CONVOLUTIONS.items():
        _replace(name, functools.partial(_gradient, name, attributes))
        _replace(f"{name}BackpropInput", functools.partial(_transposed_gradient, name, attributes))


def _replace(operation, gradient):
    """Registers `gradient` for where oneDNN's is wrong; elsewhere TensorFlow's stays."""
    original = gradient_registry.lookup(operation)
    del gradient_registry._registry[operation]  # it takes no second one

    @tf.RegisterGradient(operation)
    def _(op, dy):
        return gradient(op, dy) if _is_wrong(op) else original(op, dy)


def _is_wrong(op):
    one_pixel = op.inputs[1].shape[:2] == (1, 1)
    padded = any(op.get_attr("explicit_paddings"))
    return one_pixel and max(op.get_attr("strides")) > 1 and not padded


def _gradient(name, attributes, op, dy):
    """dl/dx and dl/dkernel of y = convolution(x, kernel)."""
    x, kernel = op.inputs
    given = {attribute: op.get_attr(attribute) for attribute in attributes}
    backprop_input = getattr(tf.raw_ops, f"{name}BackpropInput")
    dx = backprop_input(input_sizes=tf.shape(x), filter=kernel, out_backprop=dy, **given)
    return dx, _filter_gradient(name, x, kernel, dy, given)


def _transposed_gradient(name, attributes, op, dy):
    """dl/dkernel and dl/dx of the transposed convolution y = backprop_input(_, kernel, x)."""
    _, kernel, x = op.inputs
    given = {attribute: op.get_attr(attribute) for attribute in attributes}
    dx = getattr(tf.raw_ops, name)(input=dy, filter=kernel, **given)
    return None, _filter_gradient(name, dy, kernel, x, given), dx


def _filter_gradient(name, wide, kernel, narrow, attributes):
    """dl/dkernel, where the strides lead from the `wide` pictures to the `narrow` ones."""
    met = wide[tuple(slice(None, None, stride) for stride in attributes["strides"])]
    return getattr(tf.raw_ops, f"{name}BackpropFilter")(
        input=met,
        filter_sizes=tf.shape(kernel),
        out_backprop=narrow,
        **(attributes | {"strides": [1, 1, 1, 1]}),
    )


def check_graph(function):
    """Refuses what oneDNN computes wrongly and `mend_gradients` does not mend.

    Args:
        function: a `tf.types.experimental.ConcreteFunction`, a training step for instance.

    Raises:
        InputError: there is such a convolution in it.
    """
    if not _uses_amx():
        return
    for op in _operations(function.graph):
        if op.type in _WRONG_WITH_AMX and _is_wrong_with_amx(op.inputs[1]):
            *sides, channels, _ = op.inputs[1].shape
            raise InputError(
                f"The convolution {op.name!r} has filters of {'x'.join(map(str, sides))} on "
                f"{channels} channels, which oneDNN computes wrongly in bfloat16 on this processor "
                "(with AMX): add --precision float32, or write ONEDNN_MAX_CPU_ISA=AVX512_CORE_FP16 "
                "in front of the command."
            )


def _uses_amx():
    if not _pywrap_util_port.IsMklEnabled() or tf.config.list_logical_devices("GPU"):
        return False
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA", "DEFAULT").upper()
    allowed = limit in ("DEFAULT", "ALL") or "AMX" in limit
    return allowed and "amx_bf16" in devices.processor_flags()


def _is_wrong_with_amx(kernel):
    if kernel.dtype != tf.bfloat16 or not kernel.shape.is_fully_defined():
        return False
    *sides, channels, _ = kernel.shape
    return 4 <= channels < 32 and any(side >= 4 and side % 2 == 0 for side in sides)


def _operations(graph):
    """All that are in `graph`, and in the functions that it calls."""
    yield from graph.get_operations()
    for function in graph._functions.values():
        yield from _operations(function.graph)
