"""python -m tests.benchmarks: the labs' training beside the alternatives, on this machine.

Each contestant has a process of its own and warms up apart. Then they take turns, round after
round, so that whatever else the machine does hits all alike. Prints medians, spread and ratios.
"""

import argparse
import contextlib
import json
import platform
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
ROUND = {"nn3": 400, "nn4": 10}  # iterations: about a second
AGREE = {"float32": 0.02, "bfloat16": 0.10}  # relative difference between two losses


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--labs", nargs="+", default=["nn3", "nn4"], choices=ROUND)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these contestants only")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--growth", action="store_true", help="how the cost grows, instead")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    print(machine())
    figures = {"machine": machine()}
    for lab in options.labs:
        batch = {"nn3": 256, "nn4": 128}[lab]
        if options.growth:
            figures[lab] = growth(lab, batch, options)
        else:
            names = options.only or contestants()
            figures[lab] = compare(lab, names, task(lab, batch), ROUND[lab], options)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


def contestants():
    from tests.benchmarks.contestants import ALL

    torch = "torch" in {package.metadata["Name"] for package in metadata.distributions()}
    return [name for name in ALL if torch or not name.startswith("torch")]


def machine():
    """The processor and the versions, in a line."""
    processor = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                processor = line.partition(": ")[2]
                break
    versions = []
    for package in ("tensorflow", "keras", "numpy", "torch"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions.append(f"{package} {metadata.version(package)}")
    return f"{processor}, Python {platform.python_version()}, {', '.join(versions)}"


def task(lab, batch_size, count=4096, filters=1, precision="auto"):
    """Noise with a trace of the label in it, and the weights that all begin with."""
    random = np.random.default_rng(0)
    labels = np.eye(2, dtype=np.float32)[random.integers(0, 2, count)]
    images = random.integers(0, 200, (count, 2304), np.uint8)
    images[labels[:, 1] == 1, :1000] += 40

    def normal(*shape):
        return np.clip(random.normal(0, 0.1, shape), -0.2, 0.2).astype(np.float32)

    if lab == "nn4":
        a, b, c = 64 * filters, 32 * filters, 16 * filters
        kernels = [normal(3, 3, 1, a), normal(3, 3, a, b), normal(3, 3, b, c), normal(36 * c, 2)]
    else:
        kernels = [normal(2304, 50), normal(50, 2)]
    weights = [part for kernel in kernels for part in (kernel, np.zeros(kernel.shape[-1], "f4"))]
    return {
        "lab": lab,
        "batch_size": batch_size,
        "images": images,
        "labels": labels,
        "precision": precision,
        "weights": len(weights),
    } | {f"weight_{i}": weight for i, weight in enumerate(weights)}


class Contestant:
    """A contestant's process."""

    def __init__(self, name, path, script="tests.benchmarks.contestants"):
        self.name = name
        command = [sys.executable, "-m", script, name, str(path)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.milliseconds, self.losses = [], []
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended early: run it alone to see why")
        return json.loads(line)

    def run(self, iterations):
        """Runs so many iterations; returns milliseconds an iteration, and the loss after them."""
        self.process.stdin.write(f"{iterations}\n")
        self.process.stdin.flush()
        answer = self.answer()
        return answer["seconds"] / iterations * 1000, answer["loss"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def compare(lab, names, data, iterations, options):
    """Runs the contestants in turns; prints their table and returns its figures."""
    data["precision"] = options.precision
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "task.npz")
        np.savez(path, **data)
        running = [Contestant(name, path) for name in names]
        try:
            after = {}
            for one in running:
                _, after[one.name] = one.run(iterations)  # warm-up, and the proof of equal work
            agree(after)
            for _ in range(options.rounds):
                for one in running:
                    milliseconds, loss = one.run(iterations)
                    one.milliseconds.append(milliseconds)
                    one.losses.append(loss)
        finally:
            for one in running:
                one.close()
    figures = {
        one.name: {
            "median_ms": float(np.median(one.milliseconds)),
            "lowest_ms": min(one.milliseconds),
            "highest_ms": max(one.milliseconds),
            "loss_after_warm_up": after[one.name],
        }
        for one in running
    }
    print_table(lab, data["batch_size"], figures)
    return figures


def agree(losses):
    """Ends the benchmark if the contestants did not do the same work."""
    middle = float(np.median(list(losses.values())))
    for name, loss in losses.items():
        tolerance = AGREE["bfloat16" if "bfloat16" in name or name == "ours" else "float32"]
        if not abs(loss - middle) <= tolerance * middle:
            raise SystemExit(
                f"{name} arrived at a loss of {loss}, the others at {middle}: {losses}"
            )


def print_table(lab, batch_size, figures):
    print(f"\n{lab}, batches of {batch_size}, milliseconds an iteration")
    print("| | median | lowest | highest | ours is |")
    print("| --- | ---: | ---: | ---: | ---: |")
    base = figures.get("ours", {}).get("median_ms")
    for name, row in figures.items():
        ratio = f"{base / row['median_ms']:.2f} of it" if base and name != "ours" else ""
        numbers = " | ".join(f"{row[key]:.2f}" for key in ("median_ms", "lowest_ms", "highest_ms"))
        print(f"| {name} | {numbers} | {ratio} |", flush=True)


def growth(lab, batch_size, options):
    """Ours and the lecture's way for larger batches and more filters; ours for more images."""
    figures = {}
    cases = [("batch", batch, {"batch_size": batch}) for batch in (32, 128, 512, 1024)]
    if lab == "nn4":
        cases += [("filters times", times, {"filters": times}) for times in (1, 2, 4)]
    for what, size, change in cases:
        print(f"\n{what} {size}", end="")
        data = task(lab, **({"batch_size": batch_size} | change))
        work = data["batch_size"] / batch_size * change.get("filters", 1) ** 2
        iterations = max(3, round(ROUND[lab] / work))
        names = options.only or ["ours", "session"]
        figures[f"{what} {size}"] = compare(lab, names, data, iterations, options)
    figures |= growth_of_data(lab, options.rounds)
    return figures


def growth_of_data(lab, rounds):
    """Images a second for data sets of more and more images, the largest streamed from its file."""
    from tests.benchmarks.data import child, write_noise

    counts = {"1k": 1000, "10k": 10_000, "100k": 100_000, "1M": 1_000_000}
    rates = {name: [] for name in counts}
    with tempfile.TemporaryDirectory() as folder:
        for name, count in counts.items():
            write_noise(folder, name, count)
        for _ in range(rounds):
            for name, rate in rates.items():
                rate.append(child(f"train_{lab}", folder, name))
    print(f"\n{lab}, images a second\n| images | median | lowest | highest |")
    print("| ---: | ---: | ---: | ---: |")
    for name, rate in rates.items():
        row = (f"{value:,.0f}" for value in (np.median(rate), min(rate), max(rate)))
        print(f"| {counts[name]:,} | {' | '.join(row)} |", flush=True)
    return {f"images {counts[name]}": float(np.median(rate)) for name, rate in rates.items()}


if __name__ == "__main__":
    main()
