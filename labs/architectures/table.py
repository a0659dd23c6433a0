"""table: the lectures' networks side by side: what they cost, and how often they err.

Layers, parameters, multiplications, the values kept on the way forward and the receptive field are
counted from the networks' shapes; the errors are as published, with their source; the time is of
one picture on this machine.

    python -m labs.architectures.table
    python -m labs.architectures.table --only AlexNet "VGG D" ResNet-152
    python -m labs.architectures.table --untimed --out pictures
"""

import dataclasses
import functools
import itertools
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from dsutil.errors import exit_with_sentence
from labs.analysis import charts, plots, tables
from labs.training.options import Parser

TIMES = 5  # that a picture goes through; the median is told
LETTERS = 13  # points
IMAGENET, CIFAR, DIGITS = "ImageNet", "CIFAR-10", "MNIST"
COLOUR, SMALL = (224, 224, 3), (32, 32, 3)


@dataclasses.dataclass(frozen=True)
class Published:
    """A network as it was published.

    Attributes:
        year: when.
        module: of this chapter, in which it is.
        function: its name there.
        arguments: by which it differs from the function's defaults.
        top_1, top_5: errors in per cent; None where the source has none.
        source: where they are told, and how they were measured.
        shape: of its pictures.
        data: what the errors are on.
    """

    year: int
    module: str
    function: str
    arguments: dict
    top_1: float | None
    top_5: float | None
    source: str
    shape: tuple = COLOUR
    data: str = IMAGENET

    @property
    def network(self) -> Callable:
        """From a tensor of its pictures to logarithms of probabilities.

        Its page is imported here: the pages load Keras, and `--help` shall be fast.
        """
        import importlib

        module = importlib.import_module(f"labs.architectures.{self.module}")
        return functools.partial(getattr(module, self.function), **self.arguments)


def vgg(configuration, top_1, top_5):
    arguments = {"configuration": configuration}
    source = "Simonyan and Zisserman 2015, table 3, one scale"
    return Published(2014, "vgg", "network", arguments, top_1, top_5, source)


def resnet(depth, top_1, top_5, where="table 3, ten crops"):
    arguments = {"depth": depth}
    return Published(2015, "resnet", "network", arguments, top_1, top_5, f"He et al. 2015, {where}")


def cifar(year, function, arguments, error, source):
    return Published(year, "resnet", function, arguments, error, None, source, SMALL, CIFAR)


def cifar_resnet(depth, error):
    return cifar(
        2015, "cifar", {"depth": depth}, error, "He et al. 2015, table 6, the best of runs"
    )


NETWORKS = {
    "LeNet-5": Published(
        1998, "lenet", "network", {}, 0.95, None, "LeCun et al. 1998, section III", (32, 32, 1),
        DIGITS,
    ),
    "AlexNet": Published(
        2012, "alexnet", "network", {}, 40.7, 18.2, "Krizhevsky et al. 2012, table 2, one network",
        (227, 227, 3),
    ),
    "ZF": Published(
        2013, "alexnet", "zf", {}, 38.3, 16.4, "Zeiler and Fergus 2013 (v1), table 2, one network"
    ),
    "VGG A": vgg("A", 29.6, 10.4),
    "VGG A-LRN": vgg("A-LRN", 29.7, 10.5),
    "VGG B": vgg("B", 28.7, 9.9),
    "VGG C": vgg("C", 27.3, 8.8),
    "VGG D": vgg("D", 25.6, 8.1),
    "VGG E": vgg("E", 25.5, 8.0),
    "GoogLeNet": Published(
        2014, "googlenet", "network", {}, None, 10.07, "Szegedy et al. 2015, table 3, one crop"
    ),
    "Inception v3": Published(
        2015, "googlenet", "inception_v3", {}, 21.2, 5.6, "Szegedy et al. 2016, table 3, one crop",
        (299, 299, 3),
    ),
    "ResNet-18": resnet(18, 27.88, None, "table 2, ten crops"),
    "ResNet-34": resnet(34, 24.52, 7.46),
    "ResNet-50": resnet(50, 22.85, 6.71),
    "ResNet-101": resnet(101, 21.75, 6.05),
    "ResNet-152": resnet(152, 21.43, 5.71),
    "SqueezeNet": Published(
        2016, "squeezenet", "network", {}, 42.5, 19.7, "Iandola et al. 2016, table 2, one crop"
    ),
    "Wide ResNet-50-2": Published(
        2016, "resnet", "network", {"inner": 2}, 21.9, 6.03,
        "Zagoruyko and Komodakis 2016, one crop",
    ),
    "ResNeXt-50": Published(
        2016, "resnet", "network", {"inner": 2, "groups": 32}, 22.2, None,
        "Xie et al. 2017, table 3, one crop",
    ),
    "DenseNet-121": Published(
        2016, "densenet", "network", {}, 25.02, 7.71, "Huang et al. 2017, table 3, one crop"
    ),
    "SE-ResNet-50": Published(
        2017, "senet", "network", {}, 23.29, 6.62, "Hu et al. 2018, table 2, one crop"
    ),
    "CIFAR ResNet-20": cifar_resnet(20, 8.75),
    "CIFAR ResNet-32": cifar_resnet(32, 7.51),
    "CIFAR ResNet-44": cifar_resnet(44, 7.17),
    "CIFAR ResNet-56": cifar_resnet(56, 6.97),
    "CIFAR ResNet-110": cifar_resnet(110, 6.43),
    "stochastic depth, 110": cifar(
        2016, "cifar", {"depth": 110, "survival": 0.5}, 5.23, "Huang et al. 2016, table 1"
    ),
    "pre-activation, 110": cifar(
        2016, "pre_activated", {"depth": 110}, 6.37, "He et al. 2016, table 2"
    ),
    "WRN-28-10": cifar(
        2016, "pre_activated", {"depth": 28, "width": 10}, 4.00, "Zagoruyko and Komodakis 2016"
    ),
    "FractalNet": Published(
        2016, "fractalnet", "network", {}, 4.60, None,
        "Larsson et al. 2017, table 1, with dropout and drop-path", SMALL, CIFAR,
    ),
}  # fmt: skip
# Where a network's name stands, in points from its disc, where it would be in the way of others.
NAMES = {
    "VGG A": (0, 28),
    "VGG A-LRN": (-45, -48),
    "VGG B": (15, 28),
    "VGG C": (30, 14),
    "VGG D": (0, -42),
    "VGG E": (-10, 30),
    "DenseNet-121": (-95, -20),
    "ResNet-34": (5, 16),
    "ResNet-50": (28, 8),
    "SE-ResNet-50": (-95, -32),
    "Inception v3": (-20, -36),
    "ResNet-101": (-10, -36),
    "ResNet-152": (25, -36),
    "Wide ResNet-50-2": (-90, -58),
}
TICKS = (0.5, 1, 2, 5, 10, 20)  # billions of multiplications

