"""two_stage: which faces are where, in two looks: where may something be, and what is it?

The first look is that of `detection`. The regions in which it suspects a face, whichever it is, are
cut out of what the convolutions saw, and the second look says of each whether it is a man, a woman
or nothing, and how its box has to be moved and stretched once more (Faster R-CNN). Both learn
together.

    python -m labs.detection.two_stage
    python -m labs.predict logs/two_stage/1 --data testscenes2k --rows 0:12 --montage boxes.png
"""

import keras
import tensorflow as tf

import layers as Layers
from labs.detection.detection import ANCHORS, features, head, wrong
from labs.tasks import geometry, proposals
from labs.tasks.proposals import TwoStage
from labs.training import Lab

ITERATIONS = 1000
WARM_UP = 100  # iterations in which the learning rate rises: there is no face in the first regions
TASK = TwoStage(ANCHORS, regions=16)
KINDS = 1 + TASK.kinds  # with nothing
OVERLAP = 0.6  # of two regions, above which they are the same one
HIDDEN = 256


def network(x):
    """What is proposed, the regions, and what is in each, packed: (batch, numbers).

    Args:
        x: images (batch, 9216).
    """
    fine, coarse = maps(x)
    proposed = head(coarse)
    regions = best(proposed)
    return TASK.packed([proposed, regions, second_look(merged(fine, coarse), regions)])


def maps(x):
    """What there is every four pixels, and every eight: the latter as in `detection`."""
    coarse = features(x)
    return keras.Model(x, coarse).get_layer("conv_3_relu").output, coarse


def best(proposed, count=TASK.regions):
    """The regions that something is in most likely, (batch, count, 4)."""
    boxes = keras.ops.clip(ANCHORS.decoded(proposed[..., KINDS:]), 0, ANCHORS.side)
    something = 1 - keras.ops.softmax(proposed[..., :KINDS])[..., 0]
    return Layers.propose(boxes, something, count, OVERLAP, "regions")


def merged(fine, coarse):
    """What there is every four pixels, and what it is part of: (batch, 24, 24, 64)."""
    fine = Layers.conv(fine, 64, 1, 1, "fine", None)
    coarse = Layers.upsample(Layers.conv(coarse, 64, 1, 1, "coarse", None), 2)
    return normalized(keras.layers.Add(name="sum")([fine, coarse]), "merged")


def normalized(t, name):
    """Batch normalization, and an activation."""
    return keras.layers.ReLU(name=f"{name}_relu")(Layers.batchnorm(t, f"{name}_norm", decay=0.95))


def second_look(t, regions):
    """Scores and the place of a box, (batch, n, KINDS + 4), for regions (batch, n, 4)."""
    t = Layers.roi_pool(t, regions, 7, stride=4, name="pooled")
    t = keras.layers.Reshape((regions.shape[1], 7 * 7 * 64), name="flat")(t)
    for number in (1, 2):
        t = Layers.fc(t, HIDDEN, f"fc_{number}", kernel_initializer="he")
        t = normalized(t, f"fc_{number}")
    return Layers.fc(t, KINDS + 4, "found", dtype="float32")  # 16 bits do not tell pixels apart


def loss(y, boxes):
    """What both looks have wrong."""
    return wrong_twice(*TASK.unpacked(y), boxes)


def wrong_twice(proposed, regions, found, boxes):
    """The same of the parts of the outputs."""
    thing, classes = proposals.matched(regions, boxes)
    places = geometry.encoded(tf.gather(boxes[..., :4], thing, batch_dims=1), regions)
    return wrong(proposed, *ANCHORS.matched(boxes)) + wrong(found, classes, places)


def optimizer(learning_rate, iterations=ITERATIONS):
    """Adam; the learning rate rises from 0, then falls along half a cosine to 0 at the end."""
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, iterations - WARM_UP, warmup_target=learning_rate, warmup_steps=WARM_UP
    )
    return keras.optimizers.Adam(rate)


lab = Lab(
    name="two_stage",
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
