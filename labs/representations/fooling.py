"""fooling: a noise that nobody sees, and the network answers something else.

Each pixel goes a few grey levels up or down: by chance; in one step along the gradient, whichever
way makes the network less sure of the right class (the fast gradient sign); or in many steps of a
grey level each. Prints how often the answers stay right, and draws faces, noises and answers. It
also turns pure noise into what the network is sure is a face of each class.

    python -m labs.nn4
    python -m labs.representations.fooling logs/nn4/1
    python -m labs.representations.fooling logs/nn4/1 logs/hardened/1 --out pictures

Of several runs of a lab it tells the mean, and the smallest and the largest.
"""

import math
from pathlib import Path

import numpy as np
import tensorflow as tf

import layers as Layers
from dsutil import montage
from dsutil.errors import exit_with_sentence
from labs import catalogue
from labs.analysis import charts, plots, tables
from labs.tasks import Classification
from labs.training import data_sets
from labs.training.options import Parser, whole

GREY_LEVELS = (0, 1, 2, 4, 8, 16)  # of 256, by which a pixel changes at most
SHOWN = 4  # of them, in the picture of faces
EXAMPLES = 6  # faces there
NOISES = 8  # pictures made of noise
SURE, MOST = 0.99, 500  # how sure the network is to be of these, and after how many steps at most
SEED = 1
BATCH = 250  # pictures whose gradients are computed together
MARKERS = ("o", "s", "^")


class Victim:
    """A trained network, and which way each pixel has to go to make it surer of a class.

    Args:
        trained: the run's, a `labs.analysis.trained.Trained` in float32.
    """

    def __init__(self, trained):
        self.trained = trained
        self._signs = tf.function(self._signs, autograph=False, reduce_retracing=True)

    def signs(self, images, labels):
        """1 where a brighter pixel makes it surer of the class, -1 where a darker one does.

        Args:
            images: (n, numbers) uint8.
            labels: (n, classes), one-hot.

        Returns:
            (n, numbers) int16.
        """
        pieces = range(0, len(images), BATCH)
        return np.concatenate(
            [self._signs(images[i : i + BATCH], labels[i : i + BATCH]) for i in pieces]
        )

    def _signs(self, images, labels):
        from labs.training.step import scaled

        surer = Layers.gradient_sign(self.trained.outputs, scaled(images), labels)
        return tf.cast(surer, tf.int16)

    def answers(self, images):
        """The probability of each class, (n, classes)."""
        return self.trained.answers(images)

    def accuracy(self, images, labels):
        """How often the likeliest class is that of the labels."""
        return float(np.mean(self.answers(images).argmax(axis=1) == labels.argmax(axis=1)))


# --------------------------------------------------------------------------------- the noises
#
# Each makes of images (n, numbers) uint8 others of that kind, which a file could hold. No pixel
# changes by more than `most` grey levels.


def random_noise(victim, images, labels, most):
    """Each pixel goes up or down by chance."""
    ways = np.random.default_rng(SEED).choice([-1, 1], images.shape)
    return in_bytes(images + most * ways)


def fast_gradient_sign(victim, images, labels, most):
    """All pixels go one step, each in the direction of the gradient.

    Source: Goodfellow, Shlens and Szegedy, "Explaining and Harnessing Adversarial Examples", 2015.
    """
    return in_bytes(images - most * victim.signs(images, labels))


def iterated(victim, images, labels, most):
    """Steps of a grey level, after each of which the gradient is asked again.

    Source: Kurakin, Goodfellow and Bengio, "Adversarial Examples in the Physical World", 2017,
    which has the number of steps, too.
    """
    original, moved = images.astype(np.int16), images
    for _ in range(math.ceil(min(most + 4, 1.25 * most))):
        further = moved - victim.signs(moved, labels)
        moved = in_bytes(np.clip(further, original - most, original + most))
    return moved