HEADER = ["network", "year", "layers", "parameters", "multiplications", "values forward"]
HEADER += ["receptive field", "data", "top-1 error", "top-5 error", "ms a picture", "source"]


@dataclasses.dataclass(frozen=True)
class Row:
    """What is told of a network."""

    published: Published
    cost: object
    sight: object
    seconds: float | None


def looked_at(published, timed):
    """The `Row` of a network."""
    import keras

    from labs.analysis import cost

    with cost.without_numbers():
        x = keras.Input(published.shape)
        model = keras.Model(x, published.network(x))
        counted = cost.of(model), cost.sight(model)
    return Row(published, *counted, seconds_forward(published) if timed else None)


def seconds_forward(published):
    """The median time of one picture through the network, with weights as they start."""
    import keras
    import tensorflow as tf

    keras.utils.clear_session()
    x = keras.Input(published.shape)
    forward = tf.function(keras.Model(x, published.network(x)))
    picture = tf.zeros((1, *published.shape))
    forward(picture)
    taken = []
    for _ in range(TIMES):
        begin = time.perf_counter()
        forward(picture).numpy()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def cells(name, row):
    """A network's line of the table."""
    its, published = row.cost, row.published
    return [
        name, str(published.year), str(row.sight.depth), f"{its.parameters:,}",
        f"{its.multiplications / 1e6:,.1f} M", f"{its.values / 1e6:.2f} M", str(row.sight.field),
        published.data, percent(published.top_1), percent(published.top_5),
        "-" if row.seconds is None else f"{1000 * row.seconds:.0f}", published.source,
    ]  # fmt: skip


def percent(error):
    return "-" if error is None else f"{error:g} %"


def draw(rows):
    """The figure: top-5 error on ImageNet against multiplications; the area tells parameters."""
    shown = {name: row for name, row in rows.items() if row.published.top_5 is not None}
    figure, (axes,) = plots.figure()
    figure.set_size_inches(11, 6.5)
    pages = sorted({row.published.module for row in shown.values()})
    colours = dict(zip(pages, itertools.cycle(charts.COLOURS), strict=False))
    for name, row in shown.items():
        place = row.cost.multiplications / 1e9, row.published.top_5
        colour = colours[row.published.module]
        axes.scatter(*place, s=row.cost.parameters / 1e5, color=colour, alpha=0.45)
        axes.annotate(
            name, place, NAMES.get(name, (10, 10)), textcoords="offset points", size=LETTERS - 1,
            color=colour, arrowprops={"arrowstyle": "-", "color": colour, "alpha": 0.5},
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xticks(TICKS, map(str, TICKS))
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_xlabel("multiplications for one picture, billions", size=LETTERS)
    axes.set_ylabel("top-5 error on ImageNet as published, %", size=LETTERS)
    axes.set_title("The area of a disc is the number of parameters", size=LETTERS)
    axes.tick_params(labelsize=LETTERS - 1)
    return figure


def main(arguments=None):
    parser = Parser("python -m labs.architectures.table", __doc__)
    parser.add_argument(
        "--only", nargs="+", choices=NETWORKS, metavar="NETWORK", default=list(NETWORKS),
        help=f"of {', '.join(NETWORKS)} (default: all)",
    )  # fmt: skip
    parser.add_argument(
        "--untimed", action="store_true", help="take no times, and make no network's numbers"
    )
    parser.add_argument(
        "--out", default="logs", metavar="DIR", help="folder of table.md and .png (default: logs)"
    )
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        rows = {name: looked_at(NETWORKS[name], not options.untimed) for name in options.only}
        lines = [cells(name, row) for name, row in rows.items()]
        tables.write(Path(options.out), "table", HEADER, lines, lambda: draw(rows))


if __name__ == "__main__":
    main()
