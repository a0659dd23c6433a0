"""What TensorBoard shows of a run, and when.

Curves of `train/` and `test/` have the same names, so TensorBoard lays them over one another; what
concerns the whole run lies beside the two. The point at step s says how the network does after s
iterations, or what the iteration after those does. All of it follows from the state at that step,
so a run that stopped and went on shows what it would have shown, and nothing here changes it.

At each summary point: the line's numbers, the gradients, and the weights. At each evaluation: the
accuracies and losses on the whole sets, the faces and what they do in the network. With `full`,
the latter at each summary point, too. At the end, and with `full` at each evaluation, the points of
the Projector.

Nothing here ends a run: of what fails, a sentence says that it is missing.
"""

import functools
import math

import numpy as np
import tensorflow as tf

from dsutil import CLASSES, SIDE
from dsutil.dataset import normalized
from labs.board import describe, hparams, layout, pictures, projector
from labs.board.events import EventFile
from labs.board.failures import Failures
from labs.board.graph import layer_graph
from labs.board.inside import layers_in, variable_names
from labs.board.probe import Probe
from labs.board.unchanged import unchanged
from labs.training.evaluation import softmax

PROBED = 32  # faces whose activations make the histograms
SHOWN = 4  # of these, faces whose maps make the pictures
MAPPED = 32  # layers with pictures of their maps; of more, every second, third, …
LISTED = 16  # faces with label and answer in a picture
PROJECTED = 1000  # test faces in the Projector
PICTURES = 10  # that TensorBoard keeps of each kind; about so many of the kernels are written
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
        settled: the options.
        network: the `Network`.
        scores: from images (n, 2304) in [-0.5, 0.5) to scores (n, 2).
        batches: the `Batches` to train on.
        test: the `DataSet` to test on.
        step: where the run goes on. What an earlier process wrote of that step and later ones is
            withdrawn, since this one writes it anew.
    """

    def __init__(self, run, lab, settled, network, scores, batches, test, step=0):
        self.run, self.lab, self.options, self.network = run, lab, settled, network
        self.scores, self.batches, self.test = scores, batches, test
        self.failures = Failures()
        self.full = chooses_full(settled.summaries, settled.iterations, lab.iterations)
        points = settled.iterations // settled.summary_every
        self._kernels_every = settled.summary_every * max(1, points // PICTURES)
        for stale in run.path.glob("events.out.tfevents.*"):
            stale.unlink()  # it may say other options, and TensorBoard keeps what it reads first
        self._whole_run = EventFile(run.path)
        self._train = EventFile(run.path / "train", step)
        self._test = EventFile(run.path / "test", step)
        rows = some_of_each_class(test.labels, PROBED)
        self._faces = test.take(rows).reshape(-1, SIDE, SIDE)[:SHOWN]
        self._probe = Probe(
            network.model, lab.loss, normalized(test.take(rows)), np.asarray(test.labels[rows])
        )
        self._probed_at = None

    def start(self, step):
        """What is known before the first iteration."""
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
        self._whole_run.summary(0, hparams.experiment(options))
        self._whole_run.summary(0, hparams.start(f"{self.lab.name}/{self.run.path.name}", options))
        self._whole_run.summary(0, layout.layout())
        self.flush()

    def batch(self, step, loss, accuracy, learning_rate, speed, gradients, updates):
        """What the iteration after step does.

        Args:
            loss, accuracy: the batch's.
            learning_rate: the optimizer's.
            speed: images a second, or None if it is not known yet.
            gradients, updates: of each trainable variable, as `Steps.run` returns them.
        """
        self._train.scalar("batch/loss", step, loss)
        self._train.scalar("batch/accuracy", step, accuracy)
        self._train.scalar("learning_rate", step, learning_rate)
        if speed:
            self._train.scalar("images_per_second", step, speed)
        self._gradients(step, gradients, updates)

    def weights(self, step):
        """Every weight and bias, and of the first kernel a picture."""
        self._weights(step)
        if step % self._kernels_every == 0 or step == self.options.iterations:
            self._first_kernel(step)
        if self.full:
            self.faces(step)

    def faces(self, step):
        """The next batch's faces and answers, and what the fixed test faces do in each layer."""
        if step == self._probed_at:
            return
        self._probed_at = step
        rows = self.batches.rows(step, 1)[0, :LISTED]
        train = self.batches.dataset
        self._answered("faces/batch", self._train, step, train, rows)
        self._activations(step)

    def evaluation(self, step, train, test):
        """How the network does on the whole sets: two `Evaluation`s."""
        for file, found in ((self._train, train), (self._test, test)):
            file.scalar("accuracy", step, found.accuracy)
            file.scalar("loss", step, found.loss)
            self._classes(file, step, found)
        self._test.scalar("generalisation_gap", step, train.accuracy - test.accuracy)
        rows = test.most_wrong(LISTED)
        if len(rows):
            self._answered("faces/most_wrong", self._test, step, self.test, rows)
        if self.full or step == self.options.iterations:
            self._projector(test)
        self.flush()

    def finish(self):
        """The run is complete."""
        self._whole_run.summary(self.options.iterations, hparams.end())
        self.close()

    def flush(self):
        for file in (self._whole_run, self._train, self._test):
            file.flush()

    def close(self):
        for file in (self._whole_run, self._train, self._test):
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
        learned = kernel - self.network.initial_kernel
        for tag, values, text in (
            ("kernels", kernel, "What each filter or unit looks for."),
            ("kernels_learned", learned, "How far training has moved each weight since its start."),
        ):
            picture = pictures.first_kernel(name, values, SIDE)
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

    @may_fail("how it does on each class")
    def _classes(self, file, step, found):
        for i, name in enumerate(CLASSES):
            of_class = found.labels[:, i] == 1
            file.pr_curve(f"precision_recall/{name}", step, of_class, found.probabilities[:, i])
        picture = pictures.confusion(found.confusion, CLASSES)
        file.image("confusion_matrix", step, picture, "The darker, the more of its row.")

    @may_fail("the pictures of faces with their answers")
    def _answered(self, tag, file, step, dataset, rows):
        images, labels = dataset.take(rows), dataset.labels[rows]
        with unchanged(self.network.model):
            probabilities = softmax(np.asarray(self.scores(normalized(images))))
        faces = images.reshape(-1, SIDE, SIDE)
        picture = pictures.answered(faces, labels, probabilities, CLASSES)
        file.image(tag, step, picture, "Faces with the answer, its probability, and the label.")

    @may_fail("the Projector")
    def _projector(self, test):
        rows = np.arange(min(PROJECTED, self.test.count))
        projector.write(
            self.run.path,
            self.network.model,
            self.test.take(rows),
            test.labels[rows],
            test.probabilities[rows],
        )


def chooses_full(wanted, iterations, usual):
    """Whether `--summaries wanted` is `full`: `auto` is where a run is long for its lab."""
    return wanted == "full" or (wanted == "auto" and iterations >= LONG * usual)


def some_of_each_class(labels, count):
    """Rows of `count` images, the classes in turn: the first of each, the second of each, …"""
    rank = np.cumsum(labels, axis=0)[labels == 1]  # of each image among those of its class
    return np.argsort(rank, kind="stable")[:count]
