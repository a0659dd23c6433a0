"""The way back up from small feature maps (lecture: "Deconvolution Networks")."""

import keras
from keras import ops

from layers.convolution import maxpool
from layers.naming import part
from layers.operations import OfOperations
from layers.shape import LAYOUT


def upsample(t, factor, name=None, interpolation="nearest", **options):
    """Makes pictures `factor` times larger; nothing is learned.

    Args:
        t: pictures.
        factor: how many times larger the picture becomes.
        name: the layer's name.
        interpolation: "nearest" repeats each pixel; "bilinear" draws straight lines from the
            middle of each pixel to the next one's.
        **options: further arguments of `keras.layers.UpSampling2D`.

    Input shape: (batch, height, width, channels).
    Output shape: (batch, height * factor, width * factor, channels).

    Example:
        >>> upsample(keras.Input((6, 6, 64)), 2).shape
        (None, 12, 12, 64)

    Raises:
        ValueError: `t` is no batch of pictures.
    """
    layer = keras.layers.UpSampling2D(
        factor, interpolation=interpolation, name=name, **(LAYOUT | options)
    )
    return layer(t)


def maxpool_with_places(t, pool_size, name=None):
    """`maxpool`, and where in `t` it found what it passes on, for `unpool`.

    Of equal numbers in a square the first one counts, row by row. No gradient flows through the
    places.

    Args:
        t: pictures.
        pool_size: side of the squares.
        name: the pooling's name; the layer that finds the places is called `<name>_places`.

    Input shape: (batch, height, width, channels).
    Output shape: of what is pooled, (batch, floor(height / pool_size), floor(width / pool_size),
        channels); of the places, the same as the input: 1 where the largest number of a square
        was, 0 elsewhere.

    Example:
        >>> t, places = maxpool_with_places(keras.Input((48, 48, 64)), 2, "pool_2")
        >>> t.shape, places.shape
        ((None, 24, 24, 64), (None, 48, 48, 64))

    Raises:
        ValueError: `t` is no batch of pictures, or they are smaller than a square.

    Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014,
    section 2.1, who call the places switches.
    """
    pooled = maxpool(t, pool_size, name)
    return pooled, PlacesOfLargest(pool_size, name=part(name, "places"))([t, pooled])


def unpool(t, places, pool_size, name=None):
    """Undoes `maxpool_with_places`: each number goes to the place that it had; the rest is 0.

    Its gradient takes from each square what is at that place.

    Args:
        t: pictures.
        places: from the `maxpool_with_places` that this one undoes.
        pool_size: the side of its squares.
        name: the name of the layer that picks the places; the one before it, in which each number
            fills its square, is called `<name>_squares`.

    Input shape: of `t`, (batch, floor(height / pool_size), floor(width / pool_size), channels); of
        the places, (batch, height, width, channels).
    Output shape: (batch, height, width, channels).

    Example:
        >>> t, places = maxpool_with_places(keras.Input((48, 48, 64)), 2)
        >>> unpool(t, places, 2).shape
        (None, 48, 48, 64)

    Raises:
        ValueError: `pool_size` does not lead from the shape of `places` to that of `t`.

    Source: Noh, Hong and Han, "Learning Deconvolution Network for Semantic Segmentation", 2015.
    """
    _check_shapes(t.shape, places.shape, pool_size)
    t = upsample(t, pool_size, part(name, "squares"))
    missing = [side and side % pool_size for side in places.shape[1:3]]
    if any(missing):
        t = keras.layers.ZeroPadding2D([(0, pixels or 0) for pixels in missing], **LAYOUT)(t)
    return keras.layers.Multiply(name=name)([t, places])


def _check_shapes(small, large, pool_size):
    """Raises a ValueError if pooling `large` does not give `small`; None fits anything."""
    sides = [side and side // pool_size for side in large[1:3]]
    expected = (None, *sides, *large[3:])
    if len(small) != len(expected) or any(
        None not in pair and len(set(pair)) > 1 for pair in zip(small, expected, strict=True)
    ):
        raise ValueError(
            f"unpool with pool_size {pool_size} and places of the shape {large} expects pictures "
            f"of the shape {expected}, got {small}"
        )


@keras.saving.register_keras_serializable(package="layers")
class PlacesOfLargest(OfOperations):
    """See `maxpool_with_places`: 1 where the largest number of each square is, 0 elsewhere.

    Called with a list of the pictures and what `maxpool` made of them.
    """

    def __init__(self, pool_size, **kwargs):
        super().__init__(**kwargs)
        self.pool_size = pool_size

    def call(self, inputs):
        t, pooled = inputs
        size = self.pool_size
        _, height, width, channels = ops.shape(pooled)
        t_height, t_width = ops.shape(t)[1:3]
        covered = t[:, : height * size, : width * size]
        # Five axes are the most that TFLite takes: the rows of squares of all pictures are one.
        squares = ops.reshape(covered, (-1, size, width, size, channels))
        # Compared first, because truth values are a quarter of the numbers' bytes to move about.
        largest = ops.equal(squares, ops.reshape(pooled, (-1, 1, width, 1, channels)))
        first = ops.reshape(self._first(largest), (-1, height * size, width * size, channels))
        below, beside = t_height - height * size, t_width - width * size
        first = ops.pad(first, ((0, 0), (0, below), (0, beside), (0, 0)))
        return ops.cast(first, self.compute_dtype)

    def _first(self, largest):
        """The first True of each square, of (rows of squares, size, width, size, channels)."""
        rows, found = [], ops.zeros_like(largest[:, 0, :, 0])
        for i in range(self.pool_size):
            row = []
            for j in range(self.pool_size):
                here = largest[:, i, :, j]
                row.append(ops.logical_and(here, ops.logical_not(found)))
                found = ops.logical_or(found, here)
            rows.append(ops.stack(row, axis=2))
        return ops.stack(rows, axis=1)

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return super().get_config() | {"pool_size": self.pool_size}
