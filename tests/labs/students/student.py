"""What a student hands in, and what is expected of it."""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np

from labs.nn4 import loss as cross_entropy
from labs.training import Lab

ITERATIONS = 6  # amid the second epoch of 50 images in batches of 16; half of them amid the first


def descent(learning_rate):
    """Gradient descent with momentum, to which rounding stays rounding.

    Adam would make a step of full length of a gradient that is zero but for rounding, such as that
    of a bias before a normalization.
    """
    return keras.optimizers.SGD(learning_rate, momentum=0.9)


def softmax(scores):
    """What logarithms of probabilities say, with a constant added or not."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def estimates(scores):
    """Scores that estimate the label: the nearest two of 0 to 1 that add up to 1."""
    man = np.clip((1 + scores[:, 0] - scores[:, 1]) / 2, 0, 1)
    return np.stack([man, 1 - man], axis=1)


@dataclasses.dataclass(frozen=True)
class Student:
    """A lab as a student writes it.

    Attributes:
        name: names the test.
        network, loss, reduction, optimizer, learning_rate: as those of a `Lab`.
        same_network: the same network, written in another way for Keras's own loop; `network` if
            None.
        probabilities: what the scores (n, 2) mean, given how they were learned.
        refused: the kinds of file that the network cannot be exported to, each with words of the
            sentence that says so.
        kinds: the kinds of file that it is exported to.
        rounding: how far a weight may be from Keras's, as a share of the way that the weights went.
        exported: how far a probability of an export, which computes in float32, may be from the
            run's own.
        slow: whether it is left to `-m slow`.
    """

    name: str
    network: Callable
    loss: Callable = cross_entropy
    reduction: str = "mean"
    optimizer: Callable = descent
    learning_rate: float = 0.1
    same_network: Callable | None = None
    probabilities: Callable = softmax
    refused: dict = dataclasses.field(default_factory=dict)
    kinds: tuple = (".keras", "/", ".tflite")
    rounding: float = 2**-14
    exported: float = 1e-5
    slow: bool = True

    @property
    def lab(self):
        return Lab(
            name="student",
            about="A student's lab.",
            network=self.network,
            loss=self.loss,
            reduction=self.reduction,
            optimizer=self.optimizer,
            train="tiny",
            test="other",
            iterations=ITERATIONS,
            batch_size=16,
            learning_rate=self.learning_rate,
            summary_every=ITERATIONS,
            evaluate_every=ITERATIONS,
        )
