"""Task: what is asked of a network, and how well it answers."""

import abc
import dataclasses
from typing import NamedTuple

import numpy as np

from dsutil.columns import Column, Images
from dsutil.errors import InputError


@dataclasses.dataclass(frozen=True)
class Number:
    """A number that says how a network does on a whole data set.

    Attributes:
        name: "accuracy"; curves, tables and `result.json` call it so.
        higher_is_better: whether a larger one is the better one.
        is_share: whether it is the share of the images of which something holds, in [0, 1].
        unit: of a number that is no share, "pixels".
    """

    name: str
    higher_is_better: bool
    is_share: bool = False
    unit: str = ""

    def told(self, value):
        """The number as a person reads it: of four digits."""
        return f"{value:.4f}" if self.is_share else f"{value:.4g} {self.unit}".rstrip()

    def gap(self, train, test):
        """How much better the network does on what it trained on."""
        return train - test if self.higher_is_better else test - train

    def worst(self, values, count):
        """The rows of the `count` worst values (n,), the worst first."""
        return np.argsort(values if self.higher_is_better else -values, kind="stable")[:count]


class Caption(NamedTuple):
    """What stands below a picture.

    Attributes:
        answer: the network's.
        truth: what is right; None where that is not known, or shown in the picture itself.
        wrong: whether the answer is wrong; None where it is neither right nor wrong.
    """

    answer: str
    truth: str | None = None
    wrong: bool | None = None


class Shown(NamedTuple):
    """Something that TensorBoard shows of an evaluation.

    Attributes:
        kind: "image", a picture (height, width[, 3]) uint8; or "pr_curve", whether each image is of
            a class (n,) and its probability of being so (n,).
        tag: its name.
        values: what `kind` says, in a tuple.
        text: a sentence about it.
    """

    kind: str
    tag: str
    values: tuple
    text: str = ""


