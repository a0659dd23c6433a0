"""nn5: deeper, normalised, augmented: what the end of the lecture adds to nn4.

Residual blocks, batch normalization, dropout, weights that start at a scale that fits their layer,
pictures that look a little different each time, and an optimizer of today. Take one line out and
look at what it was good for. (The learning rate has come down to 0 after 1000 iterations: for a
longer run, raise ITERATIONS, too.)

    python -m labs.nn5
    python -m labs.nn5 --databases faces --train 1k --test test1k --validation-share 0.1
"""

import keras
import tensorflow as tf

import layers as Layers
from labs.training import Lab

ITERATIONS = 1000
WARM_UP = 50  # iterations in which the learning rate rises


def augmented(t):
    """Pictures (batch, 48, 48, 1), each changed by chance while training."""
    t = Layers.random_affine(t, shift=0.08, degrees=15, zoom=0.15, flip=True)
    t = Layers.random_contrast(t, 0.4)
    t = Layers.random_brightness(t, 0.2)
    return Layers.random_erasing(t, 0.2)


def normalized(t, name=None):
    """Batch normalization; its averages forget fast, as training is short."""
    return Layers.batchnorm(t, name, decay=0.98)


def block(t, filters, strides, name, normalization, start):
    """Two convolutions, with normalization and activation before each, and a way past them."""
    return Layers.residual(
        t,
        filters,
        3,
        strides,
        name,
        normalization=normalization,
        pre_activation=True,
        kernel_initializer=start,
    )


def network(x, augmented=augmented, normalized=normalized, block=block, dropped=0.3, start="he"):
    """Logarithms of the two probabilities, (batch, 2), for images (batch, 2304)."""
    t = Layers.unflat(x, 48, 48, 1)
    t = augmented(t)
    t = Layers.conv(t, 32, 5, 2, "conv_1", None, kernel_initializer=start)
    t = block(t, 64, 2, "residual_2", normalized, start)
    t = block(t, 128, 2, "residual_3", normalized, start)
    t = block(t, 128, 2, "residual_4", normalized, start)
    t = normalized(t, "norm_5") if normalized else t
    t = keras.layers.ReLU(name="relu_5")(t)
    t = Layers.global_avgpool(t, "average_6")
    t = Layers.dropout(t, dropped)
    return Layers.fc(t, 2, "fc_7", "log_softmax", kernel_initializer=start)


def loss(y, y_desired):
    """The cross-entropy of each image; a tenth of its label is shared out over the classes."""
    smoothed = 0.9 * y_desired + 0.1 / 2
    return -tf.reduce_sum(smoothed * y, axis=1)


def schedule(learning_rate):
    """A learning rate that rises from 0 to the given one, then falls along half a cosine to 0."""
    return keras.optimizers.schedules.CosineDecay(
        0.0, ITERATIONS - WARM_UP, warmup_target=learning_rate, warmup_steps=WARM_UP
    )


def optimizer(learning_rate):
    """Adam with weight decay, which is what L2 regularization was meant to do to it."""
    return keras.optimizers.AdamW(schedule(learning_rate), weight_decay=0.01)


lab = Lab(
    name="nn5",
    about=__doc__,
    network=network,
    loss=loss,
    reduction="mean",
    optimizer=optimizer,
    train="10k",
    test="test10k",
    iterations=ITERATIONS,
    batch_size=128,
    learning_rate=2e-3,
    summary_every=50,
    evaluate_every=500,
    test_time_flip=True,
)

if __name__ == "__main__":
    lab.main()
