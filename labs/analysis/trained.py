"""A run's network as training left it, to be used."""

import dataclasses
import sys

import numpy as np

from dsutil import InputError
from dsutil.dataset import EVALUATION_BATCH
from labs.machines import quiet
from labs.runs.validation import best_of
from labs.training.evaluation import evaluate
from labs.training.options import Options

PRECISIONS = ("float32", "bfloat16")


@dataclasses.dataclass(frozen=True)
class Trained:
    """What a run learned, on one device, whatever it was trained on.

    Attributes:
        lab: the `Lab` that the run is one of.
        model: from images (n, numbers) in [-0.5, 0.5) to outputs.
        steps: the `Steps` that measure it.
        parameters: how many numbers were learned.
        checkpoint: the path of the checkpoint.
        iterations: how many were done when it was saved.
    """

    lab: object
    model: object
    steps: object
    parameters: int
    checkpoint: str
    iterations: int

    def outputs(self, x):
        """The same as `model`, as the training's evaluations compute it, in float32."""
        return self.steps.outputs(x)

    def outputs_of(self, network, x):
        """The same of another network that stands for the model."""
        return self.steps.outputs_of(network, x)

    def answer(self, y):
        """The task's answers of outputs, in Keras's operations."""
        return self.steps.answer(y)

    def answers(self, images):
        """The task's answers for images (n, numbers) uint8: an array (n, ...)."""
        pieces = range(0, len(images), EVALUATION_BATCH)
        answers = [self.steps.answers(images[i : i + EVALUATION_BATCH]) for i in pieces]
        return np.concatenate(answers)

    def evaluate(self, dataset):
        """The `Evaluation` on a data set."""
        return evaluate(dataset, self.lab.task, self.steps.measure)


def before_last(model):
    """The `keras.Model` from images to what the last layer that has a kernel is given."""
    import keras

    with_kernels = [one for one in model.layers if hasattr(one, "kernel") or _wrapped(one)]
    last = (with_kernels or model.layers)[-1]
    return before_last(last.layer) if _wrapped(last) else keras.Model(model.input, last.input)


def _wrapped(layer):
    """The model inside a layer such as `AdversarialTraining`; None if there is none."""
    inner = getattr(layer, "layer", None)
    return inner if hasattr(inner, "layers") else None


def restored(lab, run, checkpoint=None, precision=None):
    """The `Trained` network of a run. Changes nothing in the run.

    Where the lab's script is no longer what the run began with, a warning says how it differs.

    Args:
        lab: the `Lab` that the run is one of.
        run: the `labs.runs.Run`.
        checkpoint: the name or path of one, or "best"; the newest whole one if None.
        precision: "float32" or "bfloat16"; the run's own if None.

    Raises:
        InputError: there is no such checkpoint, it is damaged or one of another network.
    """
    precision = precision or run.config["precision"]
    if precision not in PRECISIONS:
        raise InputError(
            f"{run.path / 'config.json'} is damaged: found the precision {precision!r}, expected "
            f"one of {', '.join(PRECISIONS)}."
        )
    quiet.load_tensorflow()
    from labs.runs.checkpoints import Checkpoints
    from labs.training.network import Network
    from labs.training.step import Steps

    frozen = run.config["options"].get("freeze", "")  # runs of before one could have none
    network = Network(lab, Options.of_lab(lab, precision=precision, strategy="one", freeze=frozen))
    steps = Steps(network, lab)
    _tell_differences(lab, run, network.model)
    optimizer = network.optimizer if network.keeps_averages else None
    checkpoints = Checkpoints(run.checkpoints, network.model, optimizer)
    if checkpoint == "best":
        checkpoint = f"ckpt-{best_of(run, lab.task.headline)['step']}"
    if checkpoint:
        iterations = checkpoints.restore_only(checkpoints.find(checkpoint))
    else:
        iterations = checkpoints.restore()
    if iterations:
        network.finalize()
    model, parameters = network.model, network.parameters
    return Trained(lab, model, steps, parameters, checkpoints.newest, iterations)


def _tell_differences(lab, run, model):
    from labs.runs import identity

    if found := identity.differences(run.path, identity.of(lab, model)):
        print(
            f"warning: {identity.sentence(lab, run.path, found)} The answers are those of the "
            "script as it is now, with the weights of the run.",
            file=sys.stderr,
        )
