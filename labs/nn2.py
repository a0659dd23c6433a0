"""nn2: the perceptron of nn1, followed in TensorBoard, saved and restored.

The network is nn1's: 2304 pixels, 50 sigmoid units, 2 scores. New are the summaries (curves,
histograms of the weights, the graph) and the checkpoints:

    python -m labs.nn2 --run first
    tensorboard --logdir logs
    python -m labs.nn2 --run first --restore --iterations 16000
"""

import keras
import tensorflow as tf

import layers as Layers
from labs.training import Lab


def network(x):
    """Scores (batch, 2) for images (batch, 2304): two fully connected layers."""
    sigmo = Layers.fc(x, 50, "fc_1", "sigmoid")
    return Layers.fc(sigmo, 2, "fc_2")


def loss(y, y_desired):
    """The squared error of each image; a batch's loss is their sum."""
    return tf.reduce_sum(tf.square(y - y_desired), axis=1)


def optimizer(learning_rate):
    """Plain gradient descent."""
    return keras.optimizers.SGD(learning_rate)


lab = Lab(
    name="nn2",
    about=__doc__,
    network=network,
    loss=loss,
    reduction="sum",
    optimizer=optimizer,
    train="1k",
    test="test10k",
    iterations=8_000,
    batch_size=256,
    learning_rate=1e-4,
    summary_every=200,
    evaluate_every=8_000,
)

if __name__ == "__main__":
    lab.main()
