"""Lab: what a lab's script says, and the command that runs it."""

import dataclasses
import functools
import re
import sys
from collections.abc import Callable

from dsutil.errors import InputError, exit_with_sentence
from labs.tasks import COURSE, Task
from labs.training.scripts import command_of, files, holding, shown


def _made_with_train(cls):
    """Lets a script say `train="1k"`, like the option, though `lab.train` is what trains."""
    init = cls.__init__

    @functools.wraps(init)
    def made(self, *values, **named):
        if "train" in named:
            named["train_set"] = named.pop("train")
        init(self, *values, **named)

    cls.__init__ = made
    return cls


@_made_with_train
@dataclasses.dataclass(frozen=True)
class Lab:
    """One lab: its network, its loss, its optimizer, its task, and the defaults of its options.

    Attributes:
        name: its runs lie in `logs/<name>/`.
        about: the text that `--help` and `--describe` begin with; None under `python -OO`.
        network: from a Keras tensor of images (batch, numbers) in [-0.5, 0.5) to what the task
            expects, (batch, *task.output_shape).
        loss: from outputs and what they should be to a loss for each image (batch,).
        reduction: "sum" or "mean", how a batch's loss is made of its images' losses.
        optimizer: from a learning rate to a Keras optimizer.
        train_set: the default of `--train`; where a lab is made, it is called `train` as well.
        test, iterations, batch_size, learning_rate: defaults of the options of those names.
        summary_every: how many iterations lie between two printed lines and points of the curves.
        evaluate_every: the same for checkpoints and evaluations on the whole data sets.
        task: what is asked of the network; the course's question unless told.
        initialize: sets the weights that training starts from, where a batch of images tells it
            how: called with the model and images (n, numbers), such as `layers.lsuv`. None leaves
            them as the layers' initializers drew them.
        test_time_flip: whether the network's output for an image is the mean of those for the image
            and for its mirror image, wherever it is not training.
        rate_after: the learning rate after an evaluation, where that tells what it should be:
            called with the rate at the start and the headlines reached on the validation set so
            far, the last one last. A pure function, so that a restored run goes on alike.
        run_by: the command that runs it, of a variation that has no script of its own.
    """

    name: str
    about: str | None
    network: Callable
    loss: Callable
    reduction: str
    optimizer: Callable
    train_set: str
    test: str
    iterations: int
    batch_size: int
    learning_rate: float
    summary_every: int
    evaluate_every: int
    task: Task = COURSE
    initialize: Callable | None = None
    test_time_flip: bool = False
    rate_after: Callable | None = None
    run_by: str | None = None

    @property
    def command(self):
        """What runs it: `python -m labs.nn4`."""
        return self.run_by or command_of(self.name)

    def main(self, arguments=None):
        """The lab's command: reads the options (`sys.argv` if None), trains, and exits."""
        from labs.machines import cluster, quiet
        from labs.training.options import parse

        with exit_with_sentence():
            self.check_task()
        given = parse(self, arguments)  # --help and a typo are answered here, at once
        with exit_with_sentence():
            self.check_name()
            if given.describe:
                from labs.board import describe
                from labs.training import beginning

                sys.exit(describe.main(self, given, beginning.freeze))
            if cluster.may_be_chief(given.strategy or "auto"):
                quiet.announce(f"{self.name}: loading TensorFlow")
            from labs.training import loop

            sys.exit(loop.main(self, given))

    def train(self, **options):
        """Trains from Python, a notebook say: `run = nn4.lab.train(train="1k", iterations=200)`.

        What is left is what the command leaves, to the bit. Like that, it sets Keras's precision
        and all seeds.

        Args:
            options: those of the command line, `batch_size=64` for `--batch-size 64`.

        Returns:
            The run, a `labs.analysis.from_python.TrainedRun`: `result`, `curve("test/loss")`,
            `predict(images)` and `plot()`.

        Raises:
            InputError: what the command refuses, in the same sentence.
            KeyboardInterrupt: the run was stopped. It is saved, and `restore=True` goes on with it.
        """
        from labs.analysis import from_python

        return from_python.train(self, options)

    def check_task(self):
        """Refuses a task that is none.

        Raises:
            InputError: see the text.
        """
        if not isinstance(self.task, Task):
            raise InputError(
                f"The lab {self.name} has the task {self.task!r:.80}, expected one of labs.tasks, "
                'such as Classification("age", ("child", "adult", "old")).'
            )

    def check_name(self):
        """Refuses a name by which the lab's runs would not be found, or pass for another lab's.

        Raises:
            InputError: it is no plain word, another script of labs/ has that name, or the lab's
                own script there has another.
        """
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", self.name, re.ASCII):
            raise InputError(
                f"A lab is called {self.name!r}: expected letters from A to Z, digits, and after "
                "the first also any of _ . -"
            )
        own, there = holding("lab", self), {path.resolve(): path for path in files()}
        named_so = [path for path in there if path.stem == self.name]
        if own and named_so and named_so[0] not in own:  # whose runs they would pass for
            free = own[0].stem if own[0].stem != self.name else f"my_{self.name}"
            raise InputError(
                f"{shown(own[0])} calls its lab {self.name!r}, which is "
                f"{shown(there[named_so[0]])}: give it a name of its own, such as {free!r}."
            )
        misnamed = [path for path in own if path in there]
        if misnamed and not named_so:
            raise InputError(
                f"{shown(misnamed[0])} calls its lab {self.name!r}: expected "
                f"{misnamed[0].stem!r}, the name of the file, by which its runs are found."
            )
