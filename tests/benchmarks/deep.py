"""python -m tests.benchmarks.deep: nn5's iteration beside Keras `fit`, and what is spent on what.

Each contestant has a process of its own and warms up apart. Then they take turns, round after
round. All train the same network, augmentation included, with the same optimizer on the same
batches of noise; their draws differ, so their losses do, too.
"""

import argparse
import dataclasses
import functools
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.benchmarks.__main__ import Contestant, machine

BATCH = 128
IMAGES = 2048


def data():
    """Noise with a trace of the label in it: bytes, and one-hot labels."""
    random = np.random.default_rng(0)
    labels = np.eye(2, dtype=np.float32)[random.integers(0, 2, IMAGES)]
    images = random.integers(0, 200, (IMAGES, 2304), np.uint8)
    images[labels[:, 1] == 1, :1000] += 40
    return images, labels


def ours(precision, network=None):
    """The labs' own training path."""
    import tensorflow as tf

    from labs import nn5
    from labs.training.network import Network
    from labs.training.options import Options
    from labs.training.step import Steps

    lab = dataclasses.replace(nn5.lab, network=network or nn5.network)
    steps = Steps(Network(lab, Options.of_lab(lab, precision=precision, strategy="one")), lab)
    images, labels = map(tf.constant, data())
    count = 0

    def run(n):
        nonlocal count
        rows = np.arange(count, count + n * BATCH, dtype=np.int32).reshape(n, BATCH) % IMAGES
        losses = steps.run(images, (labels,), rows, count)[0].numpy()
        count += n
        return float(losses[-1])

    return run


def without_augmentation(precision):
    """The same, each picture as it is."""
    from labs import nn5

    return ours(precision, functools.partial(nn5.network, augmented=lambda t: t))


def with_keras_normalization(precision):
    """The same, with Keras's batch normalization in place of `layers.BatchNormalizer`."""
    from labs import nn5

    return ours(precision, functools.partial(nn5.network, normalized=_keras_normalization))


def _keras_normalization(t, name=None):
    import keras

    return keras.layers.BatchNormalization(momentum=0.98, epsilon=0.01, name=name)(t)


def keras_fit(precision, network=None):
    """`model.fit` on arrays, on the lab's own network."""
    import keras

    from labs import nn5
    from labs.machines import devices

    precision = devices.choose_precision(precision)
    keras.config.set_dtype_policy({"bfloat16": "mixed_bfloat16"}.get(precision, precision))
    keras.utils.set_random_seed(0)
    x = keras.Input((2304,))
    model = keras.Model(x, (network or nn5.network)(x))
    optimizer = nn5.optimizer(nn5.lab.learning_rate)
    model.compile(optimizer, lambda y_desired, y: nn5.loss(y, y_desired))
    images, labels = data()
    images = (images.astype(np.float32) - 128) / 256

    def run(n):
        rows = np.arange(n * BATCH) % IMAGES
        history = model.fit(images[rows], labels[rows], BATCH, shuffle=False, verbose=0)
        return history.history["loss"][-1]

    return run


def keras_fit_of_keras(precision):
    """`model.fit`, with Keras's own batch normalization."""
    from labs import nn5

    return keras_fit(precision, functools.partial(nn5.network, normalized=_keras_normalization))


ALL = {
    "ours": ours,
    "keras fit": keras_fit,
    "keras fit, its own normalization": keras_fit_of_keras,
    "ours, Keras's normalization": with_keras_normalization,
    "ours, without augmentation": without_augmentation,
}


class Deep(Contestant):
    """A contestant's process, of this script."""

    def __init__(self, name, path):
        super().__init__(name, path, "tests.benchmarks.deep")


def contest(name, path):
    """Answers each line `n` on standard input by running n iterations."""
    import labs  # noqa: F401
    from labs.machines import quiet

    quiet.load_tensorflow()
    run = ALL[name](json.loads(Path(path).read_text())["precision"])
    answers, sys.stdout = sys.stdout, sys.stderr
    print(json.dumps({"ready": name}), file=answers, flush=True)
    for line in sys.stdin:
        begin = time.perf_counter()
        loss = run(int(line))
        seconds = time.perf_counter() - begin
        print(json.dumps({"seconds": seconds, "loss": loss}), file=answers, flush=True)


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.deep", description=__doc__)
    parser.add_argument("--only", nargs="+", default=list(ALL), choices=ALL, metavar="NAME")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--iterations", type=int, default=8, help="a round")
    parser.add_argument("--precision", default="auto")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "options.json")
        path.write_text(json.dumps(vars(options)))
        running = [Deep(name, path) for name in options.only]
        try:
            for _ in range(options.rounds + 1):
                for one in running:
                    one.milliseconds.append(one.run(options.iterations)[0])
        finally:
            for one in running:
                one.close()
    print_table({one.name: one.milliseconds[1:] for one in running})  # without the warm-up


def print_table(found):
    base = float(np.median(next(iter(found.values()))))
    print(f"\nnn5, batches of {BATCH}, milliseconds an iteration")
    print("| | median | lowest | highest | times the first |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, each in found.items():
        middle = float(np.median(each))
        print(
            f"| {name} | {middle:.1f} | {min(each):.1f} | {max(each):.1f} | {middle / base:.2f} |"
        )


if __name__ == "__main__":
    main() if len(sys.argv) < 2 or sys.argv[1] not in ALL else contest(*sys.argv[1:])
