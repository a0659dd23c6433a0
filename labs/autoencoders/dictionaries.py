"""dictionaries: the dictionary of sparse_coding beside scikit-learn's, and what codes are good for.

Both minimise the same sum, the "objective": half of the squared error of a patch, and the penalty
of its code. It is told for patches that neither has seen, coded exactly (by least angle
regression). Then a linear classifier is to tell men from women by codes, and by pixels.

    python -m labs.autoencoders.sparse_coding
    python -m labs.autoencoders.dictionaries logs/sparse_coding/1
"""

import statistics
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dsutil.dataset import normalized
from dsutil.errors import InputError, exit_with_sentence
from dsutil.pictures import tiled
from labs import catalogue
from labs.analysis import extras, intervals, plots, tables
from labs.board.pictures import grey
from labs.tasks import COURSE, Reconstruction
from labs.training import data_sets
from labs.training.options import Parser

LEARNED_FROM = 1_000  # faces of the training set, by scikit-learn's
HELD_OUT = 100  # faces of the test set, whose patches the objective is of
CLASSIFIED = 4_000  # faces, at most, to train the classifier on, and to test it on
STRENGTHS = np.logspace(-5, -1, 5)  # of the classifier; cross-validation chooses
OBJECTIVES = "dictionary", "objective", "as a share of scikit-learn's", "atoms in use"
ACCURACIES = "features", "numbers", "test accuracy", "95 % interval"


class Compared(NamedTuple):
    """What the dictionary of a run, and scikit-learn's, reach.

    Attributes:
        atoms: {whose: (atoms, numbers of a patch)}.
        objectives: {whose: (objective, atoms in use in a patch)}.
        accuracies: {features: (numbers, accuracy)}.
        count: of the faces that those accuracies are of.
    """

    atoms: dict
    objectives: dict
    accuracies: dict
    count: int


def compared(folder):
    """The `Compared` of a run.

    Raises:
        InputError: it is the run of a lab without a dictionary, or a library is missing.
    """
    run, lab = catalogue.run_asking(folder, Reconstruction, "learns a dictionary")
    extras.need("sklearn", "matplotlib")
    from labs.analysis.trained import restored

    network = restored(lab, run, precision="float32")
    layer = dictionary_of(network, folder)
    given = run.config["options"]
    train, test = (
        data_sets.open_one(COURSE, given["databases"], given[use]) for use in ("train", "test")
    )
    x = patches(train.read(0, LEARNED_FROM), layer.side)
    atoms = {
        lab.name: np.reshape(layer.kernel, (-1, layer.atoms)).T,
        "scikit-learn": by_scikit_learn(x, layer, given["seed"]),
    }
    return Compared(
        atoms,
        objectives(network, layer, atoms, test.read(0, HELD_OUT)),
        accuracies(network, layer, train, test),
        len(test.read(0, CLASSIFIED)),
    )


def dictionary_of(network, folder):
    """The layer of a network that is a dictionary."""
    import layers as Layers

    found = [one for one in network.model.layers if isinstance(one, Layers.Dictionary)]
    if not found:
        raise InputError(f"{folder}: expected the run of a lab that learns a dictionary.")
    return found[0]


# ------------------------------------------------------------------------------------- dictionaries


def patches(images, side):
    """The patches of images (n, pixels) uint8 without their means: (patches, side * side)."""
    x = normalized(images).astype(np.float64)
    count = round(x.shape[1] ** 0.5) // side
    cut = x.reshape(-1, count, side, count, side).swapaxes(2, 3).reshape(-1, side * side)
    return cut - cut.mean(axis=1, keepdims=True)


def by_scikit_learn(x, layer, seed):
    """The atoms (atoms, numbers) that scikit-learn learns of patches x, as many as a layer has."""
    from sklearn.decomposition import MiniBatchDictionaryLearning
    from sklearn.exceptions import ConvergenceWarning

    learner = MiniBatchDictionaryLearning(
        layer.atoms, alpha=layer.penalty, fit_algorithm="cd", max_iter=5, random_state=seed
    )
    with warnings.catch_warnings():  # of some codes on the way; what is learned is judged later
        warnings.simplefilter("ignore", ConvergenceWarning)
        return learner.fit(x).components_


def objectives(network, layer, atoms, images):
    """What the patches of images cost by each dictionary, coded exactly and by the network."""
    x = patches(images, layer.side)
    found = {whose: codes(x, each, layer.penalty) for whose, each in atoms.items()}
    ours = network.lab.name
    by_network = f"{ours}, coded by {layer.iterations} iterations"
    found[by_network] = coded(network, layer, images).reshape(len(x), -1)
    atoms = {ours: atoms[ours], by_network: atoms[ours]} | atoms
    return {
        whose: (objective(x, found[whose], each, layer.penalty), in_use(found[whose]))
        for whose, each in atoms.items()
    }


