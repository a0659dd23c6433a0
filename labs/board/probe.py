"""What a fixed handful of faces does in the network: each layer's activations and gradients."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from labs.board.inside import distinct, named_tensors, units, watching
from labs.board.unchanged import unchanged


@dataclasses.dataclass(frozen=True)
class Reaction:
    """What the faces do in a layer.

    Attributes:
        activation: the layer's output, (n, ...) float32. Where the layer is called several times,
            the outputs of all calls, one after the other.
        gradient: the derivative of the faces' summed loss by it, of the same shape; 0 where the
            loss does not depend on it.
        dead: the share of feature maps (of units, where there are no maps) that are 0 for all
            faces; None unless the layer ends in a ReLU.
        has_maps: whether the first n rows are maps (height, width, maps) of the n faces.
    """

    activation: np.ndarray
    gradient: np.ndarray
    dead: float | None
    has_maps: bool


class Probe:
    """Shows a model the same faces at any time, and changes nothing in it.

    Args:
        model: the lab's.
        loss: the lab's, from outputs and what they should be to a loss for each image.
        images: (n, numbers) in [-0.5, 0.5).
        desired: what the outputs should be.
    """

    def __init__(self, model, loss, images, desired):
        self._model, self._loss = model, loss
        self._images, self._desired = tf.constant(images), tf.constant(desired)

    def reactions(self):
        """What each layer does now: {name: Reaction}, in the order of their calls.

        Of a layer that returns several tensors the first has the layer's name, the others
        `lstm/2`, `lstm/3`; where calls return other shapes, there is another Reaction for these.
        """
        alike = {}  # what goes together
        for layer, name, activation, gradient in self._react():
            key = layer, name, activation.shape[1:]
            alike.setdefault(key, []).append((activation, gradient))
        names = distinct(name for _, name, _ in alike)
        found = {}
        for name, ((layer, _, _), calls) in zip(names, alike.items(), strict=True):
            activation, gradient = map(_joined, zip(*calls, strict=True))
            dead = dead_share(activation) if ends_in_relu(layer) else None
            of_each_face = len(calls[0][0]) == len(self._images)
            has_maps = of_each_face and activation.ndim == 4 and activation.size > 0
            found[name] = Reaction(activation, gradient, dead, has_maps)
        return found

    def _react(self):
        """Yields layer, name of the output, activation and gradient, for each output of a call."""
        layers, noted = units(self._model), []

        def note(layer, _args, _kwargs, outputs):
            if layer in layers:
                for name, output in named_tensors(outputs, layers[layer]):
                    noted.append((layer, name, output))

        with unchanged(self._model), tf.GradientTape() as tape:
            tape.watch(self._images)
            with watching(note):
                y = self._model(self._images, training=False)
            loss = tf.reduce_sum(self._loss(tf.cast(y, tf.float32), self._desired))
        smooth = [output for *_, output in noted if output.dtype.is_floating]
        gradients = iter(tape.gradient(loss, smooth, unconnected_gradients="zero"))
        for layer, name, output in noted:
            gradient = next(gradients) if output.dtype.is_floating else tf.zeros_like(output)
            yield layer, name, _array(output), _array(gradient)


def _array(tensor):
    dense = tf.convert_to_tensor(tensor)  # a gradient through tf.gather is not
    return np.atleast_1d(tf.cast(dense, tf.float32).numpy())


def _joined(arrays):
    return np.concatenate(arrays) if len(arrays) > 1 else arrays[0]  # copies nothing it need not


def ends_in_relu(layer):
    return (
        isinstance(layer, keras.layers.ReLU)
        or getattr(layer, "activation", None) is keras.activations.relu
    )


def dead_share(activation):
    """The share of maps, the last axis of (n, ..., maps), that are 0 throughout."""
    return float(np.mean(np.all(activation == 0, axis=tuple(range(activation.ndim - 1)))))
