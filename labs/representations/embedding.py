"""embedding: a face as 32 numbers, in which distance means identity.

The network never learns who the persons are, only that two pictures of one belong nearer together
than two of different persons. So it can tell persons apart that it has never seen.

    python -m labs.representations.embedding
    python -m labs.predict logs/embedding/1 ann.jpg bob.jpg
"""

import keras
import tensorflow as tf

import layers as Layers
from labs import nn5
from labs.tasks import Verification
from labs.training import Lab

ITERATIONS = 700
TEMPERATURE = 0.1


def network(x):
    """Vectors of length 1, (batch, 32), for images (batch, 2304)."""
    t = Layers.unflat(x, 48, 48, 1)
    t = Layers.random_affine(t, shift=0.04, degrees=5, zoom=0.08, flip=True)
    t = Layers.random_contrast(t, 0.4)
    t = Layers.conv(t, 32, 5, 2, "conv_1", None, kernel_initializer="he")
    t = nn5.block(t, 64, 2, "residual_2", nn5.normalized, "he")
    t = nn5.block(t, 128, 2, "residual_3", nn5.normalized, "he")
    t = nn5.block(t, 128, 2, "residual_4", nn5.normalized, "he")
    t = keras.layers.ReLU(name="relu_5")(nn5.normalized(t, "norm_5"))
    t = Layers.fc(Layers.flat(t), 32, "fc_6")
    return keras.layers.UnitNormalization(name="vector")(t)


def loss(y, person):
    """For each image, how hard it is to tell the pictures of its person from the rest of the batch.

    The cosine of the angle to another picture, over a temperature, is that one's score; the loss is
    the cross-entropy of those of the same person (Khosla et al. 2020, "Supervised contrastive").
    """
    itself = tf.eye(tf.shape(y)[0])
    scores = tf.matmul(y, y, transpose_b=True) / TEMPERATURE - 1e9 * itself
    same = tf.cast(person[:, None] == person, tf.float32) - itself
    surprise = -tf.nn.log_softmax(scores)
    return tf.reduce_sum(same * surprise, axis=1) / tf.maximum(tf.reduce_sum(same, axis=1), 1)


def optimizer(learning_rate):
    """Adam; the learning rate falls along half a cosine to 0 at the last iteration."""
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, ITERATIONS))


lab = Lab(
    name="embedding",
    about=__doc__,
    network=network,
    loss=loss,
    reduction="mean",
    optimizer=optimizer,
    task=Verification(),
    train="persons10k",
    test="testpersons2k",
    iterations=ITERATIONS,
    batch_size=120,
    learning_rate=2e-3,
    summary_every=50,
    evaluate_every=ITERATIONS // 2,
)

if __name__ == "__main__":
    lab.main()
