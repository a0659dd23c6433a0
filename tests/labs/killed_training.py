"""Trains a small lab on drawn faces, and kills itself at a moment that it is told.

Arguments: the moment as JSON, then those of a lab. A moment is {"seconds": s}, so long after the
training began, or {"call": name, "number": n, "when": "before" or "after"} the n-th call of it.
With {"count": path} it lives, and writes there how often it made each call.
"""

import contextlib
import itertools
import json
import os
import signal
import sys
import time

import layers as Layers
from dsutil import databases
from dsutil.drawn import faces
from labs import nn4
from labs.board.summaries import Summaries
from labs.runs.checkpoints import Checkpoints
from labs.training import Lab, loop
from labs.training.loop import Training

CALLS = {
    "draw": (faces, "draw"),
    "replace": (os, "replace"),
    "unlink": (os, "unlink"),
    "dumps": (json, "dumps"),
    "save": (Checkpoints, "save"),
    "steps": (Training, "train_on"),
    "batch": (Summaries, "batch"),
    "weights": (Summaries, "weights"),
    "evaluation": (Summaries, "evaluation"),
    "flush": (Summaries, "flush"),
    "close": (Summaries, "close"),
}


def network(x):
    """Has all that a run must restore: dropout, moving averages, and an optimizer with slots."""
    t = Layers.BatchNormalizer(8)(Layers.fc(x, 8, "fc_1", "sigmoid"))
    return Layers.fc(Layers.dropout(t, 0.25), 2, "fc_2", "log_softmax")


lab = Lab(
    name="small",
    about="A small lab.",
    network=network,
    loss=nn4.loss,
    reduction="mean",
    optimizer=nn4.optimizer,
    train="1k",
    test="test10k",
    iterations=60,
    batch_size=16,
    learning_rate=1e-2,
    summary_every=3,
    evaluate_every=7,
)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def die_at_a_call(call, number, when):
    def met(count, then):
        if (count, then) == (number, when):
            die()

    watch(call, met)


@contextlib.contextmanager
def counted(path):
    counts = dict.fromkeys(CALLS, 0)
    for call in CALLS:
        watch(call, lambda number, _, call=call: counts.update({call: number}))
    try:
        yield
    finally:
        with open(path, "w") as file:
            json.dump(counts, file)


def watch(call, met):
    """Has `met(number, "before")` and `met(number, "after")` go around each call."""
    owner, name = CALLS[call]
    real = getattr(owner, name)
    numbers = itertools.count(1)

    def watched(*arguments, **named):
        number = next(numbers)
        met(number, "before")
        try:
            return real(*arguments, **named)
        finally:  # `unlink` fails where there is nothing to remove
            met(number, "after")

    setattr(owner, name, watched)


def die_after(seconds):
    """From another process: Python itself may be deep in TensorFlow at that moment."""
    real = Training.run_to_the_end

    def run_to_the_end(self):
        doomed = os.getpid()
        if os.fork() == 0:
            os.closerange(1, 3)
            time.sleep(seconds)
            if os.getppid() == doomed:
                os.kill(doomed, signal.SIGKILL)
            os._exit(0)
        return real(self)

    Training.run_to_the_end = run_to_the_end


if __name__ == "__main__":
    databases.DRAWN = {"1k": ("train", 60), "test10k": ("train", 40)}
    databases.CHUNK = 20
    moment = json.loads(sys.argv[1])
    loop.SECONDS_A_CALL = 60  # so that the calls are the same, however slow the machine is
    if "count" in moment:
        with counted(moment["count"]):
            lab.main(sys.argv[2:])
    if "seconds" in moment:
        die_after(**moment)
    elif moment:
        die_at_a_call(**moment)
    lab.main(sys.argv[2:])
