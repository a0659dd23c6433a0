"""verification: are these two pictures of the same person? By pixels, PCA, HOG, and an embedding.

Each turns a picture into numbers; how far those of two pictures are apart is the answer. Prints how
often it is right about persons that none of them has seen, and draws the receiver operating
characteristic of each.

    python -m labs.representations.embedding
    python -m labs.representations.verification logs/embedding/1
"""

from pathlib import Path

import numpy as np

from dsutil.errors import exit_with_sentence
from labs import catalogue
from labs.analysis import extras, plots, tables
from labs.tasks import Verification, receiver
from labs.tasks.verification import pairs
from labs.training import data_sets
from labs.training.options import Parser

COMPONENTS = 32  # of PCA and LDA: as many numbers as the embedding has
CELLS, DIRECTIONS = 2, 9  # of a HOG: cells of a block's side, and directions of a gradient
CELL = 8  # pixels of a cell's side
RARE = 1e-3  # share of mistakes at which the picture begins
HEADER = ["representation", "numbers", "verification accuracy", "area under the ROC"]


def pixels(train, persons, test):
    """The pixels themselves."""
    return test.astype(np.float64)


def principal_components(train, persons, test):
    """The largest principal components of the training set's pixels ("eigenfaces")."""
    from sklearn.decomposition import PCA

    return PCA(COMPONENTS, svd_solver="covariance_eigh").fit(train).transform(test)


def gradients_and_discriminants(train, persons, test):
    """Histograms of gradients, and of these the directions that tell persons apart best."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    # As many directions as tell persons apart: between two, one.
    components = min(COMPONENTS, len(np.unique(persons)) - 1)
    discriminants = LinearDiscriminantAnalysis(n_components=components)
    found = discriminants.fit(histograms(train), persons).transform(histograms(test))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def histograms(images):
    """Histograms of oriented gradients by OpenCV, (n, numbers); images (n, 2304) uint8."""
    import cv2

    side = round(images.shape[1] ** 0.5)
    block = CELLS * CELL
    hog = cv2.HOGDescriptor((side, side), (block, block), (CELL, CELL), (CELL, CELL), DIRECTIONS)
    return np.stack([hog.compute(image) for image in images.reshape(-1, side, side)])


REPRESENTATIONS = {
    "raw pixels": pixels,
    "PCA": principal_components,
    "HOG, LDA": gradients_and_discriminants,
}


def measured(vectors, persons):
    """What is told of a representation.

    Args:
        vectors: (n, numbers), of pictures of `persons` (n,).

    Returns:
        The curve, a pair of shares (pairs,); how many numbers; the accuracy where both errors are
        equal; the area under the curve.
    """
    apart, same = pairs(vectors, persons)
    error, _ = receiver.equal_error(-apart, same)
    false, true, _ = receiver.curve(-apart, same)
    return (false, true), vectors.shape[1], 1 - error, receiver.area(-apart, same)


def draw(found):
    """The figure: the curve of each, {name: what `measured` returns}.

    Rare mistakes are spread out, since that is where good curves differ.
    """
    figure, (axes,) = plots.figure()
    for name, ((false, true), _, accuracy, _) in found.items():
        axes.plot(false, true, label=f"{name}, {accuracy:.3f}")
    equal = np.geomspace(RARE, 1)
    axes.plot(equal, 1 - equal, color="0.6", linewidth=1, linestyle=":")
    axes.set_xscale("log")
    axes.set_xlim(RARE, 1)
    axes.set_xlabel("different persons taken for the same")
    axes.set_ylabel("the same person recognised")
    axes.legend(title="accuracy where both errors are equal (dotted)", frameon=False)
    figure.set_size_inches(6.5, 4.5)
    return figure


def main(arguments=None):
    parser = Parser("python -m labs.representations.verification", __doc__)
    parser.add_trained()
    parser.add_argument(
        "--out", default="logs", metavar="DIR", help="folder of verification.png and .md"
    )
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        found = compared(options.run, options.checkpoint)
        tables.write(Path(options.out), "verification", HEADER, cells(found), lambda: draw(found))


def compared(folder, checkpoint=None):
    """What each representation reaches on the test set of a run, the run's last.

    Raises:
        InputError: it is no run of an embedding, or a library is missing.
    """
    run, lab = catalogue.run_asking(folder, Verification, "tells persons apart")
    extras.need("sklearn", "cv2", "matplotlib")
    from labs.analysis.trained import restored

    network = restored(lab, run, checkpoint)
    given = run.config["options"]
    train, test = (
        data_sets.open_one(lab.task, given["databases"], given[use]) for use in ("train", "test")
    )
    images = [data.read(0, data.count) for data in (train, test)]
    persons, tested = (data.truths[0] for data in (train, test))
    found = {
        name: measured(vectors(images[0], persons, images[1]), tested)
        for name, vectors in REPRESENTATIONS.items()
    }
    vectors = network.answers(images[1])
    return found | {lab.name: measured(np.float64(vectors), tested)}


def cells(found):
    """The rows of the table; `found` as of `draw`."""
    return [
        [name, f"{size:,}", f"{accuracy:.4f}", f"{area:.4f}"]
        for name, (_, size, accuracy, area) in found.items()
    ]


if __name__ == "__main__":
    main()
