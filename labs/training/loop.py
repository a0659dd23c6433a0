"""The one training loop.

The network's state after s iterations is step s. At some steps there is something to do besides
training: a point of the curves, an evaluation and a checkpoint. From one such step to the next the
iterations run in few graph calls, each of about SECONDS_A_CALL, while the next one's rows are read.
"""

import concurrent.futures
import shlex
import sys

import numpy as np

from dsutil import CLASSES, InputError, progress
from dsutil.dataset import normalized
from labs.machines import alike, cluster, quiet
from labs.machines.workers import Workers
from labs.runs import copies
from labs.training import checks, data_sets, options
from labs.training.clock import Clock
from labs.training.evaluation import evaluate
from labs.training.interruption import Interrupted, Interruption

SECONDS_A_CALL = 0.5  # Ctrl-C waits about as long as this for a graph call to end


def main(lab, chosen):
    """Trains `lab` with the options that `options.parse` returned; returns the exit code.

    Raises:
        InputError, OSError: something that was asked for cannot be done; see the text.
    """
    found = cluster.find(chosen.strategy or "auto")
    if found:
        quiet.load_tensorflow()  # before others wait for a word: nothing else runs meanwhile
    with Workers(found) as workers:
        return train_with(workers, lab, chosen)


def train_with(workers, lab, chosen):
    """Trains as one of the `workers`; returns the exit code."""
    alike.check_command(lab, chosen, workers)
    if workers.count > 1 and chosen.strategy is None:
        chosen.strategy = "auto"  # also where the run to restore was one machine's alone
    if chosen.restore:
        run = copies.restore(workers, chosen.logs, lab.name, chosen.run)
        settled = options.settle(chosen, recorded_options(lab, run))
    else:
        settled = options.settle(chosen, options.defaults_of(lab))
        data_sets.check_there(settled)  # before the folder is made: a typo leaves none behind
        run = copies.start(workers, settled.logs, lab.name, settled.run)
    with run.worked_on():
        train, test = workers.in_turn(lambda: data_sets.open_both(settled))
        data = data_sets.describe(train, test)
        if chosen.restore:
            data_sets.check_same(run, chosen, train, test, data)
        alike.check_data(data, settled, workers)
        return Training(lab, settled, run, train, test, data, workers).run_to_the_end()


def recorded_options(lab, run):
    """The options that a run had when it stopped; those that are new since are the defaults."""
    try:
        options.check_recorded(lab, run.config["options"])
        recorded = run.config["options"] | {"precision": run.config["precision"]}
        options.check_recorded(lab, recorded)
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{run.path / 'config.json'} is damaged: {error}.") from None
    return options.defaults_of(lab) | recorded


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


