"""Which things are where, and which pixels are each one's."""

import dataclasses
import functools
import math

import numpy as np

from dsutil import InputError, pictures
from dsutil.columns import INSTANCES, Parts
from labs.tasks.boxes import GREEN, LARGE, mean
from labs.tasks.proposals import TwoStage
from labs.tasks.task import Number

NO_SKIN = pictures.COLOURS[2:]  # colours of masks: what is skin already would not show in it


@dataclasses.dataclass(frozen=True)
class Instances(TwoStage):
    """The network puts out a mask for each region, besides what `TwoStage` asks for.

    A mask is bins x bins scores, spread over the box that the network answers for the region; the
    thing is where they are above 0. Its answers have the masks' probabilities behind those of the
    classes.

    The headline is COCO's AP again, with overlaps (IoU) of masks: pixels that are in both, over
    pixels that are in either. While training it stands for what it does in `Boxes`.

    Args:
        instances: the column of which pixels belong to which of the boxes.
        bins: numbers of a mask's side.

    Source: He et al. 2017 (Mask R-CNN).
    """

    instances: Parts = INSTANCES
    bins: int = 14

    def __post_init__(self):
        super().__post_init__()
        wanted = self.images.shape[:2], self.column.most + 1
        of_boxes = isinstance(self.instances, Parts)
        if not of_boxes or (self.instances.shape, len(self.instances.parts)) != wanted:
            raise InputError(
                f"Masks are asked for in {self.images}, and {self.instances} are none of them: "
                "expected `dsutil.Parts` of the images' height and width, with a part for each of "
                f"the {self.column.most} boxes behind the background."
            )

    headline = Number("mask AP", higher_is_better=True)

    @property
    def truths(self):
        return (self.column, self.instances)

    @functools.cached_property
    def boxes_alone(self):
        """The same question without masks."""
        return TwoStage(self.anchors, self.column, self.images, self.regions)

    @property
    def parts(self):
        return (*super().parts, (self.regions, self.bins, self.bins))

    @property
    def output(self):
        return f"{super().output}, and a mask of {self.bins} x {self.bins} scores"

    def desired(self, x, boxes, instances):
        """Both as one, (n, numbers); `there` takes them apart."""
        import tensorflow as tf

        count = tf.shape(boxes)[0]
        both = boxes, tf.cast(instances, tf.float32)
        return tf.concat([tf.reshape(truth, (count, -1)) for truth in both], axis=1)

    def there(self, desired):
        """Boxes (n, things, 5), and which of them each pixel belongs to, (n, height, width)."""
        import tensorflow as tf

        boxes, instances = tf.split(desired, [self.column.numbers, self.instances.numbers], axis=1)
        instances = tf.reshape(instances, (-1, *self.instances.shape))
        return tf.reshape(boxes, (-1, *self.column.shape)), instances

    def answer(self, loss):
        from keras import ops

        def boxes_probabilities_and_masks(y):
            """(n, regions, 4 + classes + bins * bins)."""
            flat = (-1, self.regions, self.bins**2)
            masks = ops.reshape(ops.sigmoid(self.unpacked(y)[-1]), flat)
            return ops.concatenate([self.boxes_alone.answer(loss)(y), masks], axis=-1)

        return boxes_probabilities_and_masks

    def found(self, answer):
        """See `Boxes.found`."""
        return super().found(answer[..., : 4 + self.kinds])

    def masks(self, answer, found):
        """Which pixels each thing that was found has, in the graph.

        Args:
            answer: (n, regions, 4 + classes + bins * bins).
            found: what `found` leaves of it, (n, MOST, 6).

        Returns:
            (n, MOST, height, width) of bool.
        """
        import tensorflow as tf

        masks = tf.gather(self._masks_of_regions(answer), _region(answer, found), batch_dims=1)
        return masks & (found[..., 4, None, None] > 0)

    def _masks_of_regions(self, answer):
        """Which pixels the answer gives each region, (n, regions, height, width) of bool."""
        import tensorflow as tf

        shape = (tf.shape(answer)[0], self.regions, self.bins, self.bins)
        masks = tf.reshape(answer[..., 4 + self.kinds :], shape)
        return spread(masks, answer[..., :4], self.instances.shape) > 0.5

    def measure(self, y, desired):
        import tensorflow as tf

        boxes, _ = self.there(desired)
        undecided = tf.reduce_any(tf.math.is_nan(y), axis=1)
        numbers = sum(map(math.prod, self.boxes_alone.parts))
        measured = self.boxes_alone.measure(y[:, :numbers], boxes)
        return tf.where(undecided, np.float32(np.nan), measured)

    def details(self, y, desired, answer):
        import tensorflow as tf

        boxes, instances = self.there(desired)
        found = self.found(answer)

        def of_one(image):  # all masks of a batch would be much memory
            one_answer, one_instances = (part[None] for part in image)
            masks = self._masks_of_regions(one_answer)
            return mask_overlaps(masks, one_instances, self.column.most)[0]

        shape = tf.TensorSpec((self.regions, self.column.most), tf.float64)
        overlaps = tf.map_fn(of_one, (answer, instances), fn_output_signature=shape)
        # Of fewer regions than answers: one may be told as a man and as a woman.
        overlaps = tf.gather(overlaps, _region(answer, found), batch_dims=1)
        overlaps = tf.where(found[..., 4, None] > 0, overlaps, 0)
        return {"found": found, "there": boxes, "mask overlaps": overlaps}

    def overlaps(self, measured):
        """IoU of the masks of what was found with those of what is there: (n, MOST, things)."""
        return measured["mask overlaps"]

    def numbers(self, measured):
        each = self.average_precisions(measured)
        classes = zip(self.column.classes, each, strict=True)
        return (
            {self.headline.name: mean(each), "mask AP50": mean(each[:, 0])}
            | {f"mask AP/{name}": mean(row) for name, row in classes}
            | {f"box {name}": value for name, value in self.boxes_alone.numbers(measured).items()}
        )

    def answer_as_json(self, image, answer, truth=None):
        said = super().answer_as_json(image, answer, truth)
        if said["boxes"] is not None:
            pixels = np.count_nonzero(self._masks_of_one(answer), axis=(1, 2))
            for box, count in zip(said["boxes"], pixels.tolist(), strict=True):
                box["pixels"] = count
        return said

    def _masks_of_one(self, answer):
        """The masks of what is told of one image's answer, (found, height, width) of bool."""
        found = self._of_one(answer)
        return np.asarray(self.masks(answer[None], found[None]))[0]

    def picture(self, image, answer, truth=None):
        """The image, enlarged, with the answer's masks and boxes; true boxes are green."""
        masks = self._masks_of_one(answer)
        parts = np.zeros(self.instances.shape, np.uint8)
        for number in range(len(masks), 0, -1):  # the surest one on top
            parts[masks[number - 1]] = number
        tinted = pictures.with_parts(image[None], parts[None], NO_SKIN)
        (shown,) = pictures.enlarged(tinted, LARGE)
        times = pictures.enlargement(image, LARGE)
        if truth is not None:
            shown = pictures.with_boxes(shown, truth[0], times, (GREEN,))
        return pictures.with_boxes(shown, self._of_one(answer)[:, :5], times)

    def outputs(self, answer):
        from keras import ops

        end = 4 + self.kinds
        masks = ops.reshape(answer[..., end:], (-1, self.regions, self.bins, self.bins))
        return super().outputs(answer[..., :end]) | {"masks": masks}

    def outputs_told(self):
        masks = f"masks (n, {self.regions}, {self.bins}, {self.bins}) over the boxes"
        return f"{super().outputs_told()}, {masks}"


