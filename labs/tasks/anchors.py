"""Anchors: boxes of several shapes at each place of a grid, of which a detector moves some.

A detector answers for every anchor: which class the thing there has, if there is one, and where its
box lies from the anchor.

Source: Ren et al. 2015, section 3.1 (Faster R-CNN); Liu et al. 2016 (SSD).
"""

import dataclasses
import functools

import numpy as np

IGNORED = -1  # the class of an anchor that overlaps too much to be nothing, and too little to be it


@dataclasses.dataclass(frozen=True)
class Anchors:
    """The anchors of a picture.

    Args:
        side: pixels of the picture's side.
        stride: pixels from one place of the grid to the next.
        shapes: (width, height) of the boxes at each place, in pixels.
        something: an anchor is to find the thing that it overlaps with at least so much (IoU), and
            so is, of each thing, the anchor that overlaps with it most.
        nothing: an anchor that overlaps less than so much with everything is to find nothing.
    """

    side: int
    stride: int
    shapes: tuple
    something: float = 0.5
    nothing: float = 0.4

    @property
    def cells(self):
        """Places a side of the grid."""
        return self.side // self.stride

    def __len__(self):
        return self.cells**2 * len(self.shapes)

    @functools.cached_property
    def boxes(self):
        """(anchors, 4) float32: x and y of the middle, width and height, in pixels.

        Place by place, row by row; at each place in the order of `shapes`.
        """
        middles = (np.arange(self.cells, dtype=np.float32) + 0.5) * self.stride
        y, x = np.meshgrid(middles, middles, indexing="ij")
        places = np.stack([x, y], axis=-1).reshape(-1, 1, 2).repeat(len(self.shapes), axis=1)
        sizes = np.broadcast_to(np.float32(self.shapes), places.shape)
        return np.concatenate([places, sizes], axis=2).reshape(-1, 4)

    def matched(self, boxes):
        """What each anchor is to find of what is there, in TensorFlow's operations.

        Args:
            boxes: (n, things, 5) float32: left, top, right, bottom and class; class 0 is nothing.

        Returns:
            (n, anchors) int32, the class, 0 for nothing, `IGNORED` for what does not count; and
            (n, anchors, 4), where the box lies, as `decoded` reads it. Of anchors that are to find
            nothing the latter means nothing.
        """
        import tensorflow as tf

        overlaps = self._overlaps(boxes[..., :4])  # (n, things, anchors)
        overlaps = tf.where(boxes[..., 4:] > 0, overlaps, -1.0)
        most = tf.reduce_max(overlaps, axis=2, keepdims=True)
        best = (overlaps == most) & (most > 0)
        overlaps = tf.where(best, 2.0, overlaps)
        thing = tf.argmax(overlaps, axis=1, output_type=tf.int32)
        overlap = tf.reduce_max(overlaps, axis=1)
        found = tf.gather(boxes, thing, batch_dims=1)
        classes = tf.cast(found[..., 4], tf.int32)
        classes = tf.where(overlap >= self.something, classes, IGNORED)
        return tf.where(overlap < self.nothing, 0, classes), self.encoded(found[..., :4])

    def _overlaps(self, boxes):
        """IoU of boxes (n, things, 4) with the anchors: (n, things, anchors)."""
        import tensorflow as tf

        left, top, right, bottom = corners(self.boxes).T
        x0, y0, x1, y1 = (boxes[..., i, None] for i in range(4))
        wide = tf.maximum(tf.minimum(x1, right) - tf.maximum(x0, left), 0)
        high = tf.maximum(tf.minimum(y1, bottom) - tf.maximum(y0, top), 0)
        met = wide * high
        area = (right - left) * (bottom - top)
        return tf.math.divide_no_nan(met, (x1 - x0) * (y1 - y0) + area - met)

    def encoded(self, boxes):
        """Boxes (..., anchors, 4), left, top, right, bottom, as they lie from the anchors.

        How far the middle is moved, in widths and heights of the anchor, and the logarithms of how
        much wider and higher the box is.
        """
        import tensorflow as tf

        sizes = tf.maximum(boxes[..., 2:] - boxes[..., :2], 1e-3)
        moved = ((boxes[..., :2] + boxes[..., 2:]) / 2 - self.boxes[:, :2]) / self.boxes[:, 2:]
        return tf.concat([moved, tf.math.log(sizes / self.boxes[:, 2:])], axis=-1)

    def decoded(self, y):
        """The inverse of `encoded`, in Keras's operations: left, top, right, bottom in pixels."""
        from keras import ops

        middles = y[..., :2] * self.boxes[:, 2:] + self.boxes[:, :2]
        halves = ops.exp(ops.clip(y[..., 2:], -4, 4)) * self.boxes[:, 2:] / 2
        return ops.concatenate([middles - halves, middles + halves], axis=-1)


def corners(boxes):
    """Boxes (..., 4) of middle and size as left, top, right, bottom."""
    halves = boxes[..., 2:] / 2
    return np.concatenate([boxes[..., :2] - halves, boxes[..., :2] + halves], axis=-1)