def codes(x, atoms, penalty):
    """The codes (n, atoms) that minimise the objective of each patch, by scikit-learn."""
    from sklearn.decomposition import sparse_encode

    return sparse_encode(x, atoms, algorithm="lasso_lars", alpha=penalty, max_iter=10_000)


def coded(network, layer, images):
    """The codes (n, rows, columns, atoms) that the network has for images (n, pixels) uint8."""
    import keras

    code = network.model.get_layer(network.lab.task.code).output[..., -layer.atoms :]
    return keras.Model(network.model.input, code).predict(normalized(images), 256, verbose=0)


def objective(x, found, atoms, penalty):
    """The mean over patches x of 1/2 |x - a D|^2 + penalty |a|_1, a being `found`."""
    errors = np.square(x - found @ atoms).sum(axis=1) / 2
    return float(np.mean(errors + penalty * np.abs(found).sum(axis=1)))


def in_use(found):
    """How many atoms a patch needs, as a mean."""
    return float(np.count_nonzero(found) / len(found))


# ---------------------------------------------------------------------------------- classification


def accuracies(network, layer, train, test):
    """What a linear classifier makes of codes and of pixels: {features: (numbers, accuracy)}."""
    images = [data.read(0, CLASSIFIED) for data in (train, test)]
    classes = [data.labels[:CLASSIFIED].argmax(axis=1) for data in (train, test)]
    features = {
        "largest codes of each quadrant": [pooled(coded(network, layer, x)) for x in images],
        "raw pixels": [normalized(x) for x in images],
    }
    return {
        name: (x.shape[1], accuracy((x, classes[0]), (y, classes[1])))
        for name, (x, y) in features.items()
    }


def pooled(maps):
    """The largest of each atom's codes in each quadrant of a face: (n, 4 * atoms).

    Args:
        maps: codes (n, rows, columns, atoms).
    """
    n, rows, columns, atoms = maps.shape
    quadrants = np.abs(maps).reshape(n, 2, rows // 2, 2, columns // 2, atoms)
    return quadrants.max(axis=(2, 4)).reshape(n, -1)


def accuracy(train, test):
    """Of a linear classifier of features and classes, by scikit-learn."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-3, max_iter=1000))
    search = GridSearchCV(model, {"logisticregression__C": STRENGTHS}, cv=3)
    return search.fit(*train).score(*test)


# ------------------------------------------------------------------------------------ what is told


def rows_of_objectives(found):
    """The rows of the table of dictionaries, of a `Compared` for each run."""
    for whose in found[0].objectives:
        values, used = zip(*(one.objectives[whose] for one in found), strict=True)
        shares = [one.objectives[whose][0] / one.objectives["scikit-learn"][0] for one in found]
        yield [whose, tables.spread(values, 4), tables.spread(shares, 3), tables.spread(used, 1)]


def rows_of_accuracies(found):
    """The rows of the table of features; the interval is that of the faces, for the mean."""
    for name, (numbers, _) in found[0].accuracies.items():
        values = [one.accuracies[name][1] for one in found]
        low, high = intervals.wilson(statistics.fmean(values), found[0].count)
        yield [name, f"{numbers:,}", tables.spread(values, 4), f"{low:.4f} to {high:.4f}"]


def draw(atoms):
    """The figure: dictionaries (atoms, numbers) side by side, by name."""
    figure, panels = plots.figure(panels=len(atoms))
    for axes, (whose, each) in zip(panels, atoms.items(), strict=True):
        side = round(each.shape[1] ** 0.5)
        tiles = np.stack([grey(atom.reshape(side, side)) for atom in each])
        axes.imshow(tiled(tiles, round(len(tiles) ** 0.5), gap=1), "gray", vmin=0, vmax=255)
        axes.set_title(whose)
        axes.set_axis_off()
    figure.set_size_inches(4.2 * len(atoms), 4.5)
    return figure


def main(arguments=None):
    parser = Parser("python -m labs.autoencoders.dictionaries", __doc__)
    parser.add_argument("runs", nargs="+", metavar="RUN", help="such as logs/sparse_coding/1")
    parser.add_argument(
        "--out", default="logs", metavar="DIR", help="folder of dictionary.png (default: logs)"
    )
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        found = [compared(run) for run in options.runs]
        print(*tables.aligned(OBJECTIVES, list(rows_of_objectives(found)), left=1), "", sep="\n")
        print(*tables.aligned(ACCURACIES, list(rows_of_accuracies(found)), left=1), sep="\n")
        path = Path(options.out, "dictionary.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        plots.save(draw(found[0].atoms), path)
        print(f"{path}: written")


if __name__ == "__main__":
    main()
