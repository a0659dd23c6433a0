"""What each pixel of a picture shows: one of some parts."""

import dataclasses

import numpy as np

from dsutil import InputError, pictures
from dsutil.columns import FACE_MASK, FACES, Images, Parts
from labs.tasks.task import Caption, Number, Task, check_columns

SHOWN = 4  # parts that are told of a picture, the largest ones


@dataclasses.dataclass(frozen=True)
class Masks(Task):
    """The network puts out a score for each part at each pixel: a logarithm of its probability.

    A constant may be added to the scores of a pixel. The answers are probabilities, and a mask has
    the likeliest part of each pixel.

    The IoU of a part, intersection over union, is how many pixels are that part both in the answer
    and in truth, over how many are it in either. Over a whole set the pixels of all images count
    together, and what heads tables is the mean of the parts. An image's own IoU is the mean of the
    parts that are in it, or in the answer.

    Args:
        column: of the parts.
        images: the column of what goes in.

    Source: Long et al. 2015, section 5, "mean IU"; Everingham et al. 2010, section 4.4.
    """

    column: Parts = FACE_MASK
    images: Images = FACES

    def __post_init__(self):
        check_columns(self)
        if not isinstance(self.column, Parts) or self.column.shape != self.images.shape[:2]:
            raise InputError(
                f"Parts are asked for in {self.images}, and {self.column} are none of its pixels: "
                "expected `dsutil.Parts` of the images' height and width."
            )

    headline = Number("IoU", higher_is_better=True)

    @property
    def truths(self):
        return (self.column,)

    @property
    def count(self):
        """How many parts there are."""
        return len(self.column.parts)

    @property
    def output_shape(self):
        return (*self.column.shape, self.count)

    @property
    def output(self):
        return f"scores of {', '.join(self.column.parts)} at each pixel"

    header = "the largest parts"

    def desired(self, x, mask):
        import tensorflow as tf

        return tf.cast(mask, tf.int32)

    def answer(self, loss):
        from keras import ops

        return lambda y: ops.softmax(y, axis=-1)

    def measure(self, y, desired):
        import tensorflow as tf

        met, either = self._overlaps(y, desired)
        there = tf.cast(either > 0, tf.float32)
        each = tf.math.divide_no_nan(met, either)
        whole = tf.reduce_sum(each, axis=1) / tf.reduce_sum(there, axis=1)
        undecided = tf.reduce_any(tf.math.is_nan(y), axis=(1, 2, 3))
        return tf.where(undecided, np.float32(np.nan), whole)

    def details(self, y, desired, answer):
        met, either = self._overlaps(y, desired)
        return {"intersections": met, "unions": either}

    def _overlaps(self, y, desired):
        """Pixels that are a part both in the answer and in truth, and in either: (n, parts) each.

        Float32, which counts the pixels of any picture exactly.
        """
        import tensorflow as tf

        found, count = tf.argmax(y, axis=-1, output_type=tf.int32), self.count
        pairs = tf.reshape(count * desired + found, (tf.shape(y)[0], -1))
        counts = tf.math.bincount(
            pairs, minlength=count**2, maxlength=count**2, axis=-1, dtype=tf.float32
        )
        counts = tf.reshape(counts, (-1, count, count))
        met = tf.linalg.diag_part(counts)
        return met, tf.reduce_sum(counts, axis=1) + tf.reduce_sum(counts, axis=2) - met

    def numbers(self, measured):
        met = np.sum(measured["intersections"], axis=0, dtype=float)
        either = np.sum(measured["unions"], axis=0, dtype=float)
        each = {
            f"IoU/{name}": m / e
            for name, m, e in zip(self.column.parts, met.tolist(), either.tolist(), strict=True)
            if e
        }
        pixels = len(measured["unions"]) * self.column.numbers
        whole = {self.headline.name: float(np.mean(list(each.values())))}
        return whole | {"pixel accuracy": met.sum().item() / pixels} | each

    def told(self, image, answer, truth=None):
        shares = self._shares(answer)
        largest = np.argsort(-shares, kind="stable")[:SHOWN]
        text = ", ".join(f"{self.column.parts[k]} {shares[k]:.0%}" for k in largest if shares[k])
        return text if truth is None else f"{text}  (IoU {self._iou(answer, truth):.3f})"

    def vocabulary(self):
        return {"parts": list(self.column.parts)}

    def answer_as_json(self, image, answer, truth=None):
        shares = self._shares(answer)
        known = {} if truth is None else {"IoU": self._iou(answer, truth)}
        return {"shares": dict(zip(self.column.parts, shares.tolist(), strict=True))} | known

    def caption(self, image, answer, truth=None):
        return Caption("" if truth is None else f"IoU {self._iou(answer, truth):.3f}")

    def picture(self, image, answer, truth=None):
        """The image, what is true of it if that is known, and the answer, side by side."""
        masks = [*(truth or ()), np.argmax(answer, axis=-1)]
        shown = pictures.with_parts(np.stack([image] * len(masks)), np.stack(masks))
        return np.concatenate([*pictures.coloured(image[None]), *shown], axis=1)

    def _shares(self, answer):
        """Of the pixels, by part."""
        mask = np.argmax(answer, axis=-1)
        return np.bincount(mask.ravel(), minlength=self.count) / mask.size

    def _iou(self, answer, truth):
        """Of one image: the mean over the parts that are in it, or in the answer."""
        parts = np.arange(self.count)[:, None, None]
        found, true = np.argmax(answer, axis=-1) == parts, truth[0] == parts
        either = np.count_nonzero(found | true, axis=(1, 2))
        met = np.count_nonzero(found & true, axis=(1, 2))
        return float(np.mean(met[either > 0] / either[either > 0]))

    def labels(self, answers, truths):
        each = [self._iou(*one) for one in zip(answers, zip(truths[0]), strict=True)]
        return ("row", "IoU"), [(str(row), f"{iou:.3f}") for row, iou in enumerate(each)]

    def outputs(self, answer):
        return {"probabilities": answer}

    def outputs_told(self):
        sides = ", ".join(map(str, self.column.shape))
        return f"probabilities (n, {sides}, {self.count}) of {', '.join(self.column.parts)}"
