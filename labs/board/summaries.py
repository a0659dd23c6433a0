"""What TensorBoard shows of a run, and when.

Curves of `train/`, `test/` and, if there is one, `validation/` have the same names, so TensorBoard
lays them over one another; what concerns the whole run lies beside them, and in `best/` the point
at which the run was best. The point at step s says how the network does after s
iterations, or what the iteration after those does. All of it follows from the state at that step,
so a run that stopped and went on shows what it would have shown, and nothing here changes it.

At each summary point: the line's numbers, the gradients, and the weights. At each evaluation: the
numbers and losses on the whole sets, the faces and what they do in the network. With `full`,
the latter at each summary point, too. At the end, and with `full` at each evaluation, the points of
the Projector.

Nothing here ends a run: of what fails, a sentence says that it is missing.
"""

import functools
import math

import numpy as np
import tensorflow as tf

from dsutil.dataset import normalized
from labs.board import describe, hparams, layout, pictures, projector
from labs.board.events import EventFile
from labs.board.failures import Failures
from labs.board.graph import layer_graph
from labs.board.inside import layers_in, variable_names
from labs.board.probe import Probe
from labs.board.unchanged import unchanged
from labs.tasks.task import by_image

PROBED = 32  # faces whose activations make the histograms
SHOWN = 4  # of these, faces whose maps make the pictures
MAPPED = 32  # layers with pictures of their maps; of more, every second, third, …
LISTED = 16  # faces with label and answer in a picture
ANSWERED = 100  # of them at once: what a CNN needs of memory for more takes long to get
PICTURES = 10  # that TensorBoard keeps of each kind; about so many of the kernels are written
BEST = "best"  # the folder of the point at which a run was best
LONG = 5  # times the lab's own number of iterations: `auto` is `full` from there on


def may_fail(part):
    """A method that makes a part of what TensorBoard shows, and without which the run goes on."""

    def decorate(method):
        @functools.wraps(method)
        def tolerated(self, *args):
            with self.failures.tolerated(part):
                method(self, *args)

        return tolerated

    return decorate


