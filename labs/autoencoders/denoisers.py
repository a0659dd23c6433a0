"""denoisers: what takes noise off best? A median filter, non-local means, or a network.

Each is given the same noisy pictures, the test set of a run of `denoising` as the network is shown
it. How strong OpenCV's two work is tried out on pictures that the network trained on. Prints the
peak signal-to-noise ratios, and draws what each makes of a few faces, or of photographs.

    python -m labs.autoencoders.denoising
    python -m labs.autoencoders.denoisers logs/denoising/1
    python -m labs.autoencoders.denoisers logs/denoising/1 photograph.jpg --noisy
"""

import functools
import itertools
from pathlib import Path

import numpy as np

from dsutil.atomic import replacing
from dsutil.errors import exit_with_sentence
from dsutil.pictures import enlarged
from labs import catalogue
from labs.analysis import extras, plots, tables
from labs.tasks import Denoising
from labs.training import data_sets
from labs.training.options import Parser

TRIED = 500  # pictures of the training set, to find how strong a filter has to be
SHOWN = 4  # pictures of the test set
SIDES = (3, 5, 7)  # of a median filter's window, in pixels
STRENGTHS = tuple(range(5, 61, 5))  # of non-local means, in grey levels
PATCHES = (3, 5, 7)  # sides of what is compared
WINDOWS = (7, 11, 21)  # sides of where it is looked for
HEADER = ["denoiser", "set to", "PSNR in dB"]


def median(pictures, side):
    """Each pixel becomes the median of the square around it."""
    import cv2

    return np.stack([cv2.medianBlur(picture, side) for picture in pictures])


def non_local_means(pictures, strength, patch, window):
    """Each pixel becomes a mean of those around it whose surroundings look like its own."""
    import cv2

    return np.stack(
        [cv2.fastNlMeansDenoising(one, None, strength, patch, window) for one in pictures]
    )


# Each with the settings that are tried, by the names that a person reads.
FILTERS = {
    "median filter": (median, {"side": SIDES}),
    "non-local means": (
        non_local_means,
        {"strength": STRENGTHS, "patch": PATCHES, "window": WINDOWS},
    ),
}


def ratio(pictures, cleaned):
    """The mean of the pictures' peak signal-to-noise ratios, by OpenCV, in decibels."""
    import cv2

    return float(np.mean([cv2.PSNR(*pair) for pair in zip(pictures, cleaned, strict=True)]))


def tuned(function, choices, pictures, noisy):
    """The setting, of all that are tried, by which a filter brings pictures closest to the true."""
    settings = [dict(zip(choices, s, strict=True)) for s in itertools.product(*choices.values())]
    return max(settings, key=lambda setting: ratio(pictures, function(noisy, **setting)))


def in_words(setting):
    return ", ".join(f"{name} {number}" for name, number in setting.items())


def main(arguments=None):
    parser = Parser("python -m labs.autoencoders.denoisers", __doc__)
    parser.add_trained()
    parser.add_argument("pictures", nargs="*", metavar="PICTURE", help="photographs to draw")
    parser.add_argument(
        "--no-detect", dest="detect", action="store_false", help="crop the centre, look for no face"
    )
    parser.add_argument(
        "--noisy", action="store_true", help="the photographs are noisy as they are: add nothing"
    )
    parser.add_argument(
        "--out", default="logs", metavar="DIR", help="folder of denoisers.png and .md"
    )
    options = parser.parse_intermixed_args(arguments)
    if options.noisy and not options.pictures:
        parser.error("--noisy is about photographs: expected some")
    with exit_with_sentence():
        shown = photographs(options.pictures, options.detect) if options.pictures else None
        found = Compared(options.run, options.checkpoint)
        write(found, Path(options.out), shown, options.noisy)


def photographs(paths, detect=True):
    """The faces of photographs, as `labs.predict` sees them: (n, 48, 48) uint8."""
    from dsutil.photos import photo

    return np.stack([photo.face(path, size=48, detect=detect) for path in paths])


