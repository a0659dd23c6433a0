"""A run's two data sets: drawn where they are missing, opened, described, and compared."""

from pathlib import Path

from dsutil import DataSet, InputError, databases
from dsutil.binary import digest


def check_there(task, options):
    """Raises FileNotFoundError if a data set of the options is not there nor to be drawn."""
    for name in (options.train, options.test):
        databases.must_draw(options.databases, name, columns=task.columns)


def open_both(task, options):
    """The train and the test set of the options, drawn first where they can be and are missing."""
    return [open_one(task, options.databases, name) for name in (options.train, options.test)]


def open_one(task, folder, name):
    """The data set `name`, with the columns of the task."""
    images, *truths = databases.find(folder, name, columns=task.columns)
    return DataSet(images, truths, columns=task.columns)


def describe(train, test):
    """What config.json says of the data: sizes, digests, and whether they are drawn faces.

    Computing the digests takes a while.
    """
    return {
        use: {
            "count": dataset.count,
            "sha256": digests(dataset.columns, dataset.paths),
            "drawn": databases.is_drawn(dataset.paths[0], dataset.images),
        }
        for use, dataset in (("train", train), ("test", test))
    }


def digests(columns, paths):
    """The SHA-256 of the files that are there, {name of the column: in hexadecimal}."""
    files = zip(columns, paths, strict=True)
    return {column.name: digest(path) for column, path in files if Path(path).exists()}


def check_same(run, given, train, test, now):
    """Refuses data that changed since the run began, unless they are named anew on purpose.

    Args:
        given: the command line.
        now: what `describe` returns of the two.
    """
    for use, dataset in (("train", train), ("test", test)):
        before = run.config["data"][use]["sha256"]
        for column, path in zip(dataset.columns, dataset.paths, strict=True):
            same = before.get(column.name) == now[use]["sha256"][column.name]
            if getattr(given, use) is None and not same:
                raise InputError(
                    f"{path} is not the file that {run.path} began with: bring that one back, or "
                    f"give --{use} to go on with this one on purpose."
                )
