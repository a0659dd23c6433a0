"""Trains nn2 and has something happen to the disk when it calls a function for the n-th time.

Arguments: what happens, the function, n, and those of the lab. Where n is 0, it happens at once.
"""

import ctypes
import resource
import shutil
import sys
from pathlib import Path

from labs import nn2
from labs.runs.checkpoints import Checkpoints
from labs.training.loop import Training

what, function, number, *arguments = sys.argv[1:]
run = Path(arguments[arguments.index("--logs") + 1], "nn2/r")
left = int(number)


def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))  # as a full disk, but for the errno


def replace_by_a_file(folder):
    shutil.rmtree(folder)
    folder.write_text("")


def make_read_only(*folders):
    for folder in folders:
        folder.chmod(0o555)
    # Root may write everywhere. Without its capabilities it may not.
    header, nothing = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    ctypes.CDLL(None).capset(header, nothing)


HAPPENINGS = {
    "full": lambda: limit(100_000),
    "quite full": lambda: limit(100),
    "run gone": lambda: shutil.rmtree(run),
    "run replaced": lambda: replace_by_a_file(run),
    "run read-only": lambda: make_read_only(run, run / "checkpoints"),
    "logs read-only": lambda: make_read_only(run.parents[1]),
    "checkpoints replaced": lambda: replace_by_a_file(run / "checkpoints"),
}
owner = {"save": Checkpoints, "finish": Training, "train_on": Training}[function]
real = getattr(owner, function)


def and_then(self, *given, **named):
    global left
    left -= 1
    if left == 0:
        HAPPENINGS[what]()
    return real(self, *given, **named)


setattr(owner, function, and_then)
if left == 0:
    HAPPENINGS[what]()
nn2.lab.main(arguments)