def in_bytes(values):
    """Whole numbers as the nearest that a byte can be."""
    return np.clip(values, 0, 255).astype(np.uint8)


KINDS = {
    "random noise": random_noise,
    "fast gradient sign": fast_gradient_sign,
    "iterated": iterated,
}


def accuracies(victim, images, labels):
    """The accuracy under each kind of noise of each size: {kind: [accuracy]}."""
    return {
        name: [victim.accuracy(kind(victim, images, labels, most), labels) for most in GREY_LEVELS]
        for name, kind in KINDS.items()
    }


def from_noise(victim, labels, numbers):
    """Noise, changed a grey level at a time until the network is SURE that it is of a class.

    Args:
        labels: (n, classes), one-hot: what the network is to see in each.
        numbers: of a picture.

    Returns:
        The pictures, (n, numbers) uint8; after how many steps the network was sure of the last one,
        or MOST, where it is not.

    Source: Nguyen, Yosinski and Clune, "Deep Neural Networks are Easily Fooled", 2015, section 3.3.
    """
    images = np.random.default_rng(SEED).integers(0, 256, (len(labels), numbers), np.uint8)
    for step in range(MOST):
        unsure = victim.answers(images)[labels == 1] < SURE
        if not unsure.any():
            return images, step
        further = images[unsure] + victim.signs(images[unsure], labels[unsure])
        images[unsure] = in_bytes(further)
    return images, MOST


# ------------------------------------------------------------------------------- the pictures


def fooled(victim, images, labels):
    """Pictures and captions of faces that are answered right, and wrong with a noise of SHOWN.

    Of each: the face, the noise, both together, and the face with as much noise by chance.
    """
    noisy = [kind(victim, images, labels, SHOWN) for kind in (iterated, random_noise)]
    answers = [victim.answers(one).argmax(axis=1) for one in (images, noisy[0])]
    right = labels.argmax(axis=1)
    rows = np.flatnonzero((answers[0] == right) & (answers[1] != right))
    rows = rows[victim.trained.lab.task.some((labels[rows],), len(rows), EXAMPLES)]
    if not len(rows):  # it falls for larger noises only
        return images[:0], []
    noise = noisy[0][rows].astype(np.int16) - images[rows]
    contrast = 127 // SHOWN
    captions = [montage.Caption(f"times {contrast}", f"up to {SHOWN} grey levels")] * len(rows)
    columns = [
        captioned(victim, images[rows], labels[rows], "face"),
        (in_bytes(128 + contrast * noise), captions),
        captioned(victim, noisy[0][rows], labels[rows], "face + this noise"),
        captioned(victim, noisy[1][rows], labels[rows], "face + random noise"),
    ]
    pictures = np.stack([pictures for pictures, _ in columns], axis=1)
    captions = [caption for row in zip(*(texts for _, texts in columns), strict=True)
                for caption in row]  # fmt: skip
    return pictures.reshape(-1, images.shape[1]), captions


def captioned(victim, images, labels, name):
    """The images, and what the network answers to each."""
    task, answers = victim.trained.lab.task, victim.answers(images)
    captions = [task.caption(*one) for one in zip(images, answers, zip(labels), strict=True)]
    return images, [montage.Caption(name, text, wrong) for text, _, wrong in captions]


def draw(found):
    """The figure: accuracy against the size of the noise, {lab: [what `accuracies` returns]}."""
    figure, panels = plots.figure(panels=len(found))
    for axes, (lab, each) in zip(panels, found.items(), strict=True):
        for kind, colour, marker in zip(KINDS, charts.COLOURS, MARKERS, strict=False):
            values = np.array([one[kind] for one in each])
            axes.plot(GREY_LEVELS, values.mean(axis=0), marker=marker, markersize=7, label=kind,
                      color=colour, linewidth=2.2)  # fmt: skip
            axes.fill_between(GREY_LEVELS, values.min(axis=0), values.max(axis=0), color=colour,
                              alpha=0.15, linewidth=0)  # fmt: skip
        axes.set_title(lab, size=charts.SIZE + 1)
        axes.set_xlabel("grey levels of 256 that a pixel changes by", size=charts.SIZE)
        axes.set_ylabel("accuracy", size=charts.SIZE)
        axes.tick_params(labelsize=charts.SIZE - 1)
        axes.set_xscale("symlog", base=2, linthresh=1)
        axes.set_xticks(GREY_LEVELS, map(str, GREY_LEVELS))
        axes.minorticks_off()
        axes.set(xlim=(-0.2, 18), ylim=(-0.03, 1.03))
    panels[0].legend(frameon=False, fontsize=charts.SIZE - 1, loc="lower left")
    return figure


