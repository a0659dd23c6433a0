"""Where some points are in a picture."""

import dataclasses

import numpy as np

from dsutil import InputError, pictures
from dsutil.columns import FACE_POINTS, FACES, Images
from dsutil.columns import Points as PointsColumn
from labs.tasks.task import Caption, Number, Task, check_columns

ENLARGED = 144  # pixels of a side in which points can be told apart
GREEN = (0, 190, 80)


@dataclasses.dataclass(frozen=True)
class Points(Task):
    """The network puts out x and y of each point: -0.5 at the left and at the top, 0.5 at the ends.

    Answers are in pixels. The distance of an image is the mean of its points'.

    Args:
        column: of the points.
        images: the column of what goes in.
    """

    column: PointsColumn = FACE_POINTS
    images: Images = FACES

    def __post_init__(self):
        check_columns(self)
        side = isinstance(self.column, PointsColumn) and self.column.side
        if side != max(self.images.shape[:2]):
            raise InputError(
                f"Points are asked for in {self.images}, and {self.column} lie in no such picture: "
                "expected a `dsutil.Points` whose `side` is the images' longer one."
            )

    headline = Number("distance", higher_is_better=False, unit="pixels")

    @property
    def truths(self):
        return (self.column,)

    @property
    def output_shape(self):
        return (self.column.numbers,)

    @property
    def question(self):
        return f"Where are the points {', '.join(self.column.points)}?"

    @property
    def output(self):
        return f"x and y of each of the {len(self.column.points)} points"

    @property
    def scale(self):
        return float(self.column.side)

    @property
    def header(self):
        return "  ".join(f"{name:>{self._width(name)}}" for name in self.column.points)

    def _width(self, name):
        return max(12, len(name))

    def desired(self, x, points):
        import tensorflow as tf

        return tf.reshape(points, (-1, self.column.numbers)) / self.column.side - 0.5

    def answer(self, loss):
        from keras import ops

        return lambda y: ops.reshape((y + 0.5) * self.column.side, (-1, *self.column.shape))

    def measure(self, y, desired):
        import tensorflow as tf

        return tf.reduce_mean(self._distances(y, desired), axis=1)

    def details(self, y, desired, answer):
        return {"distances": self._distances(y, desired)}

    def _distances(self, y, desired):
        """Of each point, in pixels: (n, points)."""
        import tensorflow as tf

        apart = tf.reshape((y - desired) * self.column.side, (-1, *self.column.shape))
        return tf.norm(apart, axis=2)

    def numbers(self, measured):
        each = np.mean(measured["distances"], axis=0, dtype=float).tolist()
        named = {
            f"distance/{name}": far for name, far in zip(self.column.points, each, strict=True)
        }
        return super().numbers(measured) | named

    def told(self, image, answer, truth=None):
        places = [f"{x:.1f}, {y:.1f}" for x, y in answer]
        cells = zip(places, self.column.points, strict=True)
        text = "  ".join(f"{place:>{self._width(name)}}" for place, name in cells)
        return text if truth is None else f"{text}  ({self._mean_distance(answer, truth):.2f} off)"

    def answer_as_json(self, image, answer, truth=None):
        finite = np.isfinite(answer).all()
        places = np.round(np.float64(answer), 3).tolist() if finite else [None] * len(answer)
        known = {"distance": self._mean_distance(answer, truth)} if truth and finite else {}
        return {"points": dict(zip(self.column.points, places, strict=True))} | known

    def caption(self, image, answer, truth=None):
        if truth is None:
            return Caption("")
        return Caption(f"{self._mean_distance(answer, truth):.2f} pixels off")

    def picture(self, image, answer, truth=None):
        """The image, enlarged, with the answer in red, over the truth in green."""
        times = pictures.enlargement(image, ENLARGED)
        (shown,) = pictures.enlarged(image[None], ENLARGED)
        if truth is not None:
            shown = pictures.with_points(shown, truth[0], times, GREEN)
        return pictures.with_points(shown, answer, times)

    def _mean_distance(self, answer, truth):
        return float(np.mean(np.linalg.norm(np.float64(answer) - truth[0], axis=1)))

    def labels(self, answers, truths):
        far = np.linalg.norm(np.float64(answers) - truths[0], axis=2).mean(axis=1)
        return ("row", "distance"), [(str(row), f"{one:.3f}") for row, one in enumerate(far)]

    def outputs(self, answer):
        return {"points": answer}

    def named_outputs(self, loss):
        return [f"{point} {axis}" for point in self.column.points for axis in "xy"], "points"

    def outputs_told(self):
        return f"points (n, {len(self.column.points)}, 2): x and y in pixels"
