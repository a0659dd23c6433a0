"""Whether a model that was made of a network answers as the network does."""

from typing import NamedTuple

import numpy as np

from dsutil import FACES, InputError
from dsutil.dataset import normalized
from dsutil.drawn import faces


class Rounding(NamedTuple):
    """What to expect of numbers that are rounded.

    Attributes:
        allowed: how far an answer may be from the network's in any case, as a share of the size
            that answers have.
        most: the same for a network that makes much of little.
        step: by how much of itself each input is moved, to see what the network makes of it.
    """

    allowed: float
    most: float
    step: float


# Sums of float32 in another order changed a probability by 1e-5 at the most in all of 150 networks,
# of 2 layers or 200; a layer that is computed wrongly shows in the second digit. float32 rounds
# to 2^-24, and bfloat16 to 2^-9.
OF_32_BITS = Rounding(allowed=1e-4, most=1e-2, step=2.0**-20)
OF_16_BITS = Rounding(allowed=2e-2, most=1e-1, step=2.0**-8)
# The first one is as large as the batches of `keras.Model.predict`.
BATCHES = (slice(0, 32), slice(0, 1), slice(14, 19))


class Reference:
    """What a network answers on some images, and how surely.

    Args:
        network: from images (n, numbers) in [-0.5, 0.5) to the outputs of an exported model, by
            name, (n, ...) each.
        task: the lab's.
        rounding: what to expect of the precision in which it computes.

    Raises:
        InputError: its answers are no numbers, or others each time.
    """

    def __init__(self, network, task, rounding=OF_32_BITS):
        self.task = task
        x = normalized(images_to_compare(task.images))
        self.answers = [self._in_shares(network(x[batch])) for batch in BATCHES]
        if not all(np.isfinite(answers).all() for answers in self.answers):
            raise InputError(
                "The network's output is no number for some images, so there is nothing to export: "
                "take an earlier --checkpoint, or look for a division by 0 or a logarithm of 0 in "
                "the lab."
            )
        if _largest(self._in_shares(network(x)) - self.answers[0]) > rounding.allowed:
            raise InputError(
                "The network answers otherwise each time on the same images, so there is nothing "
                "to export: look for random numbers in the lab that are drawn not only in training."
            )
        # How much a network makes of rounding is its own: where its answers move with inputs that
        # are moved by so little, those of the model may be others, too.
        steps = np.random.default_rng(0).choice([-rounding.step, rounding.step], x.shape)
        moved = self._in_shares(network((x * (1 + steps)).astype(np.float32)))
        movement = float(_largest(moved - self.answers[0]))
        self.allowed = min(rounding.allowed + 2 * movement, rounding.most)

    def refined(self, network, what, why):
        """The reference for the same network in float32, if that answers as it does in 16 bits."""
        finer = Reference(network, self.task)
        for found, expected in zip(finer.answers, self.answers, strict=True):
            self._compare(found, expected, what, why)
        return finer

    def check(self, model, what, why):
        """Refuses a model that answers otherwise.

        Args:
            model: from bytes (n, *shape of an image) to outputs, by name.
            what: what the model is called in the sentence that refuses it.
            why: a sentence about what the reason may be, and what to do.

        Raises:
            InputError: an output is another, or no number.
        """
        images = images_to_compare(self.task.images).reshape(-1, *self.task.images.shape)
        for batch, expected in zip(BATCHES, self.answers, strict=True):
            self._compare(self._in_shares(model(images[batch])), expected, what, why)

    def _in_shares(self, outputs):
        """Outputs by name as one array (n, numbers), as shares of the size that answers have."""
        arrays = [np.asarray(outputs[name], np.float64) for name in sorted(outputs)]
        return (
            np.concatenate([array.reshape(len(array), -1) for array in arrays], 1) / self.task.scale
        )

    def _of_what(self):
        """In which unit a difference is told."""
        return "" if self.task.scale == 1 else f" of {self.task.scale:g}"

    def _compare(self, found, expected, what, why):
        if found.shape != expected.shape:
            raise InputError(
                f"{what} answers {len(expected)} images with the shape {found.shape}, expected "
                f"{expected.shape}. {why}"
            )
        difference = _largest(found - expected)
        if not difference <= self.allowed:  # also where it is NaN
            raise InputError(
                f"{what} answers otherwise than the network: an answer differs by "
                f"{difference:.2g}{self._of_what()}, where rounding explains {self.allowed:.1g}. "
                f"{why}"
            )


def images_to_compare(column):
    """Some images of a column, (n, numbers) uint8, the same ones each time.

    Faces where it has them, which are drawn; slopes of grey where not; these faint, and noise.
    """
    if column == FACES:
        clear, _ = faces.draw(0, 12)
    else:
        slopes = np.linspace(0, 255, 12 * column.numbers).reshape(column.numbers, 12).T
        clear = slopes.astype(np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (8, column.numbers), np.uint8)
    return np.concatenate([clear, clear // 4 + 96, noise])


def _largest(differences):
    return np.max(np.abs(differences))
