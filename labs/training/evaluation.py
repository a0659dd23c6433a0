"""How a network does on a whole data set: one pass gives the scores, and they give all the rest."""

import dataclasses

import numpy as np

from labs.tasks.confusion import Confusion


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """A network's answers on a data set of n images.

    Attributes:
        accuracy: as `DataSet.mean_accuracy`.
        loss: the mean of the images' losses, whatever the lab's reduction, so that sets and batches
            of any size compare.
        probabilities: (n, 2), the softmax of the scores. Where the scores are logarithms of
            probabilities, these are the probabilities.
        labels: (n, 2), one-hot.
    """

    accuracy: float
    loss: float
    probabilities: np.ndarray
    labels: np.ndarray

    @property
    def confusion(self):
        """How many images of each class (row) got each answer (column)."""
        return Confusion(self.labels.argmax(axis=1), self.probabilities.argmax(axis=1)).matrix

    def most_wrong(self, count):
        """The rows of at most `count` images that were answered wrong, the surest answer first."""
        answers, right = self.probabilities.argmax(axis=1), self.labels.argmax(axis=1)
        wrong = np.flatnonzero(answers != right)
        sureness = self.probabilities[wrong, answers[wrong]]
        return wrong[np.argsort(-sureness, kind="stable")[:count]]


def evaluate(dataset, scores, loss):
    """The `Evaluation` of a network.

    Args:
        dataset: the `DataSet`.
        scores: from images (n, 2304) in [-0.5, 0.5) to scores (n, 2).
        loss: the lab's, from scores and labels to a loss for each image.
    """
    import tensorflow as tf

    parts = []

    def kept(images):
        parts.append(np.asarray(scores(images)))
        return parts[-1]

    accuracy = dataset.mean_accuracy(kept)
    everything = np.concatenate(parts)
    # Tensors, as in training: a loss may ask them for what an array does not have.
    losses = np.asarray(loss(tf.constant(everything), tf.constant(dataset.labels)), np.float64)
    return Evaluation(accuracy, float(losses.mean()), softmax(everything), dataset.labels)


def softmax(scores):
    """Probabilities (n, 2) that keep the order and the differences of scores (n, 2)."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True), dtype=np.float64)
    return powers / powers.sum(axis=1, keepdims=True)
