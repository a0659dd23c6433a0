"""python -m tests.benchmarks.precision: does bfloat16 cost accuracy? Five seeds in each precision.

Prints the test accuracies; the difference of the means should lie within the spread of the seeds.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.benchmarks.__main__ import ROOT, machine


def accuracy(lab, seed, precision, options, logs):
    """The test accuracy of a run."""
    run = f"{precision}-{seed}"
    command = [sys.executable, "-m", f"labs.{lab}", "--logs", logs, "--run", run]
    command += ["--databases", options.databases, "--train", options.train, "--test", options.test]
    command += ["--iterations", options.iterations, "--evaluate-every", options.iterations]
    command += ["--seed", seed, "--precision", precision]
    subprocess.run([str(word) for word in command], cwd=ROOT, check=True, capture_output=True)
    return json.loads(Path(logs, lab, run, "result.json").read_text())["test_accuracy"]


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.precision")
    parser.add_argument("--labs", nargs="+", default=["nn3", "nn4"])
    parser.add_argument("--databases", default="DataBases")
    parser.add_argument("--train", default="1k")
    parser.add_argument("--test", default="test10k")
    parser.add_argument("--iterations", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    print(machine())
    print("| lab | precision | test accuracy, seed by seed | mean | deviation |")
    print("| --- | --- | --- | ---: | ---: |")
    for lab in options.labs:
        for precision in ("float32", "bfloat16"):
            with tempfile.TemporaryDirectory() as logs:
                reached = [accuracy(lab, s, precision, options, logs) for s in range(options.seeds)]
            each = " ".join(f"{value:.4f}" for value in reached)
            print(
                f"| {lab} | {precision} | {each} | {np.mean(reached):.4f} "
                f"| {np.std(reached, ddof=1):.4f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
