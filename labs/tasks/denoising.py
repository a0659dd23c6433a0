"""The picture as it was before noise spoilt it."""

import dataclasses

import numpy as np

from labs.tasks.reconstruction import Reconstruction, as_pictures
from labs.tasks.task import Caption

LEAST = 1e-12  # an error below which two pictures are the same


@dataclasses.dataclass(frozen=True)
class Denoising(Reconstruction):
    """The network puts out the image as it was, all its pixels, of one with noise on it.

    Wherever the network is not training, it is shown a noisy image: to each pixel a number from a
    normal distribution is added, and what comes out is rounded and clipped to bytes, as a camera
    does it. The draws are those of a generator whose seed is the image's fingerprint, so the same
    image has the same noise wherever it is looked at. In training a layer adds noise.

    Besides the error there is the peak signal-to-noise ratio of each image, in decibels:
    10 log10(255^2 / MSE) with grey levels from 0 to 255. Its mean over a set is what is told.

    Args:
        noise: the standard deviation of the noise, in grey levels.
    """

    noise: float = 25.0

    output = "each pixel of the image without the noise"
    question = "What was the image, before there was noise on it?"
    header = "error before, and after"

    def seen(self, images):
        import tensorflow as tf

        seeds = tf.bitcast(tf.raw_ops.Fingerprint(data=images, method="farmhash64"), tf.int64)

        def noise(seed):
            return tf.random.stateless_normal([self.images.numbers], [seed, 0], stddev=self.noise)

        levels = tf.cast(images, tf.float32) + tf.map_fn(
            noise, seeds, fn_output_signature=tf.float32
        )
        return tf.cast(tf.clip_by_value(tf.round(levels), 0, 255), tf.uint8)

    def noisy(self, image):
        """An image (*shape,) uint8 as the network is shown it."""
        return np.asarray(self.seen(image.reshape(1, -1))).reshape(image.shape)

    def numbers(self, measured):
        return super().numbers(measured) | {"PSNR": float(np.mean(decibels(measured["error"])))}

    def told(self, image, answer, truth=None):
        return f"{self._error(image, self.noisy(image)):.5f}  {super().told(image, answer)}"

    def answer_as_json(self, image, answer, truth=None):
        before = self._error(image, self.noisy(image))
        return super().answer_as_json(image, answer) | {"error_of_noise": before}

    def caption(self, image, answer, truth=None):
        return Caption(f"{decibels(self._error(image, answer)):.1f} dB")

    def picture(self, image, answer, truth=None):
        """The image, the same with noise, and what the network made of that."""
        cleaned = as_pictures(answer, self.images.shape)[0]
        return np.concatenate([image, self.noisy(image), cleaned], axis=1)

    def explored(self, model, images):
        return ()


def decibels(errors):
    """The peak signal-to-noise ratios of mean squared errors, of pixels in 256ths."""
    return 10 * np.log10((255 / 256) ** 2 / np.maximum(np.float64(errors), LEAST))
