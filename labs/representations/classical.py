"""classical: men and women without a network, and with one: the table before and after 2012.

Pixels, histograms of oriented gradients (HOG), and what nn4's last hidden layer puts out; of each,
the principal components or all of it; and on these a linear SVM, an SVM with Gaussian kernels
("RBF"), the nearest neighbours, and a random forest, by scikit-learn.

    python -m labs.nn4
    python -m labs.representations.classical logs/nn4/1
"""

import dataclasses
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from dsutil.atomic import replacing
from dsutil.columns import FACES
from dsutil.dataset import EVALUATION_BATCH, normalized
from dsutil.errors import InputError, exit_with_sentence
from labs import catalogue
from labs.analysis import extras, intervals, plots, results, tables
from labs.representations.verification import histograms
from labs.tasks import Classification
from labs.training import data_sets
from labs.training.options import Parser, whole

IMAGES = 4_000  # to fit on: SVMs and forests take several times as long for twice as many
COMPONENTS = 64
SEEDS = 0, 1, 2  # of the forests; the others hardly depend on chance
NEIGHBOURS = 15
C = 1e-3  # of the linear SVM: with scikit-learn's 1 it takes minutes to learn pixels by heart


def linear_svm(seed):
    from sklearn.svm import LinearSVC

    return LinearSVC(C=C, random_state=seed)


def rbf_svm(seed):
    from sklearn.svm import SVC

    return SVC()


def nearest_neighbours(seed):
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(NEIGHBOURS)


def random_forest(seed):
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_jobs=-1, random_state=seed)


CLASSIFIERS = {
    "linear SVM": linear_svm,
    "RBF SVM": rbf_svm,
    "k-NN": nearest_neighbours,
    "random forest": random_forest,
}
QUICK = "linear SVM", "k-NN"  # which do not take minutes without PCA
HEADER = ["features", "numbers", *CLASSIFIERS]


def pipeline(name, components=None, seed=0):
    """scikit-learn's pipeline: deviations of 1, then principal components if wanted, then `name`.

    What is not set here is as scikit-learn has it.
    """
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    reduction = [PCA(components, random_state=seed)] if components else []
    return make_pipeline(StandardScaler(), *reduction, CLASSIFIERS[name](seed))


@dataclasses.dataclass(frozen=True)
class Reached:
    """What a classifier does on the test set.

    Attributes:
        accuracy: the mean over the seeds.
        count: of the test images.
        fit, answer: seconds to fit, and to answer for all test images, once.
    """

    accuracy: float
    count: int
    fit: float
    answer: float

    @property
    def interval(self):
        """Where the accuracy on other test images may lie: low, high."""
        return intervals.wilson(self.accuracy, self.count)

    def __str__(self):
        return "{:.4f} ({:.4f} to {:.4f})".format(self.accuracy, *self.interval)

    @property
    def times(self):
        return f"{self.fit:.1f} s, {self.answer:.1f} s"


def reached(name, components, train, test):
    """Fits a pipeline to (x, classes) of `train` and counts its right answers on `test`."""
    accuracies, fit, answer = [], [], []
    for seed in SEEDS if name == "random forest" else SEEDS[:1]:
        started = time.perf_counter()
        model = pipeline(name, components, seed).fit(*train)
        fitted = time.perf_counter()
        accuracies.append(model.score(*test))
        fit.append(fitted - started)
        answer.append(time.perf_counter() - fitted)
    return Reached(statistics.fmean(accuracies), len(test[1]), min(fit), min(answer))


def hidden(trained, images):
    """What a network's last layer is given, (n, numbers), for images (n, pixels) uint8."""
    from labs.analysis.trained import before_last

    features = before_last(trained.model)
    found = features.predict(normalized(images), batch_size=EVALUATION_BATCH, verbose=0)
    return found.reshape(len(images), -1)


def compared(trained, train, test, components=COMPONENTS):
    """Yields (features, numbers, {classifier: `Reached`}): of each the components, then all.

    Args:
        trained: the network, a `labs.analysis.trained.Trained`.
        train, test: images (n, pixels) uint8 and their classes (n,), of each.
    """
    features = {
        "raw pixels": normalized,
        "HOG": histograms,
        f"{trained.lab.name}'s last hidden layer": lambda images: hidden(trained, images),
    }
    for name, of in features.items():
        sets = [(of(images), classes) for images, classes in (train, test)]
        numbers = sets[0][0].shape[1]
        few = min(components, numbers, len(train[1]))
        for count, reduced, which in ((few, few, CLASSIFIERS), (numbers, None, QUICK)):
            yield name, count, {one: reached(one, reduced, *sets) for one in which}


