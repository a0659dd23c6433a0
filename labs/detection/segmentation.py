"""segmentation: what each pixel shows: skin, hair, eyes, nose, mouth, glasses, clothes ...

Down and up: convolutions and pooling see more and more of the face at fewer and fewer places;
unpooling puts each number back to where its pool found it, and what was seen on the way down at the
same size is there once more beside it, so that the borders are sharp.

    python -m labs.detection.segmentation
    python -m labs.predict logs/segmentation/1 photograph.jpg --montage parts.png
"""

import keras
import tensorflow as tf

import layers as Layers
from labs.tasks import Masks
from labs.training import Lab

ITERATIONS = 800
TASK = Masks()
START = {"kernel_initializer": "he"}


def block(t, filters, name):
    """Two convolutions, each with batch normalization and an activation."""
    for number in (1, 2):
        t = Layers.conv(t, filters, 3, 1, f"{name}_conv_{number}", None, **START)
        t = Layers.batchnorm(t, f"{name}_norm_{number}", decay=0.95)
        t = keras.layers.ReLU(name=f"{name}_relu_{number}")(t)
    return t


def network(x, filters=(16, 32, 64), unpooled=True, skips=True):
    """Logarithms of probabilities, (batch, 48, 48, 10), plus a constant, for images (batch, 2304).

    Args:
        x: the images.
        filters: of each size on the way down.
        unpooled: whether numbers go back to where the pools found them; otherwise each fills its
            square.
        skips: whether what was seen on the way down is there once more on the way up.
    """
    t = Layers.unflat(x, 48, 48, 1)
    passed = []
    for size, count in enumerate(filters, 1):
        t = block(t, count, f"down_{size}")
        pooled, places = Layers.maxpool_with_places(t, 2, f"pool_{size}")
        passed.append((size, count, t, places))
        t = pooled
    t = block(t, filters[-1], "bottom")
    for size, count, seen, places in reversed(passed):
        t = Layers.conv(t, count, 1, 1, f"up_{size}_conv_0", **START)  # as many maps as places
        t = Layers.unpool(t, places, 2, f"unpool_{size}") if unpooled else Layers.upsample(t, 2)
        t = keras.layers.Concatenate(name=f"skip_{size}")([t, seen]) if skips else t
        t = block(t, count, f"up_{size}")
    return Layers.conv(t, TASK.count, 1, 1, "parts", None)


def loss(y, mask):
    """The focal loss of each image: of each pixel the cross-entropy, less of what is sure already.

    Brows and glasses have one pixel in a hundred: with the plain cross-entropy the many pixels that
    are easy would outvote them (Lin et al. 2017, "Focal loss").
    """
    surprise = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=mask, logits=y)
    return tf.reduce_mean(tf.square(1 - tf.exp(-surprise)) * surprise, axis=(1, 2))


def optimizer(learning_rate, iterations=ITERATIONS):
    """Adam; the learning rate falls along half a cosine to 0 at the last iteration."""
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, iterations))


lab = Lab(
    name="segmentation",
    about=__doc__,
    network=network,
    loss=loss,
    reduction="mean",
    optimizer=optimizer,
    task=TASK,
    train="10k",
    test="test10k",
    iterations=ITERATIONS,
    batch_size=16,
    learning_rate=8e-3,
    summary_every=50,
    evaluate_every=ITERATIONS,  # to judge all pixels takes a while
)

if __name__ == "__main__":
    lab.main()
