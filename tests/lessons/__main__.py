"""python -m tests.lessons: do the READMEs' commands reach what the READMEs say?

Runs each command once, and prints for each number what the README has, what came out, how far that
may be off, and whether it is. What is finished in the folder of logs is not run again, and what was
stopped goes on. The exit code is 1 if a number is off, or a command fails.

    python -m tests.lessons --list
    python -m tests.lessons --minutes 6
    python -m tests.lessons nn4 'optimization.*'
"""

import argparse
import sys
from pathlib import Path

from labs.analysis import tables
from tests.lessons import runner, table
from tests.lessons.readme import ROOT

LOGS = ROOT / "logs" / "lessons"
DATABASES = ROOT / "DataBases"


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m tests.lessons", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument(
        "names",
        nargs="*",
        metavar="COMMAND",
        help="part of a name, or a pattern for all of it (default: all)",
    )
    parser.add_argument(
        "--minutes",
        type=float,
        metavar="M",
        help="as many as fit into M, the quickest first, by the times that the READMEs note",
    )
    parser.add_argument("--databases", type=Path, default=DATABASES, metavar="DIR")
    parser.add_argument("--logs", type=Path, default=LOGS, metavar="DIR")
    parser.add_argument("--list", action="store_true", help="print the commands and run nothing")
    options = parser.parse_args(arguments)
    databases, logs = options.databases.absolute(), options.logs.absolute()

    groups = runner.by_commands(table.lessons())
    if options.names:
        groups = runner.matching(groups, options.names)
        if not groups:
            parser.error(f"no command is called {' or '.join(options.names)}: see --list")
    if options.minutes is not None:
        groups = runner.fitting(groups, options.minutes, databases)
    if options.list:
        header = ("command", "time", "numbers", "data to draw")
        print(*tables.aligned(header, list(runner.listed(groups, databases)), left=1), sep="\n")
        return 0
    code = runner.try_all(groups, databases, logs)
    for sentence in table.lost():
        print(f"not tried: {sentence}")
    return code or (1 if table.lost() else 0)


if __name__ == "__main__":
    sys.exit(main())
