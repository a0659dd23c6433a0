"""gradients: the lectures' worked examples, and the gradient of every layer, checked by numbers.

Prints the arithmetic of the linear classifier (lecture 003), of backpropagation (004) and of the
sigmoid's slope (000). Then, for each kind of layer, the analytic gradient, which TensorFlow's tape
finds by the chain rule, beside the numeric one: each input and each weight in turn is moved a
little to either side. Layers that draw anew at each call, such as dropout, have no such gradient.

    python -m labs.optimization.gradients
"""

import dataclasses
import functools
import sys
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

import layers as Layers
from labs.analysis import tables
from labs.optimization.activations import ACTIVATIONS
from labs.training.options import Parser

CLASSES = ("cat", "turtle", "owl")
W = np.array([[0.1, -0.25, 0.1, 2.5], [0, 0.5, 0.2, -0.6], [2, 0.8, 1.8, -0.1]])
X = np.array([1, 73, 227, 82])
B = np.array([-2, 1.7, -0.5])
ON_THE_SLIDE = (-337.3, -38.6, 460.3)

HEADER = ("layer", "numbers", "precision", "largest difference", "allowed", "verdict")


@dataclasses.dataclass(frozen=True)
class Precision:
    """How far a number is moved, and how far the two gradients may then be apart.

    The shift balances two errors: a large one sees the curve of the function, and a small one is
    lost in the rounding of its values.
    """

    name: str
    shift: float
    allowed: float


DOUBLE = Precision("float64", 1e-5, 1e-6)
SINGLE = Precision("float32", 1e-2, 1e-3)


@dataclasses.dataclass(frozen=True)
class Layer:
    """A kind of layer, small enough for each of its numbers to be moved.

    Attributes:
        build: from a Keras tensor to a Keras tensor.
        shape: of an input, without the batch.
        precision: in which it computes.
    """

    build: Callable
    shape: tuple = (4, 4, 4)
    precision: Precision = DOUBLE


def activated(make, t):
    return make(None)(t)


LAYERS = {
    "fc": Layer(lambda t: Layers.fc(t, 3), (6,)),
    "conv": Layer(lambda t: Layers.conv(t, 3, 3)),
    "conv, strides 2": Layer(lambda t: Layers.conv(t, 3, 3, 2)),
    "conv_transposed": Layer(lambda t: Layers.conv_transposed(t, 2, 4, 2)),
    "maxpool": Layer(lambda t: Layers.maxpool(t, 2)),
    "avgpool": Layer(lambda t: Layers.avgpool(t, 2)),
    "global_avgpool": Layer(lambda t: Layers.global_avgpool(t)),
    # Its moments are of 32 bits, whatever goes in.
    "batchnorm": Layer(lambda t: Layers.batchnorm(t), precision=SINGLE),
    "layernorm": Layer(lambda t: Layers.layernorm(t)),
    "residual": Layer(lambda t: Layers.residual(t, 4, 3)),
    "residual, strides 2": Layer(lambda t: Layers.residual(t, 6, 3, 2)),
    "squeeze_excitation": Layer(lambda t: Layers.squeeze_excitation(t, 2)),
    "flat, unflat": Layer(lambda t: Layers.unflat(Layers.flat(t), 8, 8, 1)),
    **{
        name: Layer(functools.partial(activated, make), (6,))
        for name, (make, _) in ACTIVATIONS.items()
    },
    "softmax": Layer(lambda t: keras.layers.Softmax()(t), (6,)),
    "log_softmax": Layer(lambda t: keras.layers.Activation("log_softmax")(t), (6,)),
}


def main(arguments=None):
    Parser("python -m labs.optimization.gradients", __doc__).parse_args(arguments)
    linear_classifier()
    agree = [backpropagation(), sigmoid(), compare(LAYERS)]
    sys.exit(0 if all(agree) else 1)


# ----------------------------------------------------------------------------- worked examples


def linear_classifier():
    """Prints the scores W x + b term by term, and what the slide has for them."""
    print(f"The linear classifier: scores W x + b of the pixels x = {X}")
    for name, weights, bias, shown in zip(CLASSES, W, B, ON_THE_SLIDE, strict=True):
        terms = [f"{w:g}*{x}" for w, x in zip(weights, X, strict=True)]
        products = [f"{product:g}" for product in weights * X]
        print(f"  {name:<8}{added(*terms, f'{bias:g}')}")
        print(f"{'':10}= {added(*products, f'{bias:g}')} = {weights @ X + bias:.2f}")
        print(f"{'':10}{on_the_slide(weights, bias, shown)}")
    print()


def added(*terms):
    return " + ".join(terms).replace("+ -", "- ")


def on_the_slide(weights, bias, shown):
    """A sentence on the number that the slide has for a score."""
    score = weights @ X + bias
    if np.isclose(score, shown):
        return f"The slide says {shown:g}, too."
    for w, x in zip(weights, X, strict=True):
        if np.isclose(score - 2 * w * x, shown):
            return f"The slide says {shown:g}, which is wrong: it has {-w:g} for the weight {w:g}."
    return f"The slide says {shown:g}, which is wrong."


