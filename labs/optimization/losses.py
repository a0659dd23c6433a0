"""losses: what a network is told to make small decides what it learns.

The slides' losses of a score m, by which the right class is before the wrong one: squared error,
hinge, exponential and logistic; and the cross-entropy of a softmax, which for two classes is the
logistic loss. The chapter's perceptron, at the best of five learning rates.

    python -m labs.optimization.losses
"""

import dataclasses

import tensorflow as tf

import layers as Layers
from labs.analysis import measures
from labs.analysis.study import Study
from labs.optimization.perceptron import lab


def scores(x):
    """A score for each of the two classes, (batch, 2), for images (batch, 2304)."""
    t = x
    for number in (1, 2, 3):
        t = Layers.fc(t, 64, f"fc_{number}", "relu", kernel_initializer="he")
    return Layers.fc(t, 2, "fc_4", kernel_initializer="he")


def margin(y, y_desired):
    """By how much the score of the right class is above the other one's, (batch,)."""
    return tf.reduce_sum((2 * y_desired - 1) * y, axis=1)


def squared_error(y, y_desired):
    """(y - desired)^2 / 2, summed over the classes."""
    return tf.reduce_sum(tf.square(y - y_desired), axis=1) / 2


def softmax_cross_entropy(y, y_desired):
    """-log of the probability that a softmax of the scores gives the right class."""
    return tf.nn.softmax_cross_entropy_with_logits(y_desired, y)


def hinge(y, y_desired):
    """max(0, 1 - m)"""
    return tf.nn.relu(1 - margin(y, y_desired))


def exponential(y, y_desired):
    """exp(-m)"""
    return tf.exp(-margin(y, y_desired))


def logistic(y, y_desired):
    """log2(1 + exp(-m))"""
    return tf.math.softplus(-margin(y, y_desired)) / tf.math.log(2.0)


LOSSES = {
    "squared error": squared_error,
    "softmax": softmax_cross_entropy,
    "hinge": hinge,
    "exponential": exponential,
    "logistic": logistic,
}

study = Study(
    name="losses",
    about=__doc__,
    variants={
        name: dataclasses.replace(lab, network=scores, loss=loss) for name, loss in LOSSES.items()
    },
    rates=(0.003, 0.01, 0.03, 0.1, 0.3),
    measure=measures.TRAIN,
    claims=(("softmax", "squared error"),),
)

if __name__ == "__main__":
    study.main()
