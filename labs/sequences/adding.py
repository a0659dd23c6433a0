"""adding: over how many steps does a network remember?

The sum of two marked numbers among 50, and among 200 (see `recurrent`). Always to answer 1 has an
error of 0.1667, and a plain recurrent network gets no further. An LSTM does, and so does a GRU,
which has a gate less. For 200 steps some of their gates start out remembering that long: "usual
start" leaves that out.

    python -m labs.sequences.adding
    python -m labs.sequences.adding --only "LSTM, 200 steps" "LSTM, 200 steps, usual start"
"""

import dataclasses
import functools

import layers as Layers
from dsutil import ADDING_200
from labs.analysis import charts
from labs.analysis.study import Study
from labs.sequences import lstm, recurrent
from labs.sequences.recurrent import UNITS
from labs.tasks import Regression

LONG = 200  # steps


def gated(t):
    """The state of a GRU after the last step, (batch, UNITS)."""
    return Layers.gru(t, UNITS, "gated")


def long_lstm(t):
    """An LSTM some of whose cells remember all steps from the start."""
    return Layers.lstm(t, UNITS, "remembering", memory=LONG)


def long_gru(t):
    """A GRU like that."""
    return Layers.gru(t, UNITS, "gated", memory=LONG)


def short(layer):
    """The chapter's lab with another layer."""
    return dataclasses.replace(
        recurrent.lab, network=functools.partial(recurrent.network, layer=layer)
    )


def long(layer):
    """The same on sequences of 200 steps."""
    return dataclasses.replace(
        recurrent.lab,
        network=functools.partial(recurrent.network, layer=layer, steps=LONG),
        task=Regression(images=ADDING_200),
        train="adding200x10k",
        test="testadding200x2k",
        iterations=800,
        learning_rate=2e-2,
    )


study = Study(
    name="adding",
    about=__doc__,
    variants={
        "plain RNN, 50 steps": short(recurrent.plain),
        "LSTM, 50 steps": short(lstm.remembering),
        "GRU, 50 steps": short(gated),
        "plain RNN, 200 steps": long(recurrent.plain),
        "LSTM, 200 steps": long(long_lstm),
        "GRU, 200 steps": long(long_gru),
        "LSTM, 200 steps, usual start": long(lstm.remembering),
    },
    slow=("LSTM, 200 steps, usual start",),
    draw=charts.curves("test"),
    claims=(
        ("LSTM, 50 steps", "plain RNN, 50 steps"),
        ("GRU, 50 steps", "plain RNN, 50 steps"),
        ("LSTM, 200 steps", "plain RNN, 200 steps"),
        ("GRU, 200 steps", "plain RNN, 200 steps"),
    ),
)

if __name__ == "__main__":
    study.main()
