"""A number that is asked for."""

import dataclasses

import numpy as np

from dsutil import InputError, pictures
from dsutil.columns import ADDING_50, SUM, Images, Quantity, Sequences
from labs.tasks.task import Caption, Number, Task, check_columns


@dataclasses.dataclass(frozen=True)
class Regression(Task):
    """The network puts out one number for each image or sequence.

    The error is the squared difference from the true number. To answer the mean of all true numbers
    whatever comes has an error of their variance.

    Args:
        column: of the numbers.
        images: the column of what goes in.
    """

    column: Quantity = SUM
    images: Images = ADDING_50

    def __post_init__(self):
        check_columns(self)
        if not isinstance(self.column, Quantity):
            raise InputError(
                f"A number is asked for, and found the column {self.column!r:.60}: expected a "
                '`dsutil.Quantity` such as `Quantity("age", 0, 120)`.'
            )

    headline = Number("error", higher_is_better=False)
    output_shape = (1,)

    @property
    def truths(self):
        return (self.column,)

    @property
    def question(self):
        return f"What is the {self.column.name}?"

    @property
    def output(self):
        return f"the {self.column.name}, one number"

    @property
    def scale(self):
        return float(self.column.highest - self.column.lowest)

    @property
    def header(self):
        return self.column.name

    def desired(self, x, numbers):
        import tensorflow as tf

        return tf.reshape(numbers, (-1, 1))

    def answer(self, loss):
        from keras import ops

        return lambda y: ops.reshape(y, (-1,))

    def measure(self, y, desired):
        import tensorflow as tf

        return tf.reduce_mean(tf.square(y - desired), axis=1)

    def told(self, image, answer, truth=None):
        return f"{answer:.3f}" if truth is None else f"{answer:.3f}  (true: {truth[0]:.3f})"

    def answer_as_json(self, image, answer, truth=None):
        finite = bool(np.isfinite(answer))
        known = {"error": (float(answer) - float(truth[0])) ** 2} if truth and finite else {}
        return {self.column.name: float(answer) if finite else None} | known

    def caption(self, image, answer, truth=None):
        return Caption(f"{answer:.3f}", None if truth is None else self.truth_told(truth))

    def truth_told(self, truth):
        return f"{truth[0]:.3f}"

    def picture(self, image, answer, truth=None):
        """The image; of a sequence a bar for each number."""
        if isinstance(self.images, Sequences):
            return pictures.as_bars(image.reshape(1, *self.images.shape))[0]
        return image

    def labels(self, answers, truths):
        rows = zip(answers, truths[0], strict=True) if truths else ((a, np.nan) for a in answers)
        return ("answer", self.column.name), [(f"{a:.3f}", f"{t:.3f}") for a, t in rows]

    def outputs(self, answer):
        return {self.column.name: answer}

    def named_outputs(self, loss):
        return [self.column.name], None

    def outputs_told(self):
        return f"{self.column.name} (n,)"
