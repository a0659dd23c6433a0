"""Augmentation: pictures that look a little different each time the network trains on them.

Each picture of a batch gets a draw of its own. In inference nothing changes.
"""

import math

import keras
from keras import ops

from layers.naming import part
from layers.shape import LAYOUT

# What comes in from outside of a picture is its nearest pixel: a border of 0 would be grey.
GEOMETRIC = LAYOUT | {"fill_mode": "nearest"}


def random_shift(t, share, name=None, **options):
    """Moves each picture across and up or down, each by up to `share` of its side.

    Args:
        t: pictures.
        share: in [0, 1]: 0.1 moves a picture of 48 pixels by at most 4.8, either way.
        name: the layer's name.
        **options: further arguments of `keras.layers.RandomTranslation`, for instance
            `fill_mode="constant"` for what comes in at the border (the nearest pixel by default),
            `interpolation` or `seed`.

    Input shape: (batch, height, width, channels).
    Output shape: the same.

    Example:
        >>> random_shift(keras.Input((48, 48, 1)), 0.1).shape
        (None, 48, 48, 1)

    Raises:
        ValueError: `share` is out of its range.

    Source: Simard, Steinkraus and Platt, "Best Practices for Convolutional Neural Networks Applied
    to Visual Document Analysis", 2003.
    """
    return RandomShift(share, share, name=name, **(GEOMETRIC | options))(t)


def random_flip(t, name=None, **options):
    """Swaps left and right in half of the pictures.

    Args:
        t: pictures.
        name: the layer's name.
        **options: further arguments of `keras.layers.RandomFlip`, for instance `mode="vertical"`.

    Input shape: (batch, height, width, channels).
    Output shape: the same.

    Example:
        >>> random_flip(keras.Input((48, 48, 1))).shape
        (None, 48, 48, 1)

    Source: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional
    Neural Networks", 2012, section 4.1.
    """
    return RandomFlip(name=name, **(LAYOUT | {"mode": "horizontal"} | options))(t)


def random_rotation(t, degrees, name=None, **options):
    """Turns each picture about its centre by up to `degrees`, either way.

    Args:
        t: pictures.
        degrees: in [0, 360].
        name: the layer's name.
        **options: further arguments of `keras.layers.RandomRotation`, as in `random_shift`.

    Input shape: (batch, height, width, channels).
    Output shape: the same.

    Example:
        >>> random_rotation(keras.Input((48, 48, 1)), 10).shape
        (None, 48, 48, 1)

    Raises:
        ValueError: `degrees` is out of its range.

    Source: Simard, Steinkraus and Platt 2003, as for `random_shift`.
    """
    return RandomRotation(degrees / 360, name=name, **(GEOMETRIC | options))(t)


def random_zoom(t, share, name=None, **options):
    """Enlarges or shrinks each picture about its centre.

    What is seen has between (1 - share) and (1 + share) times the picture's side. The proportions
    stay.

    Args:
        t: pictures.
        share: in [0, 1).
        name: the layer's name.
        **options: further arguments of `keras.layers.RandomZoom`, as in `random_shift`; a
            `width_factor` zooms the width apart from the height.

    Input shape: (batch, height, width, channels).
    Output shape: the same.

    Example:
        >>> random_zoom(keras.Input((48, 48, 1)), 0.1).shape
        (None, 48, 48, 1)

    Raises:
        ValueError: `share` is out of its range.

    Source: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
    Recognition", 2014, section 3.1 (scale jittering).
    """
    return RandomZoom((-share, share), name=name, **(GEOMETRIC | options))(t)


