"""Networks as students write them, that are not a plain chain of Keras's own layers.

Each takes a Keras tensor of images (batch, 2304) and returns one of scores (batch, 2).
"""

import random

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

import layers as Layers


def one_sequential(x):
    return keras.Sequential(
        [keras.Input((2304,)), layers.Dense(5, "relu", name="a"), layers.Dense(2, name="b")],
        name="all",
    )(x)


def sequential_built_late(x):
    return keras.Sequential([layers.Dense(5, "tanh", name="a"), layers.Dense(2, name="b")])(x)


def block(name, width, inner):
    """A model of its own with layers a and b; `inner` is put between the two."""
    x = keras.Input((width,))
    return keras.Model(
        x, layers.Dense(width, name="b")(inner(layers.Dense(6, name="a")(x))), name=name
    )


def nested_with_equal_names(x):
    """Three levels; each model has layers that are called a and b."""
    innermost = keras.Sequential(
        [keras.Input((6,)), layers.Dense(6, "relu", name="a"), layers.Dense(6, name="b")],
        name="innermost",
    )
    t = layers.Dense(4, name="a")(x)
    t = block("first", 4, innermost)(t)
    t = block("second", 4, layers.ReLU(name="relu"))(t)
    return layers.Dense(2, name="b")(t)


def application(x):
    """A small network of `keras.applications`, with a head."""
    base = keras.applications.MobileNetV2((48, 48, 3), 0.35, include_top=False, weights=None)
    t = layers.Reshape((48, 48, 1))(x)
    t = base(layers.Concatenate()([t, t, t]))
    return layers.Dense(2, name="head")(layers.GlobalAveragePooling2D(name="mean")(t))


def model_as_head(x):
    return block("head", 2, layers.Identity())(layers.Dense(2, name="body")(x))


class Subclassed(keras.Model):
    def __init__(self, **options):
        super().__init__(**options)
        self.hidden = layers.Dense(5, "relu", name="hidden")
        self.out = layers.Dense(2, name="out")

    def call(self, x):
        return self.out(self.hidden(x))


def subclassed_model(x):
    return Subclassed(name="net")(x)


class Composed(layers.Layer):
    """Layers inside of a layer, one of them in a list, and a weight of its own."""

    def __init__(self, **options):
        super().__init__(**options)
        self.parts = [layers.Dense(5, name="one"), layers.Dense(2, name="two")]

    def build(self, shape):
        self.scale = self.add_weight(name="scale", shape=(2,), initializer="ones")
        self.parts[0].build(shape)
        self.parts[1].build((None, 5))

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return x * self.scale


def composed_layer(x):
    return Composed(name="composed")(x)


class OwnWeights(keras.Model):
    """A model that multiplies by itself."""

    def build(self, shape):
        self.w = self.add_weight(name="w", shape=(shape[-1], 2))

    def call(self, x):
        return x @ self.w


def model_with_own_weights(x):
    return OwnWeights(name="own")(layers.Dense(3, name="first")(x))


def shared_layer(x):
    """The same weights twice."""
    twice = layers.Dense(4, "relu", name="twice")
    t = layers.Dense(4, name="first")(x)
    return layers.Dense(2, name="last")(twice(twice(t)))


def shared_on_two_shapes(x):
    """The same layer on 3 channels of 16x48 and on 3 of 48x16."""
    pool = layers.GlobalMaxPooling2D(name="pool")
    relu = layers.ReLU(name="relu")
    wide, tall = (layers.Reshape(shape)(x) for shape in ((16, 48, 3), (48, 16, 3)))
    return layers.Dense(2)(pool(relu(wide)) - pool(relu(tall)))


class TwoInputs(layers.Layer):
    """Scores from two inputs of different widths."""

    def build(self, shapes):
        sizes = [shape[-1] for shape in shapes]
        self.kernels = [self.add_weight(name=f"w{size}", shape=(size, 2)) for size in sizes]

    def call(self, inputs):
        return sum(t @ kernel for t, kernel in zip(inputs, self.kernels, strict=True))


def two_inputs_last(x):
    return TwoInputs(name="last")([layers.Dense(3, name="a")(x), layers.Dense(4, name="b")(x)])


class Keywords(layers.Layer):
    """The same, one of the inputs by name."""

    def build(self, t_shape, other_shape):
        self.w = self.add_weight(name="w", shape=(t_shape[-1], 2))
        self.v = self.add_weight(name="v", shape=(other_shape[-1], 2))

    def call(self, t, other):
        return t @ self.w + other @ self.v


def keyword_input_last(x):
    a, b = layers.Dense(3, name="a")(x), layers.Dense(4, name="b")(x)
    return Keywords(name="last")(a, other=b)


