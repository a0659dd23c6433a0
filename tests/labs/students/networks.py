"""Networks as students write them, in Keras's own layers, in those of `layers`, and in theirs.

Each is a function from rows (batch, 2304) to scores (batch, 2), and small: what it is there for is
in it once. `NETWORKS` lists them with what is expected of each.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from student import Student, estimates

import layers as Layers
from labs import nn2


def picture(x):
    return keras.layers.Reshape((48, 48, 1))(x)


def small_picture(x):
    """(batch, 12, 12, 1)"""
    return keras.layers.AveragePooling2D(4)(picture(x))


def small_rows(x):
    """(batch, 12, 12): twelve rows of a picture, one after another."""
    return keras.layers.Reshape((12, 12))(small_picture(x))


def scores(t):
    """Logarithms of the two probabilities."""
    t = t if len(t.shape) == 2 else keras.layers.Flatten()(t)
    return keras.layers.Dense(2, activation="log_softmax")(t)


# ------------------------------------------------------------------------------------ convolutions


def residual_on_the_picture(x):
    t = Layers.unflat(x, 48, 48, 1)
    t = Layers.residual(t, 16, 3, 2, "block")
    t = Layers.maxpool(t, 4)
    return Layers.fc(Layers.flat(t), 2, "fc", tf.nn.log_softmax)


def same_residual_on_the_picture(x):
    """Its shortcut: every second pixel, and then a convolution that leaves none out."""

    def start():
        return keras.initializers.TruncatedNormal(stddev=0.1)

    def conv(t, kernel_size, strides, activation=None):
        return keras.layers.Conv2D(
            16, kernel_size, strides, "same", activation=activation, kernel_initializer=start()
        )(t)

    t = picture(x)
    main = conv(conv(t, 3, 2, "relu"), 3, 1)
    t = keras.layers.Add()([main, conv(t[:, ::2, ::2], 1, 1)])
    t = keras.layers.Flatten()(keras.layers.MaxPooling2D(4)(t))
    return keras.layers.Dense(2, activation="log_softmax", kernel_initializer=start())(t)


def resnet_with(shortcut_of):
    """A ResNet's two blocks, with normalization; the second one halves the picture."""

    def network(x):
        t = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(small_picture(x))
        for filters, strides in ((4, 1), (8, 2)):
            shortcut = t
            if strides > 1:
                shortcut = shortcut_of(filters, strides, t)
                shortcut = keras.layers.BatchNormalization()(shortcut)
            t = keras.layers.Conv2D(filters, 3, strides, "same", use_bias=False)(t)
            t = keras.layers.ReLU()(keras.layers.BatchNormalization()(t))
            t = keras.layers.Conv2D(filters, 3, 1, "same", use_bias=False)(t)
            t = keras.layers.BatchNormalization()(t)
            t = keras.layers.ReLU()(keras.layers.add([t, shortcut]))
        return scores(keras.layers.GlobalAveragePooling2D()(t))

    return network


resnet = resnet_with(lambda filters, strides, t: keras.layers.Conv2D(filters, 1, strides)(t))
same_resnet = resnet_with(
    lambda filters, strides, t: keras.layers.Conv2D(filters, 1)(t[:, ::strides, ::strides])
)


def separable(x):
    t = keras.layers.SeparableConv2D(4, 3, activation="relu")(small_picture(x))
    t = keras.layers.DepthwiseConv2D(3, depth_multiplier=2, activation="relu")(t)
    return scores(t)


def down_and_up(x):
    t = keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(small_picture(x))
    t = keras.layers.Conv2DTranspose(2, 3, strides=2, padding="same", activation="relu")(t)
    return scores(t)


def up_by_two_with_a_kernel_of_one(x):
    t = keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(small_picture(x))
    up = keras.layers.Conv2DTranspose(2, 1, strides=2, padding="same", use_bias=False)
    return scores(up(t))


