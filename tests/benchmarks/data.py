"""python -m tests.benchmarks.data: opening, streaming, evaluating and starting, measured.

Takes turns as `python -m tests.benchmarks` does, each measurement in a process of its own.
"""

import argparse
import concurrent.futures
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from dsutil.binary import PIXELS, pair_paths, write_pair
from tests.benchmarks.__main__ import ROOT, machine

MEASURES = {}


def measure(function):
    """Makes a function of (folder, name) one that a child process can be told to run."""
    MEASURES[function.__name__] = function
    return function


@measure
def open_dataset(folder, name):
    """Seconds to open a data set."""
    from dsutil import DataSet

    begin = time.perf_counter()
    DataSet(*pair_paths(folder, name))
    return time.perf_counter() - begin


@measure
def open_as_the_lecture(folder, name):
    """Seconds for the lecture's loop of `np.fromfile` for each image and label."""
    data_path, label_path = pair_paths(folder, name)
    count = data_path.stat().st_size // PIXELS
    begin = time.perf_counter()
    data, label = np.empty((count, PIXELS), np.float32), np.empty((count, 2), np.float32)
    with open(data_path, "rb") as file:
        for i in range(count):
            data[i] = np.fromfile(file, dtype=np.uint8, count=PIXELS).astype(np.float32)
    with open(label_path, "rb") as file:
        for i in range(count):
            label[i] = np.fromfile(file, dtype=np.float32, count=2)
    return time.perf_counter() - begin


