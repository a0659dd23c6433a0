"""rows: a face read row by row, from the top of the head to the chin.

A picture of 48 rows is a sequence of 48 steps. The network sees one row at a time and says after
the last one whether it was a man or a woman. What tells the two apart is spread over all rows.

    python -m labs.sequences.rows
"""

import dataclasses
import functools

import keras

import layers as Layers
from labs import nn4
from labs.analysis.study import Study

UNITS = 64
LAYERS = {
    "plain RNN": lambda t: Layers.recurrent(t, UNITS, "plain"),
    "LSTM": lambda t: Layers.lstm(t, UNITS, "remembering"),
    "GRU": lambda t: Layers.gru(t, UNITS, "remembering"),
}


def network(x, layer):
    """Logarithms of the two probabilities, (batch, 2), for images (batch, 2304)."""
    t = keras.layers.Reshape((48, 48), name="rows")(x)
    return Layers.fc(layer(t), 2, "V", "log_softmax", kernel_initializer="glorot_uniform")


def optimizer(learning_rate):
    """Adam. A gradient longer than 1 is cut to 1."""
    return keras.optimizers.Adam(learning_rate, global_clipnorm=1.0)


study = Study(
    name="rows",
    about=__doc__,
    variants={
        name: dataclasses.replace(
            nn4.lab,
            network=functools.partial(network, layer=layer),
            optimizer=optimizer,
            iterations=600,
            evaluate_every=200,
            learning_rate=3e-3,
        )
        for name, layer in LAYERS.items()
    },
    claims=(("LSTM", "plain RNN"), ("GRU", "plain RNN")),
)

if __name__ == "__main__":
    study.main()
