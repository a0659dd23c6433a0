"""What a study has found: its table, its verdict and its picture."""

import dataclasses

from labs.analysis import tables, verdict

NOTE = (
    "Means over the seeds, with Student's t interval of 95 %: how much of a difference chance in "
    "the initial weights and the order of the images can make."
)


@dataclasses.dataclass(frozen=True, repr=False)
class Findings:
    """What came of a study's runs. As a text it is what the study's command prints.

    Attributes:
        study: the `Study`.
        outcomes: {variant: [`Outcome` of each seed]}.
    """

    study: object
    outcomes: dict

    def __repr__(self):
        return self.text(tables.aligned)

    @property
    def table(self):
        """The rows as dicts, {column: cell}, of which `pandas.DataFrame` makes a frame."""
        header, rows = self.study.table(self.outcomes)
        return [dict(zip(header, row, strict=True)) for row in rows]

    @property
    def sentences(self):
        """Which variant leads, and what that says of each of the slide's claims."""
        return verdict.sentences(self.study, self.outcomes)

    def plot(self):
        """The study's matplotlib figure.

        Raises:
            InputError: matplotlib is missing.
        """
        return self.study.draw(self.study, self.outcomes)

    def text(self, layout):
        """Table and verdict; `layout` is one of `labs.analysis.tables`."""
        header, rows = self.study.table(self.outcomes)
        return "\n".join([*layout(header, rows, left=1), "", NOTE, "", *self.sentences])
