"""The same table for a terminal and for Markdown."""


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
