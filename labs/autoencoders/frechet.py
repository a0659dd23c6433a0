"""frechet: how good painted faces are, by the Fréchet distance between two crowds of faces.

Each face becomes the numbers that the last layer of a trained network sees, nn4's say. The faces of
a set are then a cloud of points, of which only the mean and the covariance are kept. Distance 0 is
that of two clouds alike: not the faces are compared but how they are strewn, so a network that
paints one perfect face over and over is far away.

    python -m labs.autoencoders.frechet logs/gan/1 --features logs/nn4/1
    python -m labs.autoencoders.frechet logs/gan/1 logs/gan/2 --features logs/nn4/1 \\
        --autoencoder logs/autoencoder/1
"""

import numpy as np

from dsutil.dataset import normalized
from dsutil.errors import InputError, exit_with_sentence
from labs import catalogue
from labs.analysis import tables
from labs.tasks import Classification, Generation, Reconstruction
from labs.training import data_sets
from labs.training.options import Parser, whole

SEED = 1  # of the draws; the grid in TensorBoard has seed 0
BATCH = 500


def distance(first, second):
    """The Fréchet distance of two normal distributions, fitted to the rows of two arrays.

        ||m1 - m2||^2 + Tr(C1 + C2 - 2 (C1 C2)^(1/2))

    Args:
        first, second: (n, numbers) each.

    Source: Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
    Equilibrium", 2017; there on the features of Inception.
    """
    first, second = np.float64(first), np.float64(second)
    apart = np.sum((first.mean(axis=0) - second.mean(axis=0)) ** 2)
    one, other = (np.cov(rows, rowvar=False) for rows in (first, second))
    # The eigenvalues of C1 C2 are the squared singular values of C1^(1/2) C2^(1/2), whose sum is
    # its nuclear norm.
    shared = np.linalg.norm(square_root(one) @ square_root(other), "nuc")
    return float(apart + np.trace(one) + np.trace(other) - 2 * shared)


def square_root(covariance):
    """The symmetric matrix (k, k) whose square is a covariance (k, k)."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T


def features(model, images):
    """What a network's last layer sees of images (n, numbers) uint8: (n, features)."""
    from labs.analysis.trained import before_last

    before = before_last(model)
    found = in_batches(lambda rows: before(normalized(rows), training=False), images)
    return found.reshape(len(images), -1)


def decoded(task, model, images, count, random):
    """Faces from codes that are drawn where an autoencoder puts the codes of images.

    Args:
        task, model: the autoencoder's.
        images: (n, numbers) uint8, to whose codes a normal distribution is fitted.
        count: how many faces.
        random: a NumPy generator.
    """
    import keras

    code = model.get_layer(task.code).output
    if len(code.shape) != 2:
        raise InputError(
            f"The layer {task.code!r} codes a face as numbers of shape {code.shape[1:]}: expected "
            "a row of numbers, as in autoencoder."
        )
    encoder, decoder = keras.Model(model.input, code), keras.Model(code, model.output)
    codes = in_batches(lambda rows: encoder(normalized(rows), training=False), images)
    drawn = random.multivariate_normal(codes.mean(axis=0), np.cov(codes, rowvar=False), count)
    y = in_batches(lambda rows: decoder(rows, training=False), drawn.astype(np.float32))
    return np.rint(np.clip(y * 256 + 128, 0, 255)).astype(np.uint8)


def in_batches(function, rows):
    """A function of some rows at a time, on all of them: an array."""
    pieces = [function(rows[i : i + BATCH]) for i in range(0, len(rows), BATCH)]
    return np.concatenate([np.asarray(piece, np.float32) for piece in pieces])


def main(arguments=None):
    parser = Parser("python -m labs.autoencoders.frechet", __doc__)
    parser.add_argument("runs", nargs="+", metavar="RUN", help="runs of gan, such as logs/gan/1")
    parser.add_argument("--features", required=True, metavar="RUN", help="a run of nn4")
    parser.add_argument("--autoencoder", metavar="RUN", help="a run of autoencoder, for comparison")
    parser.add_argument(
        "--count", type=whole(2, 100_000), default=10_000, metavar="N",
        help="faces to paint, and faces to read at most (default: 10000)",
    )  # fmt: skip
    parser.add_argument("--databases", metavar="DIR", help="of the data sets (default: the run's)")
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        rows = [(name, f"{found:.2f}") for name, found in compared(options)]
        print("\n".join(tables.aligned(("faces", "distance from test faces"), rows, left=1)))


def compared(options):
    """Yields what is compared with the faces of the test set, and how far it is from them."""
    first, *_ = [known(run, Generation) for run in options.runs]
    known(options.features, Classification)
    if options.autoencoder:
        _, lab = known(options.autoencoder, Reconstruction)
        if lab.task.code is None:
            raise InputError(f"{options.autoencoder}: expected the run of a lab with a code.")
    train, test = (faces(first, use, options.databases, options.count) for use in ("train", "test"))
    _, judge = trained(options.features, Classification)
    wanted = features(judge, test)
    random = np.random.default_rng(SEED)

    def apart(images):
        return distance(features(judge, images), wanted)

    yield "real, of the training set", apart(train)
    for run in options.runs:
        task, model = trained(run, Generation)
        yield f"painted by {run}", apart(task.painted(model, options.count, SEED))
    if options.autoencoder:
        task, model = trained(options.autoencoder, Reconstruction)
        images = decoded(task, model, train, options.count, random)
        yield f"decoded by {options.autoencoder}", apart(images)
    yield "noise", apart(random.integers(0, 256, (options.count, test.shape[1]), np.uint8))


def known(folder, asked):
    """The run in a folder, and its lab.

    Args:
        asked: the class of its task.

    Raises:
        InputError: there is none, or another question was asked in it.
    """
    return catalogue.run_asking(folder, asked, WHAT[asked])


WHAT = {
    Classification: "tells classes apart, such as nn4",
    Generation: "paints, such as gan",
    Reconstruction: "gives pictures back, such as autoencoder",
}


def faces(known_run, use, databases, count):
    """The first `count` faces of a run's training or test set, (n, numbers) uint8.

    Args:
        known_run: what `known` returns.
        databases: the folder of the data sets; the run's own if None.
    """
    run, lab = known_run
    asked = run.config["options"]
    dataset = data_sets.open_one(lab.task, databases or asked["databases"], asked[use])
    return dataset.read(0, min(count, dataset.count))


def trained(folder, asked):
    """The task and the network of a run, in float32."""
    from labs.analysis.trained import restored

    run, lab = known(folder, asked)
    return lab.task, restored(lab, run, precision="float32").model


if __name__ == "__main__":
    main()