def random_affine(t, shift=0.0, degrees=0, zoom=0.0, flip=False, name=None, **options):
    """Mirrors, turns, enlarges or shrinks, and moves each picture, all at once.

    What `random_flip`, `random_rotation`, `random_zoom` and `random_shift` do one after another.
    As each pixel is interpolated once instead of three times, the pictures stay sharper, in a
    third of the time.

    Args:
        t: pictures.
        shift: in [0, 1], the share of its side by which a picture moves at most, either way.
        degrees: in [0, 360], by which a picture turns at most, either way.
        zoom: in [0, 1): what is seen has between (1 - zoom) and (1 + zoom) times the picture's
            side.
        flip: whether left and right are swapped in half of the pictures.
        name: the layer's name.
        **options: `fill_mode` ("nearest" by default), `fill_value` and `interpolation` as for
            `keras.ops.image.affine_transform`; `seed`, and what any Keras layer takes.

    Input shape: (batch, height, width, channels).
    Output shape: the same.

    Example:
        >>> random_affine(keras.Input((48, 48, 1)), shift=0.1, degrees=10, zoom=0.1).shape
        (None, 48, 48, 1)

    Raises:
        ValueError: `shift`, `degrees` or `zoom` is out of its range.

    Source: Simard, Steinkraus and Platt 2003, as for `random_shift`.
    """
    return RandomAffine(shift, degrees, zoom, flip, name=name, **options)(t)


def random_crop(t, share, name=None, **options):
    """Cuts a window out of each picture, anywhere, and enlarges it to the picture's size.

    Args:
        t: pictures.
        share: in [0, 1): the window's side is (1 - share) times the picture's.
        name: the name of the layer that enlarges; `<name>_shift` is the one that moves.
        **options: further arguments of both Keras layers, as in `random_shift`.

    Input shape: (batch, height, width, channels).
    Output shape: the same.

    Example:
        >>> random_crop(keras.Input((48, 48, 1)), 0.1).shape
        (None, 48, 48, 1)

    Raises:
        ValueError: `share` is out of its range.

    Source: Krizhevsky, Sutskever and Hinton 2012, section 4.1, as for `random_flip`.
    """
    # Keras's RandomCrop cuts the same window out of all pictures of a batch. A shift by up to half
    # of what is cut off brings any window that lies within the picture to its middle.
    options = GEOMETRIC | options
    t = RandomShift(share / 2, share / 2, name=part(name, "shift"), **options)(t)
    return RandomZoom((-share, -share), name=name, **options)(t)


def random_contrast(t, share, name=None, **options):
    """Multiplies each pixel's distance from the mean of its picture and channel.

    The factor lies between (1 - share) and (1 + share). Results are clipped to [-0.5, 0.5].

    Args:
        t: pictures in [-0.5, 0.5).
        share: in [0, 1].
        name: the layer's name.
        **options: further arguments of `keras.layers.RandomContrast`, for instance `value_range`.

    Input shape: (batch, height, width, channels).
    Output shape: the same.

    Example:
        >>> random_contrast(keras.Input((48, 48, 1)), 0.2).shape
        (None, 48, 48, 1)

    Raises:
        ValueError: `share` is out of its range.

    Source: Howard, "Some Improvements on Deep Convolutional Neural Network Based Image
    Classification", 2013.
    """
    # Of a single number Keras makes (0, share), which never lowers the contrast.
    options = LAYOUT | {"value_range": (-0.5, 0.5)} | options
    return RandomContrast((share, share), name=name, **options)(t)


def random_brightness(t, share, name=None, **options):
    """Makes each picture brighter or darker, by up to `share` of the way from black to white.

    Results are clipped to [-0.5, 0.5].

    Args:
        t: pictures in [-0.5, 0.5).
        share: in [0, 1].
        name: the layer's name.
        **options: further arguments of `keras.layers.RandomBrightness`, for instance `value_range`.

    Input shape: (batch, height, width, channels).
    Output shape: the same.

    Example:
        >>> random_brightness(keras.Input((48, 48, 1)), 0.2).shape
        (None, 48, 48, 1)

    Raises:
        ValueError: `share` is out of its range.

    Source: Howard, "Some Improvements on Deep Convolutional Neural Network Based Image
    Classification", 2013.
    """
    _check(share, 0)
    options = LAYOUT | {"value_range": (-0.5, 0.5)} | options
    return RandomBrightness((-share, share), name=name, **options)(t)


