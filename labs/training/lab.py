"""Lab: what a lab's script says, and the command that runs it."""

import dataclasses
import sys
from collections.abc import Callable

from dsutil.errors import exit_with_sentence


@dataclasses.dataclass(frozen=True)
class Lab:
    """One lab: its network, its loss, its optimizer, and the defaults of its options.

    Attributes:
        name: `python -m labs.<name>` runs it.
        about: the text that `--help` and `--describe` begin with.
        network: from a Keras tensor of images (batch, 2304) to one of scores (batch, 2).
        loss: from scores and one-hot labels (batch, 2) to a loss for each image (batch,).
        reduction: "sum" or "mean", how a batch's loss is made of its images' losses.
        optimizer: from a learning rate to a Keras optimizer.
        train, test, iterations, batch_size, learning_rate: defaults of the options of those names.
        summary_every: how many iterations lie between two printed lines and points of the curves.
        evaluate_every: the same for checkpoints and the accuracies on the whole data sets.
    """

    name: str
    about: str
    network: Callable
    loss: Callable
    reduction: str
    optimizer: Callable
    train: str
    test: str
    iterations: int
    batch_size: int
    learning_rate: float
    summary_every: int
    evaluate_every: int

    def main(self, arguments=None):
        """The lab's command: reads the options (`sys.argv` if None), trains, and exits."""
        from labs.training import options

        chosen = options.parse(self, arguments)  # --help and a typo are answered here, at once
        with exit_with_sentence():
            if chosen.describe:
                from labs.training import describe as command
            else:
                from labs.training import loop as command
            sys.exit(command.main(self, chosen))
