"""Compares convolutions and all their gradients with sums over the filters' taps, in NumPy.

    python convolution_gradients.py some|all [dtype]

Prints each convolution that differs. A program of its own, since a wrong kernel may end it.
"""

import itertools
import sys
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

import layers as Layers
from dsutil import InputError
from labs.machines import kernels

BATCH = 16
# The sides are multiples of the strides: oneDNN takes other kernels for the rest.
SIDES = {1: (48,), 2: (24, 24), 3: (12, 12, 12)}
# Of the largest value. Sums of some thousand products are rounded by less; a wrong kernel is off
# by a tenth at least.
ROUNDING = {"float32": 1e-4, "bfloat16": 2e-2}


class Convolution(NamedTuple):
    kind: str  # "conv", "transposed" or "depthwise"
    sides: tuple  # of the filters
    strides: int
    channels: int
    filters: int = 4
    padding: str = "same"
    dilation: int = 1


def sweep(sides, strides, channels, dilations):
    for side, stride, depth, dilation in itertools.product(sides, strides, channels, dilations):
        if stride > 1 and dilation > 1:
            continue  # which Keras refuses
        for rank, padding in itertools.product((1, 2), ("same", "valid")):
            for kind in ("conv", "transposed", "depthwise"):
                yield Convolution(kind, (side,) * rank, stride, depth, 4, padding, dilation)


SOME = [
    Convolution(kind, (side,) * rank, stride, channels, filters)
    for kind, (channels, filters) in {
        "conv": (4, 8),
        "transposed": (8, 4),  # its filters are the channels of the convolution that it transposes
        "depthwise": (1, 1),
    }.items()
    for rank in (1, 2)
    for side, stride in ((1, 2), (1, 3), (2, 2), (3, 2))
] + [
    Convolution("conv", (1, 1), 2, 1, 16),
    Convolution("conv", (1, 1), 2, 12),
    Convolution("conv", (1, 1), 2, 2, padding="valid"),
    Convolution("conv", (1, 3), 2, 4),
    Convolution("conv", (3, 3), 1, 4, dilation=2),
    Convolution("conv", (1, 1, 1), 2, 4),
    Convolution("transposed", (1, 1), 2, 2, 12),
]
ALL = [
    *sweep((1, 2, 3, 4, 5), (1, 2, 3, 4), (1, 3, 7, 8, 12, 17), (1, 2)),
    *(
        Convolution(kind, (side,) * 3, stride, channels)
        for kind in ("conv", "transposed")
        for side in (1, 2, 3)
        for stride in (1, 2, 3)
        for channels in (1, 4, 8, 16)
    ),
    *(
        Convolution(kind, sides, stride, channels)
        for kind in ("conv", "transposed")
        for sides in ((1, 3), (3, 1), (1, 4), (2, 1))
        for stride in (1, 2, 3)
        for channels in (1, 4, 8, 16)
    ),
]


# The reference: each tap of the filter multiplies one pixel in `strides` of the padded pictures.


