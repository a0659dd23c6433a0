"""Lessons read out of the tables that say what labs reach: a command, and columns of numbers."""

import re

from tests.lessons import readme
from tests.lessons.commands import Command
from tests.lessons.lesson import of_cell, written_like
from tests.lessons.tolerance import PROCESSOR, Tolerance, numbers

REACHED = re.compile(r"(train|test) ([\w ]+)")
OF_SEEDS = re.compile(r"mean\s+of\s+the\s+seeds\s+0,\s+1\s+and\s+2")
COMMAND = re.compile(r"`(python3? -m [^`]+|… [^`]+)`")
LEAST = 0.02  # of a number that is no share of 1: bits that differ between processors


def command_in(table, row):
    """The `Command` that a row of a table is about; None where it names none.

    `… autoencoder` in a chapter's README is a script of the chapter.
    """
    match = next(filter(None, (COMMAND.search(cell.text) for cell in row)), None)
    if not match:
        return None
    chapter = ".".join(table.readme.split("/")[:-1])
    return Command.of(match[1].replace("… ", f"python -m {chapter}."))


def lessons():
    """Yields the lessons of all these tables."""
    for name in readme.names():
        for table in readme.read(name).tables:
            if "command" in table.header:
                yield from _of_table(table)


def _of_table(table):
    seeds = (0, 1, 2) if OF_SEEDS.search(_above(table)) else (0,)
    for row in table.rows:
        command = command_in(table, row)
        if command and command.kind == "lab":
            for column, title in enumerate(table.header):
                match = REACHED.fullmatch(title)
                if match and row[column].numbers:
                    yield _of_result(table, row, column, command, seeds, "_".join(match.groups()))


def _above(table):
    """The text of a table's section, up to the table."""
    whole = readme.read(table.readme)
    begin = next(place for place, heading in whole.headings if heading == table.section)
    return whole.text[begin : table.rows[0][0].start]


def _of_result(table, row, column, command, seeds, key):
    expected = row[column].text
    return of_cell(
        table,
        row,
        column,
        [command.with_seed(seed) for seed in seeds],
        lambda *outputs: written_like(expected, [output.result[key] for output in outputs]),
        tolerance_of(expected, key, [cell.text for cell in row]),
    )


def tolerance_of(expected, key, row):
    """How far a number that is reached may be off.

    Args:
        expected: the text of its cell.
        key: its name in result.json.
        row: the texts of its row, of which one may tell the smallest and the largest of three.
    """
    if key.endswith("accuracy"):
        return PROCESSOR
    spreads = [(high - low) / mean for mean, low, high in filter(_is_spread, map(numbers, row))]
    widest = max(spreads, default=0)
    if widest <= LEAST:
        return Tolerance("bits differ between processors and precisions", relative=LEAST)
    return Tolerance("as far as its seeds are from one another", relative=round(widest, 3))


def _is_spread(values):
    return len(values) == 3 and values[1] <= values[0] <= values[2]


def share(expected, key, of):
    """The share of the first output's number that the others' runs reach.

    Args:
        key: the name of the number in result.json.
        of: finds the number in the first output.
    """

    def find(whole, *parts):
        total = float(of(whole))
        return written_like(expected, [part.result[key] / total for part in parts])

    return find
