"""ablation: what each ingredient of nn5 is good for: nn5 without it, over several seeds.

Trains nn5 and its variations, a run for each seed, and writes the differences as a table,
ablation.md. The runs lie among nn5's other ones, as logs/nn5/without_dropout-1k-seed0. Stopped, the
same command goes on where it was: what is finished is not trained again.

    python -m labs.ablation --databases faces --train 1k --test test1k
    python -m labs.ablation --only nn5 without_dropout --seeds 5

One of them alone, with nn5's own options:

    python -m labs.ablation run without_dropout --databases faces --train 1k --test test1k
"""

import dataclasses
import functools
import shlex
import statistics
import sys
from pathlib import Path

import keras

import layers as Layers
from dsutil.atomic import replacing
from dsutil.errors import exit_with_sentence
from labs import nn5
from labs.analysis import intervals, results, tables
from labs.study import Piece, train_all
from labs.training.options import Options, Parser, whole

RUN = "run"  # the word before a variation's name, and then a lab's options: trains that one


def variation(**changed):
    """nn5, with other arguments of its network."""
    return dataclasses.replace(nn5.lab, network=functools.partial(nn5.network, **changed))


def unchanged(t):
    return t


def plain_block(t, filters, strides, name, normalization, start):
    """nn5's block without the way past the two convolutions."""
    for number, step in ((1, strides), (2, 1)):
        t = keras.layers.ReLU()(normalization(t))
        t = Layers.conv(
            t,
            filters,
            3,
            step,
            f"{name}_{number}",
            None,
            kernel_initializer=start,
            use_bias=number == 2,  # as nn5's, since the next normalization takes a bias away
        )
    return t


def descent(learning_rate):
    """Gradient descent with momentum, at the rate that He et al. (2015) take for such a batch."""
    return keras.optimizers.SGD(nn5.schedule(25 * learning_rate), momentum=0.9)


def averaged(learning_rate):
    """nn5's optimizer, with weights that are averages of about the last 50 iterations."""
    optimizer = nn5.optimizer(learning_rate)
    optimizer.use_ema, optimizer.ema_momentum = True, 0.98
    return optimizer


def lsuv(model, images):
    Layers.lsuv(model, images)


def slides_network(x):
    return nn5.network(x, start=Layers.initialization.weights())


CHANGED = {
    "nn5": nn5.lab,
    "without_augmentation": variation(augmented=unchanged),
    "without_normalization": variation(normalized=None),
    "without_shortcuts": variation(block=plain_block),
    "without_dropout": variation(dropped=0.0),
    "with_sgd": dataclasses.replace(nn5.lab, optimizer=descent),
    "with_the_slides_start": dataclasses.replace(nn5.lab, network=slides_network),
    "with_lsuv": dataclasses.replace(nn5.lab, initialize=lsuv),
    "with_averaged_weights": dataclasses.replace(nn5.lab, optimizer=averaged),
}
VARIATIONS = {
    name: dataclasses.replace(lab, run_by=f"python -m labs.ablation {RUN} {name}")
    for name, lab in CHANGED.items()
}

NOTE = (
    "Means over the seeds with Student's t interval, 95 %. The difference is to nn5's result with "
    "the same seed; an interval that contains 0 shows no effect."
)


def main(arguments=None):
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == [RUN]:
        parser = Parser(f"python -m labs.ablation {RUN}", __doc__)
        parser.add_argument("variation", choices=VARIATIONS, help="what to train")
        VARIATIONS[parser.parse_args(words[1:2]).variation].main(words[2:])
    with exit_with_sentence():
        sys.exit(ablate(parse(words), words))


def parse(words):
    parser = Parser("python -m labs.ablation", __doc__)
    parser.add_argument(
        "--only", nargs="+", choices=VARIATIONS, default=list(VARIATIONS), metavar="VARIATION",
        help=f"of {', '.join(VARIATIONS)} (default: all)"
    )  # fmt: skip
    parser.add_argument(
        "--seeds", type=whole(1, 100), default=3, metavar="N", help="runs of each (default: 3)"
    )
    parser.add_argument("--train", default=nn5.lab.train, metavar="NAME", help="(default: 10k)")
    parser.add_argument("--test", default=nn5.lab.test, metavar="NAME", help="(default: test10k)")
    parser.add_argument(
        "--iterations", type=whole(1), default=nn5.lab.iterations, metavar="N", help="of each run"
    )
    parser.add_argument("--databases", default="DataBases", metavar="DIR", help="of the data sets")
    parser.add_argument("--logs", default="logs", metavar="DIR", help="folder of the runs")
    return parser.parse_args(words)


def ablate(options, words):
    """Trains what is missing and writes the table; returns the exit code."""
    pieces = {name: [piece(name, seed, options) for seed in range(options.seeds)]
              for name in options.only}  # fmt: skip
    in_turn = [of_seed for each in zip(*pieces.values(), strict=True) for of_seed in each]
    if stopped := train_all(in_turn, shlex.join(["python", "-m", "labs.ablation", *words])):
        return stopped
    reached = {name: [results.read(run.path) for run in runs] for name, runs in pieces.items()}
    write_conclusion(reached, Path(options.logs))
    return 0


def piece(name, seed, options):
    """The run of a variation with a seed."""
    given = {"databases": options.databases, "train": options.train, "test": options.test}
    asked = Options.of_lab(nn5.lab, **given, seed=seed, iterations=options.iterations)
    return Piece(
        VARIATIONS[name],
        options.logs,
        dataclasses.asdict(asked),
        f"{name}-{options.train}-seed{seed}",
    )


def write_conclusion(reached, folder):
    """Prints the table, and writes it."""
    name = nn5.lab.task.headline.name
    header = ("variation", f"train {name}", f"test {name}", "95 % interval", "difference to nn5")
    rows = [row(name, of_seeds, reached.get("nn5")) for name, of_seeds in reached.items()]
    print()
    for line in tables.aligned(header, rows, left=1):
        print(line)
    print(f"\n{NOTE}")
    with replacing(folder / "ablation.md") as beside:
        lines = [*tables.markdown(header, rows, left=1), "", NOTE, ""]
        beside.write_text("\n".join(lines), encoding="utf-8")
    print(f"{folder / 'ablation.md'}: written")


def row(name, of_seeds, of_nn5):
    """The cells of a variation."""
    train, test = ([result.reached[use] for result in of_seeds] for use in results.USES)
    cells = [
        name.replace("_", " "),
        f"{statistics.fmean(train):.4f}",
        f"{statistics.fmean(test):.4f}",
    ]
    cells.append(interval(test, ".4f"))
    if of_nn5 is None or name == "nn5":
        return (*cells, "")
    apart = [a - b.reached["test"] for a, b in zip(test, of_nn5, strict=True)]
    return (*cells, f"{statistics.fmean(apart):+.4f} ({interval(apart, '+.4f')})")


def interval(values, form):
    """The t interval of a mean, in words; of a single value there is none."""
    if len(values) == 1:
        return "-"
    low, high = intervals.student(values)
    return f"{low:{form}} to {high:{form}}"


if __name__ == "__main__":
    main()
