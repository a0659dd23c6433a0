"""detection: which faces are where, in one shot: at each place of a grid some boxes are tried.

The network looks at the picture once. For each place of a 12x12 grid, and for boxes of four sizes
around it, it says whether a man, a woman or nothing is there, and how the box has to be moved and
stretched (YOLO and SSD). Of boxes that mean the same face the surest is kept.

    python -m labs.detection.detection
    python -m labs.predict logs/detection/1 --data testscenes2k --rows 0:12 --montage boxes.png
"""

import math

import keras
import tensorflow as tf

import layers as Layers
from labs.tasks import Anchors, Boxes
from labs.tasks.anchors import IGNORED
from labs.training import Lab

ITERATIONS = 1500
ANCHORS = Anchors(side=96, stride=8, shapes=((13, 17), (20, 26), (30, 38), (42, 54)))
TASK = Boxes(ANCHORS)
KINDS = 1 + TASK.kinds  # with nothing
RARE = 0.01  # how likely each class is at an anchor, against nothing, to begin with


def conv(t, filters, strides, name):
    """A convolution, batch normalization, and an activation."""
    t = Layers.conv(t, filters, 3, strides, f"{name}_conv", None, kernel_initializer="he")
    return keras.layers.ReLU(name=f"{name}_relu")(Layers.batchnorm(t, f"{name}_norm", decay=0.95))


def network(x):
    """For each anchor three scores and the place of a box, (batch, anchors, 7).

    Args:
        x: images (batch, 9216).
    """
    return head(features(x))


def features(x):
    """What there is at each place of the grid: (batch, 12, 12, 128)."""
    t = Layers.unflat(x, 96, 96, 1)
    t = Layers.conv(t, 16, 5, 2, "conv_1", kernel_initializer="he")
    t = conv(t, 32, 2, "conv_2")
    t = conv(t, 64, 1, "conv_3")
    t = conv(t, 64, 2, "conv_4")
    t = conv(t, 128, 1, "conv_5")
    return conv(t, 128, 1, "conv_6")


def head(t):
    """Scores and places of boxes, (batch, anchors, KINDS + 4), of maps (batch, 12, 12, n)."""
    shapes = len(ANCHORS.shapes)
    # Nothing is by far the likeliest to begin with (Lin et al. 2017).
    rare = keras.initializers.Constant([-math.log(RARE), *[0.0] * TASK.kinds] * shapes)
    scores = Layers.conv(t, shapes * KINDS, 1, 1, "scores", None, bias_initializer=rare)
    places = Layers.conv(t, shapes * 4, 1, 1, "places", None)
    scores = keras.layers.Reshape((len(ANCHORS), KINDS))(scores)
    places = keras.layers.Reshape((len(ANCHORS), 4))(places)
    return keras.layers.Concatenate(name="boxes")([scores, places])


def loss(y, boxes):
    """What is wrong with the anchors' answers."""
    return wrong(y, *ANCHORS.matched(boxes))


def wrong(y, classes, places):
    """The focal loss of the classes, and Huber's of the places, of all anchors of an image.

    They are summed: a face counts as much among five as where it is the only one.

    Args:
        y: (batch, anchors, KINDS + 4).
        classes: (batch, anchors), what each is to say; IGNORED where nothing counts.
        places: (batch, anchors, 4), how its box is to be moved and stretched.

    Returns:
        (batch,).
    """
    something = tf.cast(classes > 0, tf.float32)
    surprise = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(classes, 0), y[..., :-4])
    surprise = tf.where(classes == IGNORED, 0.0, tf.square(1 - tf.exp(-surprise)) * surprise)
    off = tf.reduce_sum(keras.losses.huber(places[..., None], y[..., -4:, None], 0.1), axis=-1)
    return tf.reduce_sum(surprise + 10 * something * off, axis=1)


def optimizer(learning_rate):
    """Adam; the learning rate falls along half a cosine to 0 at the last iteration."""
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, ITERATIONS))


lab = Lab(
    name="detection",
    about=__doc__,
    network=network,
    loss=loss,
    reduction="mean",
    optimizer=optimizer,
    task=TASK,
    train="scenes10k",
    test="testscenes2k",
    iterations=ITERATIONS,
    batch_size=16,
    learning_rate=8e-3,
    summary_every=100,
    evaluate_every=ITERATIONS,  # to judge all boxes takes a while
)

if __name__ == "__main__":
    lab.main()