def itself(trained, run, test):
    """What the network itself does, a `Reached`."""
    started = time.perf_counter()
    accuracy = trained.evaluate(test).headline
    answer = time.perf_counter() - started
    return Reached(accuracy, test.count, results.read(run).seconds or float("nan"), answer)


def draw(rows, network):
    """The figure: a bar for each accuracy, with its interval, and a line for the network itself."""
    figure, (axes,) = plots.figure()
    names = list(dict.fromkeys(name for name, *_ in rows))
    order, width = list(CLASSIFIERS), 0.8 / len(rows)
    for i, (name, numbers, found) in enumerate(rows):
        places = [order.index(one) + (i - (len(rows) - 1) / 2) * width for one in found]
        heights = [one.accuracy for one in found.values()]
        ends = np.transpose([one.interval for one in found.values()])
        axes.bar(
            places,
            heights,
            0.9 * width,
            yerr=abs(ends - heights),
            color=f"C{names.index(name)}",
            alpha=1 if len(found) == len(order) else 0.5,
            label=f"{name}, {numbers:,}",
            error_kw={"linewidth": 1},
        )
    axes.axhline(network.accuracy, color="0.3", linestyle=":", label="the network itself")
    axes.set_xticks(range(len(order)), order)
    axes.set_ylim(0.5, 1)
    axes.set_ylabel("test accuracy")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2, frameon=False)
    figure.set_size_inches(8, 5.5)
    return figure


def main(arguments=None):
    parser = Parser("python -m labs.representations.classical", __doc__)
    parser.add_trained()
    parser.add_argument(
        "--images",
        type=whole(NEIGHBOURS),
        default=IMAGES,
        metavar="N",
        help=f"fit on the first N training images; the network had all (default: {IMAGES})",
    )
    parser.add_argument(
        "--components",
        type=whole(1, 2304),
        default=COMPONENTS,
        metavar="N",
        help=f"principal components (default: {COMPONENTS})",
    )
    parser.add_argument(
        "--out", default="logs", metavar="DIR", help="folder of classical.png and .md"
    )
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        run, lab = catalogue.run_asking(options.run, Classification, "tells men from women")
        sets = opened(lab, run)
        extras.need("sklearn", "cv2", "matplotlib")
        from labs.analysis.trained import restored

        trained = restored(lab, run, options.checkpoint, precision="float32")
        network = itself(trained, run.path, sets[1])
        train, test = ((data.images, data.labels.argmax(axis=1)) for data in sets)
        some = [column[: options.images] for column in train]
        if len(np.unique(some[1])) < 2:
            raise InputError(
                f"The first {options.images} images of {sets[0].paths[0]} are all of one class: "
                "give a larger --images."
            )
        rows = []
        for row in compared(trained, some, test, options.components):
            rows.append(row)
            print(progress(*row), file=sys.stderr, flush=True)
        write(rows, network, Path(options.out))


def progress(name, numbers, found):
    """A line about what has been fitted so far."""
    reached = ", ".join(f"{one} {what.accuracy:.4f}" for one, what in found.items())
    return f"{name}, {numbers:,} numbers: {reached}"


def opened(lab, run):
    """The data sets to train and to test on of a run.

    Raises:
        InputError: its pictures are no faces.
    """
    if lab.task.images != FACES:
        raise InputError(f"{run.path}: expected the run of a lab that tells men from women.")
    given = run.config["options"]
    return [
        data_sets.open_one(lab.task, given["databases"], given[use]) for use in ("train", "test")
    ]


def write(rows, network, folder):
    """Prints the two tables, and writes them and the picture into a folder."""
    told = [
        (HEADER, rows_of(rows, str)),
        ([*HEADER[:2], *(f"{one}: fit, answer" for one in CLASSIFIERS)],
         rows_of(rows, lambda one: one.times)),
    ]  # fmt: skip
    sentence = f"the network itself: {network}; {network.times}"
    for table in told:
        print(*tables.aligned(*table, left=1), "", sep="\n")
    print(sentence)
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / "classical.md") as beside:
        texts = ["\n".join(tables.markdown(*table, left=1)) for table in told]
        beside.write_text("\n\n".join([*texts, sentence]) + "\n", encoding="utf-8")
    plots.save(draw(rows, network), folder / "classical.png")
    for name in ("classical.md", "classical.png"):
        print(f"{folder / name}: written")


def rows_of(rows, shown):
    """The rows of a table; "-" stands for what was not measured."""
    return [
        [name, f"{numbers:,}", *(shown(found[o]) if o in found else "-" for o in CLASSIFIERS)]
        for name, numbers, found in rows
    ]


if __name__ == "__main__":
    main()
