"""Which things are where in a picture: a box and a class for each."""

import dataclasses

import numpy as np

from dsutil import InputError, pictures
from dsutil.columns import SCENE, SCENE_BOXES, Images
from dsutil.columns import Boxes as BoxesColumn
from labs.tasks import precision
from labs.tasks.anchors import Anchors
from labs.tasks.geometry import overlaps
from labs.tasks.task import Caption, Number, Task, check_columns

MOST = 20  # answers of a picture
SUPPRESSED = 0.5  # IoU with a surer answer of the same class, above which an answer is left out
SHOWN = 0.5  # score from which on an answer is told and drawn
LEAST = 0.01  # score from which on an answer counts: precision is asked at every recall
GREEN = (0, 190, 80)
LARGE = 192  # pixels of a side in which boxes can be told apart


@dataclasses.dataclass(frozen=True)
class Boxes(Task):
    """The network puts out, for each anchor, scores of nothing and of each class, and a box.

    Its answers are all anchors' boxes and probabilities. What is told of them is what
    non-maximum suppression leaves: of boxes of a class that overlap, the surest.

    The headline, AP, is COCO's: average precision, its mean over the classes and over overlaps
    (IoU) from 0.5 to 0.95. AP50 asks for 0.5 alone. While training, where a batch is too few for
    that, it stands for the mean of two shares: of the things that an anchor has found, and of the
    anchors' answers that are right, with an overlap of 0.5.

    Args:
        anchors: the `Anchors`.
        column: of the boxes.
        images: the column of what goes in.

    Source: Liu et al. 2016 (SSD); Redmon et al. 2016 (YOLO); Lin et al. 2014 (COCO).
    """

    anchors: Anchors
    column: BoxesColumn = SCENE_BOXES
    images: Images = SCENE

    def __post_init__(self):
        check_columns(self)
        shape = self.images.shape[:2]
        boxed = isinstance(self.column, BoxesColumn) and self.column.shape_of_images[:2] == shape
        if not boxed or shape != (self.anchors.side,) * 2:
            raise InputError(
                f"Boxes are asked for in {self.images} with anchors on {self.anchors.side} pixels "
                f"a side, and {self.column} are none there: expected `dsutil.Boxes` and anchors of "
                "the images' size."
            )

    headline = Number("AP", higher_is_better=True)
    header = "what is where"
    projected = 300  # pictures that are large, so that more take a browser long

    @property
    def truths(self):
        return (self.column,)

    @property
    def kinds(self):
        """How many classes there are, without nothing."""
        return len(self.column.classes)

    @property
    def output_shape(self):
        return (len(self.anchors), 1 + self.kinds + 4)

    @property
    def output(self):
        return f"for each anchor scores of nothing, {', '.join(self.column.classes)}, and a box"

    @property
    def scale(self):
        return float(self.anchors.side)

    def desired(self, x, boxes):
        return boxes

    def answer(self, loss):
        from keras import ops

        def boxes_and_probabilities(y):
            """(n, anchors, 4 + classes): left, top, right, bottom in the picture; probabilities."""
            boxes = ops.clip(self.anchors.decoded(y[..., -4:]), 0, self.anchors.side)
            probabilities = ops.softmax(y[..., :-4], axis=-1)[..., 1:]
            return ops.concatenate([boxes, probabilities], axis=-1)

        return boxes_and_probabilities

    def found(self, answer):
        """What non-maximum suppression leaves of answers (n, anchors, 4 + classes).

        Returns:
            (n, MOST, 6) float32, the surest first: left, top, right, bottom, class, score; the
            class is 0 where there is no more.
        """
        import tensorflow as tf

        kept = tf.image.combined_non_max_suppression(
            tf.gather(answer[..., None, :4], [1, 0, 3, 2], axis=-1),
            answer[..., 4:],
            max_output_size_per_class=MOST,
            max_total_size=MOST,
            iou_threshold=SUPPRESSED,
            score_threshold=LEAST,
            clip_boxes=False,
        )
        there = tf.sequence_mask(kept.valid_detections, MOST, tf.float32)
        boxes = tf.gather(kept.nmsed_boxes, [1, 0, 3, 2], axis=-1)
        classes = (kept.nmsed_classes + 1) * there
        return tf.concat([boxes, classes[..., None], kept.nmsed_scores[..., None]], axis=-1)

    def measure(self, y, desired):
        import tensorflow as tf

        answer = self.answer(None)(y)
        sure = answer[..., 4:] >= SHOWN  # (n, anchors, classes)
        things = tf.cast(desired[..., 4, None], tf.int32) == tf.range(1, 1 + self.kinds)
        same = tf.reduce_any(sure[:, :, None] & things[:, None], axis=-1)  # (n, anchors, things)
        right = same & (overlaps(answer[..., :4], desired[..., :4]) >= 0.5)
        asked = tf.reduce_any(things, axis=-1)
        answered = tf.reduce_any(sure, axis=-1)
        recall = share(tf.reduce_any(right, axis=1), asked)
        precise = share(tf.reduce_any(right, axis=2), answered)
        undecided = tf.reduce_any(tf.math.is_nan(answer), axis=(1, 2))
        return tf.where(undecided, np.float32(np.nan), (recall + precise) / 2)

    def details(self, y, desired, answer):
        return {"found": self.found(answer), "there": desired}

    def numbers(self, measured):
        each = self.average_precisions(measured)
        named = {
            f"AP/{name}": mean(row) for name, row in zip(self.column.classes, each, strict=True)
        }
        return {self.headline.name: mean(each), "AP50": mean(each[:, 0])} | named

    def average_precisions(self, measured):
        """Of each class at each threshold: (classes, thresholds); NaN where there are none."""
        found, there = measured["found"], measured["there"]
        scores, classes, true_classes = found[..., 5], found[..., 4], there[..., 4]
        apart = self.overlaps(measured)
        hits = precision.hits(apart, scores, classes, true_classes)
        return precision.average_precisions(hits, scores, classes, true_classes, self.kinds)

    def overlaps(self, measured):
        """IoU of what was found with what is there: (n, MOST, things)."""
        return precision.box_overlaps(measured["found"][..., :4], measured["there"][..., :4])

    def _of_one(self, answer):
        """What is told of one image's answer: rows of left, top, right, bottom, class, score."""
        found = np.asarray(self.found(answer[None]))[0]
        return found[(found[:, 4] > 0) & (found[:, 5] >= SHOWN)]

    def _name(self, row):
        return self.column.classes[int(row[4]) - 1]

    def told(self, image, answer, truth=None):
        rows = self._of_one(answer)
        text = ", ".join(
            f"{self._name(row)} {row[5]:.2f} at {row[0]:.0f} {row[1]:.0f} {row[2]:.0f} {row[3]:.0f}"
            for row in rows
        )
        there = "" if truth is None else f"  (there are {np.count_nonzero(truth[0][:, 4])})"
        return (text or "nothing") + there

    def vocabulary(self):
        return {"classes": list(self.column.classes)}

    def answer_as_json(self, image, answer, truth=None):
        if not np.isfinite(answer).all():
            return {"boxes": None}
        return {
            "boxes": [
                {
                    "class": self._name(row),
                    "score": round(float(row[5]), 4),
                    "box": np.round(row[:4].astype(float), 2).tolist(),
                }
                for row in self._of_one(answer)
            ]
        }

    def caption(self, image, answer, truth=None):
        rows = self._of_one(answer)
        names = [f"{self._name(row)} {row[5]:.2f}" for row in rows[:3]]
        more = ["..."] if len(rows) > len(names) else []
        return Caption(", ".join(names + more) or "nothing")

    def picture(self, image, answer, truth=None):
        """The image, enlarged: the answer's boxes in their class's colour, over green true ones."""
        times = pictures.enlargement(image, LARGE)
        (shown,) = pictures.enlarged(image[None], LARGE)
        if truth is not None:
            shown = pictures.with_boxes(shown, truth[0], times, (GREEN,))
        return pictures.with_boxes(shown, self._of_one(answer)[:, :5], times)

    def labels(self, answers, truths):
        there = np.count_nonzero(truths[0][..., 4], axis=1)
        return ("row", "things"), [(str(row), str(count)) for row, count in enumerate(there)]

    def outputs(self, answer):
        return {"boxes": answer[..., :4], "probabilities": answer[..., 4:]}

    def outputs_told(self):
        count = len(self.anchors)
        names = ", ".join(self.column.classes)
        return f"boxes (n, {count}, 4), probabilities (n, {count}, {self.kinds}) of {names}"


def share(which, of):
    """The share of what is asked, (n, k) of bool, by row; 1 where nothing is asked."""
    import tensorflow as tf

    asked = tf.reduce_sum(tf.cast(of, tf.float32), axis=1)
    met = tf.reduce_sum(tf.cast(which & of, tf.float32), axis=1)
    return tf.where(asked > 0, met / tf.maximum(asked, 1), 1.0)


def mean(values):
    """The mean of the numbers among them; 0 where there are none."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else 0.0
