"""What an exercise is: random arguments, the truth about them, and the usual mistakes."""

import dataclasses
import inspect
from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Mistake(NamedTuple):
    """A usual mistake: a function that makes it, and what to say to whoever made it.

    Those whose functions are `functools.partial`s of one function are recognised together, too.
    """

    hint: str
    wrong: Callable


class File(NamedTuple):
    """An argument that is a file; the function is given the path of one with this content."""

    name: str
    content: bytes


@dataclasses.dataclass(frozen=True)
class Exercise:
    """A function to fill in, and all that is needed to judge it.

    Attributes:
        name: of the function and of its file.
        outputs: a name for each of the values that it returns.
        inputs: kinds of arguments, which take turns: functions from a `numpy.random.Generator` to
            a tuple. Each of the mistakes differs from the truth in one kind or another.
        truth: from the arguments to the right outputs, by another way than a student's. The names
            of its parameters are those of the student's function.
        mistakes: the usual ones.
        numeric: from the arguments to the outputs that are gradients, by central differences, and
            None for the others; None if no output is one.
    """

    name: str
    outputs: tuple[str, ...]
    inputs: tuple[Callable, ...]
    truth: Callable
    mistakes: tuple[Mistake, ...]
    numeric: Callable | None = None

    @property
    def parameters(self):
        """The names of the arguments."""
        return tuple(inspect.signature(self.truth).parameters)

    def draw(self, seed, number):
        """The arguments of one draw, which follow from the seed, the number and the name."""
        random = np.random.default_rng([seed, number, *self.name.encode()])
        return self.inputs[number % len(self.inputs)](random)


def distinct(random, count, low=2, high=6):
    """Draws `count` sizes from `low` to `high`, no two alike, so that swapped axes show."""
    return tuple(random.permutation(np.arange(low, high + 1))[:count].tolist())
