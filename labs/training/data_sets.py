"""A run's data sets: drawn where they are missing, opened, described, and compared.

A run has one to train on, one to test on, and, where it is asked for, one to validate on: images
that are used for neither of the two, which tell when the run was best.
"""

from pathlib import Path

import numpy as np

from dsutil import DataSet, InputError, databases
from dsutil.binary import digest

COMPARED = 3  # images that tell of drawn faces that they are
HELD_OUT = 2**64 - 1  # the number of the draw that chooses them; the epochs have the others


def check_there(task, options):
    """Raises FileNotFoundError if a data set of the options is not there nor to be drawn."""
    for name in _names(options).values():
        databases.must_draw(options.databases, name, columns=task.columns)


def draw(task, options):
    """Draws the data sets of the options that are missing and can be drawn."""
    for name in _names(options).values():
        databases.find(options.databases, name, columns=task.columns)


def open_all(task, options):
    """The data sets of the options, by use, drawn first where they can be and are missing.

    Returns:
        {"train": a `DataSet`, "validation": one if there is any, "test": one}.

    Raises:
        InputError, FileNotFoundError: see the text.
    """
    found = {use: open_one(task, options.databases, name) for use, name in _names(options).items()}
    if options.validation_share:
        train, validation = split(found["train"], options.validation_share, options.seed)
        found = {"train": train, "validation": validation, "test": found["test"]}
    return found


def open_one(task, folder, name):
    """The data set `name`, with the columns of the task."""
    images, *truths = databases.find(folder, name, columns=task.columns)
    return DataSet(images, truths, columns=task.columns)


def _names(options):
    """What the data sets of each use are called."""
    names = {"train": options.train, "validation": options.validation, "test": options.test}
    return {use: name for use, name in names.items() if name}


def split(dataset, share, seed):
    """Two parts of a data set: the larger one, and `share` of it, chosen by the seed.

    Both keep the file's order. The choice follows from the seed, the share and the number of
    images alone. As in `Batches`, it is by the raw output of Philox, which never changes.

    Raises:
        InputError: one of the two would be empty.
    """
    held_out = round(share * dataset.count)
    if not 0 < held_out < dataset.count:
        raise InputError(
            f"{dataset.paths[0]}: a share of {share:g} of its {dataset.count:,} images is "
            f"{held_out:,}: expected a --validation-share that leaves some to train on and some "
            "to validate on."
        )
    draw = np.random.Philox(key=np.array([seed, HELD_OUT], np.uint64)).random_raw(dataset.count)
    order = np.argsort(draw, kind="stable")
    return [dataset.part(np.sort(rows)) for rows in (order[held_out:], order[:held_out])]


def describe(sets):
    """What config.json says of the data: sizes, digests, and whether they are drawn faces.

    Computing the digests takes a while.
    """
    return {
        use: {
            "count": dataset.count,
            "sha256": digests(dataset.columns, dataset.paths),
            "drawn": databases.is_drawn(dataset.paths[0], _first_in_file(dataset)),
        }
        for use, dataset in sets.items()
    }


def _first_in_file(dataset):
    """The first images of a data set's file, also of those that the data set is a part of."""
    numbers = dataset.columns[0].numbers
    return np.fromfile(dataset.paths[0], np.uint8, COMPARED * numbers).reshape(-1, numbers)


def digests(columns, paths):
    """The SHA-256 of the files that are there, {name of the column: in hexadecimal}."""
    files = zip(columns, paths, strict=True)
    return {column.name: digest(path) for column, path in files if Path(path).exists()}


def check_same(run, given, sets, now):
    """Refuses data that changed since the run began, unless they are named anew on purpose.

    Args:
        given: the command line.
        now: what `describe` returns of the data sets.
    """
    for use, dataset in sets.items():
        before = run.config["data"].get(use, now[use])["sha256"]
        for column, path in zip(dataset.columns, dataset.paths, strict=True):
            same = before.get(column.name) == now[use]["sha256"][column.name]
            if getattr(given, use) is None and not same:
                raise InputError(
                    f"{path} is not the file that {run.path} began with: bring that one back, or "
                    f"give --{use} to go on with this one on purpose."
                )
