"""Which lessons to try, their commands one after another, and what came out."""

import collections
import fnmatch
import functools
import re
import subprocess
import sys

from tests.lessons import readme, table
from tests.lessons.commands import DRAWING, REAL, Command
from tests.lessons.readme import ROOT
from tests.lessons.results import command_in

TIME = re.compile(r"(\d+(?:\.\d+)?) (s|min)\b")
UNKNOWN = 600  # seconds
INTERRUPTED = (130, 143)


def by_commands(lessons):
    """{commands: the lessons that need all of these}.

    The front page's command comes first, then the quickest, then those on photographs. Within a
    group, what a command goes on from comes before it.
    """
    groups = collections.defaultdict(list)
    for lesson in lessons:
        needed = [each for command in lesson.commands for each in (*command.after, command)]
        groups[tuple(dict.fromkeys(needed))].append(lesson)
    return {commands: groups[commands] for commands in sorted(groups, key=_order)}


def _order(commands):
    real = any(command.real for command in commands)
    return commands != (table.FIRST,), real, sum(map(seconds, commands)), commands


def seconds(command):
    """How long a command takes on two cores."""
    return noted_seconds(command) or UNKNOWN


def noted_seconds(command):
    """The same, as the READMEs say; None where none does, nor the table of lessons."""
    known = table.seconds() | _noted()
    of_any_data = Command(command.module)  # a study's line in its chapter
    fitting = (one for one in (command, command.without_seed, of_any_data) if one in known)
    return known.get(next(fitting, None))


@functools.cache
def _noted():
    """{`Command`: seconds} of all tables with a column for the time."""
    noted = {}
    for name in readme.names():
        for each in readme.read(name).tables:
            for row in each.rows if "time" in each.header else ():
                match = TIME.search(row[each.column("time")].text)
                command = command_in(each, row)
                if match and command:
                    noted[command] = float(match[1]) * {"s": 1, "min": 60}[match[2]]
    return noted


def matching(groups, patterns):
    """Those of the groups of which a command's name fits a pattern, or has one as its part."""

    def fits(name):
        return any(p in name or fnmatch.fnmatch(name, p) for p in patterns)

    return {
        commands: lessons
        for commands, lessons in groups.items()
        if any(fits(command.name) for command in commands)
    }


def fitting(groups, minutes, databases):
    """As many of the groups as fit into so many minutes, the quickest first.

    What is trained for one group is there for the next; drawing what is missing counts, too.
    """
    taken, there, left = {}, set(), 60 * minutes
    for commands, lessons in groups.items():
        new = {*commands, *missing(commands, databases)} - there
        needed = sum(DRAWING[n] if isinstance(n, str) else seconds(n) for n in new)
        if needed <= left:
            taken[commands] = lessons
            there |= new
            left -= needed
    return taken


def missing(commands, databases):
    """The data sets that the commands need and that are yet to be drawn, in their order."""
    needed = {name for command in commands for name in command.data}
    return [n for n in DRAWING if n in needed and not (databases / f"gender_{n}.bin").exists()]


def tried(commands, databases, logs):
    """Runs those of the commands that have not finished in the folder of logs.

    Returns:
        0, or the exit code of the one that failed.
    """
    for command in commands:
        if command.output(logs) is None:
            if names := missing([command], databases):
                draw = [sys.executable, "-m", "dsutil", "draw", *names, "--out", str(databases)]
                subprocess.run(draw, cwd=ROOT, check=True)
            print(f"\n{command}", flush=True)
            if code := command.run(databases, logs):
                print(f"{command}: exit code {code}")
                return code
    return 0


def verdict(lesson, logs):
    """Whether a lesson holds, and a line that says so."""
    found = lesson.found(logs)
    holds = lesson.tolerance.allows(lesson.expected, found)
    line = (
        f"{'ok ' if holds else 'OFF'} {lesson}: {lesson.expected}, found {found}, "
        f"tolerance {lesson.tolerance}"
    )
    return holds, line


def try_all(groups, databases, logs):
    """Tries lessons, group by group, and prints what came of each.

    Returns:
        0 if all hold, 1 if one is off or a command failed, a signal's exit code if one came.
    """
    held, off, failed, skipped, broken = 0, [], [], [], set()
    for commands, lessons in groups.items():
        if not REAL and any(command.real for command in commands):
            skipped += lessons
            continue
        if broken.intersection(commands):
            failed.append(commands)
            continue
        if code := tried(commands, databases, logs):
            if code in INTERRUPTED:
                print("Stopped; the same command goes on.")
                return code
            failed.append(commands)
            broken.add(next(each for each in commands if each.output(logs) is None))
            continue
        for lesson in lessons:
            holds, line = verdict(lesson, logs)
            print(line, flush=True)
            held += holds
            off += [] if holds else [line]
    if skipped:
        print(f"\n{len(skipped)} lessons on real faces need LABS_TEST_DATA: not tried.")
    print(f"\n{held} lessons hold, {len(off)} are off, {len(broken)} commands failed.")
    for line in (*off, *(f"failed: {called(commands)}" for commands in failed)):
        print(line)
    return 1 if off or failed else 0


def listed(groups, databases):
    """Yields a line for each group: time, how many numbers, the data, the commands."""
    for commands, lessons in groups.items():
        count = sum(len(lesson.numbers) for lesson in lessons)
        real = any(command.real for command in commands)
        data = "real faces" if real else ", ".join(missing(commands, databases)) or "there"
        time = sum(map(seconds, commands))
        yield [called(commands), f"{time:,.0f} s", f"{count}", data]


def called(commands):
    """The commands of a group, in a line."""
    runs = collections.defaultdict(list)
    for command in commands:
        runs[command.without_seed.name].append(command.name)
    return " + ".join(
        f"{name}, {len(each)} seeds" if len(each) > 1 else each[0] for name, each in runs.items()
    )
