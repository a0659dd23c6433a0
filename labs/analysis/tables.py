"""The same table for a terminal and for Markdown."""

import statistics

from dsutil.atomic import replacing
from labs.analysis import plots


def aligned(header, rows, left):
    """Returns lines with the columns one below the other.

    Args:
        header: a word for each column.
        rows: of strings.
        left: how many columns, from the first one on, begin at the left; the others end at the
            right.
    """
    lines = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def markdown(header, rows, left):
    """Returns the lines of a table in Markdown; the arguments are those of `aligned`."""
    rule = ["---" if i < left else "---:" for i in range(len(header))]
    lines = ([cell.replace("|", "\\|") for cell in line] for line in (header, rule, *rows))
    return [f"| {' | '.join(line)} |" for line in lines]


def spread(values, digits):
    """A mean in words, and of several values the smallest and the largest."""
    mean, *ends = (f"{v:.{digits}f}" for v in (statistics.fmean(values), min(values), max(values)))
    return f"{mean} ({' to '.join(ends)})" if len(values) > 1 else mean


def write(folder, name, header, rows, draw=None, left=1):
    """Prints a table, and writes it into a folder as NAME.md; and its picture as NAME.png.

    Args:
        folder: a `Path`; it is made where there is none.
        name: of the files.
        header, rows, left: as of `aligned`.
        draw: makes the figure, called when the table is written; None where there is none.
    """
    print(*aligned(header, rows, left), sep="\n")
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / f"{name}.md") as beside:
        beside.write_text("\n".join([*markdown(header, rows, left), ""]), encoding="utf-8")
    print(f"{folder / name}.md: written")
    if draw:
        plots.save(draw(), folder / f"{name}.png")
        print(f"{folder / name}.png: written")
