"""Trains nn2 and changes its data file when it calls a function for the n-th time.

Arguments: the change, the function, n, "resident" or "streamed", and those of the lab.
"""

import os
import sys
from pathlib import Path

from labs import nn2
from labs.training import batches
from labs.training.loop import Training

change, function, number, where, *arguments = sys.argv[1:]
path = Path(arguments[arguments.index("--databases") + 1], "data_tiny.bin")
left = int(number)
real = getattr(Training, function)
if where == "streamed":
    batches.RESIDENT_BYTES = 0


def replace():
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[::-1])


CHANGES = {"shrink": lambda: os.truncate(path, 2304), "replace": replace, "remove": path.unlink}


def and_then(self, *given, **named):
    global left
    left -= 1
    if left == 0:
        CHANGES[change]()
    return real(self, *given, **named)


setattr(Training, function, and_then)
nn2.lab.main(arguments)
