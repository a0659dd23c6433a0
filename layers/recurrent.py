"""Layers that read a sequence step by step, and hand a state on from each step to the next.

The same weights serve every step. What a step does is written out in the cells, `RecurrentCell`,
`LSTMCell` and `GRUCell`; Keras's RNN unfolds them over time. (Lecture: "RNN Architecture",
"Unfolding RNNs", "Architecture for an LSTM".)
"""

import keras
import numpy as np
from keras import ops


def recurrent(t, units, name=None, **options):
    """A plain recurrent layer: h_t = tanh(x_t U + h_{t-1} W + b), from h_0 = 0.

    U, W and b are the same at every step. The slide's third matrix, V, is an `fc` behind it.

    Args:
        t: sequences.
        units: how many numbers the state h has.
        name: the layer's name in summaries, checkpoints and graphs.
        **options: further arguments of `keras.layers.RNN`: `return_sequences=True` puts out h of
            every step, not of the last one only.

    Input shape: (batch, steps, inputs).
    Output shape: (batch, units); of sequences (batch, steps, units).

    Example:
        >>> recurrent(keras.Input((50, 2)), 32).shape
        (None, 32)

    Source: Elman, "Finding Structure in Time", 1990.
    """
    return Recurrent(units, name=name, **options)(t)


def lstm(t, units, name=None, **options):
    """A layer of long short-term memory: what is in its cells is kept until a gate forgets it.

    Args:
        t: sequences.
        units: how many cells there are, and how many numbers come out.
        name: the layer's name.
        **options: those of `recurrent`, and `memory`: over how many steps it should remember from
            the start. The gates then begin as Tallec and Ollivier say, with times to forget from 2
            to `memory` steps; without, the forget gates' biases begin at 1.

    Input shape: (batch, steps, inputs).
    Output shape: (batch, units); of sequences (batch, steps, units).

    Example:
        >>> lstm(keras.Input((50, 2)), 32, return_sequences=True).shape
        (None, 50, 32)

    Source: Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997; with forget gates Gers,
    Schmidhuber and Cummins, "Learning to Forget", 2000; for `memory` Tallec and Ollivier, "Can
    recurrent neural networks warp time?", 2018.
    """
    return LSTM(units, name=name, **options)(t)


def gru(t, units, name=None, **options):
    """A layer of gated recurrent units: an LSTM's idea with two gates and a state of one part.

    Args:
        t: sequences.
        units: how many numbers the state has.
        name: the layer's name.
        **options: as of `lstm`; without `memory` all biases begin at 0.

    Input shape: (batch, steps, inputs).
    Output shape: (batch, units); of sequences (batch, steps, units).

    Example:
        >>> gru(keras.Input((50, 2)), 32).shape
        (None, 32)

    Source: Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical
    Machine Translation", 2014.
    """
    return GRU(units, name=name, **options)(t)


# ------------------------------------------------------------------------------ what a step does


class RecurrentCell(keras.layers.Layer):
    """One step of a plain recurrent network.

    Its numbers always have 32 bits: what is rounded at one step is handed on to all that follow.

    Args:
        units: how many numbers the state has.
    """

    blocks = 1  # of `units` columns each, side by side in kernel, recurrent_kernel and bias
    biases = ()  # the shape of a bias is (*biases, blocks * units)

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs | {"dtype": "float32"})
        self.units = self.state_size = units

    def build(self, input_shape):
        columns = self.blocks * self.units
        self.kernel = self.add_weight(
            name="kernel", shape=(input_shape[-1], columns), initializer="glorot_uniform"
        )
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel", shape=(self.units, columns), initializer="orthogonal"
        )
        self.bias = self.add_weight(
            name="bias",
            shape=(*self.biases, columns),
            initializer=lambda shape, dtype: ops.convert_to_tensor(self.first_bias(shape), dtype),
        )

    def first_bias(self, shape):
        return np.zeros(shape)

    def call(self, x, state):
        """The next step.

        Args:
            x: the step's input, (batch, inputs).
            state: what the step before left, a list with h (batch, units).

        Returns:
            The step's output, and the state that it leaves.
        """
        (h,) = state
        h = ops.tanh(x @ self.kernel + h @ self.recurrent_kernel + self.bias)
        return h, [h]


