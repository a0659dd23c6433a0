"""Curves as SVG, in the colours of the page, and as a table for those who do not see them."""

import math

from labs.analysis.page.markup import element, table

WIDTH, HEIGHT = 520, 300
LEFT, RIGHT, TOP, BOTTOM = 58, 12, 14, 44
MOST_ROWS = 200  # of the table
LOGARITHMIC = 20  # from here on, largest by smallest


def figure(title, curves, told):
    """A `figure` of curves over the iterations.

    Args:
        title: what the numbers are.
        curves: {(name, CSS class): {step: value}}, none of which is empty.
        told: from a value to its text in the table.
    """
    axes = _Axes(curves)
    key = element("ul", *(element("li", name, class_=kind) for name, kind in curves), class_="key")
    drawn = [_curve(axes, kind, curve) for (_, kind), curve in curves.items()]
    ends = "; ".join(
        f"{name} ends at {told(list(c.values())[-1])}" for (name, _), c in curves.items()
    )
    svg = element(
        "svg",
        *axes.drawn(),
        *drawn,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_label=f"{title}: {ends}",
    )
    caption = f"{title}, logarithmic" if axes.logarithmic else title
    numbers = element("details", element("summary", "The numbers"), _table(title, curves, told))
    return element("figure", element("figcaption", caption), key, svg, numbers)


def _curve(axes, kind, curve):
    """A line, and where it has few points, a dot at each."""
    places = [axes.place(*point) for point in curve.items() if axes.can_show(point[1])]
    line = element(
        "polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in places), class_=f"curve {kind}"
    )
    few = [element("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=4, class_=kind) for x, y in places]
    return element("g", line, *(few if len(places) <= 30 and kind != "batch" else ()))


def _table(title, curves, told):
    steps = sorted({step for curve in curves.values() for step in curve})
    every = math.ceil(len(steps) / MOST_ROWS)
    steps = sorted({*steps[::every], steps[-1]})
    rows = [
        (f"{step:,}", *(told(c[step]) if step in c else "" for c in curves.values()))
        for step in steps
    ]
    return table(title, ["iterations", *(name for name, _ in curves)], rows, scroll="scroll")


class _Axes:
    """Which place on the picture a point has."""

    def __init__(self, curves):
        values = [v for curve in curves.values() for v in curve.values() if math.isfinite(v)] or [0]
        self.last = max(max(curve) for curve in curves.values()) or 1
        low, high = min(values), max(values)
        self.logarithmic = low > 0 and high > LOGARITHMIC * low
        if self.logarithmic:
            self.ticks = logarithmic_ticks(low, high)
            low, high = min(low, self.ticks[0]), max(high, self.ticks[-1])
        else:
            margin = 0.04 * (high - low) or abs(high) / 10 or 1
            self.ticks = ticks(low - margin, high + margin)
            low, high = low - margin, high + margin
        self.low, self.high = self._scaled(low), self._scaled(high)

    def _scaled(self, value):
        return math.log(value) if self.logarithmic else value

    def can_show(self, value):
        return math.isfinite(value) and (value > 0 or not self.logarithmic)

    def place(self, step, value):
        share = (self._scaled(value) - self.low) / (self.high - self.low)
        x = LEFT + step / self.last * (WIDTH - LEFT - RIGHT)
        return x, HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def drawn(self):
        """Yields grid, axis and their numbers."""
        floor = HEIGHT - BOTTOM
        for value, text in zip(self.ticks, texts(self.ticks), strict=True):
            _, y = self.place(0, value)
            yield element(
                "line", x1=LEFT, x2=WIDTH - RIGHT, y1=f"{y:.1f}", y2=f"{y:.1f}", class_="grid"
            )
            yield element("text", text, x=LEFT - 8, y=f"{y + 4.5:.1f}", text_anchor="end")
        yield element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=floor, y2=floor, class_="axis")
        for step in ticks(0, self.last):
            x = LEFT + step / self.last * (WIDTH - LEFT - RIGHT)
            yield element("text", f"{step:,.0f}", x=f"{x:.1f}", y=floor + 18, text_anchor="middle")
        yield element("text", "iterations", x=WIDTH - RIGHT, y=HEIGHT - 6, text_anchor="end")


def ticks(low, high):
    """Round numbers from `low` to `high`, four to nine of them.

    >>> ticks(0, 700)
    [0.0, 200.0, 400.0, 600.0]
    """
    step = 10 ** math.floor(math.log10((high - low) / 4))
    step *= max(times for times in (1, 2, 5) if times * step * 3 <= high - low)
    return [
        i * step for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    ]


def logarithmic_ticks(low, high):
    """Powers of ten, with their twos and fives where these are few, around `low` to `high`."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    times = (1,) if last - first > 3 else (1, 2, 5)
    found = [t * 10.0**power for power in range(first, last + 1) for t in times]
    return [value for value in found if low / 2 <= value <= 2 * high]


def texts(values):
    """Numbers with as many digits as it takes to tell them apart."""
    if any(0 < abs(value) < 1e-3 or abs(value) >= 1e5 for value in values):
        return [f"{value:.0e}" for value in values]
    digits = next(d for d in range(9) if d == 8 or all(abs(round(v, d) - v) < 1e-9 for v in values))
    return [f"{value:.{digits}f}" for value in values]