class Training:
    """A run of a lab: the network, its data, and those that look on."""

    def __init__(self, lab, settled, run, train, test, data, workers):
        quiet.load_tensorflow()
        from labs.board.summaries import Summaries
        from labs.runs import identity
        from labs.runs.checkpoints import Checkpoints
        from labs.training.batches import Batches
        from labs.training.network import Network
        from labs.training.step import Steps

        self.lab, self.options, self.run, self.train, self.test = lab, settled, run, train, test
        self.workers = workers
        # TensorFlow waits here for all workers, and then this process hears of nobody who dies.
        workers.all(None)
        self.network = Network(lab, settled)
        self.steps = Steps(self.network, lab.loss, lab.reduction)
        self.batches = Batches(train, settled.batch_size, settled.seed)
        self.checkpoints = Checkpoints(run.checkpoints, self.network.model, self.network.optimizer)
        what_it_is = identity.of(lab, self.network.model)
        if settled.restore and not settled.changed:
            check_unchanged(lab, run, identity.differences(run.path, what_it_is))
        self.step = self.checkpoints.restore() if settled.restore else 0
        if self.step > settled.iterations:
            raise InputError(
                f"{self.checkpoints.newest} has {self.step} iterations already: expected "
                f"--iterations to be more, found {settled.iterations}."
            )
        run.record(
            {
                "lab": lab.name,
                "options": {name: getattr(settled, name) for name in options.defaults_of(lab)},
                "precision": self.network.precision,
                "strategy": self.network.strategy_name,
                "replicas": self.network.replicas,
                "parameters": self.network.parameters,
                "data": data,
                "commands": [*run.config.get("commands", []), [self.step, settled.command]],
            }
        )
        identity.write(run.path, what_it_is)
        self.summaries = Summaries(
            run, lab, settled, self.network, self.steps.scores, self.batches, test, self.step
        )
        self.clock = Clock(settled.batch_size, run.clock())

    def run_to_the_end(self):
        """Trains until the last iteration or a signal; returns the exit code."""
        self.greet()
        self.summaries.start(self.step)
        with Interruption() as self.interruption:
            try:
                return self.train_and_look_on()
            except Interrupted as interrupted:
                return self.stop(interrupted.number)

    def train_and_look_on(self):
        self.check_at_the_start()
        with concurrent.futures.ThreadPoolExecutor(1) as reader:
            size = self.call_size(self.step)
            loading = reader.submit(self.batches.load, self.step, size)
            while True:
                self.check_interruption()
                accuracies = self.look_on()
                if self.step == self.options.iterations:
                    self.finish(*accuracies)
                    return 0
                arrived = loading.result()
                following = self.step + size
                next_size = self.call_size(following)
                if next_size:
                    loading = reader.submit(self.batches.load, following, next_size)
                self.train_on(arrived, size)
                size = next_size

    def call_size(self, step):
        """How many iterations the graph call from `step` on makes: to the next stop at the most."""
        every = (self.options.summary_every, self.options.evaluate_every)
        stop = min(self.options.iterations, *(step - step % n + n for n in every))
        size = min(stop - step, self.clock.steps_in(SECONDS_A_CALL), self.batches.most_steps(step))
        return self.workers.all(size)[0]  # each has its own clock

    def train_on(self, data, size):
        """Runs the next `size` iterations on what `Batches.load` returned for them."""
        first = self.step
        rate = self.network.learning_rate
        with self.clock.timing(size):
            losses, accuracies, gradients, updates = self.steps.run(*data, first)
            losses, accuracies = losses.numpy(), accuracies.numpy()
        self.step += size
        if not np.isfinite(losses).all():
            self.diverged(first + int(np.argmin(np.isfinite(losses))))
        if first == 1:
            self.warn(self.steps.check_gradients(gradients))
        if first % self.options.summary_every == 0:
            print(f"it= {first:6d} - loss= {losses[0]:f}", flush=True)
            line = losses[0], accuracies[0], rate, self.clock.lap()
            self.summaries.batch(first, *line, gradients, updates)
            self.summaries.flush()

    def look_on(self):
        """What is due at this step besides training; returns the accuracies if they are."""
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
        self.checkpoints.save(self.step)
        self.run.keep_clock(self.clock.state())

    def evaluate(self):
        """The accuracies on the whole train and test sets.

        Raises:
            Interrupted: a signal came. The state is saved; a restored run evaluates it anew.
        """
        from labs.board.unchanged import unchanged

        bar = progress.bar(self.train.count + self.test.count, "images evaluated", stays=False)

        def scores(images):
            self.check_interruption()
            bar.update(len(images))
            return self.steps.scores(images)

        loss = self.lab.loss
        # A layer that counts its calls, say, counts those in training only.
        with self.network.final_weights(), unchanged(self.network.model):
            with bar:
                train, test = (evaluate(data, scores, loss) for data in (self.train, self.test))
            print(
                f"it= {self.step:6d} - train accuracy= {train.accuracy:.4f} "
                f"- test accuracy= {test.accuracy:.4f}",
                flush=True,
            )
            self.summaries.evaluation(self.step, train, test)
        self.warn(checks.of_the_answers(self.step, train, CLASSES, self.network.learning_rate))
        return train.accuracy, test.accuracy

    def check_at_the_start(self):
        """Says what can be seen of a lab before it trains."""
        from labs.board.unchanged import unchanged

        self.warn([*self.network.warnings, *self.steps.check_graph()])
        if self.step == 0:
            rows = self.batches.rows(0, 1)[0, : checks.IMAGES]
            with unchanged(self.network.model):
                scores = np.asarray(self.steps.scores(normalized(self.train.take(rows))))
            self.warn(checks.of_the_loss(self.lab.loss, scores, self.train.labels[rows]))

    def warn(self, sentences):
        """Tells the user what a check found; training goes on."""
        for sentence in sentences:
            if self.workers.chief:
                print(f"warning: {sentence}", file=sys.stderr, flush=True)

    def check_interruption(self):
        """Raises `Interrupted` if a signal came, to this worker or to another."""
        if number := max(self.workers.all(self.interruption.number or 0)):
            raise Interrupted(number)

    def greet(self):
        network = self.network
        print(
            f"{self.lab.name}: {network.parameters:,} parameters; {self.train.count:,} images to "
            f"train on, {self.test.count:,} to test; batches of {self.options.batch_size}; "
            f"{network.precision}; strategy {network.strategy_name}"
        )
        logs = as_word(self.options.logs)
        print(f"{self.run.path}: watch it with `tensorboard --logdir {logs}`", flush=True)
        if self.options.restore:
            print(f"{self.checkpoints.newest}: restored, {self.step} iterations done")

    def finish(self, train_accuracy, test_accuracy):
        self.summaries.finish()
        self.run.finish(
            {
                "lab": self.lab.name,
                "iterations": self.step,
                "parameters": self.network.parameters,
                "train_accuracy": train_accuracy,
                "test_accuracy": test_accuracy,
                "images_per_second": self.clock.images_per_second,
                "seconds": self.clock.seconds,
                "precision": self.network.precision,
                "strategy": self.network.strategy_name,
            }
        )
        print(f"{self.run.path / 'result.json'}: written")

    def stop(self, signal_number):
        self.save()
        self.summaries.close()
        print(
            f"Stopped at iteration {self.step} and saved. Go on with: "
            f"python -m labs.{self.lab.name} --logs {as_word(self.options.logs)} "
            f"--run {self.run.path.name} --restore"
        )
        return 128 + signal_number

    def diverged(self, step):
        """Stops a run whose loss or weights are no longer finite; nothing of it is saved."""
        self.summaries.close()
        if step == 0:
            raise InputError(
                "The loss is not finite at iteration 0, before any weight has moved, so the "
                "learning rate is not to blame: look in the lab's network and loss for a logarithm "
                "of 0, a division by 0, a square root of 0 or an overflow."
            )
        raise InputError(
            f"The loss is no longer finite at iteration {step}, with a learning rate of "
            f"{self.network.learning_rate:g}: try a smaller --learning-rate. The "
            f"last good checkpoint is {self.checkpoints.newest}."
        )
