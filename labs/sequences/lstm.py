"""lstm: long short-term memory keeps the first number until the second one comes.

The same sequences as `recurrent`'s. Gates, numbers from 0 to 1, decide what a cell takes in, what
it forgets, and what it shows (x is x_t, and h is h_{t-1}):

    input  = sigmoid(x W_i + h U_i + b_i)        candidate = tanh(x W_c + h U_c + b_c)
    forget = sigmoid(x W_f + h U_f + b_f)        c_t = forget * c_{t-1} + input * candidate
    output = sigmoid(x W_o + h U_o + b_o)        h_t = output * tanh(c_t)

What is in c goes on from step to step through no weights and no tanh; so its gradient comes back.

    python -m labs.sequences.lstm
    python -m labs.predict logs/lstm/1 --data testadding50x2k --montage sums.png
"""

import dataclasses
import functools

import layers as Layers
from labs.sequences import recurrent


def remembering(t):
    """The output h after the last step, (batch, UNITS), by gates and cells."""
    return Layers.lstm(t, recurrent.UNITS, "remembering")


lab = dataclasses.replace(
    recurrent.lab,
    name="lstm",
    about=__doc__,
    network=functools.partial(recurrent.network, layer=remembering),
)

if __name__ == "__main__":
    lab.main()
