"""The one training loop.

The network's state after s iterations is step s. At some steps there is something to do besides
training: a point of the curves, an evaluation and a checkpoint. From one such step to the next the
iterations run in few graph calls, each of about SECONDS_A_CALL, while the next one's rows are read.
"""

import concurrent.futures
import dataclasses
import shlex
import sys

import numpy as np

from dsutil import InputError
from dsutil.dataset import normalized
from labs import runs
from labs.machines import alike, cluster, quiet
from labs.machines.workers import Workers
from labs.runs import copies
from labs.training import beginning, checks, data_sets
from labs.training.assessment import Assessment
from labs.training.bar import Bar
from labs.training.clock import Clock
from labs.training.evaluation import Undecided
from labs.training.interruption import Interrupted, Interruption
from labs.training.options import Options, recorded
from labs.training.scripts import running_elsewhere

SECONDS_A_CALL = 0.5  # Ctrl-C waits about as long as this for a graph call to end


class Diverged(InputError):
    """The loss or a weight is no longer finite; `step` says at which iteration."""

    def __init__(self, step, sentence):
        super().__init__(sentence)
        self.step = step


def main(lab, given, kept=None):
    """Trains `lab` as `given` on the command line; returns the exit code.

    Args:
        lab: the `Lab`.
        given: the command line.
        kept: the `Kept` of a process that trains several runs.

    Raises:
        InputError, OSError: something that was asked for cannot be done; see the text.
    """
    found = cluster.find(given.strategy or "auto")
    with Workers(found) as workers:
        return train_with(workers, lab, given, kept)


def train_with(workers, lab, given, kept=None):
    """Trains as one of the `workers`; returns the exit code."""
    alike.check_command(lab, given, workers)
    if workers.count > 1 and given.strategy is None:
        given.strategy = "auto"  # also where the run to restore was one machine's alone
    if given.restore:
        run, source = copies.restore(workers, given.logs, lab.name, given.run), None
        before = options_of(lab, run)
        options = before.with_given(given)
        check_held_out(before, options, run)
        beginning.check_same(before, options, run)
        options.check_validation(lab)
    else:
        options = Options.of_lab(lab).with_given(given)
        options.check_validation(lab)
        data_sets.check_there(lab.task, options)  # before the folder is made: a typo leaves none
        source = copies.source(workers, options.begin_from)
        run = copies.start(workers, given.logs, lab.name, given.run)
    given.run = run.path.name  # where none was given, the caller learns it here
    with run.worked_on():
        sets = workers.in_turn(lambda: data_sets.open_all(lab.task, options))
        data = data_sets.describe(sets)
        if given.restore:
            data_sets.check_same(run, given, sets, data)
        alike.check_data(data, options, workers)
        training = prepared(lab, given, options, run, sets, data, workers, source, kept)
        return training.run_to_the_end()


def options_of(lab, run):
    """The `Options` that a run had when it stopped."""
    try:
        own = dataclasses.asdict(recorded(lab, run.config["options"]))
        return recorded(lab, own | {"precision": run.config["precision"]})
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{run.path / 'config.json'} is damaged: {error}.") from None


def check_held_out(before, options, run):
    """Refuses other images to validate on than the run began with: it may have trained on them.

    Args:
        before: the `Options` that it had.
        options: those with which it is to go on.
    """
    names = ["validation", "validation_share"]
    if before.validation_share:
        names += ["seed", "train"]  # by which they were chosen
    for name in names:
        found, wanted = getattr(options, name), getattr(before, name)
        if found != wanted:
            without = f"with {wanted}" if wanted or name == "seed" else "without it"
            raise InputError(
                f"{run.path} was trained {without}, found --{name.replace('_', '-')} {found}: the "
                "images to validate on cannot change. Leave that option out, or start a new run."
            )


