"""Normalization: over the batch, with averages that are right from the first batch on, or not."""

import keras
import tensorflow as tf
from keras import ops


def batchnorm(t, name=None, **options):
    """Normalises each feature over the batch: `BatchNormalizer`, of the depth of `t`, on `t`.

    It learns a scale and an offset for each feature.

    Args:
        t: anything.
        name: the layer's name.
        **options: further arguments of `BatchNormalizer`: `decay`, `epsilon`.

    Input shape: (batch, ..., features).
    Output shape: the same.

    Example:
        >>> batchnorm(keras.Input((24, 24, 64))).shape
        (None, 24, 24, 64)

    Source: Ioffe and Szegedy 2015, as for `BatchNormalizer`.
    """
    return BatchNormalizer(t.shape[-1], name=name, **options)(t)


def layernorm(t, name=None, **options):
    """Normalises the features of each example, and of each place in it, by themselves.

    Nothing depends on the rest of the batch, and inference is what training is. It learns a scale
    and an offset for each feature.

    Args:
        t: anything.
        name: the layer's name.
        **options: further arguments of `keras.layers.LayerNormalization`. With `axis=[1, 2, 3]` a
            picture is standardised as a whole.

    Input shape: (batch, ..., features).
    Output shape: the same.

    Example:
        >>> layernorm(keras.Input((24, 24, 64))).shape
        (None, 24, 24, 64)

    Source: Ba, Kiros and Hinton, "Layer Normalization", 2016.
    """
    return keras.layers.LayerNormalization(name=name, **options)(t)


FUSED = ("float32", "bfloat16", "float16")  # what TensorFlow's kernel takes
LEAST_EPSILON = 1.001e-5  # that it takes on GPUs


