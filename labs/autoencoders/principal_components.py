"""principal_components: what no linear autoencoder can beat, by scikit-learn's PCA.

Fits the principal components of the training set and prints the mean squared error with which both
sets come back from them; of runs, how their errors compare.

    python -m labs.autoencoders.principal_components
    python -m labs.autoencoders.principal_components logs/autoencoder/1 logs/linear_autoencoder/1
"""

import sys

import numpy as np

from dsutil.dataset import EVALUATION_BATCH, normalized
from dsutil.errors import InputError, exit_with_sentence
from labs.analysis import results
from labs.autoencoders import autoencoder
from labs.training import data_sets
from labs.training.options import Parser, whole


def main(arguments=None):
    parser = Parser("python -m labs.autoencoders.principal_components", __doc__)
    parser.add_argument("runs", nargs="*", metavar="RUN", help="runs to compare")
    parser.add_argument(
        "--components", type=whole(1, 2304), default=32, metavar="N", help="(default: 32)"
    )
    parser.add_argument("--databases", default="DataBases", metavar="DIR", help="of the data sets")
    parser.add_argument(
        "--train", default=autoencoder.lab.train_set, metavar="NAME", help="fit on data_NAME.bin"
    )
    parser.add_argument(
        "--test", default=autoencoder.lab.test, metavar="NAME", help="test on data_NAME.bin"
    )
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        found = [results.read(run) for run in options.runs]
        names = options.train, options.test
        task = autoencoder.lab.task
        train, test = (data_sets.open_one(task, options.databases, name) for name in names)
        if options.components > train.count:
            raise InputError(
                f"{train.paths[0]} holds {train.count} images, and no more components can be told "
                f"from them: found --components {options.components}."
            )
        components = fitted(train, options.components)
        errors = [error(components, dataset) for dataset in (train, test)]
        print(f"{options.components} components: train error {errors[0]:.4g}, test {errors[1]:.4g}")
        for result in found:
            print(compared(result, errors))


def fitted(dataset, components):
    """scikit-learn's PCA of a data set's images."""
    try:
        from sklearn.decomposition import PCA
    except ImportError:
        raise InputError(
            "Principal components need scikit-learn: install it with `python -m pip install -e "
            "'.[sklearn]'`, then give the same command again."
        ) from None
    return PCA(components, svd_solver="covariance_eigh").fit(normalized(dataset.images))


def error(components, dataset):
    """The mean squared error with which the images of a data set come back."""
    total = 0.0
    for start in range(0, dataset.count, EVALUATION_BATCH):
        x = normalized(dataset.read(start, start + EVALUATION_BATCH))
        y = components.inverse_transform(components.transform(x))
        total += np.mean(np.square(y - x), axis=1, dtype=np.float64).sum()
    return total / dataset.count


def compared(result, errors):
    """A line about a run: its errors, and what share of the components' they are."""
    found = [result.reached[use] for use in results.USES]
    if None in found or result.headline != autoencoder.lab.task.headline:
        return f"{result.path}: has no errors of reconstructions to compare"
    shares = [one / best for one, best in zip(found, errors, strict=True)]
    return (
        f"{result.path}: train error {found[0]:.4g}, {shares[0]:.3f} of theirs; test "
        f"{found[1]:.4g}, {shares[1]:.3f} of theirs"
    )


if __name__ == "__main__":
    sys.exit(main())
