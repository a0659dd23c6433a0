"""Anchors: boxes of several shapes at each place of a grid, of which a detector moves some.

A detector answers for every anchor: which class the thing there has, if there is one, and where its
box lies from the anchor.

Source: Ren et al. 2015, section 3.1 (Faster R-CNN); Liu et al. 2016 (SSD).
"""

import dataclasses
import functools

import numpy as np

from labs.tasks import geometry

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
        """(anchors, 4) float32: left, top, right and bottom, in pixels; some lie beyond the border.

        Place by place, row by row; at each place in the order of `shapes`.
        """
        middles = (np.arange(self.cells, dtype=np.float32) + 0.5) * self.stride
        y, x = np.meshgrid(middles, middles, indexing="ij")
        places = np.stack([x, y], axis=-1).reshape(-1, 1, 2)
        halves = np.float32(self.shapes) / 2
        return np.concatenate([places - halves, places + halves], axis=2).reshape(-1, 4)

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

        overlaps = geometry.overlaps(boxes[..., :4], self.boxes[None])  # (n, things, anchors)
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

    def encoded(self, boxes):
        """Boxes (..., anchors, 4) as they lie from the anchors: see `geometry.encoded`."""
        return geometry.encoded(boxes, self.boxes)

    def decoded(self, y):
        """The inverse of `encoded`: left, top, right, bottom in pixels."""
        return geometry.decoded(y, self.boxes)
