"""A student's file, judged in a Python of its own, which may end, hang or crash.

The exercise, the file and the seed go in by standard input, where no list of processes shows them,
and the verdict comes back as the last line of standard output.
"""

import ast
import contextlib
import dataclasses
import io
import json
import math
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

try:
    import resource
except ImportError:  # on Windows, where the time on the clock is the only limit
    resource = None

from labs.checking import student
from labs.checking.course import BY_NAME
from labs.checking.judge import judge_file
from labs.checking.verdict import ERROR, Ended, Verdict


class Limits(NamedTuple):
    """How long a student's file may take, in seconds.

    Attributes:
        computing: of the processors' time, which other programs on the machine do not use up. The
            time that Python itself takes to start is not counted.
        passing: on the clock, the last resort against a file that waits.
    """

    computing: float
    passing: float


USUAL = Limits(10.0, 60.0)  # a right answer takes a fraction of a second
LONG = Limits(70.0, 180.0)  # if the file imports a library that takes long to load
SLOW_TO_LOAD = {"tensorflow", "keras", "torch", "jax"}
MOST_PRINTED = 2000  # letters


def judged_apart(name, path, seed, limits=None):
    """The `Verdict` on a student's file.

    Args:
        name: of the exercise.
        path: of the file.
        seed: a whole number, from which the arguments follow.
        limits: the `Limits` on its time; `limits_of` the file if None.
    """
    try:
        tree = student.parse(path, BY_NAME[name])  # most end here: they are not begun
    except Ended as ended:
        return ended.verdict
    limits = limits or limits_of(tree)
    order = {"name": name, "path": str(path), "seed": seed, "computing": limits.computing}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "labs.checking.apart"],
            input=json.dumps(order),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=limits.passing,
        )
    except subprocess.TimeoutExpired:
        return Verdict(
            ERROR,
            f"It was stopped after {limits.passing:g} seconds: does it wait for input, is the "
            "machine busy with other programs, or does a loop in it never end?",
        )
    if resource and done.returncode == -signal.SIGXCPU:
        return Verdict(
            ERROR,
            f"It was stopped after {limits.computing:g} seconds of computing: does a loop in it "
            "never end, such as a `while` whose condition stays true?",
        )
    return _told(done)


def _told(done):
    """The `Verdict` that a process which ended by itself wrote, or on how it ended."""
    try:
        return Verdict(**json.loads(done.stdout.splitlines()[-1]))
    except (IndexError, ValueError, TypeError):
        said = done.stderr.strip().splitlines()
        return Verdict(
            ERROR,
            f"Python itself ended while it ran, with the exit code {done.returncode}"
            f"{f': {said[-1]}' if said else ''}.",
        )


def limits_of(tree):
    """The `Limits` of a file with this syntax tree."""
    nodes = list(ast.walk(tree))
    modules = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    modules |= {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    slow = {module.partition(".")[0] for module in modules} & SLOW_TO_LOAD
    return LONG if slow else USUAL


def _limit_computing(seconds):
    """Lets the system end this process, with SIGXCPU, once it has computed for so long from now."""
    if resource is None:
        return
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    end = math.ceil(time.process_time() + seconds)
    if most != resource.RLIM_INFINITY:
        end = min(end, most)
    resource.setrlimit(resource.RLIMIT_CPU, (end, most))
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))  # SIGXCPU would leave an image of it


def main():
    order = json.load(sys.stdin)
    path = Path(order["path"]).absolute()
    sys.path.append(str(path.parent))  # a student's file may import the ones beside it
    printed = io.StringIO()
    _limit_computing(order["computing"])
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        verdict = judge_file(BY_NAME[order["name"]], path, order["seed"])
    verdict = dataclasses.replace(verdict, printed=printed.getvalue()[:MOST_PRINTED])
    print(f"\n{json.dumps(dataclasses.asdict(verdict))}")


if __name__ == "__main__":
    main()
