"""The geometry of boxes, in the graph: how much they overlap, and where one lies from another.

A box is left, top, right and bottom, in pixels. `precision.box_overlaps` is the same as `overlaps`
in NumPy and 64 bits, for the whole sets of which average precision is asked: there an overlap may
meet a threshold exactly. Here it is part of a loss, or of what is measured of a batch.
"""

SMALL = 1e-3  # pixels that a box without width or height counts for


def overlaps(boxes, others):
    """IoU, intersection over union, of boxes (n, k, 4) with others (n, m, 4): (n, k, m).

    It is 0 for boxes of no area.
    """
    import tensorflow as tf

    a, b = boxes[:, :, None], others[:, None]
    sides = tf.maximum(tf.minimum(a[..., 2:], b[..., 2:]) - tf.maximum(a[..., :2], b[..., :2]), 0)
    met = _product(sides)
    area = _product(a[..., 2:] - a[..., :2]) + _product(b[..., 2:] - b[..., :2])
    return tf.math.divide_no_nan(met, area - met)


def _product(sides):
    """Width times height, of (..., 2); tf.reduce_prod takes longer over so few."""
    return sides[..., 0] * sides[..., 1]


def encoded(boxes, references):
    """Where boxes (..., 4) lie from as many others, such as anchors or regions.

    How far the middle is moved, in widths and heights of the reference, and the logarithms of how
    much wider and higher the box is. A box or a reference of no area counts as a small one.

    Source: Girshick et al. 2014 (R-CNN), appendix C.
    """
    from keras import ops

    middles, sizes = _middles_and_sizes(boxes)
    own_middles, own_sizes = _middles_and_sizes(references)
    sizes, own_sizes = ops.maximum(sizes, SMALL), ops.maximum(own_sizes, SMALL)
    moved = (middles - own_middles) / own_sizes
    return ops.concatenate([moved, ops.log(sizes / own_sizes)], axis=-1)


def decoded(y, references):
    """The inverse of `encoded`: boxes (..., 4)."""
    from keras import ops

    middles, sizes = _middles_and_sizes(references)
    middles = y[..., :2] * sizes + middles
    halves = ops.exp(ops.clip(y[..., 2:], -4, 4)) * sizes / 2
    return ops.concatenate([middles - halves, middles + halves], axis=-1)


def _middles_and_sizes(boxes):
    return (boxes[..., :2] + boxes[..., 2:]) / 2, boxes[..., 2:] - boxes[..., :2]
