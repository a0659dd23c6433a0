"""A run's network as training left it, to be used."""

import argparse
import sys

import numpy as np

from dsutil import InputError
from dsutil.dataset import EVALUATION_BATCH, normalized
from labs.machines import quiet
from labs.training import options

PRECISIONS = ("float32", "bfloat16")


class Trained:
    """What a run learned, on one device, whatever it was trained on. Changes nothing in the run.

    Where the lab's script is no longer what the run began with, a warning says how it differs.

    Args:
        lab: the `Lab` that the run is one of.
        run: the `labs.runs.Run`.
        checkpoint: the name or path of one; the newest whole one if None.
        precision: "float32" or "bfloat16"; the run's own if None.

    Attributes:
        model: from images (n, 2304) in [-0.5, 0.5) to scores (n, 2).
        probabilities: from scores to probabilities (n, 2), in Keras's operations.
        parameters: how many numbers were learned.
        checkpoint: the path of the checkpoint.
        iterations: how many were done when it was saved.

    Raises:
        InputError: there is no such checkpoint, it is damaged or one of another network.
    """

    def __init__(self, lab, run, checkpoint=None, precision=None):
        precision = precision or run.config["precision"]
        if precision not in PRECISIONS:
            raise InputError(
                f"{run.path / 'config.json'} is damaged: found the precision {precision!r}, "
                f"expected one of {', '.join(PRECISIONS)}."
            )
        quiet.load_tensorflow()
        from labs.runs import identity
        from labs.runs.checkpoints import Checkpoints
        from labs.tasks import probabilities
        from labs.training.network import Network
        from labs.training.step import Steps

        here = {"precision": precision, "strategy": "one"}
        network = Network(lab, argparse.Namespace(**options.defaults_of(lab) | here))
        self.model, self.parameters = network.model, network.parameters
        self._steps = Steps(network, lab.loss, lab.reduction)
        self.probabilities = probabilities.from_scores(lab.loss)
        found = identity.differences(run.path, identity.of(lab, network.model))
        if found:
            print(
                f"warning: {identity.sentence(lab, run.path, found)} The answers are those of the "
                "script as it is now, with the weights of the run.",
                file=sys.stderr,
            )
        optimizer = network.optimizer if network.keeps_averages else None
        checkpoints = Checkpoints(run.checkpoints, network.model, optimizer)
        if checkpoint:
            self.iterations = checkpoints.restore_only(checkpoints.find(checkpoint))
        else:
            self.iterations = checkpoints.restore()
        if self.iterations:
            network.finalize()
        self.checkpoint = checkpoints.newest

    def scores(self, images):
        """The same as `model`, to the bit as the training's evaluations compute it."""
        return self._steps.scores(images)

    def answers(self, images):
        """What the network says of images (n, 2304) uint8.

        Returns:
            answers: (n,) int64, the class with the highest score of each image.
            probabilities: (n, 2) float32.
        """
        pieces = range(0, len(images), EVALUATION_BATCH)
        scores = np.concatenate(
            [self.scores(normalized(images[i : i + EVALUATION_BATCH])) for i in pieces]
        )
        return np.argmax(scores, axis=1), np.asarray(self.probabilities(scores))
