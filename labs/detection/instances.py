"""instances: which faces are where, and which pixels are each one's.

`two_stage` and one look more: what the convolutions saw in each box that it answers is cut out once
more, and a mask tells which of it is the face and what is behind it, or before it (Mask R-CNN).

    python -m labs.detection.instances
    python -m labs.predict logs/instances/1 --data testscenes2k --rows 0:12 --montage masks.png
"""

import dataclasses
import functools

import keras
import tensorflow as tf

import layers as Layers
from labs.detection import two_stage
from labs.detection.detection import ANCHORS, head
from labs.detection.two_stage import best, maps, merged, second_look
from labs.tasks import geometry, proposals
from labs.tasks.instance_masks import Instances

ITERATIONS = 850  # as many as fit into three minutes
TASK = Instances(ANCHORS, regions=8, bins=14)  # half of the regions: a mask costs a look more


def network(x):
    """What `two_stage` puts out, and a mask for each region, packed: (batch, numbers).

    Args:
        x: images (batch, 9216).
    """
    fine, coarse = maps(x)
    proposed = head(coarse)
    regions = best(proposed, TASK.regions)
    t = merged(fine, coarse)
    found = second_look(t, regions)
    boxes = geometry.decoded(found[..., -4:], regions)
    return TASK.packed([proposed, regions, found, third_look(t, boxes)])


def third_look(t, boxes):
    """A mask for each box, (batch, regions, 14, 14)."""
    t = Layers.roi_pool(t, boxes, TASK.bins // 2, stride=4, name="pooled_again")
    t = keras.ops.reshape(t, (-1, *t.shape[2:]))  # the regions of all images, one after another
    t = Layers.conv(t, 32, 3, 1, "mask_1", kernel_initializer="he")
    t = Layers.deconv(t, 32, 2, 2, "mask_2", kernel_initializer="he")
    t = Layers.conv(t, 1, 1, 1, "mask_3", None)
    return keras.ops.reshape(t, (-1, TASK.regions, TASK.bins, TASK.bins))


def loss(y, desired):
    """What `two_stage` has wrong, and the cross-entropy of the masks of what is a face."""
    boxes, instances = TASK.there(desired)
    proposed, regions, found, masks = TASK.unpacked(y)
    wrong = two_stage.wrong_twice(proposed, regions, found, boxes)
    answered = tf.stop_gradient(geometry.decoded(found[..., -4:], regions))
    thing, classes = proposals.matched(answered, boxes, something=0.1)  # at first all are far off
    something = tf.cast(classes > 0, tf.float32)
    true = true_masks(instances, answered, thing)
    surprise = tf.nn.sigmoid_cross_entropy_with_logits(true, masks)
    surprise = tf.reduce_mean(surprise, axis=(2, 3))
    return wrong + tf.reduce_sum(something * surprise, axis=1)


def true_masks(instances, boxes, thing):
    """Whether the middle of each bin of each box shows the thing that the box is to find.

    Args:
        instances: (batch, height, width), 0 or the number of a thing, from 1.
        boxes: (batch, regions, 4).
        thing: which one each box is to find, (batch, regions) int32, from 0.

    Returns:
        (batch, regions, bins, bins) of 0 and 1.
    """
    height, width = TASK.instances.shape
    down = pixels(boxes[..., 1], boxes[..., 3], height)
    across = pixels(boxes[..., 0], boxes[..., 2], width)
    places = down[..., :, None] * width + across[..., None, :]
    flat = tf.reshape(tf.cast(instances, tf.int32), (-1, height * width))
    shown = tf.gather(flat, places, batch_dims=1)
    return tf.cast(shown == thing[..., None, None] + 1, tf.float32)


def pixels(start, end, most):
    """In which of `most` pixels of a side the middle of each bin lies, (batch, regions, bins)."""
    shares = (tf.range(TASK.bins, dtype=tf.float32) + 0.5) / TASK.bins
    places = start[..., None] + (end - start)[..., None] * shares
    return tf.cast(tf.clip_by_value(places, 0.0, most - 1.0), tf.int32)


lab = dataclasses.replace(
    two_stage.lab,
    name="instances",
    about=__doc__,
    network=network,
    loss=loss,
    optimizer=functools.partial(two_stage.optimizer, iterations=ITERATIONS),
    task=TASK,
    iterations=ITERATIONS,
    evaluate_every=ITERATIONS,
)

if __name__ == "__main__":
    lab.main()
