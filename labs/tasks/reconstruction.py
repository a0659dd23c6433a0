"""The picture itself, after it went through something narrow."""

import dataclasses

import numpy as np

from dsutil import pictures
from dsutil.columns import FACES, Images
from labs.tasks.task import Caption, Number, Shown, Task, check_columns

STEPS = 8  # pictures from one face to another
PAIRS = 6  # of faces


@dataclasses.dataclass(frozen=True)
class Reconstruction(Task):
    """The network puts out the image that came in: all its pixels, in [-0.5, 0.5).

    The error of an image is the mean of its pixels' squared errors.

    Args:
        code: the name of the layer through which all passes. What comes after it is the decoder,
            which TensorBoard shows at work between two faces. None where there are other ways.
        images: the column of what goes in.
    """

    code: str | None = None
    images: Images = FACES

    def __post_init__(self):
        check_columns(self)

    headline = Number("error", higher_is_better=False)
    output = "each pixel of the image"
    question = "What was the image, after all of it went through something narrow?"
    scale = 255.0
    header = "error of the reconstruction"

    @property
    def output_shape(self):
        return (self.images.numbers,)

    def desired(self, x):
        return x

    def answer(self, loss):
        from keras import ops

        def levels(y):
            """Grey levels from 0 to 255, as pictures have them."""
            return ops.reshape(ops.clip(y * 256 + 128, 0, 255), (-1, *self.images.shape))

        return levels

    def measure(self, y, desired):
        import tensorflow as tf

        return tf.reduce_mean(tf.square(y - desired), axis=1)

    def explored(self, model, images):
        """Faces decoded from codes that lie between those of two faces."""
        import keras

        if self.code is None or len(images) < 2:
            return
        layer = model.get_layer(self.code)
        encoder = keras.Model(model.input, layer.output)
        decoder = keras.Model(layer.output, model.output)
        codes = np.asarray(encoder(images, training=False), np.float32)
        starts, ends = codes[0 : 2 * PAIRS : 2], codes[1 : 2 * PAIRS : 2]
        between = np.linspace(starts[: len(ends)], ends, STEPS, axis=1, dtype=np.float32)
        between = between.reshape(-1, *codes.shape[1:])
        decoded = np.asarray(decoder(between, training=False), np.float32)
        tiles = pictures.enlarged(as_pictures(decoded * 256 + 128, self.images.shape), 96)
        text = (
            "Decoded: in each row the left face, the right one, and what lies between their codes."
        )
        yield Shown("image", "between", (pictures.tiled(tiles, STEPS, gap=2),), text)

    def told(self, image, answer, truth=None):
        return f"{self._error(image, answer):.5f}"

    def answer_as_json(self, image, answer, truth=None):
        error = self._error(image, answer)
        return {"error": error if np.isfinite(error) else None}

    def caption(self, image, answer, truth=None):
        return Caption(f"error {self._error(image, answer):.4f}")

    def picture(self, image, answer, truth=None):
        """The image, and right of it what the network made of it."""
        return np.concatenate([image, as_pictures(answer, self.images.shape)[0]], axis=1)

    def _error(self, image, answer):
        return float(np.mean(np.square((np.float64(answer) - image) / 256)))

    def labels(self, answers, truths):
        return ("row", "deviation"), [
            (str(row), f"{np.std(answer):.1f}") for row, answer in enumerate(answers)
        ]

    def outputs(self, answer):
        return {"reconstruction": answer}

    def named_outputs(self, loss):
        return None, "picture"

    def outputs_told(self):
        return f"reconstruction (n, {', '.join(map(str, self.images.shape))}), grey levels 0 to 255"


def as_pictures(levels, shape):
    """Levels of grey as the bytes of pictures (n, *shape)."""
    return np.rint(np.clip(np.nan_to_num(levels), 0, 255)).astype(np.uint8).reshape(-1, *shape)
