"""The pictures of a study: for a lecture, so large, and told apart without colour."""

import math
import statistics

from labs.analysis import plots, verdict

# Okabe and Ito's colours, which colour-blind people tell apart, without the yellow.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", "--", ":")
SIZE = 13  # of the letters, in points


def style(i):
    """How the i-th line is drawn."""
    return {"color": COLOURS[i % len(COLOURS)], "linestyle": DASHES[i // len(COLOURS) % 3]}


def curves(*uses, tag=None):
    """The task's headline against the iterations: a line a variant, a band from seed to seed.

    Args:
        uses: "train" or "test", a panel for each.
        tag: another curve than the headline's.
    """

    def draw(study, found):
        # A name may grow by the word that its line went astray.
        figure, panels = _panels(
            len(uses), [f"{name}{_fate(runs)}" for name, runs in found.items()]
        )
        for axes, use in zip(panels, uses, strict=True):
            ends = {}
            for i, (name, outcomes) in enumerate(found.items()):
                line, called = _mean_curve(outcomes, use, tag), f"{name}{_fate(outcomes)}"
                if line:
                    axes.plot(
                        list(line), [m for m, _, _ in line.values()], linewidth=2.2, **style(i)
                    )
                    low, high = ([v[k] for v in line.values()] for k in (1, 2))
                    axes.fill_between(list(line), low, high, color=style(i)["color"], alpha=0.15,
                                      linewidth=0)  # fmt: skip
                    ends[called] = (max(line), line[max(line)][0], style(i))
                else:
                    ends[called] = (None, None, style(i))
            called = tag or next(iter(found.values()))[0].headline.name
            _labelled(axes, "iterations", f"{use} {called}")
        _name(axes, ends)
        return figure

    return draw


TRAIN_AND_TEST = curves("train", "test")


def against(label, at, log=False):
    """The study's measure against a number: a line a group of variants, a tick a seed.

    Args:
        label: what the number is.
        at: {variant: (group, number)}.
        log: whether the numbers lie on a logarithmic axis.
    """

    def draw(study, found):
        groups = list(dict.fromkeys(at[name][0] for name in found))
        figure, (axes,) = _panels(1, groups)
        measure, ends = study.measure, {}
        for i, group in enumerate(groups):
            of_group = {at[name][1]: found[name] for name in found if at[name][0] == group}
            points = {x: measure.values(of_group[x]) for x in sorted(of_group)}
            # A number that is none leaves a gap in the line.
            means = [statistics.fmean(values) if values else math.nan for values in points.values()]
            if any(points.values()):
                axes.plot(list(points), means, marker="o", markersize=7, linewidth=2.2, **style(i))
            colour = style(i)["color"]
            for x, values in points.items():
                axes.plot([x] * len(values), values, "_", color=colour, markersize=12, alpha=0.6)
                if fate := _fate(of_group[x]):
                    axes.text(x, 0.02 + 0.3 * i, f"{group}{fate}", color=colour, size=SIZE - 3,
                              rotation=90, ha="right", transform=axes.get_xaxis_transform(),
                              )  # fmt: skip
            x, y = next(
                ((x, y) for x, y in zip(reversed(points), reversed(means), strict=True) if y == y),
                (None, None),
            )
            ends[group] = (x, y, style(i))
        if log:
            axes.set_xscale("log")
        numbers = sorted({at[name][1] for name in found})
        if len(numbers) <= 8:
            axes.set_xticks(numbers, [f"{number:g}" for number in numbers])
            axes.minorticks_off()
        _labelled(axes, label, measure.called(next(iter(found.values()))[0].headline))
        _name(axes, ends)
        return figure

    return draw


def bars():
    """The study's measure of each variant: the mean, its interval, and a dot a seed."""

    def draw(study, found):
        measure = study.measure
        known = {name: values for name in found if (values := measure.values(found[name]))}
        names = list(reversed(found))
        figure, (axes,) = plots.figure()
        figure.set_size_inches(7.5, 1.4 + 0.42 * len(names))
        for y, name in enumerate(names):
            if name not in known:
                axes.text(0.02, y, verdict.mean(measure, found[name]), va="center", size=SIZE - 2,
                          transform=axes.get_yaxis_transform())  # fmt: skip
                continue
            values = known[name]
            middle = statistics.fmean(values)
            if ends := verdict.ends(measure, found[name]):
                axes.plot(ends, [y, y], color=COLOURS[0], linewidth=2.2, zorder=1)
            axes.plot(values, [y] * len(values), "o", color=COLOURS[0], markersize=4, alpha=0.5)
            axes.plot(middle, y, "D", color=COLOURS[1], markersize=8)
        lost = [_fate(found[name]) if name in known else "" for name in names]
        axes.set_yticks(
            range(len(names)), [f"{n}{fate}" for n, fate in zip(names, lost, strict=True)]
        )
        axes.set_ylim(-0.6, len(names) - 0.4)
        _labelled(axes, measure.called(next(iter(found.values()))[0].headline), "")
        return figure

    return draw


def _fate(outcomes):
    """What is said beside the name of a variant of which runs diverged."""
    count = sum(outcome.diverged_at is not None for outcome in outcomes)
    if count < len(outcomes):
        return f": {count} of {len(outcomes)} diverged" if count else ""
    return ": diverged"


def _mean_curve(outcomes, use, tag):
    """{step: (mean, lowest, highest)} where every run of a variant has a point.

    One that stopped early keeps what it had then.
    """
    each = [_to_the_end(o, o.curves[use].get(tag or o.headline.name, {})) for o in outcomes]
    steps = sorted(set.intersection(*map(set, each)))
    return {
        step: (statistics.fmean(values), min(values), max(values))
        for step in steps
        if (values := [curve[step] for curve in each])
    }


def _to_the_end(outcome, curve):
    """A curve, with its last value at each later evaluation that an early stop left out."""
    if not curve or not outcome.stopped_early:
        return curve
    every, last = outcome.asked["evaluate_every"], max(curve)
    later = range(last - last % every + every, outcome.asked["iterations"] + 1, every)
    return curve | {step: curve[last] for step in (*later, outcome.asked["iterations"])}


def _panels(count, names, height=4.6):
    """A figure with so many panels, and room for names to the right of the last one."""
    room = 0.4 + 0.092 * max(map(len, names), default=0) * SIZE / 12
    width = 5.6 * count + room
    figure, panels = plots.figure(panels=count, layout=None)
    figure.set_size_inches(width, height)
    figure.subplots_adjust(
        left=0.85 / width, right=1 - room / width, bottom=0.65 / height, top=1 - 0.25 / height,
        wspace=0.22,
    )  # fmt: skip
    return figure, panels


def _labelled(axes, x, y):
    axes.set_xlabel(x, size=SIZE)
    axes.set_ylabel(y, size=SIZE)
    axes.tick_params(labelsize=SIZE - 1)


def _name(axes, ends):
    """Writes each line's name beside its end, and moves those apart that would overlap.

    Args:
        ends: {name: (x, y, its line's style)}; of a line that is not there x and y are None.
    """
    step, box = 1.3 * (SIZE - 1) / 72 * axes.figure.dpi, axes.get_window_extent()
    there = {
        name: box.y0 if y is None else axes.transData.transform((x, y))[1]
        for name, (x, y, _) in ends.items()
    }
    order, last = sorted(ends, key=there.get), max((x for x, _, _ in ends.values() if x), default=0)
    for name, height in zip(
        order, _apart([there[name] for name in order], step, box.y0, box.y1), strict=True
    ):
        x, y, line = ends[name]
        place = axes.transAxes.inverted().transform((box.x1 + 16, height))
        look = {"color": line["color"], "size": SIZE - 1, "va": "center"}
        if y is None:
            axes.text(*place, name, transform=axes.transAxes, **look)
            continue
        axes.annotate(
            name, (x, y), place, textcoords="axes fraction", annotation_clip=False,
            **look, arrowprops={"arrowstyle": "-", "relpos": (0, 0.5), "shrinkA": 0}
            | _leader(line, x, last),
        )  # fmt: skip


def _leader(line, x, last):
    """How the line from a curve's end to its name looks: never as if the curve went on."""
    return line if x == last else {"color": "0.6", "linestyle": ":"}


def _apart(heights, step, low, high):
    """Heights in their order, each at least `step` above the one before, near where they were."""
    placed = []
    for height in heights:
        placed.append(max(height, placed[-1] + step) if placed else max(height, low))
    highest = max(high, low + step * (len(placed) - 1))
    for i in reversed(range(len(placed))):
        placed[i] = min(placed[i], highest)
        highest = placed[i] - step
    return placed
