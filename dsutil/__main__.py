"""python -m dsutil: draw the default data sets, make others of photographs, say what files hold.

python -m dsutil draw 1k test10k --out DataBases
python -m dsutil draw persons10k scenes10k adding50x10k --out DataBases
python -m dsutil photos lfw --out faces --name lfw --test-share 0.1
python -m dsutil info DataBases/data_1k.bin
python -m dsutil info DataBases/data_*.bin --picture faces.png
"""

import argparse
import re
import sys

from dsutil import databases, info
from dsutil.binary import SIDE
from dsutil.columns import FACE_MASK
from dsutil.errors import InputError, exit_with_sentence


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m dsutil",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    draw = commands.add_parser(
        "draw",
        help="draw data sets of faces, of scenes and of sequences",
        description="Draws data sets of faces, of persons, of scenes with faces, and of sequences "
        "for the adding problem.",
    )
    sizes = ", ".join(map(size_of, databases.DRAWN))
    draw.add_argument("names", nargs="+", metavar="NAME", choices=databases.DRAWN, help=sizes)
    draw.add_argument(
        "--out", default=databases.DEFAULT, metavar="DIR", help="folder (default: %(default)s)"
    )
    draw.add_argument(
        "--seed", type=int, default=0, help="another seed draws other faces (default: %(default)s)"
    )
    draw.add_argument(
        "--masks",
        action="store_true",
        help="of faces also which part each pixel shows; takes twice as long",
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

    about = commands.add_parser(
        "info",
        help="what the files of a data set hold, and whether they are sound",
        description="Says what data sets hold; exits 1 if one is not sound.",
    )
    about.add_argument(
        "files", nargs="+", metavar="FILE", help="any file of a data set stands for all of it"
    )
    about.add_argument(
        "--shape",
        type=shape,
        metavar="HxW",
        help="of the images, which the files do not tell, such as 32x32x3 (default: 48x48, of "
        "scenes 96x96)",
    )
    about.add_argument(
        "--picture", metavar="PNG", help="write a picture of the first one's images and truths"
    )
    about.set_defaults(command=tell)

    options = parser.parse_args(arguments)
    with exit_with_sentence():
        return options.command(options)


def size_of(name):
    """How many images a drawn data set has, in words."""
    data_set = databases.drawn(name)
    return f"{name} ({data_set.count:,} {data_set.kind.images.what})"


def draw_names(options):
    columns = (FACE_MASK,) if options.masks else ()
    for name in options.names:
        databases.draw(options.out, name, options.seed, columns=columns)
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


def shape(text):
    """The shape of pictures, such as 48x48 or 32x32x3, for argparse."""
    if not re.fullmatch(r"[1-9]\d{0,4}x[1-9]\d{0,4}(x3)?", text):
        raise argparse.ArgumentTypeError(f"expected such as 48x48 or 32x32x3, found {text}")
    return tuple(map(int, text.split("x")))


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
    """Prints what each data set holds; returns 1 if one of them is not sound, else 0."""
    unsound = 0
    picture = options.picture
    for place in dict.fromkeys(map(info.Place.of, options.files)):
        try:
            dataset = place.opened(options.shape)
            lines = list(info.lines(place, dataset))
        except (InputError, FileNotFoundError) as error:
            print(f"{place.images}: NOT SOUND: {error}")
            unsound = 1
            continue
        print(*lines, sep="\n")
        if picture:
            from dsutil.picture import save_faces

            save_faces(picture, dataset)
            picture = None
    return unsound


if __name__ == "__main__":
    sys.exit(main())
