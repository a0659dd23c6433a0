"""The network the lab wrote, computed with less traffic between processor and memory."""

import keras

# max(f(t + b)) = f(max(t) + b) where f never falls, in value and in gradient.
MONOTONE = {
    keras.activations.linear,
    keras.activations.relu,
    keras.activations.sigmoid,
    keras.activations.tanh,
}


def pool_first(model):
    """A model of the same layers and weights that pools before bias and activation.

    A convolution whose one reader is a max pooling gives the same values, and the same gradients,
    if its output is pooled first: maximum and a function that never falls commute. Bias and
    activation then work on a quarter of the numbers, for pools of 2x2. The model that was given
    stays as it is: it is the one to describe and to save.
    """
    pools = {
        layer: pool
        for layer in model.layers
        if (pool := _pool_after(layer)) and all(layer.output is not y for y in model.outputs)
    }

    def call(layer, *args, **kwargs):
        if layer in pools:
            return _PooledConvolution(layer, pools[layer])(*args)
        if layer in pools.values():
            return args[0]  # done by the convolution before it
        return layer(*args, **kwargs)

    return keras.models.clone_model(model, clone_function=lambda layer: layer, call_function=call)


def _pool_after(layer):
    """The max pooling that alone reads a convolution, if it may come first; else None."""
    if type(layer) is not keras.layers.Conv2D or layer.activation not in MONOTONE:
        return None
    if not layer.use_bias or layer.activity_regularizer or layer.data_format != "channels_last":
        return None
    readers = [node.operation for node in layer._outbound_nodes]
    if len(readers) != 1 or type(readers[0]) is not keras.layers.MaxPooling2D:
        return None
    pool = readers[0]
    once = len(layer._inbound_nodes) == len(pool._inbound_nodes) == 1
    return pool if once and pool.data_format == "channels_last" else None


class _PooledConvolution(keras.layers.Layer):
    """activation(pool(conv(t)) + bias), with the layers of the network."""

    def __init__(self, convolution, pool):
        super().__init__(dtype=convolution.dtype_policy)
        self.convolution, self.pool = convolution, pool

    def call(self, t):
        layer = self.convolution
        return layer.activation(self.pool(layer.convolution_op(t, layer.kernel)) + layer.bias)