def backpropagation(x=-2.0, y=5.0, z=-4.0):
    """Prints f = (x + y) z forward and backward; returns whether the tape agrees."""
    q, f, slopes = backpropagated(x, y, z)
    by_x, by_y, by_z = (f"{slope:g}" for slope in slopes)
    tape = taped(x, y, z)
    agrees = np.allclose(tape, slopes)
    print(f"Backpropagation: f = (x + y) z at x = {x:g}, y = {y:g}, z = {z:g}")
    print(f"  forward   q = x + y = {q:g}")
    print(f"            f = q z = {f:g}")
    print(f"  backward  df/dz = q = {by_z}")
    print(f"            df/dq = z = {z:g}")
    print(f"            df/dx = df/dq dq/dx = {z:g} * 1 = {by_x}")
    print(f"            df/dy = df/dq dq/dy = {z:g} * 1 = {by_y}")
    print(f"  by x, y and z, TensorFlow's tape says {', '.join(f'{slope:g}' for slope in tape)}: "
          f"{verdict(agrees)}\n")  # fmt: skip
    return agrees


def backpropagated(x, y, z):
    """q = x + y, f = q z, and f's derivatives by x, y and z."""
    q = x + y
    df_dq, df_dz = z, q
    return q, q * z, (df_dq * 1, df_dq * 1, df_dz)


def taped(*numbers):
    """The same derivatives, by TensorFlow's tape."""
    x, y, z = variables = [tf.Variable(number) for number in numbers]
    with tf.GradientTape() as tape:
        f = (x + y) * z
    return [float(slope) for slope in tape.gradient(f, variables)]


def sigmoid(shift=1e-5):
    """Prints the sigmoid's slope beside that of a short piece of it; returns whether they agree."""
    u = np.array([-4.0, -1, 0, 1, 4])
    s, low, high = (1 / (1 + np.exp(-v)) for v in (u, u - shift, u + shift))
    slope, numeric = s * (1 - s), (high - low) / (2 * shift)
    agrees = np.allclose(slope, numeric)
    header = ("u", "s", "s (1 - s)", "(s(u + d) - s(u - d)) / 2d")
    rows = [
        [f"{row[0]:g}", *(f"{number:.6f}" for number in row[1:])]
        for row in zip(u, s, slope, numeric, strict=True)
    ]
    print(f"The slope of the sigmoid s = 1 / (1 + exp(-u)) is s (1 - s); d = {shift:g}")
    print_table(header, rows, left=0)
    print(f"  {verdict(agrees)}\n")
    return agrees


# -------------------------------------------------------------------------------------- layers


def compare(layers):
    """Prints how far the two gradients of each layer are apart; returns whether all agree.

    Args:
        layers: {name: `Layer`}.
    """
    rows, wrong = [], []
    for name, layer in layers.items():
        analytic, numeric = gradients(layer)
        apart, allowed = difference(analytic, numeric), layer.precision.allowed
        agrees = apart <= allowed
        wrong += [] if agrees else [name]
        numbers = sum(array.size for array in analytic)
        rows.append([
            name, f"{numbers}", layer.precision.name, f"{apart:.0e}", f"{allowed:.0e}",
            verdict(agrees),
        ])  # fmt: skip
    print("Layers: the tape's gradients beside (L(w + d) - L(w - d)) / 2d, for each number w")
    print_table(HEADER, rows, left=1)
    print("  The difference is relative to the largest slope by the same input or weights.")
    if wrong:
        print(f"error: the gradients of {', '.join(wrong)} differ.", file=sys.stderr)
    return not wrong


def gradients(layer):
    """The gradients of a sum of a layer's outputs by its inputs and by each of its weights.

    Returns:
        Two lists of arrays: analytic and numeric ones.
    """
    random = np.random.default_rng(0)
    keras.utils.set_random_seed(0)
    model = in_double(layer)
    x = tf.Variable(random.normal(size=(2, *layer.shape)))
    # Each output counts differently: those of a softmax, for one, have a sum that never changes.
    shares = random.normal(size=model(x).shape)

    @tf.function
    def loss():
        return tf.reduce_sum(shares * model(x, training=True))

    variables = [x, *model.trainable_variables]
    with tf.GradientTape() as tape:
        value = loss()
    analytic = tape.gradient(value, variables, unconnected_gradients="zero")
    numeric = [numeric_gradient(loss, each, layer.precision.shift) for each in variables]
    return [slopes.numpy() for slopes in analytic], numeric


def in_double(layer):
    """A model of a layer alone, which computes in float64."""
    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    try:
        x = keras.Input(layer.shape, dtype="float64")
        return keras.Model(x, layer.build(x))
    finally:
        keras.config.set_dtype_policy(usual)


def numeric_gradient(f, variable, shift):
    """(f(w + shift) - f(w - shift)) / (2 shift) for each number w of a variable, in an array.

    The slide moves w to one side only. Its error is about `shift`; here it is the square of that.
    """
    values = variable.numpy()
    slopes = np.zeros(values.shape)
    for i in np.ndindex(values.shape):
        high, low = (moved(f, variable, values, i, step) for step in (shift, -shift))
        slopes[i] = (high - low) / (2 * shift)
    variable.assign(values)
    return slopes


def moved(f, variable, values, i, step):
    """f with the i-th of a variable's values moved by a step."""
    values = values.copy()
    values[i] += step
    variable.assign(values)
    return float(f())


def difference(analytic, numeric):
    """How far two lists of arrays are apart at most, relative to each array's largest number."""
    return np.max([relative(a, n) for a, n in zip(analytic, numeric, strict=True)])


def relative(a, b):
    apart = np.max(np.abs(a - b))
    return apart / np.max(np.abs([a, b])) if apart else 0.0


def verdict(agrees):
    return "agrees" if agrees else "differs"


def print_table(header, rows, left):
    for line in tables.aligned(header, rows, left):
        print(f"  {line}")


if __name__ == "__main__":
    main()
