"""python -m dsutil: draw the default data sets, or say what a pair of files holds.

python -m dsutil draw 1k test10k --out DataBases
python -m dsutil info DataBases/data_1k.bin DataBases/gender_1k.bin
python -m dsutil info DataBases/data_*.bin --picture faces.png
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from dsutil import databases
from dsutil.binary import CLASSES, PIXELS, pair_paths
from dsutil.dataset import DataSet
from dsutil.errors import InputError, exit_with_sentence


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m dsutil",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    draw = commands.add_parser(
        "draw", help="draw data sets of faces", description="Draws data sets of faces."
    )
    sizes = ", ".join(f"{name} ({count:,} faces)" for name, (_, count) in databases.DRAWN.items())
    draw.add_argument("names", nargs="+", metavar="NAME", choices=databases.DRAWN, help=sizes)
    draw.add_argument(
        "--out", default="DataBases", metavar="DIR", help="folder (default: %(default)s)"
    )
    draw.add_argument(
        "--seed", type=int, default=0, help="another seed draws other faces (default: %(default)s)"
    )
    draw.set_defaults(command=draw_names)

    info = commands.add_parser(
        "info",
        help="what a pair of files holds, and whether it is sound",
        description="Says what pairs of files hold; exits 1 if one is not sound.",
    )
    info.add_argument(
        "files", nargs="+", metavar="FILE", help="files of pairs: either half of a pair names it"
    )
    info.add_argument("--picture", metavar="PNG", help="write a picture of the first pair's faces")
    info.set_defaults(command=tell)

    options = parser.parse_args(arguments)
    with exit_with_sentence():
        return options.command(options)


def draw_names(options):
    for name in options.names:
        databases.draw(options.out, name, options.seed)
    return 0


def tell(options):
    """Prints a line for each pair; returns 1 if one of them is not sound, else 0."""
    unsound = 0
    picture = options.picture
    for paths in dict.fromkeys(pair_of(Path(file)) for file in options.files):
        try:
            dataset = DataSet(*paths)
            mean = brightness(dataset)
        except (InputError, FileNotFoundError) as error:
            print(f"{paths[0]}: NOT SOUND: {error}")
            unsound = 1
            continue
        shares = ", ".join(
            f"{share:.1%} {name}"
            for name, share in zip(CLASSES, dataset.labels.mean(axis=0), strict=True)
        )
        print(f"{paths[0]}: {dataset.count:,} images, {shares}, mean brightness {mean:.1f} of 255")
        if picture:
            from dsutil.picture import save_faces

            save_faces(picture, dataset.images, dataset.labels)
            picture = None
    return unsound


def pair_of(path):
    """The two paths of the pair that `path` is one of."""
    prefix, _, name = path.stem.partition("_")
    if prefix not in ("data", "gender") or path.suffix != ".bin" or not name:
        raise InputError(
            f"{path} is not named like a pair's file: expected data_NAME.bin or gender_NAME.bin."
        )
    return pair_paths(path.parent, name)


def brightness(dataset, chunk=10_000):
    """The mean of all pixels of a `DataSet`, read piece by piece."""
    total = sum(
        int(np.sum(dataset.read(i, i + chunk), dtype=np.int64))
        for i in range(0, dataset.count, chunk)
    )
    return total / (dataset.count * PIXELS)


if __name__ == "__main__":
    sys.exit(main())
