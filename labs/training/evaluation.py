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
        headline: the one of them that counts.
    """

    losses: np.ndarray
    measured: dict
    truths: tuple
    numbers: dict
    headline: float

    @property
    def loss(self):
        """The mean of the images' losses, whatever the lab's reduction.

        So sets and batches of any size compare.
        """
        return float(self.losses.mean())


def evaluate(dataset, task, measure, before_each=lambda count: None):
    """The `Evaluation` of a network.

    Args:
        dataset: a `DataSet` with the task's columns.
        task: the lab's.
        measure: `Steps.measure` of the network.
        before_each: called with the number of images before each batch of them.

    Raises:
        Undecided: the network has no answer for an image: its output is no number.
    """
    losses, parts = [], []
    for start in range(0, dataset.count, EVALUATION_BATCH):
        images = dataset.read(start, start + EVALUATION_BATCH)
        before_each(len(images))
        loss, measured = measure(images, dataset.read_truths(start, start + len(images)))
        losses.append(np.asarray(loss, np.float64))
        parts.append({name: np.asarray(value) for name, value in measured.items()})
    measured = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    check_decided(dataset, task.undecided(measured))
    numbers, name = task.numbers(measured), task.headline.name
    if name not in numbers:
        raise InputError(
            f"The task's `numbers` are {', '.join(numbers) or 'none'}: expected {name}, its "
            "headline, among them."
        )
    losses = np.concatenate(losses)
    return Evaluation(losses, measured, dataset.truths, numbers, numbers[name])


class Undecided(InputError):
    """A network's outputs are no answers."""


def check_decided(dataset, undecided):
    """Refuses outputs that are no answers; `undecided` says of each image whether that is so."""
    if undecided.any():
        raise Undecided(
            f"{dataset.paths[0]}: the model has no answer for {np.count_nonzero(undecided):,} of "
            f"{dataset.count:,} images, first for row {int(np.argmax(undecided))}, where its "
            "output is no number. If training made its weights NaN, train again with a smaller "
            "learning rate or take an earlier checkpoint; if not, look for a division by 0 or a "
            "logarithm of 0."
        )
