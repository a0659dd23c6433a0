"""A README as the lessons read it: sections, commands, tables, and the place of every number."""

import bisect
import dataclasses
import functools
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("labs", "layers", "dsutil", "tests")

NUMBER = re.compile(r"(?<![\w.,/])[+-]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?(?![\w/]|[.,]\d)")
DECIMAL = re.compile(r"\d\.\d|\de")  # what is reached has one; a count in the prose has none
CODE_SPAN = re.compile(r"`(?:[^`\n]|\n(?!\n))+`")
LINK_TARGET = re.compile(r"\]\([^)\s]+\)")


@dataclasses.dataclass(frozen=True)
class Number:
    """A number of a README that has to come out.

    Attributes:
        readme: the file, from the checkout's root on.
        start: its place in the text, in characters.
        text: as it is written.
        section: the heading that it stands under.
        column: the title of its column; empty outside of tables.
    """

    readme: str
    start: int
    text: str
    section: str
    column: str = ""

    def __str__(self):
        line = read(self.readme).line_of(self.start)
        column = f", column '{self.column}'" if self.column else ""
        return f"{self.readme}:{line}: {self.text} (under '{self.section}'{column})"


@dataclasses.dataclass(frozen=True)
class Cell:
    text: str
    start: int

    @property
    def numbers(self):
        """The (place, text) of each number in it."""
        return [(self.start + m.start(), m[0]) for m in NUMBER.finditer(self.text)]


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of a README.

    Attributes:
        header: the titles of its columns.
        right: for each column, whether it ends at the right, as those of numbers do.
        rows: of `Cell`s.
        command: the last one in a block of code above it in its section; None where there is none.
    """

    readme: str
    section: str
    header: tuple[str, ...]
    right: tuple[bool, ...]
    rows: tuple[tuple[Cell, ...], ...]
    command: str | None

    def column(self, title):
        """The place of a column; None where there is no such title."""
        return self.header.index(title) if title in self.header else None


@dataclasses.dataclass
class Readme:
    """A README.

    Attributes:
        name: the file, from the checkout's root on.
        text: all of it.
        tables: its `Table`s.
        prose: the text with blanks for everything that is no statement: commands, listings,
            names of files and options, targets of links. What a command printed is in it.
        headings: (place, heading), in their order.
        commands: (place, command), in their order, of the blocks of code for a shell.
    """

    name: str
    text: str
    tables: list = dataclasses.field(default_factory=list)
    prose: str = ""
    headings: list = dataclasses.field(default_factory=list)
    commands: list = dataclasses.field(default_factory=list)

    def line_of(self, place):
        return self.text.count("\n", 0, place) + 1

    def section_at(self, place):
        at = bisect.bisect([start for start, _ in self.headings], place) - 1
        return self.headings[at][1] if at >= 0 else ""

    def command_above(self, place):
        """The last command above a place."""
        return [command for start, command in self.commands if start < place][-1]

    @functools.cached_property
    def numbers(self):
        """{place: `Number`} of all that has to come out.

        That is every number in a column that ends at the right, and every decimal elsewhere.
        """
        found = {}
        for table in self.tables:
            for row in table.rows:
                for title, right, cell in zip(table.header, table.right, row, strict=True):
                    for start, text in cell.numbers if right else ():
                        found[start] = Number(self.name, start, text, table.section, title)
        for match in NUMBER.finditer(self.prose):
            if DECIMAL.search(match[0]) and match.start() not in found:
                section = self.section_at(match.start())
                found[match.start()] = Number(self.name, match.start(), match[0], section)
        return found

    def find(self, sentence):
        """The places of the numbers that a sentence has in braces, "it ends at {0.95}".

        Line breaks count as spaces; empty braces stand for any number.

        Returns:
            (place, text) of each; None where the sentence does not stand there exactly once.
        """
        parts = re.split(r"\{(.*?)\}", sentence)
        pattern = "".join(
            f"({re.escape(part) if part else NUMBER.pattern})" if i % 2 else _flexible(part)
            for i, part in enumerate(parts)
        )
        matches = list(re.finditer(pattern, self.text))
        if len(matches) != 1:
            return None
        return [(matches[0].start(i), matches[0][i]) for i in range(1, len(parts) // 2 + 1)]


def names():
    """The READMEs, from the checkout's root on."""
    found = [ROOT / "README.md"]
    found += sorted(path for package in PACKAGES for path in (ROOT / package).rglob("README.md"))
    return [path.relative_to(ROOT).as_posix() for path in found]


@functools.cache
def read(name):
    """The `Readme` of that name."""
    return parsed(name, (ROOT / name).read_text(encoding="utf-8"))


def parsed(name, text):
    """The `Readme` that a text is."""
    readme = Readme(name, text)
    blocks, lines, place = [], [], 0  # of the block or the table that is open
    fence, command, masked = None, None, list(text)
    for line in [*text.splitlines(keepends=True), "\n"]:
        if lines and not line.startswith("|"):
            _add_table(readme, lines, command)
            lines = []
        if line.startswith("```"):
            fence = line.strip("`\n ") if fence is None else None
            blocks.append((place, place + len(line)))
        elif fence is not None:
            if fence:
                blocks.append((place, place + len(line)))
            if fence == "sh" and (said := re.search(r"python3? -m (\S.*)", line)):
                command = said[1].split("#")[0].strip()
                readme.commands.append((place, command))
        elif line.startswith("#"):
            readme.headings.append((place, line.strip("# \n")))
            command = None
        elif line.startswith("|"):
            lines.append((place, line.rstrip("\n")))
        place += len(line)
    _blank(masked, blocks)
    for pattern in (CODE_SPAN, LINK_TARGET):
        _blank(masked, [match.span() for match in pattern.finditer("".join(masked))])
    readme.prose = "".join(masked)
    return readme


def _add_table(readme, lines, command):
    (start, _), (_, rule), *rows = lines if len(lines) > 1 else [*lines, (0, "")]
    if not re.fullmatch(r"[|:\- ]+", rule):
        return
    header = tuple(cell.text for cell in _cells(*lines[0]))
    right = tuple(cell.text.endswith(":") for cell in _cells(*lines[1]))
    body = tuple(_cells(*row) for row in rows)
    section = readme.section_at(start)
    readme.tables.append(Table(readme.name, section, header, right, body, command))


def _cells(start, line):
    """The `Cell`s of a line of a table."""
    inner = re.finditer(r"((?:\\\||[^|])*)\|", line[1:])
    return tuple(
        Cell(m[1].strip(), start + 1 + m.start() + len(m[1]) - len(m[1].lstrip())) for m in inner
    )


def _blank(characters, spans):
    for start, end in spans:
        characters[start:end] = [c if c == "\n" else " " for c in characters[start:end]]


def _flexible(text):
    """A pattern for a text whose spaces may be line breaks."""
    return r"\s+".join(map(re.escape, re.split(r"\s+", text)))
