"""Local response normalization, of AlexNet, GoogLeNet and VGG A-LRN."""

import keras
import tensorflow as tf
from keras import ops


def local_response_normalization(
    t, depth_radius=2, bias=2.0, alpha=1e-4, beta=0.75, name=None, **options
):
    """Divides each number by a power of what its neighbours among the channels are.

        y_c = x_c / (bias + alpha * sum of x_j^2)^beta,

    j being c and `depth_radius` channels on either side of it.

    The names are those of `tf.nn.local_response_normalization`, the values AlexNet's, whose n = 5
    neighbours are a `depth_radius` of 2. It has no parameters.

    Args:
        t: pictures.
        depth_radius: how many channels count on either side.
        bias, alpha, beta: see the formula.
        name: the layer's name.

    Input shape: (batch, height, width, channels).
    Output shape: the same.

    Example:
        >>> local_response_normalization(keras.Input((55, 55, 96))).shape
        (None, 55, 55, 96)

    Source: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional
    Neural Networks", 2012, section 3.3.
    """
    return LocalResponseNormalization(depth_radius, bias, alpha, beta, name=name, **options)(t)


@keras.saving.register_keras_serializable(package="layers")
class LocalResponseNormalization(keras.layers.Layer):
    """See `local_response_normalization`."""

    def __init__(self, depth_radius, bias, alpha, beta, **kwargs):
        super().__init__(**kwargs)
        if depth_radius < 0:
            raise ValueError(f"depth_radius must not be negative, got {depth_radius}")
        self.depth_radius, self.bias, self.alpha, self.beta = depth_radius, bias, alpha, beta

    def call(self, inputs):
        # TensorFlow's kernel is for 32 bits on a CPU.
        x = ops.cast(inputs, "float32")
        y = tf.nn.local_response_normalization(
            x, self.depth_radius, self.bias, self.alpha, self.beta
        )
        return ops.cast(y, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        names = ("depth_radius", "bias", "alpha", "beta")
        return super().get_config() | {name: getattr(self, name) for name in names}