def _train(lab, folder, name, iterations):
    """Images a second, and the process's largest resident memory in MB, of a short training."""
    from dsutil import DataSet
    from labs.machines import quiet

    quiet.load_tensorflow()
    from labs.training.batches import Batches
    from labs.training.network import Network
    from labs.training.options import Options
    from labs.training.step import Steps

    options = Options.of_lab(lab)
    network = Network(lab, options)
    steps = Steps(network, lab)
    dataset = DataSet(*pair_paths(folder, name))
    batches = Batches(dataset, options.batch_size, seed=0)

    def size(step):
        return min(iterations // 10, batches.most_steps(step))

    warm_up = step = size(0)
    steps.run(*batches.load(0, step), 0)[0].numpy()
    begin = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(1) as reader:
        loading = reader.submit(batches.load, step, size(step))
        while step < iterations:
            data, following = loading.result(), step + size(step)
            loading = reader.submit(batches.load, following, size(following))
            steps.run(*data, step)[0].numpy()
            step = following
    seconds = time.perf_counter() - begin
    return (step - warm_up) * options.batch_size / seconds, steps, dataset


@measure
def train_nn3(folder, name):
    """Images a second of nn3."""
    from labs import nn3

    return _train(nn3.lab, folder, name, 4000)[0]


@measure
def train_nn4(folder, name):
    """Images a second of nn4."""
    from labs import nn4

    return _train(nn4.lab, folder, name, 50)[0]


@measure
def memory(folder, name):
    """Resident memory in MB at its highest, of training and evaluating nn3."""
    from labs import nn3

    _, steps, dataset = _train(nn3.lab, folder, name, 20_000)
    import resource

    from labs.training.evaluation import evaluate

    evaluate(dataset, nn3.lab.task, steps.measure)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _evaluate(lab, folder, name, how):
    import os

    from dsutil import DataSet
    from labs.machines import quiet

    if how == "keras":  # TensorFlow's own choice of kernels, as without the labs
        del os.environ["TF_ENABLE_ONEDNN_OPTS"]
    quiet.load_tensorflow()
    from labs.training.evaluation import evaluate
    from labs.training.network import Network
    from labs.training.options import Options
    from labs.training.step import Steps

    network = Network(lab, Options.of_lab(lab))
    dataset = DataSet(*pair_paths(folder, name))
    if how == "ours":
        steps = Steps(network, lab)

        def accuracy():
            return evaluate(dataset, lab.task, steps.measure).headline
    else:
        with network.strategy.scope():
            network.model.compile(
                loss=lambda t, y: lab.loss(y, t), metrics=["categorical_accuracy"]
            )
        images = (np.asarray(dataset.images, np.float32) - 128) / 256

        def accuracy():
            return network.model.evaluate(images, dataset.labels, batch_size=128, verbose=0)[1]

    accuracy()
    begin = time.perf_counter()
    found = accuracy()
    return {"seconds": time.perf_counter() - begin, "accuracy": found}


@measure
def evaluate_nn3(folder, name):
    from labs import nn3

    return _evaluate(nn3.lab, folder, name, "ours")


@measure
def evaluate_nn3_keras(folder, name):
    from labs import nn3

    return _evaluate(nn3.lab, folder, name, "keras")


@measure
def evaluate_nn4(folder, name):
    from labs import nn4

    return _evaluate(nn4.lab, folder, name, "ours")


@measure
def evaluate_nn4_keras(folder, name):
    from labs import nn4

    return _evaluate(nn4.lab, folder, name, "keras")


def start(folder, name):
    """Seconds from the command to the first iteration of nn4."""
    with tempfile.TemporaryDirectory() as logs:
        command = [sys.executable, "-u", "-m", "labs.nn4", "--databases", str(folder)]
        command += ["--train", name, "--test", name, "--logs", logs, "--summary-every", "1"]
        begin = time.perf_counter()
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            for line in process.stdout:
                if line.startswith("it=      0"):
                    seconds = time.perf_counter() - begin
                    process.kill()
                    return seconds
    raise SystemExit("nn4 ended before its first iteration")


def child(name, folder, data):
    """The answer of a measurement in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.data", "--child", name, str(folder), data]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def write_noise(folder, name, count):
    """A data set of noise; of more than 10,000 images it repeats the first ones."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (10_000, PIXELS), np.uint8)
    labels = np.eye(2, dtype=np.float32)[random.integers(0, 2, 10_000)]
    pieces = ((images[: count - i], labels[: count - i]) for i in range(0, count, 10_000))
    write_pair(*pair_paths(folder, name), pieces)


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.data", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        name, folder, data = options.child
        print(json.dumps(MEASURES[name](Path(folder), data)))
        return
    print(machine())
    figures = {"machine": machine()}

    def in_turns(**contestants):
        """Medians of several rounds, each contestant once a round."""
        values = {key: [] for key in contestants}
        for _ in range(options.rounds):
            for key, run in contestants.items():
                values[key].append(run())
        return {key: float(np.median(value)) for key, value in values.items()}

    def tell(text, **numbers):
        figures.update(numbers)
        print(text, flush=True)

    with tempfile.TemporaryDirectory() as folder:
        for name, count in (("10k", 10_000), ("100k", 100_000), ("1M", 1_000_000)):
            write_noise(folder, name, count)
        m = in_turns(
            ours=lambda: child("open_dataset", folder, "100k"),
            lecture=lambda: child("open_as_the_lecture", folder, "100k"),
        )
        ratio = m["lecture"] / m["ours"]
        tell(
            f"Opening 100,000 images: {m['ours'] * 1000:.1f} ms, the lecture's loop "
            f"{m['lecture'] * 1000:.0f} ms: 1/{ratio:.0f} of it",
            open_ratio=ratio,
        )
        for lab in ("nn3", "nn4"):
            m = in_turns(
                ours=lambda lab=lab: child(f"evaluate_{lab}", folder, "10k")["seconds"],
                keras=lambda lab=lab: child(f"evaluate_{lab}_keras", folder, "10k")["seconds"],
            )
            ratio = m["keras"] / m["ours"]
            tell(
                f"Accuracy of {lab} on 10,000 images: {m['ours']:.3f} s, Keras evaluate "
                f"{m['keras']:.3f} s: {ratio:.1f} times as fast",
                **{f"evaluate_{lab}_ratio": ratio},
            )
            m = in_turns(
                memory=lambda lab=lab: child(f"train_{lab}", folder, "10k"),
                stream=lambda lab=lab: child(f"train_{lab}", folder, "1M"),
            )
            ratio = m["stream"] / m["memory"]
            tell(
                f"{lab} on 1,000,000 images streamed: {m['stream']:,.0f} images a second, on "
                f"10,000 in memory {m['memory']:,.0f}: {ratio:.2f} of it",
                **{f"stream_{lab}_ratio": ratio},
            )
        m = in_turns(
            small=lambda: child("memory", folder, "10k"),
            large=lambda: child("memory", folder, "1M"),
        )
        growth = m["large"] - m["small"]
        tell(
            f"Resident memory, training and evaluating: {m['small']:.0f} MB with 10,000 images, "
            f"{m['large']:.0f} MB with 1,000,000: {growth:.0f} MB more",
            memory_growth_mb=growth,
        )
        m = in_turns(start=lambda: start(folder, "10k"))
        tell(f"From the command to nn4's first iteration: {m['start']:.1f} s", start_s=m["start"])
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
