"""Pictures of what there never was, and which of the two is real."""

import dataclasses

import numpy as np

from dsutil import pictures
from dsutil.columns import FACES, Images
from labs.tasks.task import Caption, Number, Shown, Task, check_columns

EDGE = 8  # painted pictures in a row of the grid, and rows


@dataclasses.dataclass(frozen=True)
class Generation(Task):
    """Beside each image that comes in the network paints one, and scores both.

    Its output is what `packed` says. A score above 0 says that a picture is real.

    Args:
        generator: the name of the model inside the network that paints: from rows of numbers of a
            standard normal distribution to the pixels of pictures.
        images: the column of real pictures.
    """

    generator: str
    images: Images = FACES

    def __post_init__(self):
        check_columns(self)

    # Of a generator that is perfect, and of tossing a coin, it is a half.
    headline = Number("told apart", higher_is_better=False, is_share=True)
    output = "the score of the image, that of a painted one, and the painted one's pixels"
    question = "Which picture is real, the image or the painted one?"
    header = "how real the image is, and a painted one"

    @property
    def output_shape(self):
        return (2 + self.images.numbers,)

    def desired(self, x):
        return x

    def answer(self, loss):
        """How probably both are real, and the painted one's levels of grey, from 0 to 1."""
        from keras import ops

        def answers(y):
            shares = ops.clip((y[:, 2:] * 256 + 128) / 255, 0, 1)
            return ops.concatenate([ops.sigmoid(y[:, :2]), shares], axis=1)

        return answers

    def measure(self, y, desired):
        import tensorflow as tf

        real, painted = scores(y)
        right = tf.cast(tf.stack([real > 0, painted <= 0]), tf.float32)
        lost = tf.math.is_nan(tf.reduce_sum(y, axis=1))
        return tf.where(lost, np.float32(np.nan), tf.reduce_mean(right, axis=0))

    def details(self, y, desired, answer):
        import tensorflow as tf

        real, painted = scores(y)
        return {
            "real taken for real": tf.cast(real > 0, tf.float32),
            "painted taken for real": tf.cast(painted > 0, tf.float32),
        }

    def numbers(self, measured):
        return {name: float(np.mean(values, dtype=float)) for name, values in measured.items()}

    def explored(self, model, images):
        """Pictures painted from the same numbers each time."""
        painted = self.painted(model, EDGE * EDGE).reshape(-1, *self.images.shape)
        tiles = pictures.enlarged(painted, 96)
        text = "Painted, from the same numbers each time."
        yield Shown("image", "painted", (pictures.tiled(tiles, EDGE, gap=2),), text)

    def painted(self, model, count, seed=0):
        """Pictures that a network paints, (count, numbers) uint8.

        Args:
            model: the lab's.
            seed: of the numbers that they are painted from.
        """
        generator = model.get_layer(self.generator)
        random = np.random.default_rng(seed)
        z = random.standard_normal((count, *generator.input_shape[1:]), np.float32)
        pieces = [generator(z[i : i + 256], training=False) for i in range(0, count, 256)]
        pixels = np.concatenate([np.asarray(piece, np.float32) for piece in pieces])
        return levels((pixels * 256 + 128) / 255)

    def told(self, image, answer, truth=None):
        return f"{answer[0]:.4f}, {answer[1]:.4f}"

    def answer_as_json(self, image, answer, truth=None):
        real, painted = (float(p) if np.isfinite(p) else None for p in answer[:2])
        return {"real": real, "painted_real": painted}

    def caption(self, image, answer, truth=None):
        return Caption(f"real {answer[0]:.2f}, {answer[1]:.2f}")

    def picture(self, image, answer, truth=None):
        """The image, and right of it the painted one."""
        return np.concatenate([image, levels(answer[2:]).reshape(image.shape)], axis=1)

    def labels(self, answers, truths):
        return ("row", "real"), [(str(i), f"{answer[0]:.3f}") for i, answer in enumerate(answers)]

    def outputs(self, answer):
        from keras import ops

        return {
            "real": answer[:, 0],
            "painted_real": answer[:, 1],
            "painted": ops.reshape(answer[:, 2:], (-1, *self.images.shape)),
        }

    def outputs_told(self):
        shape = ", ".join(map(str, self.images.shape))
        return (
            "real (n,), how probably an image is; painted_real (n,), the same of painted "
            f"(n, {shape}), in [0, 1]"
        )


def packed(real, painted, pixels):
    """The output of a network that paints: two scores (batch, 1) and pixels (batch, numbers)."""
    import keras

    return keras.ops.concatenate([real, painted, pixels], axis=1)


def scores(y):
    """Of outputs the scores of the images and those of the painted ones, (batch,) each."""
    return y[:, 0], y[:, 1]


def levels(shares):
    """Shares of white as bytes."""
    return np.rint(np.clip(np.nan_to_num(shares), 0, 1) * 255).astype(np.uint8)
