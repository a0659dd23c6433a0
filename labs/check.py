"""check: your functions for labs/exercises, called with random numbers and compared with the truth.

Says what is wrong, where, and, if it is a usual mistake, which. Without a name all are checked.

    python -m labs.check conv_forward
    python -m labs.check --copy mine
    python -m labs.check --folder mine
"""

import concurrent.futures
import dataclasses
import difflib
import json
import os
import secrets
import shutil
import sys
import textwrap
from pathlib import Path

from dsutil.errors import InputError, exit_with_sentence
from labs import exercises
from labs.analysis import tables
from labs.checking.apart import judged_apart
from labs.checking.course import EXERCISES
from labs.checking.verdict import NOT_BEGUN, PASSED
from labs.training.options import Parser, whole
from labs.training.scripts import shown

NAMES = tuple(exercise.name for exercise in EXERCISES)
STUBS = Path(exercises.__file__).parent
HEADER = ("exercise", "verdict")
WIDTH = 96


def main(arguments=None):
    parser = _parser()
    options = parser.parse_args(arguments)
    for name in options.names:
        if name not in NAMES:
            parser.error(f"no exercise is called {name!r}{_near(name)}")
    if options.copy:
        _check_alone(parser, options)
    options.folder = STUBS if options.folder is None else options.folder
    options.names = [name for name in NAMES if name in options.names] or list(NAMES)
    with exit_with_sentence():
        sys.exit(copy(options) if options.copy else check(options))


def _parser():
    parser = Parser("python -m labs.check", __doc__)
    parser.epilog = textwrap.fill(f"the exercises, in order: {', '.join(NAMES)}", WIDTH)
    parser.add_argument("names", nargs="*", metavar="NAME", help="an exercise (default: all)")
    parser.add_argument(
        "--folder", type=Path, metavar="DIR", help="where your files lie "
        "(default: labs/exercises)"
    )  # fmt: skip
    parser.add_argument(
        "--copy", type=Path, metavar="DIR", help="put the stubs into a folder of your own; files "
        "that are there already are kept"
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=whole(0), metavar="S", help="what the random numbers follow from (default: "
        "others each time)"
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON")
    return parser


def _check_alone(parser, options):
    """Refuses beside --copy what is for checking."""
    given = {
        "--folder": options.folder is not None,
        "--seed": options.seed is not None,
        "--json": options.json,
    }
    for option in filter(given.get, given):
        parser.error(f"{option} is for checking and has no effect on --copy; leave one of them out")


def _near(name):
    """The end of a sentence: what may have been meant."""
    stem = Path(name).stem
    near = [stem] if stem in NAMES else difflib.get_close_matches(stem, NAMES, n=1)
    return f"; the nearest is {near[0]}" if near else ""


# ----------------------------------------------------------------------------- copying


def copy(options):
    """Copies the stubs that are not there yet; returns 0."""
    options.copy.mkdir(parents=True, exist_ok=True)
    kept = [name for name in options.names if not _copied(name, options.copy)]
    copied = len(options.names) - len(kept)
    print(f"{options.copy}: {copied} stub{'s' * (copied != 1)} copied")
    if kept:
        files = ", ".join(f"{name}.py" for name in kept)
        print(textwrap.fill(f"kept, as they were there already: {files}", WIDTH))
    names = "" if options.names == list(NAMES) else f"{' '.join(options.names)} "
    print(f"Check them with: python -m labs.check {names}--folder {shown(options.copy)}")
    return 0


def _copied(name, folder):
    """Copies a stub unless there is a file in its place; returns whether it did."""
    try:
        with open(folder / f"{name}.py", "xb") as file, open(STUBS / f"{name}.py", "rb") as stub:
            shutil.copyfileobj(stub, file)
    except FileExistsError:
        return False
    return True


# ----------------------------------------------------------------------------- checking


def check(options):
    """Judges what was asked for and prints it; returns 0 if all of it passed, else 1."""
    if options.folder.is_file():
        raise InputError(
            f"{options.folder}: found a file, expected the folder that your files lie in, such as "
            f"`--folder {shown(options.folder.parent)}`."
        )
    if not options.folder.is_dir():
        raise InputError(
            f"{options.folder}: expected a folder with your files; "
            f"`python -m labs.check --copy {options.folder}` makes one."
        )
    seed = secrets.randbits(32) if options.seed is None else options.seed
    verdicts = judge_all(options.names, options.folder, seed)
    if options.json:
        print(json.dumps(as_json(verdicts), indent=2))
    else:
        print_verdicts(verdicts)
        if options.seed is None:
            print_seed(verdicts, options, seed)
    return 0 if all(verdict.state == PASSED for verdict in verdicts.values()) else 1


def judge_all(names, folder, seed):
    """The verdicts by name; as many are worked out at a time as there are cores."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        paths = [folder / f"{name}.py" for name in names]
        verdicts = pool.map(judged_apart, names, paths, [seed] * len(names))
        return dict(zip(names, verdicts, strict=True))


def as_json(verdicts):
    """What --json prints. The seed is not in it: whoever gave one may want to keep it."""
    return {
        "passed": _passed(verdicts),
        "asked": len(verdicts),
        "exercises": {name: dataclasses.asdict(verdict) for name, verdict in verdicts.items()},
    }


def print_verdicts(verdicts):
    """The one there is; or a table, and those that there is something to say about."""
    if len(verdicts) == 1:
        print_verdict(*next(iter(verdicts.items())))
        return
    print_table(verdicts)
    for name, verdict in verdicts.items():
        if verdict.state not in (PASSED, NOT_BEGUN):
            print()
            print_verdict(name, verdict)


def print_table(verdicts):
    rows = [(name, verdict.state) for name, verdict in verdicts.items()]
    for line in tables.aligned(HEADER, rows, left=2):
        print(line)
    print(f"{_passed(verdicts)} of {len(verdicts)} passed")


def _passed(verdicts):
    return sum(verdict.state == PASSED for verdict in verdicts.values())


def print_verdict(name, verdict):
    print(f"{name}: {verdict.state}")
    _print_paragraph(verdict.says)
    for hint in verdict.hints:
        _print_paragraph(f"Hint: {hint}")
    if verdict.printed.strip():
        print("  It printed:")
        print(textwrap.indent(verdict.printed.rstrip("\n"), "    "))


def _print_paragraph(text):
    indent = "  "
    print(
        textwrap.fill(
            text,
            WIDTH,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def print_seed(verdicts, options, seed):
    """How to see the same numbers again, if something is wrong."""
    failed = [name for name, v in verdicts.items() if v.state not in (PASSED, NOT_BEGUN)]
    if failed:
        names = " ".join(failed) if len(failed) < 4 else ""
        folder = "" if options.folder == STUBS else f"--folder {shown(options.folder)}"
        words = ("python -m labs.check", names, folder, f"--seed {seed}")
        print(f"\nThe same numbers again: {' '.join(word for word in words if word)}")


if __name__ == "__main__":
    main()
