"""A process that has loaded TensorFlow, computes nothing itself, and forks for each order.

A new process takes seconds to load TensorFlow. A fork of one that has is safe as long as nothing
was computed before, since TensorFlow starts its threads with the first computation.

Reads a line of JSON for each order, {"script": path, "arguments": [...]}, and answers with one,
[the exit code, negative for a signal, and what was printed].
"""

import importlib
import json
import os
import runpy
import sys
import traceback

import labs  # noqa: F401  sets the variables that TensorFlow reads when it loads

for name in ("board.summaries", "runs.checkpoints", "training.loop", "training.step"):
    importlib.import_module(f"labs.{name}")


def obey(order, output):
    """Runs the script in this process, and ends it."""
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
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        obey(json.loads(line), write_end)
    os.close(write_end)
    with open(read_end, encoding="utf-8", errors="replace") as pipe:
        printed = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps([code, printed]), flush=True)