def merging(x):
    a, b = (layers.Dense(4, name=name)(x) for name in "ab")
    t = layers.Concatenate(name="both")([layers.Add()([a, b]), layers.Dot(1)([a, b])])
    return layers.Dense(2, name="last")(t)


def attention(x):
    t = layers.Dense(8, name="rows")(layers.Reshape((48, 48))(x))
    t = layers.MultiHeadAttention(2, 4, name="attention")(t, t)
    return layers.Dense(2, name="last")(layers.GlobalAveragePooling1D()(t))


def attention_last(x):
    t = layers.Reshape((48, 48))(x)
    t = layers.MultiHeadAttention(1, 2, output_shape=2, name="attention")(t[:, :1], t)
    return layers.Flatten()(t)


def states(x):
    """An LSTM whose states go on, too."""
    t, h, c = layers.LSTM(3, return_state=True, name="lstm")(layers.Reshape((48, 48))(x))
    return layers.Dense(2, name="last")(layers.Concatenate()([t, h * c]))


def recurrent_last(x):
    """The last layer with weights sees a sequence."""
    return layers.GRU(2, name="gru")(layers.Reshape((48, 48))(x))


class Cell(layers.Layer):
    """A recurrent cell of one's own."""

    state_size = 3

    def build(self, shape):
        self.w = self.add_weight(name="w", shape=(shape[-1], 3))

    def call(self, t, states):
        return (after := ops.tanh(t @ self.w + states[0])), [after]


def own_cell(x):
    rnn = layers.RNN(Cell(name="cell"), return_sequences=True, name="rnn")
    t = rnn(layers.Reshape((48, 48))(x))
    return layers.Dense(2, name="last")(layers.Flatten()(t))


class Dictionary(layers.Layer):
    def call(self, x):
        return {"sum": ops.sum(x, -1, keepdims=True), "parts": (x[:, :3], x[:, 3:5])}


def dictionary(x):
    found = Dictionary(name="split")(x)
    return layers.Dense(2)(layers.Concatenate()([found["sum"], *found["parts"]]))


def wrapped(x):
    t = layers.Reshape((48, 48))(x)
    t = layers.TimeDistributed(layers.Dense(4, "relu"), name="each_row")(t)
    t = layers.Bidirectional(layers.LSTM(3), name="both_ways")(t)
    return layers.Dense(2, name="last")(t)


def wrapper_last(x):
    return layers.Bidirectional(layers.LSTM(1), name="both_ways")(layers.Reshape((48, 48))(x))


def nothing_to_learn(x):
    return layers.Lambda(lambda t: t[:, :2], output_shape=(2,), name="first_two")(x)


def frozen(x):
    return layers.Dense(2, trainable=False, name="fixed")(x)


def unpooled(x):
    """Two tensors from the way down, one of which waits for the way up."""
    t, places = Layers.maxpool_with_places(layers.Reshape((48, 48, 1))(x), 2, "pool")
    t = Layers.unpool(layers.Conv2D(1, 3, padding="same", name="conv")(t), places, 2, "unpool")
    t = Layers.upsample(t, 2, "up")
    return layers.Dense(2, name="last")(layers.Flatten()(t))


def regions(x):
    """Tensors of five axes."""
    t = layers.Conv2D(4, 3, 4, padding="same", name="conv")(layers.Reshape((48, 48, 1))(x))
    boxes = layers.Reshape((3, 4))(x[:, :12] * 96 + 24)
    t = Layers.roi_pool(t, boxes, 3, stride=4, name="regions")
    t = layers.Conv3D(4, 1, name="each")(t)
    return layers.Dense(2, name="last")(layers.Flatten()(t))


def operations_only(x):
    return x[:, :2] * 3 - ops.abs(x[:, 2:4])


def no_kernel(x):
    return layers.BatchNormalization(name="norm")(x[:, :2])


class Poisoned(layers.Layer):
    """NaN and infinities beside what goes on."""

    def call(self, x):
        return x[:, :2] * np.array([np.nan, np.inf], np.float32), x


def not_finite(x):
    bad, good = Poisoned(name="poisoned")(x)
    bad = layers.Lambda(lambda t: ops.nan_to_num(t) * 0, output_shape=(2,), name="cleaned")(bad)
    return layers.Dense(2, name="last")(good) + bad


def huge(x):
    """A hundred thousand numbers of each face, which the last layer sees."""
    t = layers.Conv2D(64, 3, padding="same", name="conv")(layers.Reshape((48, 48, 1))(x))
    return layers.Dense(2, name="last")(layers.Flatten()(t))