def prepared(lab, given, options, run, sets, data, workers, source=None, kept=None):
    """The `Training`: its network built, its state restored, and its config.json written.

    Args:
        given: the command line.
        options: the `Options`.
        run: the `Run`.
        sets: the `DataSet`s by use.
        data: what `data_sets.describe` says of them.
        workers: the `Workers`.
        source: the run that a new run begins from, as `copies.source` has it.
        kept: the `Kept` of a process that trains several runs; None if this is the only one.
    """
    quiet.load_tensorflow()
    from labs.board.summaries import Summaries
    from labs.runs import identity
    from labs.runs.checkpoints import Checkpoints
    from labs.runs.validation import Validation
    from labs.training.batches import Batches
    from labs.training.kept import Kept

    if kept is None or workers.count > 1:  # whose networks begin together, over the network
        kept = Kept()
    network, steps = kept.network_and_steps(lab, options)
    batches = Batches(sets["train"], options.batch_size, options.seed, lab.task.together)
    network.initialize(lab, first_images(batches)[0])
    begun = beginning.begin(network, source) if source else run.config.get("begun")
    checkpoints = Checkpoints(run.checkpoints, network.model, network.optimizer)
    what_it_is = identity.of(lab, network.model)
    if given.restore and not given.changed:
        check_unchanged(lab, run, identity.differences(run.path, what_it_is))
    step = checkpoints.restore() if given.restore else 0
    if begun and given.restore:
        network.initial_kernel = None  # only the run that this one began from knows it
    if step > options.iterations:
        raise InputError(
            f"{checkpoints.newest} has {step} iterations already: expected --iterations to be "
            f"more, found {options.iterations}."
        )
    validation = Validation(run, lab.task.headline, step)
    run.record(
        {
            "lab": lab.name,
            "script": running_elsewhere(lab.name),
            "task": lab.task.described(),
            "options": dataclasses.asdict(options),
            "precision": network.precision,
            "strategy": network.strategy_name,
            "replicas": network.replicas,
            "parameters": network.parameters,
            "data": data,
            **({"begun": begun} if begun else {}),
            "commands": [*run.config.get("commands", []), [step, given.command]],
        }
    )
    identity.write(run.path, what_it_is)
    summaries = Summaries(run, lab, options, network, steps.answers, batches, sets, step)
    assessment = Assessment(
        lab.task, options, sets, network, steps.measure, summaries, validation, workers.of_chief
    )
    clock = Clock(options.batch_size, run.clock())
    return Training(
        lab, given, options, run, workers, network, steps, batches, checkpoints, summaries,
        assessment, clock, step,
    )  # fmt: skip


def first_images(batches):
    """Some images of the first batch, (n, numbers) in [-0.5, 0.5), and the truths of them."""
    rows = batches.rows(0, 1)[0, : checks.IMAGES]
    data = batches.dataset
    return normalized(data.take(rows)), data.take_truths(rows)


def check_unchanged(lab, run, found):
    """Refuses to go on with a lab that is not what the run began with.

    Args:
        found: how it differs, as `identity.differences` says it.
    """
    if found:
        from labs.runs import identity

        raise InputError(
            f"{identity.sentence(lab, run.path, found)} Bring the script back, start a new run, or "
            "add --changed to go on with it as it is now."
        )


def as_word(folder):
    """A folder as one writes it in a command."""
    return shlex.quote(f"./{folder}" if folder.startswith("-") else folder)


