"""python -m dsutil: draw the default data sets, make others of photographs, say what files hold.

python -m dsutil draw 1k test10k --out DataBases
python -m dsutil photos lfw --out faces --name lfw --test-share 0.1
python -m dsutil info DataBases/data_1k.bin DataBases/gender_1k.bin
python -m dsutil info DataBases/data_*.bin --picture faces.png
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from dsutil import databases
from dsutil.binary import CLASSES, PIXELS, SIDE, pair_paths
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
        "--out", default=databases.DEFAULT, metavar="DIR", help="folder (default: %(default)s)"
    )
    draw.add_argument(
        "--seed", type=int, default=0, help="another seed draws other faces (default: %(default)s)"
    )
    draw.set_defaults(command=draw_names)

    photos = commands.add_parser(
        "photos",
        help="make a data set of photographs",
        description="Makes a data set of the faces on photographs; interrupted, it can go on.",
    )
    photos.add_argument(
        "source",
        metavar="SOURCE",
        help="folder with a folder for each class (man, woman, male, female), for each person "
        "(First_Last), or for each number (with --names)",
    )
    photos.add_argument(
        "--out", default=databases.DEFAULT, metavar="DIR", help="folder (default: %(default)s)"
    )
    photos.add_argument("--name", required=True, help="of the data set, such as 1k")
    photos.add_argument(
        "--names", metavar="FILE", help="who the numbers are: lines such as `0000045 First_Last`"
    )
    photos.add_argument(
        "--count", type=at_least_1, metavar="N", help="pictures to keep (default: all)"
    )
    photos.add_argument(
        "--test-share",
        type=share,
        default=0.0,
        metavar="X",
        help="share of the people whose pictures make a second data set, testNAME (default: 0)",
    )
    photos.add_argument(
        "--seed", type=int, default=0, help="order and test people follow from it (default: 0)"
    )
    photos.add_argument(
        "--size",
        type=side,
        default=SIDE,
        metavar="N",
        help="pixels of a side; the labs read 48 only (default: %(default)s)",
    )
    photos.add_argument(
        "--no-detect", dest="detect", action="store_false", help="crop the centre, look for no face"
    )
    photos.add_argument(
        "--certain",
        type=certainty,
        default=0.9,
        metavar="X",
        help="share of a first name's bearers that decides (default: %(default)s)",
    )
    photos.add_argument(
        "--processes", type=at_least_1, metavar="N", help="(default: one for each processor)"
    )
    photos.set_defaults(command=make_of_photos)

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


def make_of_photos(options):
    from dsutil.photos import data_set

    wanted = data_set.Wanted(
        **{field: getattr(options, field) for field in data_set.Wanted._fields}
    )
    data_set.make(options.source, options.out, wanted, options.processes)
    return 0


def at_least_1(text):
    """A whole number from 1 on, for argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, found {text}")
    return number


def side(text):
    """A whole number of pixels that a face still has and a picture may have, for argparse."""
    number = int(text)
    if not 8 <= number <= 512:
        raise argparse.ArgumentTypeError(f"expected from 8 to 512, found {text}")
    return number


def share(text):
    """A number from 0 to less than 1, for argparse."""
    number = float(text)
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(f"expected from 0 to less than 1, found {text}")
    return number


def certainty(text):
    """A number over a half up to 1, for argparse."""
    number = float(text)
    if not 0.5 < number <= 1:
        raise argparse.ArgumentTypeError(f"expected over 0.5 and 1 at most, found {text}")
    return number


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