def huge_maps(x):
    """Ten thousand maps, and one large one."""
    t = layers.Reshape((1, 1, 20))(x[:, :20])
    t = layers.Conv2D(10_000, 1, name="many")(t)
    t = layers.Reshape((10_000, 1, 1))(t)
    t = layers.ZeroPadding2D(((0, 0), (300, 300)), name="large")(t[:, :1000])
    return layers.Dense(2, name="last")(layers.GlobalAveragePooling2D()(t)) + x[:, :2]


class Discrete(layers.Layer):
    """Whole numbers and truth values."""

    def call(self, x):
        return ops.argmax(x, -1), x > 0


def discrete(x):
    t = layers.Dense(6, name="first")(x)
    largest, above = Discrete(name="discrete")(t)
    t = layers.Concatenate()([ops.one_hot(largest, 6), ops.cast(above, "float32"), t])
    return layers.Dense(2, name="last")(t)


def embedded(x):
    """Whole numbers are what the last layer with weights sees."""
    bright = ops.cast(x[:, :3] > 0, "int32")
    return layers.Embedding(2, 2, name="words")(bright)[:, 0]


class Folds(layers.Layer):
    """The halves of a face as rows of their own, and their scores back in one."""

    def __init__(self, **options):
        super().__init__(**options)
        self.each = layers.Dense(1, name="each")

    def build(self, shape):
        self.each.build((None, 1152))

    def call(self, x):
        return ops.reshape(self.each(ops.reshape(x, (-1, 1152))), (-1, 2))


def folded_batch(x):
    return Folds(name="folds")(x)


class Turned(layers.Layer):
    """Works on the batch from its last face to its first, as if in a recurrence."""

    def __init__(self, **options):
        super().__init__(**options)
        self.each = layers.Dense(2, name="each")

    def build(self, shape):
        self.each.build(shape)

    def call(self, x):
        return self.each(x[::-1])[::-1]


def turned_batch(x):
    return Turned(name="turned")(x)


class Compiled(layers.Layer):
    """A layer with a graph of its own."""

    def __init__(self, **options):
        super().__init__(**options)
        self.inner = layers.Dense(3, name="inner")

    def build(self, shape):
        self.inner.build(shape)

    @tf.function
    def call(self, x):
        return self.inner(x)


def compiled(x):
    return layers.Dense(2, name="last")(Compiled(name="compiled")(x))


class Gathers(layers.Layer):
    """Its gradient is not a dense tensor."""

    def call(self, x):
        return tf.gather(x, [1, 0, 1], axis=0)


def gathered(x):
    t = layers.Dense(3, name="first")(x)
    return layers.Dense(2, name="last")(t) + ops.mean(Gathers(name="gathers")(t)[:, :2])


def scalar(x):
    """A layer whose output has no axes."""
    mean = layers.Lambda(lambda t: ops.mean(t), output_shape=(), name="mean")(x)
    return layers.Dense(2, name="last")(x) * mean


class Remembers(layers.Layer):
    """State of every kind that a call changes, also when it is not training."""

    def __init__(self, **options):
        super().__init__(**options)
        self.seeds = keras.random.SeedGenerator(7)
        self.metric = keras.metrics.Mean()
        self.raw = tf.Variable(1.0, trainable=False)

    def build(self, shape):
        self.calls = self.add_weight(name="calls", shape=(), initializer="zeros", trainable=False)

    def call(self, x):
        self.calls.assign_add(1.0)
        self.raw.assign_add(0.5)
        self.metric.update_state(ops.mean(x))
        self.add_loss(1e-3 * ops.mean(ops.square(x)) * self.calls)
        noise = keras.random.normal(ops.shape(x), seed=self.seeds)
        noise += keras.random.normal(ops.shape(x)) + np.random.normal() + random.gauss()
        return x * (1 + 0.01 * self.calls * self.raw) + 0.01 * noise


def with_state(x):
    t = layers.Dense(8, "relu", name="first")(x)
    t = layers.Dropout(0.3)(layers.BatchNormalization(name="norm")(t))
    return layers.Dense(2, name="last")(Remembers(name="remembers")(t))


ALL = [
    one_sequential,
    sequential_built_late,
    nested_with_equal_names,
    application,
    model_as_head,
    subclassed_model,
    composed_layer,
    model_with_own_weights,
    shared_layer,
    shared_on_two_shapes,
    two_inputs_last,
    keyword_input_last,
    merging,
    attention,
    attention_last,
    states,
    recurrent_last,
    own_cell,
    dictionary,
    wrapped,
    wrapper_last,
    nothing_to_learn,
    frozen,
    unpooled,
    regions,
    operations_only,
    no_kernel,
    not_finite,
    huge,
    huge_maps,
    discrete,
    embedded,
    folded_batch,
    turned_batch,
    compiled,
    gathered,
    scalar,
    with_state,
]