def _region(answer, found):
    """Which region each thing that was found is, (n, MOST) int64, in the graph."""
    import tensorflow as tf

    # Suppression copies a box to the bit, so the box tells which one it was.
    apart = tf.abs(found[:, :, None, :4] - answer[:, None, :, :4])
    return tf.argmin(tf.reduce_sum(apart, axis=-1), axis=-1)


def spread(masks, boxes, shape):
    """Masks, each spread over its box in a picture, in the graph.

    Between the middles of a mask's bins it is linear, beyond the outermost ones constant, and 0
    where a pixel's middle is outside of the box.

    Args:
        masks: (..., bins, bins).
        boxes: (..., 4): left, top, right, bottom.
        shape: (height, width) of the picture.

    Returns:
        (..., height, width).
    """
    import tensorflow as tf

    bins = masks.shape[-1]
    down = _weights(boxes[..., 1], boxes[..., 3], shape[0], bins)
    across = _weights(boxes[..., 0], boxes[..., 2], shape[1], bins)
    return tf.matmul(tf.matmul(down, masks), across, transpose_b=True)


def _weights(start, end, pixels, bins):
    """What each bin of a side weighs at each pixel: (..., pixels, bins)."""
    import tensorflow as tf

    middles = tf.range(pixels, dtype=tf.float32) + 0.5
    start, end = start[..., None], end[..., None]
    inside = (middles >= start) & (middles <= end) & (end > start)
    shares = tf.math.divide_no_nan(middles - start, end - start)
    places = tf.clip_by_value(shares * bins - 0.5, 0.0, bins - 1.0)[..., None]
    weights = tf.nn.relu(1 - tf.abs(places - tf.range(bins, dtype=tf.float32)))
    return tf.where(inside[..., None], weights, 0.0)


def mask_overlaps(masks, instances, things):
    """IoU of masks with those of the things in the same picture, in the graph.

    Args:
        masks: (n, k, height, width) of bool.
        instances: (n, height, width), 0 or the number of a thing, from 1.
        things: how many there may be.

    Returns:
        (n, k, things) float64, since a threshold may be met exactly; 0 for things without pixels.
    """
    import tensorflow as tf

    count = tf.shape(masks)[0]
    pixels = instances.shape[1] * instances.shape[2]
    numbers = tf.range(1, things + 1, dtype=instances.dtype)
    true = tf.reshape(instances, (count, pixels, 1)) == numbers
    true = tf.cast(true, tf.float32)
    flat = tf.reshape(tf.cast(masks, tf.float32), (count, masks.shape[1], pixels))
    met = tf.matmul(flat, true)
    either = tf.reduce_sum(flat, axis=2)[..., None] + tf.reduce_sum(true, axis=1)[:, None] - met
    return tf.math.divide_no_nan(tf.cast(met, tf.float64), tf.cast(either, tf.float64))
