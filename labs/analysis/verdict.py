"""What the numbers of a study say of the slide, in words."""

import statistics

from labs.analysis import intervals


def mean(measure, outcomes):
    """The mean of a measure over a variant's seeds, as a cell; says where runs diverged."""
    values = measure.values(outcomes)
    diverged = [o.diverged_at for o in outcomes if o.diverged_at is not None]
    if values:
        said = f"{statistics.fmean(values):{measure.form}}"
        without = len(outcomes) - len(values)
        return f"{said} (without {without} of {len(outcomes)})" if without else said
    return f"diverged at {min(diverged):,}" if diverged else "never reached"


def ends(measure, outcomes):
    """Student's t interval of that mean, (low, high), of a share within 0 and 1; or None."""
    values = measure.values(outcomes)
    if len(values) < 2 or len(values) < len(outcomes):
        return None
    low, high = intervals.student(values)
    headline = outcomes[0].headline
    if headline.is_share and measure.lower_is_better is None:
        return max(low, 0.0), min(high, 1.0)
    return low, high


def interval(measure, outcomes):
    """The same as a cell."""
    found = ends(measure, outcomes)
    return f"{found[0]:{measure.form}} to {found[1]:{measure.form}}" if found else "-"


def seconds(outcomes):
    known = [outcome.seconds for outcome in outcomes if outcome.seconds is not None]
    return f"{statistics.fmean(known):,.0f}" if known else "-"


class Comparison:
    """Two variants, seed by seed.

    Args:
        measure: the `Measure`.
        first, second: the `Outcome`s of each.

    Attributes:
        difference: how much better the first is than the second on the mean; None where a run has
            no number.
        ends: the interval of it; None where there are fewer than two seeds.
        finding: 1 if the first is better, -1 if the second is, 0 if chance alone may differ so.
    """

    def __init__(self, measure, first, second):
        sign = measure.sign(first[0].headline)
        pairs = [(measure.value(a), measure.value(b)) for a, b in zip(first, second, strict=True)]
        self.difference = self.ends = None
        if all(a is not None and b is not None for a, b in pairs):
            each = [sign * (a - b) for a, b in pairs]
            self.difference = statistics.fmean(each)
            self.ends = intervals.student(each) if len(each) > 1 else None
            low, high = self.ends or (0.0, 0.0)
            self.finding = 1 if low > 0 else -1 if high < 0 else 0
        else:  # a run without a number has lost to one that has one
            wins = [(a is not None) - (b is not None) for a, b in pairs]
            self.finding = wins[0] if len(set(wins)) == 1 and len(wins) > 1 else 0


def sentences(study, found):
    """Which variant leads and by how much, and what that says of each claim of the slide.

    Args:
        study: the `Study`.
        found: {variant: [`Outcome` of each seed]}.
    """
    measure = study.measure
    ranked = _ranked(measure, found)
    said = [_leader(measure, ranked, found)] if ranked else ["No variant came to a number."]
    for better, worse in study.claims:
        if better in found and worse in found:
            said.append(_judged(measure, better, worse, found))
    return said


def _ranked(measure, found):
    """The variants of which every run has a number, the best first."""
    whole = {
        name: statistics.fmean(measure.values(outcomes))
        for name, outcomes in found.items()
        if len(measure.values(outcomes)) == len(outcomes)
    }
    sign = {name: measure.sign(found[name][0].headline) for name in whole}
    return sorted(whole, key=lambda name: -sign[name] * whole[name])


def _leader(measure, ranked, found):
    first, *others = ranked
    called = measure.called(found[first][0].headline)
    said = f"{first} leads: {called} {mean(measure, found[first])}"
    if not others:
        return f"{said}."
    second = others[0]
    by = Comparison(measure, found[first], found[second])
    return f"{said}, {_by(measure, by)} better than {second}, which is next."


def _by(measure, comparison):
    form = measure.form
    said = f"{comparison.difference:{form}}"
    if comparison.ends:
        low, high = comparison.ends
        said += f" (95 % interval {low:+{form}} to {high:+{form}})"
    return said


def _judged(measure, better, worse, found):
    """Whether the numbers support that one variant is better than another."""
    by = Comparison(measure, found[better], found[worse])
    said = f"The slide ranks {better} above {worse}: "
    if by.difference is None:
        why = {1: f"supported: of {worse} no run came to a number",
               -1: f"contradicted: of {better} no run came to a number",
               0: "not decided: not every run came to a number"}  # fmt: skip
        return f"{said}{why[by.finding]}."
    if by.ends is None:
        return f"{said}{by.difference:+{measure.form}} with one seed, which decides nothing."
    word = {1: "supported", -1: "contradicted", 0: "not decided"}[by.finding]
    low, high = by.ends
    form = measure.form
    return f"{said}{word}, {by.difference:+{form}} (95 % interval {low:+{form}} to {high:+{form}})."