@keras.saving.register_keras_serializable(package="layers")
class BatchNormalizer(keras.layers.Layer):
    """Normalises each feature over the batch: gamma * (x - mean) / sqrt(variance + epsilon) + beta.

    In training, mean and variance are the batch's own, over all axes but the last. In inference
    they are averages over the batches seen in training, weighted exponentially: the newest batch
    weighs (1 - decay), each earlier one `decay` times its successor. The averages are corrected for
    their start: after k batches they are the weighted mean of those k batches and of nothing else,

        mean = sum_i (1 - decay) decay^(k - i) mean_i  /  (1 - decay^k),

    where averages that start from 0 and 1, as Keras's own do, still hold decay^k of that start: a
    third of it after a hundred batches. Before any batch, inference takes mean 0 and variance 1.

    Args:
        depth: size of the last axis.
        decay: how much of the average one batch leaves in place, in [0, 1).
        epsilon: added to the variance.

    Input shape: (batch, ..., depth).
    Output shape: the same.

    Call arguments:
        inputs: the features.
        training: whether to use, and average, the moments of the batch; a Python bool, or a scalar
            bool tensor as on the slides.

    Example:
        >>> t = BatchNormalizer(64)(keras.Input((24, 24, 64)))
        >>> t.shape
        (None, 24, 24, 64)

    Raises:
        ValueError: `depth`, `decay` or `epsilon` is out of its range, or the inputs' last axis is
            not `depth`.

    Source: the slide "Batch Normalization with tensorflow"; Ioffe and Szegedy, "Batch
    Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift", 2015;
    for the correction Kingma and Ba, "Adam", 2015, section 3.
    """

    def __init__(self, depth, decay=0.99, epsilon=0.01, **kwargs):
        super().__init__(**kwargs)
        if depth < 1:
            raise ValueError(f"depth must be 1 or more, got {depth}")
        if not 0 <= decay < 1:
            raise ValueError(f"decay must be in [0, 1), got {decay}")
        if epsilon < 0:
            raise ValueError(f"epsilon must not be negative, got {epsilon}")
        self.depth, self.decay, self.epsilon = depth, decay, epsilon
        self.supports_masking = True

    def build(self, input_shape):
        if input_shape[-1] != self.depth:
            raise ValueError(
                f"BatchNormalizer({self.depth}) expects inputs whose last axis has {self.depth} "
                f"features, got the shape {tuple(input_shape)}"
            )
        # Moments are always of 32 bits: in bfloat16 an average would stop moving.
        always_32 = {"dtype": "float32", "autocast": False}
        average = always_32 | {"trainable": False, "initializer": "zeros", "aggregation": "mean"}
        features = (self.depth,)
        self.gamma = self.add_weight(name="gamma", shape=features, initializer="ones", **always_32)
        self.beta = self.add_weight(name="beta", shape=features, initializer="zeros", **always_32)
        self.mean_sum = self.add_weight(name="mean_sum", shape=features, **average)
        self.variance_sum = self.add_weight(name="variance_sum", shape=features, **average)
        # What the batches seen so far weigh together: 1 - decay^k.
        self.weight_sum = self.add_weight(name="weight_sum", shape=(), **average)

    def call(self, inputs, training=False):
        if not self.trainable:
            training = False  # frozen, as Keras's own layer is
        if training is True and self._may_be_fused(inputs):
            return self._fused(inputs)
        x = ops.cast(inputs, "float32")
        if isinstance(training, bool) or training is None:
            mean, variance = self._batch_moments(x) if training else self._averages()
        else:
            # Both, and a choice between them: replicas cannot meet inside an ops.cond.
            training = ops.cast(training, "bool")
            both = zip(self._batch_moments(x, training), self._averages(), strict=True)
            mean, variance = (ops.where(training, *pair) for pair in both)
        y = ops.batch_normalization(
            x, mean, variance, axis=-1, offset=self.beta, scale=self.gamma, epsilon=self.epsilon
        )
        return ops.cast(y, self.compute_dtype)

    def normalize(self, x, train):
        """The slides' spelling of `self(x, training=train)`."""
        return self(x, training=train)

    def _batch_moments(self, x, training=True):
        """The batch's mean and variance, (depth,) each; if training, the averages take them in."""
        mean, variance = _over_replicas(*ops.moments(x, axes=list(range(len(x.shape) - 1))))
        self._take_in(mean, variance, training)
        return mean, variance

    def _take_in(self, mean, variance, training=True):
        """Moves the averages towards the moments of a batch, (depth,) each; if training."""
        for average, newest in (
            (self.mean_sum, mean),
            (self.variance_sum, variance),
            (self.weight_sum, 1.0),
        ):
            moved = average * self.decay + newest * (1 - self.decay)
            average.assign(ops.where(training, moved, average))

    def _may_be_fused(self, x):
        """Whether one kernel can do it all: it sees this replica's share of the batch only."""
        of_one = tf.distribute.get_strategy().num_replicas_in_sync == 1
        return of_one and x.dtype in FUSED and self.epsilon >= LEAST_EPSILON

    def _fused(self, x):
        """The batch normalised by TensorFlow's kernel for it, which reads it half as often.

        It takes pictures in 16 bits as they are, and keeps its moments in 32.
        """
        numbers = tf.size(x) // self.depth  # that a moment is made of
        y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x if len(x.shape) == 4 else tf.reshape(x, (-1, 1, 1, self.depth)),
            scale=self.gamma,
            offset=self.beta,
            mean=[],
            variance=[],
            epsilon=self.epsilon,
            is_training=True,
        )
        # The kernel gives the variance of the population that the batch is a sample of.
        of_batch = tf.cast(numbers - 1, tf.float32) / tf.cast(numbers, tf.float32)
        self._take_in(mean, variance * of_batch)
        return tf.reshape(y, tf.shape(x))

    def _averages(self):
        """The corrected averages, (depth,) each."""
        weight = ops.convert_to_tensor(self.weight_sum)
        seen = weight > 0
        divisor = ops.where(seen, weight, 1.0)
        mean = self.mean_sum / divisor
        variance = ops.where(seen, self.variance_sum / divisor, 1.0)
        return mean, variance

    def as_keras(self):
        """An equal `keras.layers.BatchNormalization`, for a file that others load; for inference.

        Its averages, too, would go on in training, but without the correction for their start.
        """
        layer = keras.layers.BatchNormalization(
            momentum=self.decay, epsilon=self.epsilon, name=self.name, dtype=self.dtype_policy
        )
        layer.build(self.get_build_config()["input_shape"])
        layer.set_weights(
            [ops.convert_to_numpy(w) for w in (self.gamma, self.beta)]
            + [ops.convert_to_numpy(average) for average in self._averages()]
        )
        return layer

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return super().get_config() | {
            "depth": self.depth,
            "decay": self.decay,
            "epsilon": self.epsilon,
        }


def _over_replicas(mean, variance):
    """The moments of the whole batch from those of this replica's share, all shares being equal.

    The variance of the whole is the mean variance of the shares plus the variance of their means;
    unlike E[x^2] - E[x]^2 it does not cancel where the mean is large.
    """
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return mean, variance
    average = tf.distribute.ReduceOp.MEAN
    whole = context.all_reduce(average, mean)
    return whole, context.all_reduce(average, variance + tf.square(mean - whole))