def same_up_by_two_with_a_kernel_of_one(x):
    """Without strides, and then each pixel in the corner of four, of which the others are 0."""
    t = keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(small_picture(x))
    t = keras.layers.Conv2DTranspose(2, 1, padding="same", use_bias=False)(t)
    corners = np.zeros((1, 12, 12, 1), np.float32)
    corners[:, ::2, ::2] = 1
    return scores(keras.layers.UpSampling2D(2)(t) * corners)


def pooled_and_unpooled(x):
    """Seven pixels a side: one is in no square."""
    t = Layers.conv(keras.layers.Cropping2D(((0, 5), (0, 5)))(small_picture(x)), 4, 3, 1, "conv_1")
    t, places = Layers.maxpool_with_places(t, 2, "pool_1")
    t = Layers.conv(t, 4, 3, 1, "conv_2")
    t = Layers.upsample(Layers.unpool(t, places, 2, "unpool_1"), 2, "up", "bilinear")
    return scores(Layers.deconv(t, 2, 4, 2, "deconv_3"))


def regions_of_a_map(x):
    """Three regions, of which the first twelve pixels say where they are."""
    t = Layers.conv(picture(x), 4, 3, 4, "conv_1")
    boxes = keras.layers.Reshape((3, 4))(x[:, :12] * 96 + 24)
    return scores(Layers.roi_pool(t, boxes, 3, stride=4, name="regions"))


def dilated(x):
    t = keras.layers.Conv2D(4, 3, dilation_rate=2, activation="relu")(small_picture(x))
    return scores(t)


def stride_larger_than_the_kernel(x):
    t = Layers.conv(Layers.unflat(x, 48, 48, 1), 8, 3, 4)
    return Layers.fc(Layers.flat(t), 2, activation=tf.nn.log_softmax)


def inception(x):
    t = small_picture(x)
    conv = keras.layers.Conv2D
    branches = [
        conv(2, 1, padding="same", activation="relu")(t),
        conv(2, 3, padding="same", activation="relu")(t),
        conv(2, 5, padding="same", activation="relu")(conv(2, 1)(t)),
        conv(2, 1)(keras.layers.MaxPooling2D(3, strides=1, padding="same")(t)),
    ]
    return scores(keras.layers.MaxPooling2D(2)(keras.layers.Concatenate()(branches)))


def densenet(x):
    t = small_picture(x)
    for _ in range(3):
        new = keras.layers.ReLU()(keras.layers.BatchNormalization()(t))
        new = keras.layers.Conv2D(2, 3, padding="same")(new)
        t = keras.layers.concatenate([t, new])
    return scores(keras.layers.AveragePooling2D(2)(t))


def squeeze_and_excitation(x):
    t = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(small_picture(x))
    weights = keras.layers.GlobalAveragePooling2D(keepdims=True)(t)
    weights = keras.layers.Dense(2, activation="relu")(weights)
    weights = keras.layers.Dense(4, activation="sigmoid")(weights)
    return scores(keras.layers.multiply([t, weights]))


def mobilenet(x):
    body = keras.applications.MobileNetV2(
        input_shape=(48, 48, 1), alpha=0.35, include_top=False, weights=None, pooling="avg"
    )
    return scores(keras.layers.Dropout(0.2)(body(picture(x))))


# ------------------------------------------------------------------------- how it is put together


