"""What a network costs, told from its shapes: numbers to learn, to multiply and to keep."""

import contextlib
import dataclasses
import math

import keras

COUNTED = ("InputLayer", "MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D")
COUNTED += ("GlobalMaxPooling2D",)  # besides those that have a kernel


@contextlib.contextmanager
def without_numbers():
    """Inside, weights have shapes and no values: VGG E takes no 575 MB, and a tenth of the time.

    Such a network is for counting only. Keras forgets the names that it has given meanwhile.
    """
    policy = keras.config.dtype_policy()
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        keras.utils.clear_session()  # it would make the values when it next makes others
        keras.config.set_dtype_policy(policy)


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a network, or one of its layers, costs for one picture.

    Attributes:
        parameters: how many numbers are learned.
        multiplications: of inputs with weights. A convolution has one for each weight and each
            pixel that comes out, a fully connected layer one for each weight.
        values: numbers that are there after the input, each convolution, each pooling and each
            fully connected layer, which is what the slide counts; training keeps them for the way
            back. What an activation or a normalization makes of them is left out.
    """

    parameters: int = 0
    multiplications: int = 0
    values: int = 0


def of_layer(layer):
    """The `Cost` of a layer of a network."""
    multiplications = values = 0
    kernel = getattr(layer, "kernel", None)
    if kernel is not None:
        pixels = math.prod(layer.output.shape[1:-1])
        multiplications = pixels * math.prod(kernel.shape)
    if kernel is not None or type(layer).__name__ in COUNTED:
        values = math.prod(layer.output.shape[1:])
    parameters = sum(math.prod(weight.shape) for weight in layer.trainable_weights)
    return Cost(parameters, multiplications, values)


def of(model):
    """The `Cost` of a network, a functional model of fixed input shape."""
    each = [dataclasses.astuple(of_layer(layer)) for layer in model.layers]
    return Cost(*map(sum, zip(*each, strict=True)))


@dataclasses.dataclass(frozen=True)
class Sight:
    """How deep a tensor lies in a network, and what one of its pixels sees of the picture.

    Attributes:
        depth: how many layers with a kernel lie on the longest way there.
        field: pixels a side that it sees, its receptive field.
        step: pixels of the picture from one of its own pixels to the next.
    """

    depth: int = 0
    field: int = 1
    step: int = 1

    def beyond(self, window, strides):
        """The sight of what slides a window over this."""
        return Sight(self.depth, self.field + (window - 1) * self.step, self.step * strides)


def sight(model):
    """The `Sight` of a network's output: its depth, and what a pixel of the last map sees.

    Each pixel's window grows by (F - 1) steps with a filter of F pixels a side, and with a stride S
    the step becomes S times as long. Of ways that meet, the one that sees most counts. Pooling over
    a whole map and fully connected layers do not widen what is told here.

    Args:
        model: a functional model of fixed input shape. What is told is about rows of pixels; with
            filters that are not square, columns may differ.
    """
    seen = {id(tensor): Sight() for tensor in model.inputs}
    for operation in model.operations:
        if isinstance(operation, keras.layers.InputLayer):
            continue
        before = [seen[id(t)] for t in keras.tree.flatten(operation.input) if id(t) in seen]
        met = Sight(*(max(getattr(one, f.name) for one in before) for f in _FIELDS))
        for tensor in keras.tree.flatten(operation.output):
            seen[id(tensor)] = _through(operation, met)
    return max((seen[id(t)] for t in model.outputs), key=lambda one: one.depth)


_FIELDS = dataclasses.fields(Sight)


def _through(operation, met):
    """The `Sight` behind an operation of what lies before it."""
    if hasattr(operation, "kernel"):
        met = dataclasses.replace(met, depth=met.depth + 1)
    if hasattr(operation, "kernel_size"):
        reach = (operation.kernel_size[0] - 1) * operation.dilation_rate[0] + 1
        return met.beyond(reach, operation.strides[0])
    if hasattr(operation, "pool_size"):
        return met.beyond(operation.pool_size[0], operation.strides[0])
    return met.beyond(1, _pixels_skipped(operation))


def _pixels_skipped(operation):
    """The stride of an operation that picks pixels, such as t[:, ::2, ::2]; 1 of any other."""
    source = keras.tree.flatten(operation.input)[0].shape
    left = keras.tree.flatten(operation.output)[0].shape
    if len(source) != 4 or len(left) != 4:
        return 1
    return max(1, round(source[1] / left[1]))
