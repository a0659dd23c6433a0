"""The best of many boxes, as regions to look at again (lecture: "Faster R-CNN")."""

import keras
import tensorflow as tf


def propose(boxes, scores, count, overlap=0.7, name=None):
    """Keeps the best `count` boxes of a picture that are not the same thing twice.

    That is non-maximum suppression, by TensorFlow's own: boxes are taken from the highest score
    down, and one that overlaps too much with a box already taken is left out. No gradient flows
    through the choice.

    Args:
        boxes: left, top, right and bottom of each, in pixels.
        scores: of each box, 0 or above.
        count: how many are kept. Where fewer are left, the last ones are all 0.
        overlap: intersection over union above which two boxes are the same thing.
        name: the layer's name.

    Input shape: of the boxes, (batch, n, 4); of the scores, (batch, n).
    Output shape: (batch, count, 4), float32, the highest score first.

    Example:
        >>> boxes, scores = keras.Input((576, 4)), keras.Input((576,))
        >>> propose(boxes, scores, 16).shape
        (None, 16, 4)

    Raises:
        ValueError: `count` or `overlap` is out of its range, or `boxes` is no batch of boxes.

    Source: Ren et al., "Faster R-CNN", 2015, section 3.3.
    """
    return Propose(count, overlap, name=name)([boxes, scores])


@keras.saving.register_keras_serializable(package="layers")
class Propose(keras.layers.Layer):
    """See `propose`. Called with a list of the boxes and the scores."""

    def __init__(self, count, overlap=0.7, **kwargs):
        super().__init__(autocast=False, **kwargs)  # the boxes stay as they are
        if count < 1:
            raise ValueError(f"count must be 1 or more, got {count}")
        if not 0 <= overlap <= 1:
            raise ValueError(f"overlap must be from 0 to 1, got {overlap}")
        self.count, self.overlap = count, overlap

    def build(self, input_shape):
        boxes, scores = input_shape
        if len(boxes) != 3 or boxes[-1] != 4 or tuple(scores) != tuple(boxes[:2]):
            raise ValueError(
                "propose expects boxes of the shape (batch, n, 4) and scores of the shape "
                f"(batch, n), got {tuple(boxes)} and {tuple(scores)}"
            )

    def call(self, inputs):
        boxes, scores = (tf.cast(tf.stop_gradient(t), tf.float32) for t in inputs)
        kept = tf.image.combined_non_max_suppression(
            tf.gather(boxes[:, :, None], [1, 0, 3, 2], axis=-1),
            scores[..., None],
            max_output_size_per_class=self.count,
            max_total_size=self.count,
            iou_threshold=self.overlap,
            score_threshold=-1.0,
            clip_boxes=False,
        )
        return tf.gather(kept.nmsed_boxes, [1, 0, 3, 2], axis=-1)

    def compute_output_spec(self, inputs):
        return keras.KerasTensor((inputs[0].shape[0], self.count, 4), "float32")

    def get_config(self):
        return super().get_config() | {"count": self.count, "overlap": self.overlap}
