"""Trains a small lab on drawn faces, and kills itself at a moment that it is told.

Arguments: the moment as JSON, then those of a lab. A moment is {"seconds": s}, so long after the
training began, or {"call": name, "number": n, "when": "before" or "after"} the n-th call of it.
"""

import json
import os
import signal
import sys
import time

import layers as Layers
from dsutil import databases, faces
from labs import nn4
from labs.training import Lab
from labs.training.checkpoints import Checkpoints
from labs.training.loop import Training
from labs.training.step import Steps
from labs.training.summaries import Summaries

CALLS = {
    "draw": (faces, "draw"),
    "replace": (os, "replace"),
    "unlink": (os, "unlink"),
    "dumps": (json, "dumps"),
    "save": (Checkpoints, "save"),
    "steps": (Steps, "run"),
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
    owner, name = CALLS[call]
    real = getattr(owner, name)
    of_class = isinstance(owner, type)
    left = [number]

    def counted(*arguments, **named):
        left[0] -= 1
        if left[0] == 0 and when == "before":
            die()
        if of_class:  # bound as Python does it, since a `tf.function` goes by that
            result = real.__get__(arguments[0], owner)(*arguments[1:], **named)
        else:
            result = real(*arguments, **named)
        if left[0] == 0:
            die()
        return result

    setattr(owner, name, counted)


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
    if "seconds" in moment:
        die_after(**moment)
    elif moment:
        die_at_a_call(**moment)
    lab.main(sys.argv[2:])