class Compared:
    """A run's network and OpenCV's filters, on the run's test set.

    Args:
        folder: of the run.
        checkpoint: the name of one; the newest if None.

    Raises:
        InputError: it is no run of a denoiser, or OpenCV is missing.
    """

    def __init__(self, folder, checkpoint=None):
        run, lab = catalogue.run_asking(folder, Denoising, "takes noise off")
        extras.need("cv2", "matplotlib")
        self.task, given = lab.task, run.config["options"]
        self.train, self.test = (
            data_sets.open_one(lab.task, given["databases"], given[use]).images.reshape(
                -1, *lab.task.images.shape
            )
            for use in ("train", "test")
        )
        self.train = self.train[:TRIED]
        self.filters, self.settings = self._filters()
        from labs.analysis.trained import restored

        self.filters[lab.name] = functools.partial(cleaned, restored(lab, run, checkpoint))

    def _filters(self):
        """OpenCV's, each at its best: {name: function of noisy pictures}, {name: setting}."""
        filters, settings = {"none": lambda noisy: noisy}, {}
        noisy = self.noisy(self.train)
        for name, (function, choices) in FILTERS.items():
            settings[name] = tuned(function, choices, self.train, noisy)
            filters[name] = functools.partial(function, **settings[name])
        return filters, settings

    def noisy(self, pictures):
        """Pictures (n, height, width) uint8 as the network is shown them."""
        seen = self.task.seen(pictures.reshape(len(pictures), -1))
        return np.asarray(seen).reshape(pictures.shape)

    def rows(self):
        """The rows of the table: a denoiser, its setting, and what it reaches on the test set."""
        noisy = self.noisy(self.test)
        return [
            [name, in_words(self.settings.get(name, {})), f"{ratio(self.test, clean(noisy)):.2f}"]
            for name, clean in self.filters.items()
        ]

    def draw(self, pictures, as_they_are=False):
        """The figure: a row for each picture, a column for each denoiser.

        Args:
            pictures: (n, height, width) uint8.
            as_they_are: whether they are noisy already.
        """
        noisy = pictures if as_they_are else self.noisy(pictures)
        columns = {"noisy" if k == "none" else k: clean(noisy) for k, clean in self.filters.items()}
        if not as_they_are:
            columns = {"picture": pictures} | columns
        figure, panels = plots.figure(panels=len(columns))
        figure.set_size_inches(2.0 * len(columns), 2.0 * len(pictures) + 0.4)
        for axes, (name, column) in zip(panels, columns.items(), strict=True):
            large = enlarged(column, 144)
            axes.imshow(np.concatenate([*large]), "gray", vmin=0, vmax=255)
            axes.axis("off")
            axes.set_title(name, size=12)
        return figure


def cleaned(network, noisy):
    """What a `Trained` network makes of noisy pictures (n, height, width) uint8, as bytes."""
    from dsutil.dataset import EVALUATION_BATCH, normalized

    pieces = [noisy[i : i + EVALUATION_BATCH] for i in range(0, len(noisy), EVALUATION_BATCH)]
    answers = [
        np.asarray(network.answer(network.outputs(normalized(piece.reshape(len(piece), -1)))))
        for piece in pieces
    ]
    return np.rint(np.concatenate(answers)).astype(np.uint8).reshape(noisy.shape)


def write(found, folder, pictures=None, noisy=False):
    """Prints the table, and writes it and the picture into a folder.

    Args:
        found: what is `Compared`.
        pictures: (n, height, width) uint8, which are drawn; None for some of the test set.
        noisy: whether those are noisy as they are.
    """
    rows = found.rows()
    print(*tables.aligned(HEADER, rows, left=2), sep="\n")
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / "denoisers.md") as beside:
        text = "\n".join(tables.markdown(HEADER, rows, left=2))
        beside.write_text(f"{text}\n", encoding="utf-8")
    if pictures is None:
        figure = found.draw(found.test[:SHOWN])
    else:
        figure = found.draw(pictures, noisy)
    plots.save(figure, folder / "denoisers.png")
    for name in ("denoisers.md", "denoisers.png"):
        print(f"{folder / name}: written")


if __name__ == "__main__":
    main()
