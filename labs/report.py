"""report: a run as one HTML file, to be opened in any browser, without network or server.

    python -m labs.report logs/nn4/1
    python -m labs.report logs/nn4/1 --checkpoint best --out nn4.html

It shows what the run is, its curves, how it answers on its test set, and the network itself at
work: draw on a face, and every layer changes; click a number, and see what it is made of.
"""

import contextlib
import shlex
import sys
from pathlib import Path

from dsutil.atomic import replacing
from dsutil.errors import exit_with_sentence
from dsutil.photos.photo import printable
from labs import catalogue, runs
from labs.training.options import Parser


def parse(arguments):
    parser = Parser("python -m labs.report", __doc__)
    parser.add_trained()
    parser.add_argument(
        "--databases", metavar="DIR", help="folder of the binary files (default: the run's)"
    )
    parser.add_argument(
        "--out", metavar="FILE", help="where to write it (default: report.html in the run's folder)"
    )
    return parser.parse_args(arguments)


def main(arguments=None):
    """Writes the page as `arguments` (`sys.argv` if None) say; returns the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        with exit_with_sentence():
            report(parse(arguments), shlex.join(["python", "-m", "labs.report", *words]))
    except SystemExit as exit_:
        return exit_.code
    return 0


def report(given, command):
    """Writes the page that was asked for, and says where.

    Raises:
        InputError: there is no such run, its files are damaged, or its lab is not sound.
    """
    with contextlib.redirect_stdout(sys.stderr):  # of what is said on the way
        run = runs.existing(given.run)
        lab = catalogue.lab_of(run)

        from labs.analysis.page import document

        page = document.of_run(lab, run, given.checkpoint, given.databases, command)
    path = Path(given.out) if given.out else run.path / "report.html"
    with replacing(path) as beside:
        beside.write_text(page, encoding="utf-8", newline="\n")
    print(printable(path))


if __name__ == "__main__":
    sys.exit(main())
