"""localization: where the eyes, the nose and the mouth are.

Convolutions as in a classifier, but the network ends in ten numbers: x and y of five points. The
drawing program knows where it put them, so the truth is exact.

    python -m labs.detection.localization
    python -m labs.predict logs/localization/1 photograph.jpg --montage points.png
"""

import keras
import tensorflow as tf

import layers as Layers
from labs.tasks import Points
from labs.training import Lab

ITERATIONS = 2_000


def network(x):
    """x and y of each point, (batch, 10), for images (batch, 2304)."""
    t = Layers.unflat(x, 48, 48, 1)
    t = Layers.conv(t, 32, 5, 2, "conv_1", kernel_initializer="he_normal")
    t = Layers.conv(t, 64, 3, 2, "conv_2", kernel_initializer="he_normal")
    t = Layers.conv(t, 128, 3, 2, "conv_3", kernel_initializer="he_normal")
    t = Layers.dropout(Layers.flat(t), 0.2)
    t = Layers.fc(t, 256, "fc_4", "relu", kernel_initializer="he_normal")
    return Layers.fc(t, 10, "fc_5", kernel_initializer="he_normal")


def loss(y, y_desired):
    """How far the points of each image are off, in pixels: the mean of five distances.

    The squares of the distances would follow the worst points and neglect the others.
    """
    apart = 48 * tf.reshape(y - y_desired, (-1, 5, 2))
    squares = tf.reduce_sum(tf.square(apart), axis=2)
    return tf.reduce_mean(tf.sqrt(squares + 1e-4), axis=1)  # at 0 a root has no slope


def optimizer(learning_rate):
    """Adam; the learning rate falls along half a cosine to 0 at the last iteration."""
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, ITERATIONS))


lab = Lab(
    name="localization",
    about=__doc__,
    network=network,
    loss=loss,
    reduction="mean",
    optimizer=optimizer,
    task=Points(),
    train="10k",
    test="test10k",
    iterations=ITERATIONS,
    batch_size=128,
    learning_rate=2e-3,
    summary_every=100,
    evaluate_every=500,
)

if __name__ == "__main__":
    lab.main()
