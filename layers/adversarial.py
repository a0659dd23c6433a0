"""Pictures moved a little, in the direction that a network is most easily misled in."""

import keras
import tensorflow as tf
from keras import ops


def log_odds(y, labels):
    """How sure scores are of a class: the logarithm of its probability over all others' together.

    Its gradient points where that of the class's log-probability does, for any number of classes.
    But it does not vanish where the network is sure, when rounding makes the probability 1.

    Args:
        y: scores (batch, classes), logarithms of the probabilities or those plus a constant.
        labels: (batch, classes), 1 for the class and 0 for the others.

    Returns:
        (batch,).

    Example:
        >>> y = keras.ops.zeros((1, 3))  # each class as likely as the others: 1 to 2
        >>> round(float(log_odds(y, [[0, 0, 1]])[0]), 4)
        -0.6931
    """
    y, chosen = ops.cast(y, "float32"), ops.cast(labels, "bool")
    others = ops.logsumexp(ops.where(chosen, -float("inf"), y), axis=1)
    return ops.sum(ops.where(chosen, y, 0), axis=1) - others


def gradient_sign(network, x, labels=None):
    """Which way each pixel makes the network surer of a class: 1 brighter, -1 darker, 0 neither.

    Args:
        network: from pictures to scores (batch, classes).
        x: pictures (batch, ...), a TensorFlow tensor.
        labels: (batch, classes), 1 for the class and 0 for the others; where None, the class is
            what the network answers.

    Returns:
        (batch, ...), through which no gradient flows.

    Example:
        >>> import tensorflow as tf
        >>> gradient_sign(lambda x: x @ [[2.0, 0.0], [0.0, 3.0]], tf.zeros((1, 2))).numpy()
        array([[ 1., -1.]], dtype=float32)

    Source: Goodfellow, Shlens and Szegedy, "Explaining and Harnessing Adversarial Examples", 2015,
    the "fast gradient sign".
    """
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = network(x)
        if labels is None:
            labels = ops.one_hot(ops.argmax(y, axis=1), y.shape[1])
        sureness = log_odds(y, labels)
    return ops.stop_gradient(ops.sign(tape.gradient(sureness, x)))


@keras.saving.register_keras_serializable(package="layers")
class AdversarialTraining(keras.layers.Wrapper):
    """A classifier that in training sees some of its pictures as they mislead it most.

    Each pixel of these goes `epsilon` up or down, whichever makes the classifier less sure of its
    own answer. (By the labels it would learn to read the label off the noise.) Results are clipped
    to [-0.5, 0.5]. In inference it is the classifier alone.

    Args:
        layer: the classifier, a Keras layer or model from pictures to scores (batch, classes).
        epsilon: by how much, in [0, 1]; pixels reach from -0.5 to 0.5.
        share: of a batch's pictures, from the first one on, that are changed; in [0, 1].

    Input shape: the classifier's.
    Output shape: the classifier's, (batch, classes).

    Example:
        >>> x = keras.Input((2304,))
        >>> AdversarialTraining(keras.layers.Dense(2), 8 / 256)(x).shape
        (None, 2)

    Raises:
        ValueError: `epsilon` or `share` is out of its range.

    Source: Kurakin, Goodfellow and Bengio, "Adversarial Machine Learning at Scale", 2017.
    """

    def __init__(self, layer, epsilon, share=0.5, **kwargs):
        if isinstance(layer, dict):  # its config
            layer = keras.saving.deserialize_keras_object(layer)
        super().__init__(layer, **kwargs)
        for name, value in (("epsilon", epsilon), ("share", share)):
            if not 0 <= value <= 1:
                raise ValueError(f"{name} must be between 0 and 1, got {value}")
        self.epsilon, self.share = epsilon, share

    def call(self, x, training=None):
        if training:
            count = ops.cast(self.share * ops.cast(ops.shape(x)[0], "float32"), "int32")
            x = ops.concatenate([self.misleading(x[:count]), x[count:]])
        return ops.cast(self.layer(x, training=training), self.compute_dtype)

    def misleading(self, x):
        """Pictures as the classifier finds them hardest; its own state does not change."""
        surer = gradient_sign(lambda x: self.layer(x, training=False), x)
        return ops.clip(x - self.epsilon * surer, -0.5, 0.5)

    def as_keras(self):
        """The classifier, for a file that others load; for inference."""
        return self.layer

    def compute_output_shape(self, input_shape):
        return self.layer.compute_output_shape(input_shape)

    def get_config(self):
        return super().get_config() | {"epsilon": self.epsilon, "share": self.share}