class Task(abc.ABC):
    """What goes into a network, what is true, what is measured, and what an answer looks like.

    The loop, the evaluation, TensorBoard and the tools that look at runs ask the lab's task, and
    know nothing of the question themselves. Here is what most tasks have in common; each answers
    the rest. `y` is the network's output (n, *output_shape) in float32, `answer` what people get.

    Attributes:
        images: the `Column` that goes in.
        truths: the columns of what is known of each image.
        headline: the `Number` that heads tables; `measure` says it of each image.
        output_shape: of the network's output for an image.
        output: the same in words.
        scale: the size of answers; differences between two of them are small beside it, or not.
        header: the words above what `told` says.
        together: how many neighbouring images of the file come in the same batch, because the loss
            compares them.
        projected: how many images TensorBoard's Projector shows.
    """

    images: Column
    truths: tuple = ()
    headline: Number
    output_shape: tuple
    output: str
    scale: float = 1.0
    header: str = "answer"
    together: int = 1
    projected: int = 1000

    @property
    def columns(self):
        """All columns of a data set for this task, the images first."""
        return (self.images, *self.truths)

    @property
    def question(self):
        """What is asked about each image, as a question."""
        return f"What is {self.output}?"

    def described(self):
        """What a run keeps of its task, for those that read it without the lab: JSON."""
        return {
            "columns": [column.name for column in self.columns],
            "headline": dataclasses.asdict(self.headline),
        }

    # ----------------------------------------------------------------- in the graph, for each batch

    def seen(self, images):
        """What the network is shown in place of images wherever it is not training.

        The images themselves, unless the question is about something that was done to them. Pure:
        the same image is always shown alike. What is done in training, a layer does.

        Args:
            images: (n, numbers) uint8.
        """
        return images

    @abc.abstractmethod
    def desired(self, x, *truths):
        """What the loss compares y with.

        Args:
            x: images (n, numbers) in [-0.5, 0.5).
            truths: of each column, (n, *shape).
        """

    @abc.abstractmethod
    def answer(self, loss):
        """The function that makes answers of outputs y, in Keras's operations.

        Args:
            loss: the lab's; what an output means follows from it.
        """

    @abc.abstractmethod
    def measure(self, y, desired):
        """The headline's number of each image, (n,) float32; its mean is that of a set."""

    def details(self, y, desired, answer):
        """What an evaluation keeps besides: {name: (n, ...)}, few numbers an image.

        Args:
            answer: what `answer` makes of y.
        """
        return {}

    # --------------------------------------------------------------------------- over a whole set

    def numbers(self, measured):
        """What is told of a whole set, the headline first: {name: float}.

        Args:
            measured: of all images, arrays by name: what `measure` returns under the headline's
                name, and the `details`.
        """
        return {self.headline.name: float(np.mean(measured[self.headline.name], dtype=float))}

    def undecided(self, measured):
        """Which images have no answer: (n,) of bool."""
        return np.isnan(measured[self.headline.name])

    def worst(self, measured, count):
        """The rows of the images, `count` at most, that the network does worst on."""
        return self.headline.worst(measured[self.headline.name], count)

    def shown(self, measured, truths):
        """Yields what TensorBoard `Shown`s of an evaluation besides the numbers."""
        return ()

    def explored(self, model, images):
        """Yields what else TensorBoard `Shown`s of what the network has learned.

        Args:
            model: the lab's.
            images: (n, numbers) in [-0.5, 0.5).
        """
        return ()

    def lines(self, measured, truths):
        """Yields lines of text about an evaluation, below the headline."""
        others = list(self.numbers(measured).items())[1:]
        width = max((len(name) for name, _ in others), default=0)
        yield from (f"{name:<{width}}  {number:.4f}" for name, number in others)

    def as_json(self, measured, truths):
        """The same for JSON, the headline included."""
        return self.numbers(measured)

    def table(self, measured, truths):
        """The same as a table: its caption, its header, and rows of texts."""
        rows = [(name, f"{number:.4g}") for name, number in self.numbers(measured).items()]
        return "What is measured, as means over the images", ("measure", "mean"), rows

    # ------------------------------------------------------------------------- of a single image

    def why_none(self, answer):
        """Why an answer is none; None if it is one."""
        return None if np.isfinite(answer).all() else "the network's output is no number"

    @abc.abstractmethod
    def told(self, image, answer, truth=None):
        """An answer in words.

        Args:
            image: (*shape,) uint8.
            answer: the image's.
            truth: what is true of it, a tuple; None where that is not known.
        """

    def vocabulary(self):
        """What to know of the answers to read them, for JSON: the names of the classes."""
        return {}

    @abc.abstractmethod
    def answer_as_json(self, image, answer, truth=None):
        """The same for JSON: a dict, of None where the answer is none."""

    @abc.abstractmethod
    def caption(self, image, answer, truth=None):
        """The `Caption` of an image."""

    def truth_told(self, truth):
        """What is true of an image in a word or two; None where words cannot tell it."""
        return None

    def picture(self, image, answer, truth=None):
        """The image with what the answer says in it: (height, width[, 3]) uint8."""
        return image

    def compared(self, names, answers, measured):
        """Yields what is said of pictures beside one another: named tuples that are texts as well.

        Args:
            names: of the pictures.
            answers: the network's.
            measured: a function that returns what is measured on the run's test set.
        """
        return ()

    # ----------------------------------------------------------------------------- what else asks

    def some(self, truths, total, count):
        """Rows of `count` images out of `total`, or of all, that differ as much as possible."""
        return np.arange(min(total, count))

    def examples(self, count):
        """Truths such as there may be: of each column an array (count, *shape)."""
        return tuple(np.zeros((count, *column.shape), column.dtype) for column in self.truths)

    def labels(self, answers, truths):
        """The table that TensorBoard's Projector shows of images: a header and rows of words."""
        return ("image",), [(str(row),) for row in range(len(answers))]

    def places(self, answers):
        """Where the Projector shows images: the name of the place, and an array (n, features).

        None stands for what the network's last layer that learns sees of them.
        """
        return None

    @abc.abstractmethod
    def outputs(self, answer):
        """The outputs of an exported model, by name, in Keras's operations."""

    def named_outputs(self, loss):
        """What the numbers of an output are called, and what a page makes of them.

        Args:
            loss: the lab's.

        Returns:
            The names, or None where the numbers have none; and "softmax" or "nearest", by which
            `labs.tasks.probabilities` makes the answer, "points" or "picture", as which the outputs
            are drawn, or None where they are shown as they are.
        """
        return None, None

    @abc.abstractmethod
    def outputs_told(self):
        """The same in words: `probabilities man, woman (n,)`."""

    def check_loss(self, loss, y, desired):
        """Yields sentences about a loss that does not fit these outputs.

        Args:
            loss: the lab's.
            y: outputs of an untrained network, an array.
            desired: what they should be, an array.
        """
        return ()

    def check_answers(self, step, rate, measured, truths):
        """Yields what a network does wrong on the data it trains on, and what may be the reason.

        Args:
            step: how many iterations are done.
            rate: the learning rate.
        """
        return ()


def by_image(truths, count):
    """Of columns (count, *shape) what is true of each image: a list of tuples."""
    return [tuple(column[row] for column in truths) for row in range(count)]


def check_columns(task):
    """Refuses a task whose columns are none, or two of a name.

    Raises:
        InputError: see the text.
    """
    if not isinstance(task.images, Images) or len(task.images.shape) not in (2, 3):
        raise InputError(
            f"A task has the images {task.images!r:.60}, expected a column such as "
            "`dsutil.Images((32, 32, 3))`."
        )
    if task.images.name in [truth.name for truth in task.truths if isinstance(truth, Column)]:
        raise InputError(
            f"A task has two columns called {task.images.name!r}: what goes in, and what is true. "
            "Give the latter another name."
        )