class LSTMCell(RecurrentCell):
    """One step of an LSTM. The blocks of its weights are in Keras's order.

    Args:
        units: how many cells.
        memory: as of `lstm`.
    """

    blocks = 4

    def __init__(self, units, memory=None, **kwargs):
        super().__init__(units, **kwargs)
        self.state_size, self.memory = [units, units], memory

    def first_bias(self, shape):
        zeros = np.zeros(self.units)
        if self.memory is None:
            return np.concatenate([zeros, zeros + 1, zeros, zeros])
        forget = times_to_forget(self.memory, self.units)
        return np.concatenate([-forget, forget, zeros, zeros])

    def call(self, x, state):
        h, c = state
        blocks = x @ self.kernel + h @ self.recurrent_kernel + self.bias
        input_, forget, candidate, output = ops.split(blocks, 4, axis=1)
        c = ops.sigmoid(forget) * c + ops.sigmoid(input_) * ops.tanh(candidate)
        h = ops.sigmoid(output) * ops.tanh(c)
        return h, [h, c]


class GRUCell(RecurrentCell):
    """One step of a GRU. The blocks of its weights are in Keras's order: update, reset, candidate.

    Args:
        units: how many numbers the state has.
        memory: as of `gru`.
    """

    blocks = 3
    biases = (2,)  # one with the input, and one with the state

    def __init__(self, units, memory=None, **kwargs):
        super().__init__(units, **kwargs)
        self.memory = memory

    def first_bias(self, shape):
        bias = np.zeros(shape)
        if self.memory is not None:
            bias[0, : self.units] = times_to_forget(self.memory, self.units)
        return bias

    def call(self, x, state):
        (h,) = state
        of_input = ops.split(x @ self.kernel + self.bias[0], 3, axis=1)
        of_state = ops.split(h @ self.recurrent_kernel + self.bias[1], 3, axis=1)
        update, reset = (ops.sigmoid(of_input[i] + of_state[i]) for i in (0, 1))
        candidate = ops.tanh(of_input[2] + reset * of_state[2])
        h = update * h + (1 - update) * candidate
        return h, [h]


def times_to_forget(memory, units):
    """Biases of gates (units,) that keep sigmoid(bias) of a state at each step.

    With log(T - 1) it is 1 - 1 / T, so that T steps leave about a third. T runs from 2 to `memory`,
    evenly, where the source draws it at random.
    """
    return np.log(np.linspace(2, memory, units) - 1)


# ------------------------------------------------------------------------------- unfolded over time


@keras.saving.register_keras_serializable(package="layers")
class Recurrent(keras.layers.RNN):
    """A `RecurrentCell`, unfolded over time.

    Args:
        units: how many numbers come out.
        **kwargs: of `keras.layers.RNN`.
    """

    cell_class, as_by_keras, own = RecurrentCell, keras.layers.SimpleRNN, ("units",)

    def __init__(self, units, **kwargs):
        of_cell = {name: kwargs.pop(name) for name in self.own[1:] if name in kwargs}
        super().__init__(self.cell_class(units, name="cell", **of_cell), **kwargs)

    def call(self, sequences, initial_state=None, mask=None, training=False):
        x = ops.cast(sequences, "float32")
        outputs = super().call(x, initial_state=initial_state, mask=mask, training=training)
        return keras.tree.map_structure(lambda t: ops.cast(t, self.compute_dtype), outputs)

    def get_config(self):
        config = super().get_config()
        del config["cell"]
        return config | {name: getattr(self.cell, name) for name in self.own}

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def as_keras(self):
        """An equal layer of Keras's own, for a file that others load."""
        config = {k: v for k, v in self.get_config().items() if k not in self.own[1:]}
        layer = self.as_by_keras(**config)
        layer.build(self.get_build_config()["input_shape"])
        layer.set_weights(self.get_weights())
        return layer


@keras.saving.register_keras_serializable(package="layers")
class LSTM(Recurrent):
    """An `LSTMCell`, unfolded over time.

    Args:
        units: how many numbers come out.
        **kwargs: `memory`, as of `lstm`, and those of `keras.layers.RNN`.
    """

    cell_class, as_by_keras, own = LSTMCell, keras.layers.LSTM, ("units", "memory")


@keras.saving.register_keras_serializable(package="layers")
class GRU(Recurrent):
    """A `GRUCell`, unfolded over time.

    Args:
        units: how many numbers come out.
        **kwargs: `memory`, as of `gru`, and those of `keras.layers.RNN`.
    """

    cell_class, as_by_keras, own = GRUCell, keras.layers.GRU, ("units", "memory")
