"""What a fixed handful of faces does in the network: each layer's activations and gradients."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

# What these put out, their input shows as well.
PLAIN = (keras.layers.InputLayer, keras.layers.Reshape, keras.layers.Flatten, keras.layers.Dropout)


@dataclasses.dataclass(frozen=True)
class Reaction:
    """What the faces do in a layer.

    Attributes:
        activation: the layer's output, (n, ...) float32.
        gradient: the derivative of the faces' summed loss by it, of the same shape.
        dead: the share of feature maps (of units, where there are no maps) that are 0 for all
            faces; None unless the layer ends in a ReLU.
    """

    activation: np.ndarray
    gradient: np.ndarray
    dead: float | None


class Probe:
    """Shows a model the same faces at any time, and changes nothing in it.

    Args:
        model: the lab's.
        loss: the lab's, from scores and labels to a loss for each image.
        images: (n, 2304) in [-0.5, 0.5).
        labels: (n, 2), one-hot.
    """

    def __init__(self, model, loss, images, labels):
        self.layers = [
            layer
            for layer in model.layers
            if not isinstance(layer, (*PLAIN, keras.Model))
            and isinstance(layer.output, keras.KerasTensor)
        ]
        outputs = [layer.output for layer in self.layers]
        self._inside = keras.Model(model.input, [*outputs, *model.outputs])
        self._loss = loss
        self._images, self._labels = tf.constant(images), tf.constant(labels)

    def reactions(self):
        """What each layer does now: {layer: Reaction}."""
        found = {}
        for layer, activation, gradient in zip(self.layers, *self._react(), strict=True):
            activation, gradient = activation.numpy(), gradient.numpy()
            dead = dead_share(activation) if ends_in_relu(layer) else None
            found[layer] = Reaction(activation, gradient, dead)
        return found

    def _react(self):
        with tf.GradientTape() as tape:
            tape.watch(self._images)
            *outputs, scores = self._inside(self._images, training=False)
            loss = tf.reduce_sum(self._loss(tf.cast(scores, tf.float32), self._labels))
        gradients = tape.gradient(loss, outputs, unconnected_gradients="zero")
        return [[tf.cast(t, tf.float32) for t in tensors] for tensors in (outputs, gradients)]


def ends_in_relu(layer):
    return (
        isinstance(layer, keras.layers.ReLU)
        or getattr(layer, "activation", None) is keras.activations.relu
    )


def dead_share(activation):
    """The share of maps, the last axis of (n, ..., maps), that are 0 throughout."""
    return float(np.mean(np.all(activation == 0, axis=tuple(range(activation.ndim - 1)))))