class Summaries:
    """The event files of a run.

    Args:
        run: the `Run`.
        lab: the `Lab`.
        options: the `Options`.
        network: the `Network`.
        answers: from images (n, numbers) uint8 to the task's answers.
        batches: the `Batches` to train on.
        sets: the `DataSet`s by use.
        step: where the run goes on. What an earlier process wrote of that step and later ones is
            withdrawn, since this one writes it anew.
    """

    def __init__(self, run, lab, options, network, answers, batches, sets, step=0):
        self.run, self.lab, self.options, self.network = run, lab, options, network
        self.task, self.answers, self.batches = lab.task, answers, batches
        self.sets, self.test = sets, sets["test"]
        self.failures = Failures()
        self.curves_alone = options.summaries == "curves"
        self.full = chooses_full(options.summaries, options.iterations, lab.iterations)
        points = options.iterations // options.summary_every
        self._kernels_every = options.summary_every * max(1, points // PICTURES)
        self._probed_at = None
        self._first_step = step

    def start(self):
        """Opens the files, and writes what is known before the first iteration."""
        step = self._first_step
        for folder in (self.run.path, self.run.path / BEST):
            for stale in folder.glob("events.out.tfevents.*"):
                stale.unlink()  # what it says may be over, and TensorBoard keeps that
        self._whole_run = EventFile(self.run.path)
        self._files = {use: EventFile(self.run.path / use, step) for use in self.sets}
        self._train, self._test = self._files["train"], self._files["test"]
        rows = self.task.some(self.test.truths, self.test.count, PROBED)
        images = self.test.take(rows)
        self._faces, x = self._pictures(images[:SHOWN]), normalized(images)
        desired = self.task.desired(tf.constant(x), *self.test.take_truths(rows))
        self._probe = Probe(self.network.model, self.lab.loss, x, desired)
        if step == 0:
            self._graph()
        self._table()
        for first, command in self.run.config["commands"]:
            lines = command.replace(" --", " \\\n    --")
            self._whole_run.text("command", first, f"```\n{lines}\n```")
        names = ("train", "test", "iterations", "batch_size", "learning_rate", "seed")
        options = {"lab": self.lab.name} | {name: getattr(self.options, name) for name in names}
        options |= {
            "precision": self.network.precision,
            "strategy": self.network.strategy_name,
            "parameters": self.network.parameters,
        }
        self._whole_run.summary(0, hparams.experiment(options, self.task.headline.name))
        self._whole_run.summary(0, hparams.start(f"{self.lab.name}/{self.run.path.name}", options))
        self._whole_run.summary(0, layout.layout(self.task.headline))
        self.flush()

    def batch(self, step, loss, number, learning_rate, speed, gradients, updates):
        """What the iteration after step does.

        Args:
            loss, number: the batch's, and the headline's.
            learning_rate: the optimizer's.
            speed: images a second, or None if it is not known yet.
            gradients, updates: of each trainable variable, as `Steps.run` returns them.
        """
        self._train.scalar("batch/loss", step, loss)
        self._train.scalar(f"batch/{self.task.headline.name}", step, number)
        self._train.scalar("learning_rate", step, learning_rate)
        if speed:
            self._train.scalar("images_per_second", step, speed)
        self._gradients(step, gradients, updates)

    def weights(self, step):
        """Every weight and bias, and of the first kernel a picture."""
        if self.curves_alone:
            return
        self._weights(step)
        if step % self._kernels_every == 0 or step == self.options.iterations:
            self._first_kernel(step)
        if self.full:
            self.faces(step)

    def faces(self, step):
        """The next batch's faces and answers, and what the fixed test faces do in each layer."""
        if step == self._probed_at or self.curves_alone:
            return
        self._probed_at = step
        rows = self.batches.rows(step, 1)[0, :LISTED]
        train = self.batches.dataset
        self._answered("faces/batch", self._train, step, train, rows)
        self._activations(step)

    def evaluation(self, step, evaluations, plain=()):
        """How the network does on the whole sets.

        Args:
            evaluations: the `Evaluation`s by use.
            plain: {use: headline} of the weights themselves, where the optimizer averages them.
        """
        for use, found in evaluations.items():
            file = self._files[use]
            for name, number in found.numbers.items():
                file.scalar(name, step, number)
            file.scalar("loss", step, found.loss)
        for use, number in dict(plain).items():
            self._files[use].scalar(f"{self.task.headline.name}_without_averaging", step, number)
        train, test = evaluations["train"], evaluations["test"]
        gap = self.task.headline.gap(train.headline, test.headline)
        self._test.scalar("generalisation_gap", step, gap)
        if not self.curves_alone:
            self._evaluated(step, evaluations)
        self.flush()

    def _evaluated(self, step, evaluations):
        """What there is of an evaluation besides its numbers."""
        for use, found in evaluations.items():
            self._shown(self._files[use], step, found)
        test = evaluations["test"]
        rows = self.task.worst(test.measured, LISTED)
        if len(rows):
            self._answered("faces/most_wrong", self._test, step, self.test, rows)
        self._explored(step)
        if self.full or step == self.options.iterations:
            self._projector()

    def finish(self, step, best=None):
        """The run is complete after `step` iterations.

        Args:
            best: what was reached when it was best, as `Validation.best` says it.
        """
        if step < self.options.iterations and not self.full and not self.curves_alone:
            self._projector()
        if best:
            self._files[BEST] = EventFile(self.run.path / BEST)
            self._files[BEST].scalar(self.task.headline.name, best["step"], best["validation"])
        self._whole_run.summary(step, hparams.end())
        self.close()

    def flush(self):
        for file in (self._whole_run, *self._files.values()):
            file.flush()

    def close(self):
        for file in (self._whole_run, *self._files.values()):
            file.close()

    @may_fail("the Graphs tab")
    def _graph(self):
        self._train.graph(layer_graph(self.network.model))

    @may_fail("the table of the layers")
    def _table(self):
        table = describe.markdown(self.network.model, self.options.batch_size)
        self._whole_run.text("layers", 0, table)

    @may_fail("the gradients of the weights")
    def _gradients(self, step, gradients, updates):
        gradients = [tf.convert_to_tensor(gradient).numpy() for gradient in gradients]
        norm = np.sqrt(sum(np.sum(np.square(gradient, dtype=float)) for gradient in gradients))
        self._train.scalar("gradient_norm", step, norm)
        names = variable_names(self.network.model)
        for name, gradient, update in zip(names, gradients, updates, strict=True):
            if not self.curves_alone:
                self._train.histogram(f"{name}/gradient", step, gradient)
            if gradient.ndim > 1:  # biases start at 0, so what is a share of that
                self._train.scalar(f"update_to_weight/{name}", step, update)

    @may_fail("the weights")
    def _weights(self, step):
        """Histogram, mean, standard deviation, min and max of every weight and bias."""
        model = self.network.model
        for name, variable in zip(variable_names(model), model.trainable_variables, strict=True):
            value = tf.convert_to_tensor(variable).numpy()
            if value.size:
                self._train.histogram(name, step, value)
                numbers = {"mean": value.mean(), "stddev": value.std()}
                for what, number in (numbers | {"min": value.min(), "max": value.max()}).items():
                    self._train.scalar(f"{name}/{what}", step, number)

    @may_fail("the pictures of the first kernel")
    def _first_kernel(self, step):
        """What the first layer looks for, and what of that it has learned, where it sees pixels."""
        kernel = self.network.first_kernel()
        if kernel is None:
            return
        name = layers_in(self.network.model)[self.network.first]
        initial = self.network.initial_kernel
        learned = np.zeros(1) if initial is None else kernel - initial
        for tag, values, text in (
            ("kernels", kernel, "What each filter or unit looks for."),
            ("kernels_learned", learned, "How far training has moved each weight since its start."),
        ):
            picture = values.any() and pictures.first_kernel(name, values, self.task.images.shape)
            if picture is not None and values.any():
                self._train.image(f"{tag}/{name}", step, picture, f"{text} Middle grey is 0.")

    @may_fail("what the faces do in the layers")
    def _activations(self, step):
        reactions = self._probe.reactions()
        for name, reaction in reactions.items():
            self._test.histogram(f"{name}/activation", step, reaction.activation)
            self._test.histogram(f"{name}/activation/gradient", step, reaction.gradient)
            if reaction.dead is not None:
                self._test.scalar(f"dead_relu/{name}", step, reaction.dead)
        with_maps = [name for name, reaction in reactions.items() if reaction.has_maps]
        for name in with_maps[:: math.ceil(len(with_maps) / MAPPED) or 1]:
            for kind in ("activation", "gradient"):
                self._maps(step, name, kind, getattr(reactions[name], kind)[:SHOWN])

    @may_fail("the pictures of the layers' maps")
    def _maps(self, step, name, kind, values):
        picture = pictures.maps(f"{name}, {kind}", self._faces[: len(values)], values)
        text = (
            f"The {kind} maps of `{name}`, for the same {len(values)} test faces "
            "at every step, with their size, largest and smallest number. Black is 0, "
            "or middle grey where a face has negative ones; white is a face's largest."
        )
        self._test.image(f"{kind}_maps/{name}", step, picture, text)

    @may_fail("what the task shows of an evaluation")
    def _shown(self, file, step, found):
        for shown in self.task.shown(found.measured, found.truths):
            self._show(file, step, shown)

    @may_fail("what the task shows of the network")
    def _explored(self, step):
        rows = self.task.some(self.test.truths, self.test.count, PROBED)
        with unchanged(self.network.model):
            model, x = self.network.model, normalized(self.test.take(rows))
            for shown in self.task.explored(model, x):
                self._show(self._test, step, shown)

    def _show(self, file, step, shown):
        if shown.kind == "pr_curve":
            file.pr_curve(shown.tag, step, *shown.values)
        else:
            file.image(shown.tag, step, *shown.values, shown.text)

    @may_fail("the pictures of faces with their answers")
    def _answered(self, tag, file, step, dataset, rows):
        images = dataset.take(rows)
        with unchanged(self.network.model):
            answers = np.asarray(self.answers(images))
        truths = by_image(dataset.take_truths(rows), len(rows))
        each = list(zip(self._pictures(images), answers, truths, strict=True))
        picture = pictures.answered(
            [self.task.picture(*one) for one in each], [self.task.caption(*one) for one in each]
        )
        file.image(tag, step, picture, "Faces with the answer, and what is true.")

    @may_fail("the Projector")
    def _projector(self):
        rows = np.arange(min(self.task.projected, self.test.count))
        images, model = self.test.take(rows), self.network.model
        with unchanged(model):
            answers = np.concatenate(
                [self.answers(images[i : i + ANSWERED]) for i in range(0, len(rows), ANSWERED)]
            )
        table = self.task.labels(answers, self.test.take_truths(rows))
        where = self.task.places(answers) or projector.points(model, images)
        projector.write(self.run.path, where, images, self.task.images.shape, table)

    def _pictures(self, images):
        """Flat images (n, numbers) as pictures (n, *shape)."""
        return images.reshape(-1, *self.task.images.shape)


def chooses_full(wanted, iterations, usual):
    """Whether `--summaries wanted` is `full`: `auto` is where a run is long for its lab."""
    return wanted == "full" or (wanted == "auto" and iterations >= LONG * usual)
