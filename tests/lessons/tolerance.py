"""How far what comes out may be from what a README says, and why."""

import dataclasses

from tests.lessons.readme import NUMBER


def value(text):
    return float(text.replace(",", ""))


def numbers(text):
    return [value(match[0]) for match in NUMBER.finditer(text)]


def words(text):
    """A text without its numbers."""
    return " ".join(NUMBER.sub("#", text).split())


@dataclasses.dataclass(frozen=True)
class Tolerance:
    """Around each number of a text; its words have to be the same.

    Attributes:
        why: what makes the numbers differ, in a few words.
        absolute: how far apart they may be.
        relative: the same as a share of the README's; the larger one of the two counts.
        factor: how many times one may be the other; the two above do not count then.
    """

    why: str
    absolute: float = 0.0
    relative: float = 0.0
    factor: float | None = None

    def __str__(self):
        if self.factor:
            return f"{self.factor:g} times ({self.why})"
        if self.relative and not self.absolute:
            return f"{self.relative:.2g} of it ({self.why})"
        return f"{self.absolute:.2g} ({self.why})"

    def allows(self, expected, found):
        """Whether a text says what the README's does."""
        if words(expected) != words(found):
            return False
        pairs = zip(numbers(expected), numbers(found), strict=True)
        return all(self._near(e, f) for e, f in pairs)

    def _near(self, expected, found):
        if self.factor:
            low, high = sorted((expected, found))
            return high <= low * self.factor
        reach = max(self.absolute, self.relative * abs(expected))
        return abs(found - expected) <= reach + 1e-9  # 0.01 is no binary number


@dataclasses.dataclass(frozen=True)
class FirstNumber(Tolerance):
    """Around the first number of a text; the rest is a remark."""

    def allows(self, expected, found):
        return bool(numbers(found)) and self._near(numbers(expected)[0], numbers(found)[0])


@dataclasses.dataclass(frozen=True)
class Inside(Tolerance):
    """Between the last two numbers of a text, `low to high`; what comes out is one number."""

    def allows(self, expected, found):
        *_, low, high = numbers(expected)
        inside = numbers(found)
        return len(inside) == 1 and low - self.absolute <= inside[0] <= high + self.absolute


EXACT = Tolerance("the same everywhere")
PROCESSOR = Tolerance("bits differ between processors and precisions", absolute=0.01)
SIX_HUNDRED = Tolerance("12 of 600 images: bits differ between processors", absolute=0.02)
