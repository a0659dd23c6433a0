"""A lesson: numbers of a README, the commands that print them, and how far they may be off."""

import dataclasses
import re
import statistics
from collections.abc import Callable

from tests.lessons import readme
from tests.lessons.commands import Command
from tests.lessons.readme import NUMBER
from tests.lessons.tolerance import Tolerance, numbers

SPREAD = re.compile(r" \([^()]* to [^()]*\)")  # the smallest and the largest, behind a mean


@dataclasses.dataclass(frozen=True)
class Lesson:
    """What a README says that commands reach.

    Attributes:
        readme: the name of the README.
        numbers: the `Number`s that it is about; none where it is about words, "-".
        place: where they stand, as a person reads it.
        expected: as the README has it.
        commands: those that print it; several where it is a mean over their runs.
        find: from the commands' `Output`s to what they say, written as in the README.
        tolerance: how far that may be off, and why.
    """

    readme: str
    numbers: tuple[readme.Number, ...]
    place: str
    expected: str
    commands: tuple[Command, ...]
    find: Callable
    tolerance: Tolerance

    def found(self, logs):
        """What the commands said, which have finished."""
        return self.find(*(command.output(logs) for command in self.commands))

    def __str__(self):
        return f"{self.readme}, {self.place}"


class NoSuchPlace(LookupError):
    """A README no longer has what a lesson is about."""


def said(name, sentence, commands, find, tolerance):
    """The lesson of a sentence whose numbers stand in braces; empty ones stand for any number."""
    found = readme.read(name).find(sentence)
    if found is None:
        raise NoSuchPlace(
            f"{name} does not say exactly once: {sentence!r}. Where the README is right, change "
            "the line in tests/lessons/table.py, and run its command: python -m tests.lessons."
        )
    known = readme.read(name).numbers
    return Lesson(
        name,
        tuple(known[start] for start, _ in found if start in known),
        f"'{' '.join(sentence.split())}'",
        " ".join(text for _, text in found),
        commands if isinstance(commands, tuple) else (commands,),
        find,
        tolerance,
    )


def table_of(name, section, *titles):
    """The first `Table` under a heading of a README that has columns of these titles."""
    for table in readme.read(name).tables:
        if table.section == section and {*titles} <= {*table.header}:
            return table
    columns = f" with the columns {', '.join(titles)}" if titles else ""
    raise NoSuchPlace(
        f"{name} has no table{columns} under '{section}': where the README is right, change "
        "tests/lessons/table.py."
    )


def of_cell(table, row, column, commands, find, tolerance):
    """The lesson of a cell of a `Table`."""
    known = readme.read(table.readme).numbers
    cell = row[column]
    return Lesson(
        table.readme,
        tuple(known[start] for start, _ in cell.numbers if start in known),
        f"{row[0].text}, {table.header[column]}",
        cell.text,
        tuple(commands),
        find,
        tolerance,
    )


def of_printed_rows(name, section, command, tolerance, keys=1, means=False):
    """The lessons of a table that a command prints as it stands in a README.

    Args:
        keys: how many cells, from the first one on, tell the rows apart.
        means: whether the README's are of several runs, `0.5 (0.4 to 0.6)`, and the command's of
            one, which is compared with the mean.
    """
    known = readme.read(name).numbers
    for row in table_of(name, section).rows:
        cells = [SPREAD.sub("", cell.text) if means else cell.text for cell in row]
        yield Lesson(
            name,
            tuple(known[s] for cell in row for s, _ in cell.numbers if s in known),
            ", ".join(cells[:keys]),
            " | ".join(cells),
            (command,),
            lambda output, first=cells[:keys]: " | ".join(
                next((cells for cells in output.rows if cells[: len(first)] == first), ["nothing"])
            ),
            tolerance,
        )


# ------------------------------------------------------------------- where commands leave numbers


def reached(key):
    """The number of that name in a run's result.json."""
    return lambda output: f"{output.result[key]:.6g}"


def mean_reached(key):
    """Its mean over several runs."""
    return lambda *outputs: f"{statistics.fmean(each.result[key] for each in outputs):.6g}"


def in_table(*cells):
    """The first numbers of cells of the table that a study writes: (variant, title) of each."""

    def find(output):
        found = [NUMBER.search(output.table[variant][title]) for variant, title in cells]
        return " ".join(number[0] if number else "none" for number in found)

    return find


def printed(pattern):
    """What the first group of a pattern finds in what a command said; all groups, with spaces."""

    def find(output):
        match = re.search(pattern, output.said, re.MULTILINE)
        return " ".join(match.groups()) if match else "nothing"

    return find


def written_like(expected, values):
    """A mean, or a mean with the smallest and the largest value, with the digits of a README's."""
    digits = len(re.search(r"\d+\.?(\d*)", expected)[1])
    shown = [statistics.fmean(values)]
    if len(numbers(expected)) == 3:
        shown += [min(values), max(values)]
    mean, *ends = (f"{value:.{digits}f}" for value in shown)
    return f"{mean} ({' to '.join(ends)})" if ends else mean