def one_sequential(x):
    model = keras.Sequential(
        [
            keras.layers.Reshape((48, 48, 1)),
            keras.layers.Conv2D(4, 5, strides=3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(2, activation="log_softmax"),
        ]
    )
    return model(x)


def sequentials_in_sequentials(x):
    def block(units):
        return keras.Sequential([keras.layers.Dense(units), keras.layers.Activation("tanh")])

    body = keras.Sequential([block(8), keras.Sequential([block(6), block(4)])])
    return scores(body(keras.layers.Flatten()(small_picture(x))))


def functional_head(x):
    t = keras.layers.Conv2D(4, 3, activation="relu")(small_picture(x))
    features = keras.Input(t.shape[1:])
    u = keras.layers.Flatten()(features)
    u = keras.layers.Dense(8, activation="tanh")(u)
    head = keras.Model(features, keras.layers.Dense(2, activation="log_softmax")(u), name="head")
    return head(t)


class Block(keras.Model):
    """A part of a network, as Keras's guide to subclassing writes it."""

    def __init__(self, units):
        super().__init__()
        self.first = keras.layers.Dense(units, activation="relu")
        self.drop = keras.layers.Dropout(0.25)
        self.second = keras.layers.Dense(units)

    def call(self, t, training=False):
        return t + self.second(self.drop(self.first(t), training=training))


def subclassed_model(x):
    t = keras.layers.Flatten()(small_picture(x))
    t = keras.layers.Dense(8)(t)
    return scores(Block(8)(t))


class Whole(keras.Model):
    """A whole network, as Keras's guide to subclassing writes it."""

    def __init__(self):
        super().__init__()
        self.convolution = keras.layers.Conv2D(4, 5, strides=3, activation="relu")
        self.classify = keras.layers.Dense(2, activation="log_softmax")

    def call(self, x):
        t = keras.ops.reshape(x, (-1, 48, 48, 1))
        t = self.convolution(t)
        return self.classify(keras.ops.mean(t, axis=(1, 2)))


def nothing_but_a_subclassed_model(x):
    return Whole()(x)


def layer_used_twice(x):
    t = keras.layers.Dense(8, activation="tanh")(keras.layers.Flatten()(small_picture(x)))
    shared = keras.layers.Dense(8, activation="tanh")
    return scores(shared(shared(t)))


def siamese_halves(x):
    """How the left half of a face differs from its right one, mirrored."""
    t = small_picture(x)
    half = keras.Sequential(
        [keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.Flatten()], name="half"
    )
    left = half(keras.layers.Cropping2D(((0, 0), (0, 6)))(t))
    right = half(ops.flip(keras.layers.Cropping2D(((0, 0), (6, 0)))(t), axis=2))
    return scores(keras.layers.Concatenate()([ops.abs(left - right), left * right]))


def decides_from_two_layers(x):
    """The last layer has two inputs."""
    t = keras.layers.Flatten()(small_picture(x))
    u = keras.layers.Dense(2)(t)
    v = keras.layers.Dense(2, activation="tanh")(t)
    return keras.layers.Activation("log_softmax")(keras.layers.Add()([u, v]))


class Bilinear(keras.layers.Layer):
    """Reads two inputs, and learns."""

    def build(self, shapes):
        left, right = shapes
        self.kernel = self.add_weight(name="kernel", shape=(left[-1], right[-1], 2))

    def call(self, inputs):
        left, right = inputs
        return ops.log_softmax(ops.einsum("bi,bj,ijk->bk", left, right, self.kernel))


def last_layer_with_two_inputs(x):
    t = keras.layers.Flatten()(small_picture(x))
    return Bilinear()([keras.layers.Dense(4)(t), keras.layers.Dense(3, activation="tanh")(t)])


def operations_around_one_dense(x):
    t = ops.reshape(x, (-1, 12, 4, 12, 4))
    t = ops.mean(t, axis=(2, 4))
    t = ops.reshape(t, (-1, 144))
    t = t - ops.mean(t, axis=1, keepdims=True)
    t = keras.layers.Dense(2)(ops.tanh(t * 2))
    return t - ops.logsumexp(t, axis=1, keepdims=True)


# --------------------------------------------------------------------------------------- sequences


def gru(x):
    return scores(keras.layers.GRU(6)(small_rows(x)))


def lstm(x):
    return scores(keras.layers.LSTM(6)(small_rows(x)))


def bidirectional(x):
    t = keras.layers.Bidirectional(keras.layers.GRU(4, return_sequences=True))(small_rows(x))
    return scores(keras.layers.GlobalMaxPooling1D()(t))


def simple_rnn(x):
    return scores(keras.layers.SimpleRNN(6)(small_rows(x)))


def time_distributed(x):
    t = keras.layers.TimeDistributed(keras.layers.Dense(4, activation="tanh"))(small_rows(x))
    return scores(t)


def conv_1d(x):
    t = keras.layers.Conv1D(6, 3, activation="relu")(small_rows(x))
    return scores(keras.layers.GlobalAveragePooling1D()(t))


class Positions(keras.layers.Layer):
    """A vector for each place of a sequence, learned and added."""

    def build(self, shape):
        self.places = self.add_weight(name="places", shape=shape[1:], initializer="random_normal")

    def call(self, t):
        return t + self.places


def small_vit(x):
    """Nine patches of 4x4 of the small picture look at one another."""
    t = keras.layers.Conv2D(8, 4, strides=4)(small_picture(x))
    t = Positions()(keras.layers.Reshape((9, 8))(t))
    u = keras.layers.LayerNormalization()(t)
    t = t + keras.layers.MultiHeadAttention(num_heads=2, key_dim=4, dropout=0.1)(u, u)
    u = keras.layers.Dense(16, activation="gelu")(keras.layers.LayerNormalization()(t))
    t = t + keras.layers.Dense(8)(u)
    return scores(keras.layers.GlobalAveragePooling1D()(t))


# ------------------------------------------------------------------------- normalization and noise


def both_batch_normalizations(x):
    t = keras.layers.Conv2D(4, 3)(small_picture(x))
    t = keras.layers.Activation("relu")(keras.layers.BatchNormalization()(t))
    t = Layers.BatchNormalizer(4)(Layers.conv(t, 4, 3))
    return scores(t)


def layer_and_group_normalization(x):
    t = keras.layers.Conv2D(4, 3, activation="relu")(small_picture(x))
    t = keras.layers.GroupNormalization(groups=2)(t)
    t = keras.layers.Conv2D(4, 3, activation="relu")(t)
    return scores(keras.layers.LayerNormalization()(t))


def dropouts_and_noises(x):
    t = keras.layers.GaussianNoise(0.1)(small_picture(x))
    t = keras.layers.Conv2D(4, 3, activation="relu")(t)
    t = keras.layers.SpatialDropout2D(0.25)(t)
    t = keras.layers.GaussianDropout(0.25)(keras.layers.Flatten()(t))
    t = keras.layers.Dense(8, activation="relu")(t)
    return scores(Layers.dropout(t, 0.5))


class Noise(keras.layers.Layer):
    """Noise in training, from no generator of its own."""

    def call(self, t, training=False):
        return t + 0.1 * keras.random.normal(ops.shape(t)) if training else t


def noise_without_a_seed_generator(x):
    t = Noise()(keras.layers.Flatten()(small_picture(x)))
    return scores(keras.layers.Dense(8, activation="tanh")(t))


class SeededNoise(keras.layers.Layer):
    """Noise in training, as Keras's guide to random numbers writes it."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seeds = keras.random.SeedGenerator(7)

    def call(self, t, training=False):
        return t + 0.1 * keras.random.normal(ops.shape(t), seed=self.seeds) if training else t


def noise_with_a_seed_generator(x):
    t = SeededNoise()(keras.layers.Flatten()(small_picture(x)))
    return scores(keras.layers.Dense(8, activation="tanh")(t))


def augmentation(x):
    t = keras.layers.RandomFlip("horizontal")(small_picture(x))
    t = keras.layers.RandomRotation(0.1)(t)
    return scores(keras.layers.Conv2D(4, 3, activation="relu")(t))


def rescaled_and_normalized(x):
    """Rescaled, normalized by what the student found, and by what a layer found itself."""
    t = keras.layers.Rescaling(2.0, offset=0.5)(small_picture(x))
    t = keras.layers.Normalization(mean=0.5, variance=0.25)(t)
    adapted = keras.layers.Normalization()
    adapted.adapt(np.linspace(-1, 3, 144, dtype=np.float32).reshape(1, 12, 12, 1))
    return scores(adapted(t))


def spectral_normalization(x):
    t = keras.layers.Flatten()(small_picture(x))
    t = keras.layers.SpectralNormalization(keras.layers.Dense(8, activation="tanh"))(t)
    return scores(t)


def in_several_precisions(x):
    """The inner layer computes in float16."""
    t = keras.layers.Flatten()(small_picture(x))
    t = keras.layers.Dense(8, activation="tanh", dtype="mixed_float16")(t)
    return keras.layers.Dense(2, activation="log_softmax", dtype="float32")(t)


# ---------------------------------------------------------------------------- layers of their own


class Scaled(keras.layers.Layer):
    """A complete layer of a student's own."""

    def __init__(self, start, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, shape):
        start = keras.initializers.Constant(self.start)
        self.scale = self.add_weight(name="scale", shape=(shape[-1],), initializer=start)

    def call(self, t):
        return t * self.scale

    def get_config(self):
        return super().get_config() | {"start": self.start}


def layer_of_ones_own(x):
    t = Scaled(2.0)(keras.layers.Flatten()(small_picture(x)))
    return scores(t)


class Forgetful(keras.layers.Layer):
    """A layer whose argument Keras cannot know: it has no `get_config`."""

    def __init__(self, units):
        super().__init__()
        self.dense = keras.layers.Dense(units, activation="tanh")

    def call(self, t):
        return self.dense(t)


def layer_without_a_config(x):
    return scores(Forgetful(8)(keras.layers.Flatten()(small_picture(x))))


class Fading(keras.layers.Layer):
    """Counts the batches that it has trained on; what it adds fades with them."""

    def build(self, shape):
        count = {"dtype": "int32", "initializer": "zeros", "trainable": False}
        self.seen = self.add_weight(name="seen", shape=(), **count)

    def call(self, t, training=False):
        if training:
            self.seen.assign_add(1)
        return t * (1 + 1 / (1 + ops.cast(self.seen, t.dtype)))


def layer_with_a_state(x):
    t = Fading()(keras.layers.Flatten()(small_picture(x)))
    return scores(keras.layers.Dense(8, activation="tanh")(t))


def lambda_layer(x):
    t = keras.layers.Lambda(lambda t: t[:, ::-1] * 2)(small_picture(x))
    return scores(keras.layers.Dense(4, activation="tanh")(keras.layers.Flatten()(t)))


class Sparse(keras.layers.Layer):
    """Asks for small numbers, by `add_loss`."""

    def call(self, t):
        self.add_loss(0.1 * ops.mean(ops.abs(t)))
        return t


def penalties(x):
    t = keras.layers.Flatten()(small_picture(x))
    t = keras.layers.Dense(
        8,
        activation="tanh",
        kernel_regularizer=keras.regularizers.L2(0.1),
        activity_regularizer=keras.regularizers.L1(0.01),
    )(t)
    return scores(Sparse()(t))


def constraint(x):
    t = keras.layers.Flatten()(small_picture(x))
    most = keras.constraints.MaxNorm(0.5)
    return scores(keras.layers.Dense(8, activation="tanh", kernel_constraint=most)(t))


def frozen_layer(x):
    t = keras.layers.Flatten()(small_picture(x))
    t = keras.layers.Dense(8, activation="tanh", trainable=False)(t)
    return scores(t)


def prelu(x):
    t = keras.layers.Conv2D(4, 3)(small_picture(x))
    return scores(keras.layers.PReLU(shared_axes=[1, 2])(t))


# ------------------------------------------------------------------------------------------ losses


def ending_in(activation):
    """A small network whose last layer has that activation."""

    def network(x):
        t = keras.layers.Dense(8, activation="tanh")(keras.layers.Flatten()(small_picture(x)))
        return keras.layers.Dense(2, activation=activation)(t)

    return network


def log_loss(y, y_desired):
    return -tf.reduce_sum(y_desired * tf.math.log(y), axis=1)


def logits(y, y_desired):
    return tf.nn.softmax_cross_entropy_with_logits(labels=y_desired, logits=y)


def of_the_shape(y, y_desired):
    """The mean of the squares, by the number of scores."""
    return tf.reduce_sum(tf.square(y - y_desired), axis=1) / y.get_shape()[1]


def with_an_if(y, y_desired):
    """Squares of small errors, and the errors themselves where they are large."""
    error = tf.reduce_sum(tf.abs(y - y_desired), axis=1)
    if tf.reduce_max(error) < 1:
        return tf.square(error)
    else:
        return error


def keras_hinge(y, y_desired):
    return keras.losses.hinge(2 * y_desired - 1, y)


def keras_function(y, y_desired):
    return keras.losses.categorical_crossentropy(y_desired, y, from_logits=True)


def keras_class(y, y_desired):
    return keras.losses.BinaryCrossentropy(reduction=None)(y_desired, y)


def of_two_libraries(y, y_desired):
    return tf.reduce_sum(keras.ops.square(y - y_desired), axis=1)


# -------------------------------------------------------------------------------- what is expected

# Such a layer or function lies in the student's script alone, and the script is not in the file.
OWN = {".keras": "not Keras's own"}


def student(network, **more):
    return Student(network.__name__, network, **more)


def with_loss(name, activation, loss, **more):
    """What such a network is exported as is tested with others; here, what its scores mean."""
    return Student(name, ending_in(activation), loss, kinds=(".keras",), **more)


LOSSES = [
    with_loss("log_loss_of_softmax", "softmax", log_loss, probabilities=estimates),
    with_loss("cross_entropy_with_logits", None, logits),
    with_loss("squared_error_of_sigmoid", "sigmoid", nn2.loss, probabilities=estimates),
    with_loss("hinge", None, keras_hinge),
    with_loss(
        "sum_of_squares",
        None,
        nn2.loss,
        reduction="sum",
        learning_rate=0.01,
        probabilities=estimates,
    ),
    with_loss("loss_by_its_shape", None, of_the_shape, probabilities=estimates),
    with_loss("loss_with_an_if", "sigmoid", with_an_if, probabilities=estimates),
    with_loss("loss_function_of_keras", None, keras_function),
    with_loss("loss_class_of_keras", "sigmoid", keras_class, probabilities=estimates),
    with_loss("loss_of_two_libraries", None, of_two_libraries, probabilities=estimates),
]

NETWORKS = [
    student(residual_on_the_picture, same_network=same_residual_on_the_picture, slow=False),
    Student("resnet", resnet, same_network=same_resnet),
    student(separable),
    student(down_and_up),
    student(up_by_two_with_a_kernel_of_one, same_network=same_up_by_two_with_a_kernel_of_one),
    student(pooled_and_unpooled, slow=False),
    student(regions_of_a_map, slow=False),
    student(dilated),
    student(stride_larger_than_the_kernel, slow=False),
    student(inception),
    student(densenet),
    student(squeeze_and_excitation),
    # Through so many normalizations the rounding of a gradient grows with each: oneDNN and Eigen
    # differ by 6 %.
    student(mobilenet, learning_rate=1e-5, rounding=2**-3),
    student(one_sequential, slow=False),
    student(sequentials_in_sequentials),
    student(functional_head),
    student(subclassed_model, refused=OWN, slow=False),
    student(nothing_but_a_subclassed_model, refused=OWN),
    student(layer_used_twice),
    student(siamese_halves),
    student(decides_from_two_layers),
    student(last_layer_with_two_inputs, refused=OWN),
    student(operations_around_one_dense),
    student(gru),
    student(lstm),
    student(bidirectional),
    student(simple_rnn),
    student(time_distributed),
    student(conv_1d),
    student(small_vit, refused=OWN),
    student(both_batch_normalizations),
    student(layer_and_group_normalization),
    student(dropouts_and_noises),
    student(noise_without_a_seed_generator, refused=OWN),
    student(noise_with_a_seed_generator, refused=OWN),
    student(augmentation),
    student(rescaled_and_normalized),
    student(spectral_normalization),
    student(in_several_precisions, rounding=2**-8, exported=1e-3),  # float16 has 11 bits
    student(layer_of_ones_own, refused=OWN),
    student(layer_without_a_config, refused=OWN),
    student(layer_with_a_state, refused=OWN, slow=False),
    student(lambda_layer, refused=OWN),
    student(penalties, refused=OWN),
    student(constraint),
    student(frozen_layer),
    student(prelu),
    *LOSSES,
]
