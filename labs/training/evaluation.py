"""How a network does on a whole data set: one pass in the graph, a few numbers kept an image."""

import dataclasses

import numpy as np

from dsutil import InputError
from dsutil.dataset import EVALUATION_BATCH


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """What was measured on a data set of n images.

    Attributes:
        losses: of each image, (n,) float64.
        measured: what the task measures of each image, {name: (n, ...)}.
        truths: the data set's.
        numbers: what the task tells of the whole, {name: float}, the headline first.
    """

    losses: np.ndarray
    measured: dict
    truths: tuple
    numbers: dict

    @property
    def loss(self):
        """The mean of the images' losses, whatever the lab's reduction.

        So sets and batches of any size compare.
        """
        return float(self.losses.mean())

    @property
    def headline(self):
        """The number that counts."""
        return next(iter(self.numbers.values()))


def evaluate(dataset, task, measure, looking_on=lambda count: None):
    """The `Evaluation` of a network.

    Args:
        dataset: a `DataSet` with the task's columns.
        task: the lab's.
        measure: `Steps.measure` of the network.
        looking_on: called with the number of images before each batch of them.

    Raises:
        InputError: the network has no answer for an image: its output is no number.
    """
    losses, parts = [], []
    for start in range(0, dataset.count, EVALUATION_BATCH):
        images = dataset.read(start, start + EVALUATION_BATCH)
        looking_on(len(images))
        loss, measured = measure(images, dataset.read_truths(start, start + len(images)))
        losses.append(np.asarray(loss, np.float64))
        parts.append({name: np.asarray(value) for name, value in measured.items()})
    measured = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    check_decided(dataset, task.undecided(measured))
    return Evaluation(np.concatenate(losses), measured, dataset.truths, task.numbers(measured))


def check_decided(dataset, undecided):
    """Refuses outputs that are no answers; `undecided` says of each image whether that is so."""
    if undecided.any():
        raise InputError(
            f"{dataset.paths[0]}: the model has no answer for {np.count_nonzero(undecided):,} of "
            f"{dataset.count:,} images, first for row {int(np.argmax(undecided))}, where its "
            "output is no number. If training made its weights NaN, train again with a smaller "
            "learning rate or take an earlier checkpoint; if not, look for a division by 0 or a "
            "logarithm of 0."
        )
