"""Trains nn2 and has something happen to the disk when it calls a function for the n-th time.

Arguments: what happens, the function, n, and those of the lab.
"""

import resource
import shutil
import sys
from pathlib import Path

from labs import nn2
from labs.training.checkpoints import Checkpoints
from labs.training.loop import Training

what, function, number, *arguments = sys.argv[1:]
run = Path(arguments[arguments.index("--logs") + 1], "nn2/r")
left = int(number)


def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))  # as a full disk, but for the errno


def replace_by_a_file(folder):
    shutil.rmtree(folder)
    folder.write_text("")


HAPPENINGS = {
    "full": lambda: limit(100_000),
    "quite full": lambda: limit(100),
    "run gone": lambda: shutil.rmtree(run),
    "run replaced": lambda: replace_by_a_file(run),
    "checkpoints replaced": lambda: replace_by_a_file(run / "checkpoints"),
}
owner = {"save": Checkpoints, "finish": Training, "train_on": Training}[function]
real = getattr(owner, function)


def and_then(self, *given):
    global left
    left -= 1
    if left == 0:
        HAPPENINGS[what]()
    return real(self, *given)


setattr(owner, function, and_then)
nn2.lab.main(arguments)