# --------------------------------------------------------------------------------- the command


def main(arguments=None):
    parser = Parser("python -m labs.representations.fooling", __doc__)
    parser.add_argument(
        "runs", nargs="+", metavar="RUN", help="the folders of runs, such as logs/nn4/1"
    )
    parser.add_argument(
        "--images", type=whole(1), default=1000, metavar="N",
        help="how many of the run's test set, from the first on (default: 1000)",
    )  # fmt: skip
    parser.add_argument(
        "--out", default="logs", metavar="DIR", help="folder of fooling.png and fooled.png"
    )
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        plots.figure()  # without which there is nothing to compute for
        opened = [classifier(folder) for folder in options.runs]
        found, examples = {}, None
        for run, lab in opened:
            victim, images, labels = loaded(lab, run, options.images)
            found.setdefault(lab.name, []).append(accuracies(victim, images, labels))
            examples = examples or shown(victim, images, labels)
        write(found, examples, Path(options.out))


def classifier(folder):
    """The run in a folder, and its lab.

    Raises:
        InputError: there is no such run, or it does not tell classes apart.
    """
    return catalogue.run_asking(folder, Classification, "tells classes apart")


def loaded(lab, run, count):
    """The `Victim`, and the first images of the run's test set with their labels."""
    from labs.analysis.trained import restored

    tf.get_logger().setLevel("ERROR")  # it warns of many graphs: each network needs its own
    given = run.config["options"]
    data = data_sets.open_one(lab.task, given["databases"], given["test"])
    count = min(count, data.count)
    victim = Victim(restored(lab, run, precision="float32"))
    return victim, data.read(0, count), data.truths[0][:count]


def shown(victim, images, labels):
    """Pictures and captions for the montage: faces and noises; and what is said of the noises."""
    faces, captions = fooled(victim, images, labels)
    classes = labels.shape[1]
    wanted = np.eye(classes, dtype=np.float32)[np.arange(NOISES) % classes]
    noises, steps = from_noise(victim, wanted, images.shape[1])
    noises, more = captioned(victim, noises, wanted, "noise")
    shape = victim.trained.lab.task.images.shape
    return [*np.concatenate([faces, noises]).reshape(-1, *shape)], [*captions, *more], steps


def write(found, examples, folder):
    """Prints the table, and writes the curves and the pictures into a folder."""
    header = ["lab", "noise", *map(str, GREY_LEVELS)]
    rows = [
        [lab, kind, *(tables.spread(v, 3) for v in zip(*(one[kind] for one in each), strict=True))]
        for lab, each in found.items()
        for kind in KINDS
    ]
    print("Accuracy with a noise of so many grey levels:")
    print(*tables.markdown(header, rows, left=2), sep="\n")
    pictures, captions, steps = examples
    sure = f"{'is' if steps < MOST else 'is not'} {SURE:.0%} sure of {NOISES} noises"
    print(f"The network {sure} after {steps} steps of a grey level.")
    folder.mkdir(parents=True, exist_ok=True)
    plots.save(draw(found), folder / "fooling.png")
    montage.save(folder / "fooled.png", pictures, captions)
    for name in ("fooling.png", "fooled.png"):
        print(f"{folder / name}: written")


if __name__ == "__main__":
    main()