def taps(c, x):
    """Each tap's place in the filter, with its pixels of padded pictures; and how x is padded."""
    padding, outputs = [(0, 0)], []
    for length, side in zip(x.shape[1:-1], c.sides, strict=True):
        reach = (side - 1) * c.dilation + 1
        missing = max((-(-length // c.strides) - 1) * c.strides + reach - length, 0)
        before = missing // 2 if c.padding == "same" else 0
        after = missing - before if c.padding == "same" else 0
        padding.append((before, after))
        outputs.append((length + before + after - reach) // c.strides + 1)
    places = [
        (
            tap,
            (slice(None),)
            + tuple(
                slice(i * c.dilation, i * c.dilation + (output - 1) * c.strides + 1, c.strides)
                for i, output in zip(tap, outputs, strict=True)
            ),
        )
        for tap in itertools.product(*map(range, c.sides))
    ]
    return places, [*padding, (0, 0)]


def convolved(c, x, kernel):
    places, padding = taps(c, x)
    x = np.pad(x, padding)
    return sum(x[pixels] @ kernel[tap] for tap, pixels in places)


def convolved_gradients(c, x, kernel, dy):
    """dl/dx and dl/dkernel."""
    places, padding = taps(c, x)
    x, dkernel = np.pad(x, padding), np.zeros_like(kernel)
    dx = np.zeros_like(x)
    for tap, pixels in places:
        dx[pixels] += dy @ kernel[tap].T
        dkernel[tap] = np.tensordot(x[pixels], dy, [range(dy.ndim - 1)] * 2)
    inside = [slice(a, length - b) for (a, b), length in zip(padding, x.shape, strict=True)]
    return dx[tuple(inside)], dkernel


def expected(c, x, kernel, dy):
    """y, dl/dx and dl/dkernel."""
    if c.kind == "conv":
        return convolved(c, x, kernel), *convolved_gradients(c, x, kernel, dy)
    if c.kind == "transposed":  # the roles of pictures and their gradients change
        y, dkernel = convolved_gradients(c, dy, kernel, x)
        return y, convolved(c, dy, kernel), dkernel
    y, dx, dkernel = (np.zeros_like(a) for a in (dy, x, kernel))
    for i in range(c.channels):  # each has a filter of its own
        one = np.s_[..., i : i + 1]
        mine = kernel[..., i : i + 1, :]
        y[one] = convolved(c, x[one], mine)
        dx[one], dkernel[..., i : i + 1, :] = convolved_gradients(c, x[one], mine, dy[one])
    return y, dx, dkernel


# The same, by all that a student may write it with.


def keras_layer(c):
    options = {"padding": c.padding, "dilation_rate": c.dilation, "use_bias": False}
    rank = len(c.sides)
    if c.kind == "depthwise":
        kind = getattr(keras.layers, f"DepthwiseConv{rank}D")
        return kind(c.sides, strides=c.strides, **options)
    kind = getattr(keras.layers, f"Conv{rank}D" + "Transpose" * (c.kind == "transposed"))
    return kind(c.filters, c.sides, strides=c.strides, **options)


def of_ours(c):
    def function(t):
        options = {"padding": c.padding, "dilation_rate": c.dilation, "use_bias": False}
        return Layers.conv(t, c.filters, c.sides, c.strides, None, None, **options)

    return function


def of_tensorflow(c):
    """A layer that calls TensorFlow's own function."""
    strides, padding = c.strides, c.padding.upper()

    class Raw(keras.layers.Layer):
        def build(self, shape):
            self.kernel = self.add_weight(shape=(*c.sides, shape[-1], c.filters), name="kernel")

        def call(self, x):
            kernel = tf.cast(self.kernel, x.dtype)
            return tf.nn.conv2d(x, kernel, strides, padding, dilations=c.dilation)

    return Raw()


def ways(c):
    yield "keras", keras_layer(c)
    if c.kind == "conv" and len(c.sides) == 2:
        yield "layers", of_ours(c)
        if c.dilation == 1:
            yield "tf.nn", of_tensorflow(c)


def uniform(shape, seed, dtype):
    numbers = np.random.default_rng(seed).uniform(-0.5, 0.5, shape)
    return tf.cast(tf.constant(numbers, "float32"), dtype)


def differences(c, layer, dtype):
    """How far y, dl/dx and dl/dkernel are off, each as a share of its largest number."""
    pictures = keras.Input((*SIDES[len(c.sides)], c.channels), BATCH)
    model = keras.Model(pictures, layer(pictures))
    (kernel,) = model.trainable_variables
    kernel.assign(tf.cast(uniform(kernel.shape, 1, dtype), "float32"))
    x = uniform(pictures.shape, 2, dtype)
    dy = uniform(model.output_shape, 3, dtype)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = model(x)
        return y, *tape.gradient(y, [x, kernel.value], dy)

    try:
        kernels.check_graph(step.get_concrete_function(x))
    except InputError:
        return [0]  # not computed at all
    right = expected(c, *(np.asarray(tf.cast(a, "float64")) for a in (x, kernel.value, dy)))
    got = [np.asarray(tf.cast(a, "float64")) for a in step(x)]
    return [abs(a - b).max() / abs(b).max() for a, b in zip(got, right, strict=True)]


def main(which, dtype="float32"):
    keras.config.set_dtype_policy({"bfloat16": "mixed_bfloat16"}.get(dtype, dtype))
    kernels.mend_gradients()
    for c in {"some": SOME, "all": ALL}[which]:
        for way, layer in ways(c):
            off = differences(c, layer, dtype)
            if not max(off) < ROUNDING[dtype]:  # NaN is wrong as well
                print(way, c, "y, dx and dkernel are off by", off)


if __name__ == "__main__":
    main(*sys.argv[1:])
