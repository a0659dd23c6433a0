"""Lessons read out of the sections on studies, and what their words have to follow from.

A study's section has its command in a block of code, and below it the table that the study writes,
without the seconds. Every cell is compared with the one that the study writes now.
"""

import itertools
import re

from tests.lessons import readme
from tests.lessons.commands import Command
from tests.lessons.lesson import Lesson, of_cell
from tests.lessons.tolerance import (
    EXACT,
    PROCESSOR,
    FirstNumber,
    Inside,
    Tolerance,
    numbers,
    value,
)

INTERVAL = "95 % interval"
BETTER_BY = re.compile(r"(.+) is better by")
BITS = PROCESSOR.absolute
# What is no share of all images has a tolerance of its own; the first pattern that fits counts.
TOLERANCES = (
    (r"seeds", EXACT),
    (r"learning rate", FirstNumber("the next of the rates tried may win", factor=3.5)),
    (r"iterations", Tolerance("an evaluation decides when it stops", relative=0.3)),
    (r"idle units|weights below .*", Tolerance("of the weights, in percent", absolute=5)),
    (r"length of the weights", Tolerance("of the weights", relative=0.1)),
)
RANGE = re.compile(rf"({readme.NUMBER.pattern}) to ({readme.NUMBER.pattern})")


def tables():
    """The tables of all studies."""
    return [
        table
        for name in readme.names()
        for table in readme.read(name).tables
        if table.command and table.header[0] == "variant"
    ]


def lessons():
    """Yields the lessons of all these tables."""
    for table in tables():
        yield _of_variants(table)
        for row in table.rows:
            for column in range(1, len(table.header)):
                if row[column].text:
                    yield _of_cell(table, row, column)


def _of_variants(table):
    """The lesson of the first column: the study has these variants, and no others."""
    known = readme.read(table.readme).numbers
    return Lesson(
        table.readme,
        tuple(known[s] for row in table.rows for s, _ in row[0].numbers if s in known),
        f"the variants of {table.command.split()[0]}",
        "; ".join(row[0].text for row in table.rows),
        (Command.of(f"python -m {table.command}"),),
        lambda output: "; ".join(output.table),
        EXACT,
    )


def _of_cell(table, row, column):
    variant, title = row[0].text, table.header[column]
    return of_cell(
        table,
        row,
        column,
        [Command.of(f"python -m {table.command}")],
        lambda output: _found(output.table, variant, title),
        _tolerance(table, row, column),
    )


def _found(table, variant, title):
    """What a study's table now says in place of a README's cell.

    Args:
        table: {variant: {title: cell}}.
    """
    if variant not in table:
        return f"no variant {variant!r}"
    measured = _measured(next(iter(table.values())))
    if title.startswith(INTERVAL):  # has to hold the mean
        return table[variant][measured] if table[variant][_interval(table[variant])] != "-" else "-"
    if by := BETTER_BY.fullmatch(title):
        difference = value(table[by[1]][measured]) - value(table[variant][measured])
        return f"{difference:+.4f}"
    return table[variant].get(title, f"no column {title!r}")


def _interval(titles):
    return next(title for title in titles if title.startswith(INTERVAL))


def _measured(titles):
    """The title of the column that the intervals are about."""
    return _interval(titles).removeprefix(INTERVAL).removeprefix(" of ")


def _tolerance(table, row, column):
    title, text = table.header[column], row[column].text
    if text.startswith("diverged"):
        return Tolerance("when a loss is no number any more is a matter of bits", factor=3)
    if title.startswith(INTERVAL):
        return EXACT if text == "-" else Inside("the mean lies there", absolute=BITS)
    if BETTER_BY.fullmatch(title):
        return Inside("the README's interval", absolute=BITS)
    for pattern, tolerance in TOLERANCES:
        if re.fullmatch(pattern, title):
            return tolerance
    ends = [cell for cell, name in zip(row, table.header, strict=True) if name.startswith(INTERVAL)]
    values = numbers(ends[0].text) if ends else []
    if len(values) < 2:
        return PROCESSOR
    # An interval ends at 0 and at 1: the longer half tells how wide it is.
    half = max(abs(end - middle) for end in values for middle in [_middle(table, row, values)])
    return Tolerance("half of the README's interval", absolute=round(max(half, BITS), 4))


def _middle(table, row, ends):
    at = table.column(_measured(table.header))
    return numbers(row[at].text)[0] if at is not None else sum(ends) / 2


# -------------------------------------------------------------------------- what the words say


def followed():
    """{`Number`: why} of what is said about studies and follows from their tables.

    That is: a cell, or the difference between two of a column, rounded; or the end of an interval
    in whose middle there is such a difference.
    """
    found = {}
    for table in tables():
        whole = readme.read(table.readme)
        said = {n.start: n for n in whole.numbers.values() if n.section == table.section}
        held = derivable([table])
        wider = derivable([each for each in tables() if each.readme == table.readme], pairs=False)
        for number in said.values():
            if follows(number.text, held) or follows(number.text, wider):
                found[number] = "follows from the study's table"
        for match in RANGE.finditer(whole.text):
            ends = match.start(1), match.start(2)
            if all(end in said for end in ends) and _about_a_difference(match, held):
                found |= {said[end]: "an interval around a difference" for end in ends}
    return found


def _about_a_difference(match, held):
    ends = [value(match[1]), value(match[2])]
    return follows(f"{sum(ends) / 2:.{_digits(match[1])}f}", held, extra=0.5)


def derivable(of, pairs=True):
    """The numbers that tables hold, and the differences between two of a column."""
    held = []
    for table in of:
        for column, right in enumerate(table.right):
            cells = [numbers(row[column].text) for row in table.rows]
            held += [number for cell in cells for number in cell if not right or len(cell) == 1]
            single = [cell[0] for cell in cells if right and len(cell) == 1]
            if pairs:
                held += [a - b for a, b in itertools.combinations(single, 2)]
    return held


def follows(text, held, extra=0.0):
    """Whether a number, as it is written, is one of those that are held, rounded.

    Args:
        extra: units of its last digit that it may be off besides.
    """
    unit = 10.0 ** -_digits(text)
    reach = (0.5 + extra) * unit + 1.0001e-4  # two cells are rounded, too
    return any(abs(abs(value(text)) - abs(one)) <= reach for one in held)


def _digits(text):
    return len(text.partition(".")[2])
