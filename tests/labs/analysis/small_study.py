"""A study of networks of a few units, for tests: to import, to run, and to kill.

python small_study.py study --databases DIR ...            the study
python small_study.py run VARIANT --databases DIR ...      a run of one of its labs, alone
python small_study.py kill CALL N study ...                dies at the N-th call of a method
"""

import dataclasses
import os
import signal
import sys

import keras

import layers as Layers
from labs import nn4
from labs.analysis.study import Study
from labs.training import Lab
from labs.training.loop import Training


def network(x, units=3, dropped=0.25):
    """Layers with and without a name, and a draw in each iteration."""
    t = keras.layers.ReLU()(Layers.fc(x, units, kernel_initializer="he"))
    t = Layers.dropout(t, dropped)
    return Layers.fc(t, 2, "fc_2", "log_softmax")


def wide_network(x):
    return network(x, units=5)


small = Lab(
    name="small",
    about="A small lab.",
    network=network,
    loss=nn4.loss,
    reduction="mean",
    optimizer=keras.optimizers.SGD,
    train="tiny",
    test="other",
    iterations=6,
    batch_size=16,
    learning_rate=0.01,
    summary_every=2,
    evaluate_every=3,
)
wide = dataclasses.replace(small, network=wide_network)
wild = dataclasses.replace(small, learning_rate=1e30)

study = Study(
    name="small_study",
    about="small_study: which of three networks is best.",
    variants={"narrow": small, "wide one": wide, "wild": wild},
    claims=(("wide one", "narrow"), ("narrow", "wild")),
    seeds=2,
    slow=("wild",),
)


def kill_at(call, number):
    """Has the process die before the `number`-th call of a method of `Training`."""
    calls = []
    real = getattr(Training, call)

    def counted(*arguments):
        calls.append(call)
        if len(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments)

    setattr(Training, call, counted)


def main(what, *words):
    if what == "kill":
        kill_at(words[0], int(words[1]))
        main(*words[2:])
    elif what == "run":
        study.variants[words[0]].main(list(words[1:]))
    else:
        study.main(list(words))


if __name__ == "__main__":
    main(*sys.argv[1:])
