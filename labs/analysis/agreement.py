"""Whether a model that was made of a network answers as the network does."""

from typing import NamedTuple

import numpy as np

from dsutil import CLASSES, SIDE, InputError
from dsutil.dataset import normalized
from dsutil.drawn import faces


class Rounding(NamedTuple):
    """What to expect of numbers that are rounded.

    Attributes:
        allowed: how far a probability may be from the network's in any case.
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
    """What a network answers on some faces, and how surely.

    Args:
        network: from images (n, 2304) in [-0.5, 0.5) to probabilities (n, 2).
        rounding: what to expect of the precision in which it computes.

    Raises:
        InputError: its answers are no numbers, or others each time.
    """

    def __init__(self, network, rounding=OF_32_BITS):
        x = normalized(faces_to_compare())
        self.answers = [np.asarray(network(x[batch])) for batch in BATCHES]
        if not all(np.isfinite(answers).all() for answers in self.answers):
            raise InputError(
                "The network's scores are no numbers on some faces, so there is nothing to export: "
                "take an earlier --checkpoint, or look for a division by 0 or a logarithm of 0 in "
                "the lab."
            )
        if _largest(np.asarray(network(x)) - self.answers[0]) > rounding.allowed:
            raise InputError(
                "The network answers otherwise each time on the same faces, so there is nothing to "
                "export: look for random numbers in the lab that are drawn not only in training."
            )
        # How much a network makes of rounding is its own: where its answers move with inputs that
        # are moved by so little, those of the model may be others, too.
        steps = np.random.default_rng(0).choice([-rounding.step, rounding.step], x.shape)
        moved = np.asarray(network((x * (1 + steps)).astype(np.float32)))
        movement = float(_largest(moved - self.answers[0]))
        self.allowed = min(rounding.allowed + 2 * movement, rounding.most)

    def refined(self, network, what, why):
        """The reference for the same network in float32, if that answers as it does in 16 bits."""
        finer = Reference(network)
        for found, expected in zip(finer.answers, self.answers, strict=True):
            self._compare(found, expected, what, why)
        return finer

    def check(self, model, what, why):
        """Refuses a model that answers otherwise.

        Args:
            model: from bytes (n, 48, 48) to the probabilities (n,) of each class, by name.
            what: what the model is called in the sentence that refuses it.
            why: a sentence about what the reason may be, and what to do.

        Raises:
            InputError: a probability is another, or no number.
        """
        images = faces_to_compare().reshape(-1, SIDE, SIDE)
        for batch, expected in zip(BATCHES, self.answers, strict=True):
            found = model(images[batch])
            found = np.stack([np.asarray(found[name]) for name in CLASSES], axis=1)
            self._compare(found, expected, what, why)

    def _compare(self, found, expected, what, why):
        if found.shape != expected.shape:
            raise InputError(
                f"{what} answers {len(expected)} faces with the shape {found.shape}, expected "
                f"{expected.shape}. {why}"
            )
        difference = _largest(found - expected)
        if not difference <= self.allowed:  # also where it is NaN
            raise InputError(
                f"{what} answers otherwise than the network: a probability "
                f"differs by {difference:.2g}, where rounding explains {self.allowed:.1g}. {why}"
            )


def faces_to_compare():
    """Some faces, the same ones each time: drawn ones, the same ones faint, and noise."""
    drawn, _ = faces.draw(0, 12)
    noise = np.random.default_rng(0).integers(0, 256, (8, drawn.shape[1]), np.uint8)
    return np.concatenate([drawn, drawn // 4 + 96, noise])


def _largest(differences):
    return np.max(np.abs(differences))
