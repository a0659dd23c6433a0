"""A student's file, judged in a Python of its own, which may end, hang or crash.

The exercise, the file and the seed go in by standard input, where no list of processes shows them,
and the verdict comes back as the last line of standard output.
"""

import ast
import contextlib
import dataclasses
import io
import json
import subprocess
import sys
from pathlib import Path

from labs.checking import student
from labs.checking.course import BY_NAME
from labs.checking.judge import judge_file
from labs.checking.verdict import ERROR, Ended, Verdict

LIMIT = 10.0  # seconds; a right answer takes a fraction of one
LOADING = 60.0  # seconds more, if the file imports a library that takes long to load
SLOW_TO_LOAD = {"tensorflow", "keras", "torch", "jax"}
MOST_PRINTED = 2000  # letters


def judged_apart(name, path, seed, limit=None):
    """The `Verdict` on a student's file.

    Args:
        name: of the exercise.
        path: of the file.
        seed: a whole number, from which the arguments follow.
        limit: in seconds, how long it may take; `limit_of` the file if None.
    """
    try:
        tree = student.parse(path, BY_NAME[name])  # most end here: they are not begun
    except Ended as ended:
        return ended.verdict
    limit = limit or limit_of(tree)
    order = json.dumps({"name": name, "path": str(path), "seed": seed})
    command = [sys.executable, "-m", "labs.checking.apart"]
    try:
        done = subprocess.run(
            command, input=order, capture_output=True, text=True, errors="replace", timeout=limit
        )
    except subprocess.TimeoutExpired:
        return Verdict(
            ERROR,
            f"It was stopped after {limit:g} seconds: does a loop in it never end, such as a "
            "`while` whose condition stays true?",
        )
    try:
        return Verdict(**json.loads(done.stdout.splitlines()[-1]))
    except (IndexError, ValueError, TypeError):
        said = done.stderr.strip().splitlines()
        return Verdict(
            ERROR,
            f"Python itself ended while it ran, with the exit code {done.returncode}"
            f"{f': {said[-1]}' if said else ''}.",
        )


def limit_of(tree):
    """How long a file with this syntax tree may take, in seconds."""
    nodes = list(ast.walk(tree))
    modules = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    modules |= {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    slow = {module.partition(".")[0] for module in modules} & SLOW_TO_LOAD
    return LIMIT + LOADING if slow else LIMIT


def main():
    order = json.load(sys.stdin)
    path = Path(order["path"]).absolute()
    sys.path.append(str(path.parent))  # a student's file may import the ones beside it
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        verdict = judge_file(BY_NAME[order["name"]], path, order["seed"])
    verdict = dataclasses.replace(verdict, printed=printed.getvalue()[:MOST_PRINTED])
    print(f"\n{json.dumps(dataclasses.asdict(verdict))}")


if __name__ == "__main__":
    main()
