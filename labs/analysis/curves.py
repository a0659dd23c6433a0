"""The picture of runs' curves, each run in a colour of its own."""

from labs.analysis import plots
from labs.analysis.results import read_curves

LONG = 10  # a run this many times as long as another one squeezes it, on a linear axis


def draw(found):
    """The figure of runs' curves: each headline on the whole sets, and the loss of the batches.

    Args:
        found: the runs' `Result`s.
    """
    headlines = list(dict.fromkeys(result.headline.name for result in found))
    figure, (*panels, losses) = plots.figure(panels=len(headlines) + 1)
    of = dict(zip(headlines, panels, strict=True))
    ends = [max(result.iterations, 1) for result in found]
    for name, axes in {**of, "loss": losses}.items():
        label = "loss of a batch" if axes is losses else f"{name} on the whole set"
        axes.set(xlabel="iterations", ylabel=label)
        if max(ends) >= LONG * min(ends):
            axes.set_xscale("log", nonpositive="mask")
    losses.set_yscale("log")
    for i, result in enumerate(found):
        curves, reached = read_curves(result.path), of[result.headline.name]
        style = {"color": f"C{i % 10}", "linewidth": 1.5}
        test, train = (curves[use].get(result.headline.name, {}) for use in ("test", "train"))
        loss = curves["train"].get("batch/loss", {})
        reached.plot(*points(test), "o-", markersize=4, label=str(result.path), **style)
        reached.plot(*points(train), "o--", markersize=4, markerfacecolor="white", **style)
        losses.plot(*points(loss), **style)
        if result.best:
            reached.plot(result.best["step"], result.best["test"], "*", markersize=14, **style)
    for axes in panels:
        title = "on images it never saw (solid), on those it trained on (dashed)"
        stars = "\nstar: the best, by the validation set" if any(r.best for r in found) else ""
        axes.set_title(title + stars, size=10)
    losses.set_title("loss as each lab counts it: compare runs of the same lab", size=10)
    figure.legend(loc="outside right upper", frameon=False)
    return figure


def points(curve):
    """x and y of a curve."""
    return list(curve), list(curve.values())