@dataclasses.dataclass
class Training:
    """A run of a lab at some step, and all that takes part in it."""

    lab: object
    given: object
    options: Options
    run: runs.Run
    workers: Workers
    network: object
    steps: object
    batches: object
    checkpoints: object
    summaries: object
    assessment: Assessment
    clock: Clock
    step: int

    def run_to_the_end(self):
        """Trains until the last iteration or a signal; returns the exit code."""
        self.greet()
        self.summaries.start()
        bar = Bar(self.lab.task.headline, self.options.iterations, self.step)
        with Interruption() as self.interruption, bar as self.bar:
            try:
                return self.train_and_evaluate()
            except Interrupted as interrupted:
                return self.stop(interrupted.number)

    def train_and_evaluate(self):
        self.check_at_the_start()
        self.adapt_rate()  # also of a run that goes on between two evaluations
        with concurrent.futures.ThreadPoolExecutor(1) as reader:
            size = self.call_size(self.step)
            loading = reader.submit(self.batches.load, self.step, size)
            while True:
                self.check_interruption()
                evaluations = self.do_what_is_due()
                if self.is_over(evaluations):
                    self.finish(evaluations)
                    return 0
                arrived = loading.result()
                following = self.step + size
                next_size = self.call_size(following)
                if next_size:
                    loading = reader.submit(self.batches.load, following, next_size)
                self.train_on(arrived, size)
                size = next_size

    def is_over(self, evaluated):
        """Whether nothing is left to do, or an evaluation showed that nothing more is to gain."""
        if self.step == self.options.iterations:
            return True
        early = bool(evaluated) and self.assessment.has_waited_enough()
        if early:
            waited = self.options.patience
            print(f"Nothing better on the validation set in {waited} evaluations: stopped early.")
        return early

    def call_size(self, step):
        """How many iterations the graph call from `step` on makes: to the next stop at the most."""
        every = (self.options.summary_every, self.options.evaluate_every)
        stop = min(self.options.iterations, *(step - step % n + n for n in every))
        size = min(stop - step, self.clock.steps_in(SECONDS_A_CALL), self.batches.most_steps(step))
        return self.workers.of_chief(size)  # each has its own clock

    def train_on(self, data, size):
        """Runs the next `size` iterations on what `Batches.load` returned for them."""
        first = self.step
        rate = self.network.learning_rate
        with self.bar.shown(), self.clock.timing(size):
            losses, measured, gradients, updates = self.steps.run(*data, first)
            losses, measured = losses.numpy(), measured.numpy()
        self.step += size
        self.bar.reached(self.step, losses[-1], measured[-1], self.clock.images_per_second)
        if not np.isfinite(losses).all():
            self.diverged(first + int(np.argmin(np.isfinite(losses))))
        if first == 1:
            self.warn(self.steps.check_gradients(gradients))
        if first % self.options.summary_every == 0:
            print(f"it= {first:6d} - loss= {losses[0]:f}", flush=True)
            line = losses[0], measured[0], rate, self.clock.lap()
            self.summaries.batch(first, *line, gradients, updates)
            self.summaries.flush()

    def do_what_is_due(self):
        """What is due at this step besides training; returns the evaluations if they are."""
        at_the_end = self.step == self.options.iterations
        if self.step % self.options.summary_every == 0 or at_the_end:
            self.summaries.weights(self.step)
        if self.step % self.options.evaluate_every == 0 or at_the_end:
            self.save()
            self.summaries.faces(self.step)
            if self.step:
                return self.evaluate()
        return None

    def save(self):
        if not self.steps.finite():
            self.diverged(self.step)
        self.run.check_it_is_there()
        self.summaries.flush()  # no point of a step before a checkpoint is lost after it
        best = self.assessment.best
        self.checkpoints.save(self.step, kept=best and best["step"])
        self.run.keep_clock(self.clock.state())

    def evaluate(self):
        """The `Evaluation`s on the whole data sets, by use.

        Raises:
            Interrupted: a signal came. The state is saved; a restored run evaluates it anew.
            Diverged: the network's outputs are no numbers, though its weights are.
        """
        try:
            found = self.assessment.evaluate(self.step, self.check_interruption)
        except Undecided as undecided:
            raise Diverged(self.step, str(undecided)) from None
        rate, train = self.network.learning_rate, found["train"]
        self.warn(self.lab.task.check_answers(self.step, rate, train.measured, train.truths))
        self.adapt_rate()
        return found

    def adapt_rate(self):
        """Sets the learning rate where it goes by what was reached so far."""
        if self.lab.rate_after:
            self.network.learning_rate = self.assessment.rate_from_here(self.lab.rate_after)

    def check_at_the_start(self):
        """Says what can be seen of a lab before it trains."""
        from labs.board.unchanged import unchanged

        self.warn([*self.network.warnings, *self.steps.check_graph()])
        if self.step == 0:
            task = self.lab.task
            x, truths = first_images(self.batches)
            with unchanged(self.network.model):
                y = np.asarray(self.steps.outputs(x))
            self.warn(task.check_loss(self.lab.loss, y, np.asarray(task.desired(x, *truths))))

    def warn(self, sentences):
        """Tells the user what a check found; training goes on."""
        for sentence in sentences:
            if self.workers.chief:
                print(f"warning: {sentence}", file=sys.stderr, flush=True)

    def check_interruption(self):
        """Raises `Interrupted` if a signal came, to this worker or to another."""
        if number := max(self.workers.gather(self.interruption.number or 0)):
            raise Interrupted(number)

    def greet(self):
        network = self.network
        does = {"train": "to train on", "validation": "to validate", "test": "to test"}
        images = [f"{data.count:,} {does[use]}" for use, data in self.assessment.sets.items()]
        images[0] = images[0].replace(" ", " images ", 1)
        frozen = f", {network.frozen:,} more are frozen" if network.frozen else ""
        print(
            f"{self.lab.name}: {network.parameters:,} parameters{frozen}; {', '.join(images)}; "
            f"batches of {self.options.batch_size}; {network.precision}; strategy "
            f"{network.strategy_name}"
        )
        logs = as_word(self.given.logs)
        print(f"{self.run.path}: watch it with `tensorboard --logdir {logs}`", flush=True)
        if "begun" in self.run.config and not self.given.restore:
            print(beginning.told(self.run.config["begun"]))
        if self.given.restore:
            print(f"{self.checkpoints.newest}: restored, {self.step} iterations done")

    def finish(self, evaluations):
        """Writes what the run has reached; `evaluations` are the last ones."""
        best = self.assessment.best
        self.summaries.finish(self.step, best)
        self.run.finish(
            {
                "lab": self.lab.name,
                "iterations": self.step,
                "parameters": self.network.parameters,
                "stopped_early": self.step < self.options.iterations,
                **self.assessment.result(evaluations),
                "images_per_second": self.clock.images_per_second,
                "seconds": self.clock.seconds,
                "precision": self.network.precision,
                "strategy": self.network.strategy_name,
            }
        )
        if best:
            path = self.checkpoints.folder / f"ckpt-{best['step']}"
            print(f"{path}: the best one, by the validation set")
        print(f"{self.run.path / 'result.json'}: written")

    def stop(self, signal_number):
        self.save()
        self.summaries.close()
        how = f"{self.lab.command} --logs {as_word(self.given.logs)}"
        if not self.lab.run_by:  # otherwise the same command goes on by itself
            how += f" --run {self.run.path.name} --restore"
        print(f"Stopped at iteration {self.step} and saved. Go on with: {how}")
        return 128 + signal_number

    def diverged(self, step):
        """Stops a run whose loss or weights are no longer finite; nothing of it is saved."""
        self.summaries.close()
        if step == 0:
            raise Diverged(
                step,
                "The loss is not finite at iteration 0, before any weight has moved, so the "
                "learning rate is not to blame: look in the lab's network and loss for a logarithm "
                "of 0, a division by 0, a square root of 0 or an overflow.",
            )
        raise Diverged(
            step,
            f"The loss is no longer finite at iteration {step}, with a learning rate of "
            f"{self.network.learning_rate:g}: try a smaller --learning-rate. The "
            f"last good checkpoint is {self.checkpoints.newest}.",
        )
