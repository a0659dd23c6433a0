"""By which number the variants of a study are compared."""

import dataclasses
import math
import statistics
from collections.abc import Callable


@dataclasses.dataclass(frozen=True)
class Measure:
    """A number of a run.

    Attributes:
        name: as a table has it; `{}` stands for the task's headline, "test {}".
        of: from an `Outcome` that did not diverge to the number; None where there is none.
        lower_is_better: None where that is as for the task's headline.
        form: how the number is written.
    """

    name: str
    of: Callable
    lower_is_better: bool | None = None
    form: str = ".4f"

    def called(self, headline):
        return self.name.format(headline.name)

    def value(self, outcome):
        """The number of a run; None where it diverged, or never came so far."""
        return None if outcome.diverged_at is not None else self.of(outcome)

    def values(self, outcomes):
        """The numbers of the runs that have one."""
        found = map(self.value, outcomes)
        return [value for value in found if value is not None]

    def sign(self, headline):
        """1 if more is better, -1 if less is."""
        lower = self.lower_is_better
        return -1 if (not headline.higher_is_better if lower is None else lower) else 1

    def best(self, outcomes):
        """The key of the best of {key: `Outcome`}; one without a number is the worst."""

        def rank(key):
            outcome = outcomes[key]
            value = self.value(outcome)
            return -math.inf if value is None else self.sign(outcome.headline) * value

        return max(outcomes, key=rank)


def _gap(outcome):
    return outcome.headline.gap(outcome.reached["train"], outcome.reached["test"])


def _on_the_way(outcome):
    points = outcome.curves["train"].get(outcome.headline.name, {})
    return statistics.fmean(points.values()) if points else None


TEST = Measure("test {}", lambda outcome: outcome.reached["test"])
TRAIN = Measure("train {}", lambda outcome: outcome.reached["train"])
GAP = Measure("gap between the two", _gap, lower_is_better=True)
# The mean over the evaluations: who comes up early has more of it, wherever it ends.
ON_THE_WAY = Measure("mean train {} on the way", _on_the_way)


def iterations_until(level, use="train"):
    """The measure of speed: the first evaluation at which the headline is at `level` or better."""

    def first(outcome):
        higher = outcome.headline.higher_is_better
        points = outcome.curves[use].get(outcome.headline.name, {})
        return next((s for s, v in points.items() if (v >= level if higher else v <= level)), None)

    return Measure(
        f"iterations until {use} {{}} {level:g}", first, lower_is_better=True, form=",.0f"
    )
