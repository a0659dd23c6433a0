"""Layers made of Keras's operations alone, which others can load as such."""

import keras


class OfOperations(keras.layers.Layer):
    """A layer without weights, whose `call` is made of `keras.ops` on a list of tensors."""

    def as_keras(self):
        """A model of the operations, for a file that others load; the sides must be known."""
        shapes = self.get_build_config()["input_shape"]
        inputs = [keras.Input(batch_shape=shape) for shape in shapes]
        return keras.Model(inputs, self.call(inputs), name=self.name)
