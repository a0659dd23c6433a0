"""Regions of a feature map, each brought to the same size (lecture: "Fast R-CNN")."""

import keras
from keras import ops

from layers.operations import OfOperations


def roi_pool(t, boxes, size, stride=1, name=None, samples=2):
    """Cuts regions out of a feature map and brings each to `size` x `size` numbers a channel.

    A region is divided into size x size bins, and each bin is the mean of samples x samples points
    spread evenly over it, each interpolated between the middles of the four pixels about it. The
    boxes are not rounded to pixels of the map. That is what the field calls RoIAlign; RoI pooling,
    as Fast R-CNN had it, rounds the boxes and takes the largest pixel of each bin, which moves
    what is found by up to half a pixel of the map.

    Beyond its border a map goes on as its outermost pixels. A box of no area gives one point of the
    map, again and again. Gradients flow to the map and not to the boxes.

    Args:
        t: feature maps.
        boxes: left, top, right and bottom of each region, in pixels of the picture: (0, 0) is the
            upper left corner of the upper left pixel, whose middle is (0.5, 0.5). Float32 in any
            precision policy, since 16 bits do not tell pixels apart.
        size: how many bins a side.
        stride: how many pixels of the picture there are to one of the map, a side.
        name: the layer's name.
        samples: how many points to a bin, a side.

    Input shape: of `t`, (batch, height, width, channels); of the boxes, (batch, regions, 4).
    Output shape: (batch, regions, size, size, channels).

    Example:
        >>> t, boxes = keras.Input((12, 12, 64)), keras.Input((20, 4))
        >>> roi_pool(t, boxes, 7, stride=8).shape
        (None, 20, 7, 7, 64)

    Raises:
        ValueError: `size`, `stride` or `samples` is out of its range, or `boxes` is no batch of
            boxes.

    Source: Girshick, "Fast R-CNN", 2015, section 2.1; He, Gkioxari, Dollár and Girshick, "Mask
    R-CNN", 2017, section 3.
    """
    return RoiPool(size, stride, samples, name=name)([t, boxes])


@keras.saving.register_keras_serializable(package="layers")
class RoiPool(OfOperations):
    """See `roi_pool`. Called with a list of the feature maps and the boxes."""

    def __init__(self, size, stride=1, samples=2, **kwargs):
        super().__init__(autocast=False, **kwargs)  # the boxes stay as they are
        if size < 1 or samples < 1:
            raise ValueError(f"size and samples must be 1 or more, got {size} and {samples}")
        if stride <= 0:
            raise ValueError(f"stride must be above 0, got {stride}")
        self.size, self.stride, self.samples = size, stride, samples

    def build(self, input_shape):
        t, boxes = input_shape
        if len(t) != 4 or len(boxes) != 3 or boxes[-1] != 4:
            raise ValueError(
                "roi_pool expects maps of the shape (batch, height, width, channels) and boxes of "
                f"the shape (batch, regions, 4), got {tuple(t)} and {tuple(boxes)}"
            )

    def call(self, inputs):
        # Interpolation is linear in each direction, so it is a matrix from either side. The
        # gradient of tf.image.crop_and_resize adds without locks on a CPU: where the boxes of a
        # picture overlap, threads lose each other's summands.
        t, boxes = inputs
        t = ops.cast(t, self.compute_dtype)
        boxes = ops.cast(ops.stop_gradient(boxes), "float32") / self.stride
        left, top, right, bottom = ops.split(boxes, 4, axis=-1)
        down = ops.cast(self._weights(top, bottom, ops.shape(t)[1]), t.dtype)
        across = ops.cast(self._weights(left, right, ops.shape(t)[2]), t.dtype)
        t = ops.einsum("brih,bhwc->briwc", down, t)
        return ops.matmul(across[:, :, None], t)

    def _weights(self, start, end, pixels):
        """What each pixel of a side weighs in each bin: (batch, regions, size, pixels).

        Args:
            start, end: of the regions, in pixels of the map, (batch, regions, 1).
            pixels: how many the map has on this side.
        """
        points = self.size * self.samples
        shares = (ops.arange(points, dtype="float32") + 0.5) / points
        places = ops.clip(start + (end - start) * shares - 0.5, 0.0, pixels - 1.0)
        middles = ops.arange(pixels, dtype="float32")
        weights = ops.relu(1.0 - ops.abs(places[..., None] - middles))
        bins = [weights[:, :, sample :: self.samples] for sample in range(self.samples)]
        return sum(bins) / self.samples

    def compute_output_shape(self, input_shape):
        t, boxes = input_shape
        return (*boxes[:2], self.size, self.size, t[-1])

    def get_config(self):
        return super().get_config() | {
            "size": self.size,
            "stride": self.stride,
            "samples": self.samples,
        }
