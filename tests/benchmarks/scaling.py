"""python -m tests.benchmarks.scaling: what a second worker brings, and what 64 would.

Each worker has one core of this machine to itself. The rest is a calculation from what is measured
here: a step takes the time to compute a worker's share, and that to sum the gradients in a ring,

    2 (N - 1) / N * bytes / bandwidth + 2 (N - 1) * latency * collectives.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from dsutil.binary import pair_paths, write_pair
from tests.benchmarks.__main__ import ROOT, machine, task

BATCH = 128
COLLECTIVES = 2  # of a step: all gradients in one, loss and hits in the other


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scaling")
    parser.add_argument("--lab", default="nn4")
    parser.add_argument("--iterations", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3, help="taken in turns; the median counts")
    parser.add_argument("--gigabits", type=float, default=10, help="of the network, a second")
    parser.add_argument("--latency", type=float, default=100, help="of a message, microseconds")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        for name, count in (("some", 2048), ("few", 256)):
            given = task(options.lab, BATCH, count)
            write_pair(*pair_paths(folder, name), [(given["images"], given["labels"])])
        kinds = [(1, BATCH), (2, BATCH), (2, 2 * BATCH)]  # workers, batch
        rounds = [[rate(options, folder, *kind) for kind in kinds] for _ in range(options.rounds)]
    parameters = rounds[0][0][1]
    columns = [zip(*column, strict=True) for column in zip(*rounds, strict=True)]
    medians = [[np.median(values) for values in column] for column in columns]
    rates = [speed for speed, *_ in medians]
    print("| workers | batch | images a second | efficiency | seconds besides training |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for (count, batch), (speed, _, besides) in zip(kinds, medians, strict=True):
        efficiency = speed / rates[0] / count
        print(f"| {count} | {batch} | {speed:,.0f} | {efficiency:.2f} | {besides:.1f} |")
    calculate(options, rates[0], parameters)


def rate(options, folder, count, batch):
    """What so many workers reach, each on a core of its own.

    Returns:
        Images a second, the lab's parameters, and the seconds that the command takes besides
        training: to load TensorFlow, to meet, to read, to compile and to evaluate.
    """
    run = f"{count}-{batch}-{len(list(Path(folder).glob(f'{options.lab}/*')))}"
    command = ["-m", f"labs.{options.lab}", "--databases", folder, "--logs", folder, "--run", run]
    command += ["--train", "some", "--test", "few", "--batch-size", batch]
    for name in ("--iterations", "--summary-every", "--evaluate-every"):
        command += [name, options.iterations]
    addresses = [f"127.0.0.1:{port}" for port in free_ports(count)]
    workers, begin = [], time.perf_counter()
    for index, core in zip(range(count), sorted(os.sched_getaffinity(0)), strict=False):
        cluster = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        words = ["taskset", "-c", core, sys.executable, *command]
        environment = os.environ | {"TF_CONFIG": json.dumps(cluster)}
        workers.append(
            subprocess.Popen(
                [str(word) for word in words],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
            )
        )
    if any([worker.wait() for worker in workers]):
        sys.exit(f"{options.lab} failed on {count} workers.")
    result = json.loads(Path(folder, options.lab, run, "result.json").read_text())
    besides = time.perf_counter() - begin - result["seconds"]
    return result["images_per_second"], result["parameters"], besides


def free_ports(count):
    """So many free ports."""
    servers = [socket.create_server(("", 0)) for _ in range(count)]
    ports = []
    for server in servers:
        ports.append(server.getsockname()[1])
        server.close()
    return ports


def calculate(options, images_per_second, parameters):
    """Prints the efficiency of up to 64 such workers, each on a machine of its own."""
    size = 4 * parameters
    bandwidth, latency = options.gigabits * 1e9 / 8, options.latency * 1e-6
    print(
        f"\nA step sums {size / 1e3:,.1f} kB of gradients. With {options.gigabits:g} Gbit/s and "
        f"{options.latency:g} us a message, calculated:"
    )
    print("| workers | kB each sends a step | exchange, ms | batch 128 a worker | batch 8192 |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for count in (1, 2, 4, 8, 16, 32, 64):
        sent = 2 * (count - 1) / count * size
        exchange = sent / bandwidth + 2 * (count - 1) * latency * COLLECTIVES
        cells = []
        for share in (BATCH, 8192 / count):
            computing = share / images_per_second
            cells.append(f"{computing / (computing + exchange):.3f}")
        print(f"| {count} | {sent / 1e3:.1f} | {exchange * 1e3:.2f} | {cells[0]} | {cells[1]} |")


if __name__ == "__main__":
    main()