def random_erasing(t, share, name=None, **options):
    """Covers a box of each picture with grey, so that no part of it decides alone.

    Each side of the box is a draw between sqrt(0.02) and sqrt(share) of the picture's side.

    Args:
        t: pictures in [-0.5, 0.5).
        share: of a picture's area that a box covers at most, in [0.02, 1].
        name: the layer's name.
        **options: further arguments of `keras.layers.RandomErasing`, for instance `fill_value`, or
            `factor=(0.5, 0.5)` for a box in every second picture.

    Input shape: (batch, height, width, channels).
    Output shape: the same.

    Example:
        >>> random_erasing(keras.Input((48, 48, 1)), 0.1).shape
        (None, 48, 48, 1)

    Raises:
        ValueError: `share` is out of its range.

    Source: Zhong et al., "Random Erasing Data Augmentation", 2017.
    """
    _check(share, 0.02)
    options = {"factor": (1, 1), "fill_value": 0.0, "value_range": (-0.5, 0.5)} | options
    return RandomErasing(scale=(0.02, share), name=name, **(LAYOUT | options))(t)


def random_blur(t, sigma=1.0, name=None, **options):
    """Blurs each picture with a Gaussian whose standard deviation lies between 0 and `sigma`.

    Args:
        t: pictures.
        sigma: pixels, 0 or more.
        name: the layer's name.
        **options: `seed`, and what any Keras layer takes.

    Input shape: (batch, height, width, channels).
    Output shape: the same.

    Example:
        >>> random_blur(keras.Input((48, 48, 1)), 1.0).shape
        (None, 48, 48, 1)

    Raises:
        ValueError: `sigma` is negative.

    Source: Chen, Kornblith, Norouzi and Hinton, "A Simple Framework for Contrastive Learning of
    Visual Representations", 2020, appendix A.
    """
    return RandomBlur(sigma, name=name, **options)(t)


def random_noise(t, stddev, name=None, **options):
    """Adds to each number one of its own from a normal distribution of mean 0.

    Args:
        t: anything.
        stddev: the distribution's standard deviation, in [0, 1]. Pixels reach from -0.5 to 0.5.
        name: the layer's name.
        **options: further arguments of `keras.layers.GaussianNoise`.

    Input shape: any.
    Output shape: the same.

    Example:
        >>> random_noise(keras.Input((48, 48, 1)), 0.1).shape
        (None, 48, 48, 1)

    Raises:
        ValueError: `stddev` is out of its range.

    Source: Bishop, "Training with Noise is Equivalent to Tikhonov Regularization", 1995.
    """
    return keras.layers.GaussianNoise(stddev, name=name, **options)(t)


def _check(share, least):
    """Refuses a share that Keras would take without a word."""
    if not least <= share <= 1:
        raise ValueError(f"share must be between {least} and 1, got {share}")


# ------------------------------------------------------------------------------------- the classes

serializable = keras.saving.register_keras_serializable(package="layers")


class InTrainingOnly:
    """Makes a layer change pictures in training only, as dropout does.

    Keras's own change them, too, where nobody says whether it is training, as in `model(x)`.
    """

    def call(self, images, training=False):
        if not training:
            return ops.cast(images, self.compute_dtype)
        return super().call(images, training=True)

    def as_keras(self):
        """A Keras layer that changes nothing, for a file that others load; for inference."""
        return keras.layers.Identity(name=self.name, dtype=self.dtype_policy.name)


@serializable
class RandomShift(InTrainingOnly, keras.layers.RandomTranslation):
    """See `random_shift`."""


@serializable
class RandomFlip(InTrainingOnly, keras.layers.RandomFlip):
    """See `random_flip`."""


@serializable
class RandomRotation(InTrainingOnly, keras.layers.RandomRotation):
    """See `random_rotation`."""


@serializable
class RandomZoom(InTrainingOnly, keras.layers.RandomZoom):
    """See `random_zoom`."""


@serializable
class RandomContrast(InTrainingOnly, keras.layers.RandomContrast):
    """See `random_contrast`."""


@serializable
class RandomBrightness(InTrainingOnly, keras.layers.RandomBrightness):
    """See `random_brightness`."""


