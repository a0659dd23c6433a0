"""A graph that serves a run of another seed: to the bit what a graph of its own would give."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

import layers as Layers
from dsutil import DataSet
from dsutil.binary import pair_paths
from labs import nn4
from labs.training import Lab
from labs.training.batches import Batches
from labs.training.kept import Kept
from labs.training.options import Options


def network(x):
    """A network with all that may follow from a seed: weights, draws, and averages."""
    t = Layers.random_affine(Layers.unflat(x, 48, 48, 1), shift=0.1, degrees=10, flip=True)
    t = Layers.conv(t, 4, 5, 4, "conv_1", None)
    t = keras.layers.ReLU()(Layers.batchnorm(t, "norm_1"))
    t = keras.layers.GaussianNoise(0.1)(Layers.dropout(Layers.flat(t), 0.3))
    return Layers.fc(t, 2, "fc_2", "log_softmax", kernel_initializer="orthogonal")


lab = Lab(
    name="kept",
    about=None,
    network=network,
    loss=nn4.loss,
    reduction="mean",
    optimizer=keras.optimizers.Adam,
    train="tiny",
    test="other",
    iterations=10,
    batch_size=8,
    learning_rate=0.01,
    summary_every=10,
    evaluate_every=10,
)


@pytest.fixture
def train(faces):
    """Trains a lab; returns its `Network` and all numbers that it then has."""
    data = DataSet(*pair_paths(faces, "tiny"))

    def train(kept, lab, seed=0, **others):
        options = Options.of_lab(lab, seed=seed, precision="float32", **others)
        network, steps = kept.network_and_steps(lab, options)
        batches = Batches(data, options.batch_size, seed)
        list(steps.check_graph())  # as a run does it
        losses, measured, *_ = steps.run(*batches.load(0, 5), 0)
        answers = steps.outputs(tf.constant(np.zeros((2, 2304), np.float32)))
        return network, [losses.numpy(), measured.numpy(), answers.numpy(), *network.numbers()]

    return train


def same(one, other):
    assert len(one) == len(other)
    return all(np.array_equal(mine, its) for mine, its in zip(one, other, strict=True))


def averaging(rate):
    return keras.optimizers.SGD(rate, momentum=0.9, use_ema=True)


def falling(rate):
    rate = keras.optimizers.schedules.CosineDecay(rate, 10)
    return keras.optimizers.AdamW(rate, weight_decay=0.1)


@pytest.mark.parametrize("optimizer", [keras.optimizers.Adam, averaging, falling])
def test_runs_of_other_seeds_have_the_graph_of_the_first_and_end_as_without_it(train, optimizer):
    lab_ = dataclasses.replace(lab, optimizer=optimizer)
    kept = Kept(range(3))
    ends = {seed: train(kept, lab_, seed) for seed in (0, 2, 1)}
    assert len({id(network) for network, _ in ends.values()}) == 1
    for seed, (_, end) in ends.items():
        assert same(end, train(Kept(), lab_, seed)[1])
    assert not same(ends[1][1], ends[2][1])


def test_the_first_kernel_is_that_of_the_seed(train):
    kept = Kept(range(2))
    train(kept, lab, 0)
    options = Options.of_lab(lab, seed=1, precision="float32")
    network, _ = kept.network_and_steps(lab, options)
    fresh, _ = Kept().network_and_steps(lab, options)
    assert np.array_equal(network.initial_kernel, fresh.initial_kernel)


def test_a_run_that_diverged_leaves_nothing_to_the_next_one(train):
    kept = Kept(range(2))
    first, _ = train(kept, lab, 0)
    for variable in [*first.model.weights, *first.optimizer.variables]:
        if variable.dtype.startswith("float"):
            variable.assign(np.full(variable.shape, np.nan))
    other, end = train(kept, lab, 1)
    assert other is first
    assert same(end, train(Kept(), lab, 1)[1])


def test_a_run_that_begins_elsewhere_has_the_graph_as_well(train):
    kept = Kept(range(2))
    first, _ = train(kept, lab, 0, begin_from="logs/some/seed0")
    assert train(kept, lab, 1, begin_from="logs/some/seed1")[0] is first


def test_a_seed_that_was_not_foreseen_has_a_graph_of_its_own(train):
    kept = Kept([0, 1])
    first, _ = train(kept, lab, 0)
    other, end = train(kept, lab, 5)
    assert other is not first
    assert same(end, train(Kept(), lab, 5)[1])


@pytest.mark.parametrize(
    "others",
    [{"learning_rate": 0.1}, {"freeze": "conv_1"}, {"batch_size": 4}],
    ids=lambda others: next(iter(others)),
)
def test_a_run_with_another_option_has_a_graph_of_its_own(train, others):
    kept = Kept(range(2))
    first, _ = train(kept, lab, 0)
    other, end = train(kept, lab, 1, **others)
    assert other is not first
    assert same(end, train(Kept(), lab, 1, **others)[1])


class Noisy(keras.layers.Layer):
    """Holds what it drew when it was made, where no config tells of it."""

    def build(self, shape):
        self.noise = np.random.normal(size=shape[-1]).astype(np.float32)

    def call(self, t):
        return t + self.noise


def loss_with_noise(y, y_desired):
    return nn4.loss(y + keras.random.normal((2,)), y_desired)


def loss_with_a_drawn_number(y, y_desired):
    return nn4.loss(y * np.float32(np.random.uniform(0.5, 2)), y_desired)


class Drawn(keras.optimizers.SGD):
    """Draws its own momentum when it is made."""

    def build(self, variables):
        super().build(variables)
        self.factor = np.random.uniform(0.5, 2)

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient * self.factor, variable, learning_rate)


counter = []


def loss_that_counts(y, y_desired):
    if not counter:
        counter.append(tf.Variable(0.0))
    counter[0].assign_add(1.0)
    return nn4.loss(y, y_desired) * counter[0]


def shifted(model, images):
    model.layers[-1].bias.assign(np.random.normal(size=2))


@pytest.mark.parametrize(
    "others",
    [
        {"network": lambda x: network(Noisy()(x))},
        {"loss": loss_with_noise},
        {"loss": loss_with_a_drawn_number},
        {"loss": loss_that_counts},
        {"optimizer": Drawn},
        {"initialize": shifted},
    ],
    ids=[
        "a layer of its own",
        "a draw of no layer",
        "a number drawn once",
        "a variable of no layer",
        "an optimizer of its own",
        "own weights",
    ],
)
def test_where_the_graph_may_depend_on_the_seed_a_run_has_its_own(train, others):
    lab_ = dataclasses.replace(lab, **others)
    kept = Kept(range(2))
    first, _ = train(kept, lab_, 0)
    assert train(kept, lab_, 1)[0] is not first


def test_on_several_devices_a_run_has_its_own(train):
    kept = Kept(range(2))
    first, _ = train(kept, lab, 0, strategy="mirrored")
    assert train(kept, lab, 1, strategy="mirrored")[0] is not first


def test_a_lab_made_anew_from_the_same_parts_has_a_graph_of_its_own(train):
    kept = Kept(range(2))
    first, _ = train(kept, lab, 0)
    assert train(kept, dataclasses.replace(lab), 1)[0] is not first
