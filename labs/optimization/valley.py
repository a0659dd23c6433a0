"""valley: how each method goes down a long narrow valley, and where Nesterov looks ahead.

Two parameters, a height, and the slides' formulas in NumPy: gradient descent, momentum, Nesterov's
(the first of its two forms), Adagrad and RMSprop as lecture 002 lists them, and Adam as lecture 000
does, whose averages are corrected for their start. All begin at the same point, each at the best of
some learning rates. The valley runs across both axes: along one of them, Adagrad's division by each
parameter's own gradients would make it as wide as it is long.

    python -m labs.optimization.valley
    python -m labs.optimization.valley --out pictures
"""

import itertools
from pathlib import Path

import numpy as np

from dsutil.errors import exit_with_sentence
from labs.analysis import charts, plots, tables
from labs.training.options import Parser

ANGLE = np.radians(-15)
ALONG = np.array([np.cos(ANGLE), np.sin(ANGLE)])
ACROSS = np.array([-np.sin(ANGLE), np.cos(ANGLE)])
START = -10 * ALONG + 2 * ACROSS
STEEPNESS = 60  # of the walls, times that of the floor
RATES = tuple(factor * 10.0**power for power in range(-3, 2) for factor in (1, 1.5, 2, 3, 4, 6, 8))
MOST = 1000  # steps
BOTTOM = 0.01  # of the height at the start

DRAWN = 25  # steps of each method
BROWN = "#8C510A"
LETTERS = 16  # points


# ---------------------------------------------------------------------------------- the valley


def height(x):
    """The height of points (..., 2): 0 at the bottom, which is the origin."""
    return ((x @ ALONG) ** 2 + STEEPNESS * (x @ ACROSS) ** 2) / 2


def slope(x):
    """The gradient of `height` at a point (2,)."""
    return (x @ ALONG) * ALONG + STEEPNESS * (x @ ACROSS) * ACROSS


# --------------------------------------------------------------------------------- the methods
#
# Each goes from x where `gradient` leads it, and yields one point after the other, for ever.


def gradient_descent(gradient, x, learning_rate):
    """Straight downhill."""
    while True:
        x = x - learning_rate * gradient(x)
        yield x


def momentum(gradient, x, learning_rate, mu=0.9):
    """A velocity, to which each gradient adds."""
    v = np.zeros_like(x)
    while True:
        v = mu * v - learning_rate * gradient(x)
        x = x + v
        yield x


def nesterov(gradient, x, learning_rate, mu=0.9):
    """Momentum whose gradient is the one where the jump ends."""
    v = np.zeros_like(x)
    while True:
        x_ahead = x + mu * v
        v = mu * v - learning_rate * gradient(x_ahead)
        x = x + v
        yield x


def adagrad(gradient, x, learning_rate):
    """Divides by the root of the sum of all squared gradients so far."""
    cache = np.zeros_like(x)
    while True:
        dx = gradient(x)
        cache = cache + dx**2
        x = x - learning_rate * dx / np.sqrt(cache + 1e-7)
        yield x


def rmsprop(gradient, x, learning_rate, decay_rate=0.9):
    """Divides by the root of a mean of the latest squared gradients."""
    cache = np.zeros_like(x)
    while True:
        dx = gradient(x)
        cache = decay_rate * cache + (1 - decay_rate) * dx**2
        x = x - learning_rate * dx / np.sqrt(cache + 1e-7)
        yield x


def adam(gradient, x, learning_rate, beta1=0.9, beta2=0.999):
    """RMSprop with a mean of the latest gradients, too; both are corrected for their start at 0."""
    m, v = np.zeros_like(x), np.zeros_like(x)
    for t in itertools.count(1):
        dx = gradient(x)
        m = beta1 * m + (1 - beta1) * dx
        v = beta2 * v + (1 - beta2) * dx**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        x = x - learning_rate * m_hat / np.sqrt(v_hat + 1e-7)
        yield x


METHODS = {
    "gradient descent": gradient_descent,
    "momentum": momentum,
    "Nesterov": nesterov,
    "Adagrad": adagrad,
    "RMSprop": rmsprop,
    "Adam": adam,
}


def path(method, learning_rate, steps):
    """The points (steps + 1, 2) of a method, from the start on."""
    walk = method(slope, START, learning_rate)
    return np.array([START, *itertools.islice(walk, steps)])


def steps_to_bottom(points):
    """After how many steps a path lies below BOTTOM of its first height for good; inf if never."""
    above = np.flatnonzero(~(height(points) <= BOTTOM * height(points[0])))
    return above[-1] + 1 if above[-1] + 1 < len(points) else np.inf


def best_rate(method):
    """The learning rate at which a method needs fewest steps, and how many those are."""
    with np.errstate(over="ignore", invalid="ignore"):  # too high a rate leaves the valley
        steps = {rate: steps_to_bottom(path(method, rate, MOST)) for rate in RATES}
    rate = min(steps, key=steps.get)
    return rate, steps[rate]