@serializable
class RandomErasing(InTrainingOnly, keras.layers.RandomErasing):
    """See `random_erasing`."""


class AffineTransformation(keras.layers.Layer):
    """Mirrors, turns, zooms and moves each picture by draws of its own, in one interpolation."""

    def __init__(
        self,
        shift=0.0,
        degrees=0,
        zoom=0.0,
        flip=False,
        fill_mode="nearest",
        fill_value=0.0,
        interpolation="bilinear",
        seed=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        for name, value, most in (("shift", shift, 1), ("degrees", degrees, 360)):
            if not 0 <= value <= most:
                raise ValueError(f"{name} must be between 0 and {most}, got {value}")
        if not 0 <= zoom < 1:
            raise ValueError(f"zoom must be between 0 and 1, and not 1 itself, got {zoom}")
        self.shift, self.degrees, self.zoom, self.flip = shift, degrees, zoom, flip
        self.seed = seed
        self.resampling = {
            "fill_mode": fill_mode, "fill_value": fill_value, "interpolation": interpolation
        }  # fmt: skip
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images, training=True):
        batch, height, width, _ = ops.shape(images)
        draws = keras.random.uniform((5, batch), -1, 1, "float32", self.generator)
        angle = math.radians(self.degrees) * draws[0]
        scale = 1 + self.zoom * draws[1]
        right, down = self.shift * width * draws[2], self.shift * height * draws[3]
        mirror = ops.where(draws[4] < 0, -1.0, 1.0) if self.flip else 1.0
        # Each pixel is fetched from where it was: back by the shift, then turned, scaled and
        # mirrored about the centre.
        cos, sin, zero = scale * ops.cos(angle), scale * ops.sin(angle), ops.zeros_like(angle)
        x, y = (width - 1) / 2, (height - 1) / 2
        across = [mirror * cos, -mirror * sin, x - mirror * (cos * (x + right) - sin * (y + down))]
        along = [sin, cos, y - sin * (x + right) - cos * (y + down)]
        transforms = ops.stack([*across, *along, zero, zero], axis=1)
        images = ops.cast(images, self.compute_dtype)
        return ops.image.affine_transform(
            images, transforms, data_format="channels_last", **self.resampling
        )

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        drawn = {name: getattr(self, name) for name in ("shift", "degrees", "zoom", "flip", "seed")}
        return super().get_config() | drawn | self.resampling


@serializable
class RandomAffine(InTrainingOnly, AffineTransformation):
    """See `random_affine`."""


class GaussianBlur(keras.layers.Layer):
    """Blurs each picture by a draw of its own.

    Keras's RandomGaussianBlur draws one deviation for a whole batch, and takes what lies outside of
    a picture for 0, which frames it in grey. Here each pixel is a weighted mean of those that are
    there.
    """

    def __init__(self, sigma, seed=None, **kwargs):
        super().__init__(**kwargs)
        if sigma < 0:
            raise ValueError(f"sigma must not be negative, got {sigma}")
        self.sigma, self.seed = sigma, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images, training=True):
        batch, height, width, _ = ops.shape(images)
        sigma = keras.random.uniform((batch, 1, 1), 0, self.sigma, "float32", self.generator)
        x = ops.cast(images, "float32")
        x = ops.einsum("bij,bjwc->biwc", _gaussians(height, sigma), x)
        x = ops.einsum("bij,bhjc->bhic", _gaussians(width, sigma), x)
        return ops.cast(x, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return super().get_config() | {"sigma": self.sigma, "seed": self.seed}


@serializable
class RandomBlur(InTrainingOnly, GaussianBlur):
    """See `random_blur`."""


def _gaussians(side, sigma):
    """How much each pixel along a side, (batch, side, side), weighs in each of the blurred ones."""
    pixels = ops.arange(side, dtype="float32")
    distances = pixels[:, None] - pixels
    # exp(-d^2 / (2 sigma^2)) over the sum of these is a softmax.
    return ops.softmax(-0.5 * ops.square(distances / ops.maximum(sigma, 1e-3)), axis=-1)
