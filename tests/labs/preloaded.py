"""A process that has loaded TensorFlow, computes nothing itself, and forks for each order.

A new process takes seconds to load TensorFlow. A fork of one that has is safe as long as nothing
was computed before, since TensorFlow starts its threads with the first computation.

Reads a line of JSON for each order, {"script": path, "arguments": [...], "output": path}, and
answers with the exit code, negative for a signal.
"""

import importlib
import json
import os
import runpy
import sys
import traceback

import labs  # noqa: F401  sets the variables that TensorFlow reads when it loads

for name in ("batches", "checkpoints", "loop", "network", "step", "summaries"):
    importlib.import_module(f"labs.training.{name}")


def obey(order):
    """Runs the script in this process, and ends it."""
    output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, file in ((0, nothing), (1, output), (2, output)):
        os.dup2(file, number)
    sys.argv = [order["script"], *order["arguments"]]
    code = 1
    try:
        runpy.run_path(order["script"], run_name="__main__")
        code = 0
    except SystemExit as exit_:
        code = exit_.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


for line in sys.stdin:
    child = os.fork()
    if child == 0:
        obey(json.loads(line))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
