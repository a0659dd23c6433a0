"""Contractive codes: they hardly move where the picture changes a little."""

import keras
from keras import ops

from layers.initialization import with_initializer


def fc_contractive(t, units, beta, name=None, **options):
    """A fully connected sigmoid layer h that adds beta * ||dh/dt||_F^2 to the network's loss.

    The squared Frobenius norm of the Jacobian is the sum of all its elements' squares. With a
    sigmoid, dh_j/dt_i = h_j (1 - h_j) W_ij, so it is exactly

        sum_j (h_j (1 - h_j))^2 * sum_i W_ij^2,

    and no derivative has to be computed for it. What is added is the mean over the batch.

    Args:
        t: rows, or several of them for each example, such as the patches of a picture.
        units: how many numbers come out.
        beta: how much the penalty weighs, 0 or more.
        name: the layer's name.
        **options: further arguments of `keras.layers.Dense`, for instance `kernel_initializer`,
            which also takes the names of `initializer`.

    Input shape: (batch, ..., inputs).
    Output shape: (batch, ..., units).

    Example:
        >>> fc_contractive(keras.Input((2304,)), 100, beta=0.1).shape
        (None, 100)

    Raises:
        ValueError: `beta` is negative.

    Source: the slide "Regularized Autoencoders"; Rifai et al., "Contractive Auto-Encoders", 2011,
    section 3 and equation 6.
    """
    return ContractiveDense(units, beta=beta, name=name, **with_initializer(options))(t)


@keras.saving.register_keras_serializable(package="layers")
class ContractiveDense(keras.layers.Dense):
    """See `fc_contractive`."""

    def __init__(self, units, beta, **kwargs):
        super().__init__(units, activation="sigmoid", **kwargs)
        if beta < 0:
            raise ValueError(f"beta must not be negative, got {beta}")
        self.beta = beta

    def call(self, inputs):
        h = super().call(inputs)
        self.add_loss(self.beta * ops.mean(squared_norm(h, self.kernel)))
        return h

    def as_keras(self):
        """The Keras layer without the penalty, for a file that others load; for inference."""
        layer = keras.layers.Dense.from_config(super().get_config())
        layer.build(self.get_build_config()["input_shape"])
        layer.set_weights([ops.convert_to_numpy(weight) for weight in self.weights])
        return layer

    def get_config(self):
        config = super().get_config() | {"beta": self.beta}
        del config["activation"]  # which the formula is for
        return config


def squared_norm(h, kernel):
    """||dh/dt||_F^2 of each example, for h = sigmoid(t W + B): (batch,) float32.

    Args:
        h: (batch, ..., units).
        kernel: W, (inputs, units).
    """
    h, kernel = ops.cast(h, "float32"), ops.cast(kernel, "float32")
    lengths = ops.sum(ops.square(kernel), axis=0)
    each = ops.square(h * (1 - h)) * lengths
    return ops.sum(each, axis=list(range(1, len(h.shape))))
