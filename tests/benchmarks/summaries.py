"""python -m tests.benchmarks.summaries: what TensorBoard's content costs a run.

Runs each lab as it is by default, in processes of its own, and sums up the time that the run spends
in its summaries, loading what writes them included. Prints medians and the share of the command's
whole time.
"""

import argparse
import functools
import json
import statistics
import subprocess
import sys
import tempfile
import time

from tests.benchmarks.__main__ import ROOT, machine

PARTS = ("__init__", "start", "batch", "weights", "faces", "evaluation", "finish", "flush")


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.summaries")
    parser.add_argument("--labs", nargs="+", default=["nn2", "nn3", "nn4"])
    parser.add_argument("--summaries", nargs="+", default=["auto"])
    parser.add_argument("--databases", default="DataBases")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--inside", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return run_and_time(*options.inside)
    print(machine())
    print("| lab | summaries | seconds in them | of the command's | share |")
    print("| --- | --- | ---: | ---: | ---: |")
    cases = [(lab, kind) for lab in options.labs for kind in options.summaries]
    found = {case: [] for case in cases}
    for _ in range(options.rounds):
        for case in cases:
            found[case].append(timed(*case, options.databases))
    for (lab, kind), times in found.items():
        inside, whole, share = (statistics.median(part) for part in zip(*times, strict=True))
        print(f"| {lab} | {kind} | {inside:.2f} | {whole:.1f} | {share:.1%} |")
    return 0


def timed(lab, kind, databases):
    """Seconds in the summaries and in all of a run, and the one's share of the other."""
    with tempfile.TemporaryDirectory() as logs:
        command = [sys.executable, "-m", "tests.benchmarks.summaries", "--inside", lab]
        command += ["--summaries", kind, "--databases", databases, "--logs", logs]
        begin = time.perf_counter()
        output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        whole = time.perf_counter() - begin
    spent = json.loads(output.stdout.splitlines()[-1])
    print(f"{lab} {kind}: {whole:.1f} s, {spent}", file=sys.stderr, flush=True)
    inside = sum(spent.values())
    return inside, whole, inside / whole


def run_and_time(name, *arguments):
    """Runs a lab in this process; prints the seconds spent in each part of its summaries."""
    import importlib

    from labs.machines import quiet

    lab = importlib.import_module(f"labs.{name}").lab
    quiet.load_tensorflow()
    begin = time.perf_counter()
    from labs.board.summaries import Summaries

    spent = {"import": time.perf_counter() - begin}
    within = []

    def timing(method):
        @functools.wraps(method)
        def wrapper(*args, **kwargs):
            begin = time.perf_counter()
            within.append(method)
            try:
                return method(*args, **kwargs)
            finally:
                within.pop()
                if not within:  # one that another calls is part of that
                    seconds = time.perf_counter() - begin
                    spent[method.__name__] = spent.get(method.__name__, 0) + seconds

        return wrapper

    for part in PARTS:
        setattr(Summaries, part, timing(getattr(Summaries, part)))
    try:
        lab.main(list(arguments))
    except SystemExit as exit_:
        if exit_.code:
            return exit_.code
    print(json.dumps({part: round(seconds, 3) for part, seconds in spent.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