def looking_ahead(x, v, learning_rate, mu=0.9):
    """The arrows of one step from x with the velocity v, as (from where, which way).

    Returns:
        Those of momentum: the step down the gradient at x, and the jump from there. And those of
        Nesterov: the jump, the correction by the gradient where it ends, and both together.
    """
    jump = mu * v
    here, ahead = (-learning_rate * slope(place) for place in (x, x + jump))
    return [(x, here), (x + here, jump)], [(x, jump), (x + jump, ahead), (x, jump + ahead)]


# --------------------------------------------------------------------------------- the picture

# Where the name stands, in points from the last of a method's steps.
NAMES = {
    "gradient descent": (-150, -75),
    "momentum": (0, -62),
    "Nesterov": (15, 50),
    "Adagrad": (-55, 95),
    "RMSprop": (-175, -70),
    "Adam": (40, 70),
}


def draw(rates):
    """The figure: the methods' ways down at these learning rates, and a step of Nesterov's."""
    figure, (ways, step) = plots.figure(panels=2)
    figure.set_size_inches(17, 5.6)
    draw_ways(ways, rates)
    draw_step(step)
    return figure


def draw_ways(axes, rates):
    draw_valley(axes, (-13.2, 4.8), (-4.2, 6.04), f"{DRAWN} steps of each method, at its best rate")
    axes.plot(0, 0, "+", color="black", markersize=14, markeredgewidth=2)
    axes.text(*(START + (-0.2, 0.3)), "start", size=LETTERS, ha="right")
    for i, (name, method) in enumerate(METHODS.items()):
        points, colour = path(method, rates[name], DRAWN), charts.COLOURS[i]
        axes.plot(*points.T, "o-", color=colour, linewidth=2, markersize=3.5)
        axes.plot(*points[-1], "o", color=colour, markersize=9, markeredgecolor="white", zorder=3)
        axes.annotate(
            name, points[-1], NAMES[name], textcoords="offset points", color=colour, size=LETTERS,
            arrowprops={"arrowstyle": "-", "color": colour, "shrinkB": 5},
        )  # fmt: skip


def draw_step(axes, steps=6, learning_rate=0.01):
    """Draws the arrows of both methods at the end of so many steps of momentum."""
    draw_valley(axes, (-9.75, -5.55), (1.85, 4.24), "Momentum, and Nesterov's look ahead")
    points = path(momentum, learning_rate, steps)
    axes.plot(*points.T, "o-", color="0.45", linewidth=2, markersize=6)
    before, x = points[-2:]
    axes.text(*(before + (0.4, 0.3)), "the way here", color="0.45", size=LETTERS)
    (here, then), (jump, correction, both) = looking_ahead(x, x - before, learning_rate)
    blue, red, green = charts.COLOURS[:3]
    arrow(axes, *here, blue, "momentum: the\ngradient here,", (-1.12, 0.06))
    arrow(axes, *then, blue, "then the jump", (0.57, 0.2))
    arrow(axes, *jump, BROWN, "Nesterov: first the jump,", (-0.95, 0.65))
    arrow(axes, *correction, red, "then a correction\nby the gradient there", (0.13, 0.18))
    arrow(axes, *both, green, "together: along the valley", (0.13, -0.35))


def draw_valley(axes, x, y, title):
    """Draws the contour lines between these limits."""
    grid = np.stack(np.meshgrid(np.linspace(*x, 400), np.linspace(*y, 300)), axis=-1)
    levels = np.geomspace(0.5, 1000, 14)
    axes.contour(grid[..., 0], grid[..., 1], height(grid), levels, colors="0.8", linewidths=1)
    axes.grid(visible=False)
    axes.set(xlim=x, ylim=y, aspect="equal", xticks=[], yticks=[])
    axes.set_xlabel("parameter 1", size=LETTERS)
    axes.set_ylabel("parameter 2", size=LETTERS)
    axes.set_title(title, size=LETTERS + 2)


def arrow(axes, start, way, colour, text, beside):
    """Draws an arrow, and writes a text at a place that is given from its middle."""
    axes.annotate(
        "", start + way, start, zorder=4,
        arrowprops={
            "arrowstyle": "-|>", "color": colour, "linewidth": 3.5, "mutation_scale": 24,
            "shrinkA": 0, "shrinkB": 0,
        },
    )  # fmt: skip
    axes.text(*(start + way / 2 + beside), text, color=colour, size=LETTERS, va="center")


# --------------------------------------------------------------------------------- the command


def main(arguments=None):
    parser = Parser("python -m labs.optimization.valley", __doc__)
    parser.add_argument(
        "--out", default="logs", metavar="DIR", help="folder of valley.png (default: logs)"
    )
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        best = {name: best_rate(method) for name, method in METHODS.items()}
        print_table(best)
        picture = Path(options.out, "valley.png")
        picture.parent.mkdir(parents=True, exist_ok=True)
        plots.save(draw({name: rate for name, (rate, _) in best.items()}), picture)
        print(f"{picture}: written")


def print_table(best):
    header = ("method", "learning rate", f"steps to {BOTTOM:.0%} of the height")
    rows = [[name, f"{rate:g}", f"{steps:g}"] for name, (rate, steps) in best.items()]
    for line in tables.aligned(header, rows, left=1):
        print(line)


if __name__ == "__main__":
    main()
