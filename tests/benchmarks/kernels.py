"""python -m tests.benchmarks.kernels: where the time of nn4's iteration goes, kernel by kernel.

As oneDNN tells it. Two kernels may run at once, so together they can take more than the whole.
Twice: the network as it trains, which pools before bias and activation, and as the lab wrote it.
Beside it stands what the arithmetic alone would take at the rate of a product of large matrices.
"""

import argparse
import collections
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.benchmarks.__main__ import ROOT, machine, task

ITERATIONS = 20
MARK = "measured from here on"
BATCH = 128
# Of an iteration: each layer's product forward, for its kernel, and, but for the first, backward.
MULTIPLICATIONS = BATCH * (
    2 * 48 * 48 * (3 * 3 * 1 * 64)
    + 3 * 24 * 24 * (3 * 3 * 64 * 32)
    + 3 * 12 * 12 * (3 * 3 * 32 * 16)
    + 3 * 576 * 2
)
WAYS = ("pooling first", "as written")


def child(way, path):
    """Trains; oneDNN's lines go to standard output."""
    from labs.machines import quiet
    from tests.benchmarks import contestants

    quiet.load_tensorflow()
    if way == "as written":
        from labs.training import step

        step.pool_first = lambda model: model
    run, _ = contestants.ours(contestants.Task(path))
    run(3)
    print(MARK, flush=True)
    begin = time.perf_counter()
    run(ITERATIONS)
    print("seconds", time.perf_counter() - begin, flush=True)


def profile(way, path):
    """Milliseconds an iteration: all of it, and those of each kind of kernel."""
    command = [sys.executable, "-m", "tests.benchmarks.kernels", "--child", way, str(path)]
    environment = os.environ | {"ONEDNN_VERBOSE": "profile_exec"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    lines = done.stdout.partition(MARK)[2]
    whole = float(re.search(r"seconds (\S+)", lines)[1]) * 1000 / ITERATIONS
    kernels = collections.Counter()
    for line in lines.splitlines():
        if line.startswith("onednn_verbose"):
            fields = line.split(",")
            kind, direction, shape, milliseconds = fields[5], fields[7], fields[-2], fields[-1]
            layer = re.match(r"mb\d+_?(ic\d+(?:oc\d+)?_ih\d+)", shape)
            name = f"{kind} {direction} {layer[1]}" if layer else f"{kind}, all"
            kernels[name] += float(milliseconds) / ITERATIONS
    return whole, kernels


def milliseconds_of_products(count, side=2048):
    """How long `count` multiplications and additions in float32 take in a product of matrices."""
    a, b = np.random.default_rng(0).random((2, side, side), np.float32)
    seconds = []
    for _ in range(10):
        begin = time.perf_counter()
        np.matmul(a, b)
        seconds.append(time.perf_counter() - begin)
    return 1000 * min(seconds) * count / side**3


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.kernels", description=__doc__)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if options.child:
        return child(*options.child)
    print(machine())
    rounds = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "task.npz")
        np.savez(path, **task("nn4", BATCH))
        for _ in range(options.rounds):
            for way in WAYS:
                rounds[way].append(profile(way, path))

    def row(name, values):
        print(f"| {name} | {' | '.join(f'{value:.1f}' for value in values)} |")

    print(f"\nmilliseconds an iteration | {' | '.join(WAYS)} |\n| --- | ---: | ---: |")
    first = rounds[WAYS[0]][0][1]
    for name in sorted(first, key=first.get, reverse=True):
        medians = [np.median([kernels[name] for _, kernels in rounds[way]]) for way in WAYS]
        if max(medians) >= 0.5:
            row(name, medians)
    row("the whole iteration", [np.median([whole for whole, _ in rounds[x]]) for x in WAYS])
    at_least = milliseconds_of_products(MULTIPLICATIONS)
    print(
        f"\n{MULTIPLICATIONS / 1e9:.2f} thousand million multiplications take {at_least:.1f} ms in "
        "a product of 2048x2048 matrices, in float32 and by NumPy."
    )


if __name__ == "__main__":
    main()
