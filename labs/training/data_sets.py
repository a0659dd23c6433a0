"""A run's two data sets: drawn where they are missing, opened, described, and compared."""

from dsutil import DataSet, InputError, databases
from dsutil.binary import digest

IDENTITY = ("count", "images_sha256", "labels_sha256")


def check_there(settled):
    """Raises FileNotFoundError if a data set that the options name is not there nor to be drawn."""
    for name in (settled.train, settled.test):
        databases.must_draw(settled.databases, name)


def open_both(settled):
    """The train and the test set that the options name, drawn first where they are the default."""
    pairs = [databases.find(settled.databases, name) for name in (settled.train, settled.test)]
    return [DataSet(*pair, batch_size=settled.batch_size) for pair in pairs]


def describe(train, test):
    """What config.json says of the data: sizes, digests, and whether they are drawn faces.

    Computing the digests takes a while.
    """
    return {
        use: {
            "count": dataset.count,
            "images_sha256": digest(dataset.data_path),
            "labels_sha256": digest(dataset.label_path),
            "drawn": databases.is_drawn(dataset.data_path, dataset.images),
        }
        for use, dataset in (("train", train), ("test", test))
    }


def check_same(run, chosen, train, test, now):
    """Refuses data that changed since the run began, unless they are named anew on purpose.

    Args:
        now: what `describe` returns of the two.
    """
    for use, dataset in (("train", train), ("test", test)):
        recorded = run.config["data"][use]
        same = all(recorded.get(key) == now[use][key] for key in IDENTITY)
        if getattr(chosen, use) is None and not same:
            raise InputError(
                f"{dataset.data_path} is not the file that {run.path} began with: bring that one "
                f"back, or give --{use} to go on with this one on purpose."
            )
