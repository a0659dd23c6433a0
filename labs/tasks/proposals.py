"""Which things are where, asked twice: where something may be, and what it is."""

import dataclasses
import math

from labs.tasks.boxes import Boxes
from labs.tasks.geometry import decoded, overlaps


@dataclasses.dataclass(frozen=True)
class TwoStage(Boxes):
    """The network proposes regions from its anchors, and puts out a class and a box for each.

    Its outputs are three things, which `packed` makes one and `unpacked` takes apart again: for
    each anchor scores of nothing and of something, and a box; the regions; for each region scores
    of nothing and of each class, and a box, as it lies from the region. Its answers are the
    regions' boxes and probabilities; from there on it is `Boxes`.

    Args:
        regions: how many there are.

    Source: Ren et al. 2015 (Faster R-CNN).
    """

    regions: int = 16

    @property
    def parts(self):
        """The shapes of what the outputs consist of."""
        found = 1 + self.kinds + 4
        return ((len(self.anchors), found), (self.regions, 4), (self.regions, found))

    @property
    def output_shape(self):
        return (sum(map(math.prod, self.parts)),)

    @property
    def output(self):
        return f"{super().output}; the regions; the same for each region"

    def packed(self, parts):
        """Keras tensors (batch, *shape), of the `parts`, as one in float32: (batch, numbers)."""
        from keras import layers

        flat = [layers.Flatten(dtype="float32")(part) for part in parts]  # places are in pixels
        return layers.Concatenate(name="packed", dtype="float32")(flat)

    def unpacked(self, y):
        """The `parts` of outputs (batch, numbers), each (batch, *shape), in Keras's operations."""
        from keras import ops

        taken = []
        for shape in self.parts:
            numbers = math.prod(shape)
            taken.append(ops.reshape(y[:, :numbers], (-1, *shape)))
            y = y[:, numbers:]
        return taken

    def answer(self, loss):
        from keras import ops

        def boxes_and_probabilities(y):
            """(n, regions, 4 + classes): left, top, right, bottom in pixels; probabilities."""
            _, regions, found, *_ = self.unpacked(y)
            probabilities = ops.softmax(found[..., :-4], axis=-1)[..., 1:]
            return ops.concatenate([decoded(found[..., -4:], regions), probabilities], axis=-1)

        return boxes_and_probabilities

    def measure(self, y, desired):
        import tensorflow as tf

        undecided = tf.reduce_any(tf.math.is_nan(y), axis=1)  # also where no answer shows it
        return tf.where(undecided, float("nan"), super().measure(y, desired))

    def outputs_told(self):
        names = ", ".join(self.column.classes)
        return (
            f"boxes (n, {self.regions}, 4), probabilities (n, {self.regions}, {self.kinds}) of "
            f"{names}"
        )


def matched(regions, boxes, something=0.5):
    """What each region is to find of what is there, in TensorFlow's operations.

    Args:
        regions: (n, regions, 4): left, top, right, bottom.
        boxes: (n, things, 5): the same and the class; class 0 is nothing.
        something: a region is to find the thing that it overlaps with most, if it does so at least
            so much (IoU).

    Returns:
        (n, regions) int32, which thing that is; and (n, regions) int32, its class, 0 for nothing.
    """
    import tensorflow as tf

    apart = overlaps(regions, boxes[..., :4])
    thing = tf.argmax(apart, axis=2, output_type=tf.int32)
    classes = tf.cast(tf.gather(boxes[..., 4], thing, batch_dims=1), tf.int32)
    return thing, tf.where(tf.reduce_max(apart, axis=2) >= something, classes, 0)
