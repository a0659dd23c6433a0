"""What a penalty adds to a step of plain gradient descent, against the slide's formula."""

import dataclasses
import functools

import keras
import numpy as np
import pytest

from dsutil import DataSet
from dsutil.binary import pair_paths
from labs.overfitting.small_net import lab, network
from labs.training.batches import Batches
from labs.training.network import Network
from labs.training.options import Options
from labs.training.step import Steps

ETA = 0.05
FACTOR = 0.02  # Keras's, of the sum of the squares; the slide's lambda / 2


@pytest.fixture
def one_step(faces):
    """The weights before and after a step of plain gradient descent with a penalty, by name."""

    def one_step(penalty):
        penalised = dataclasses.replace(
            lab,
            network=functools.partial(network, regularizer=penalty),
            optimizer=keras.optimizers.SGD,
        )
        options = Options.of_lab(
            penalised, precision="float32", strategy="one", learning_rate=ETA, seed=1
        )
        trained = Network(penalised, options)
        before = values(trained.model)
        batches = Batches(DataSet(*pair_paths(faces, "tiny")), 16, seed=0)
        Steps(trained, penalised).run(*batches.load(0, 1), 0)
        return before, values(trained.model)

    return one_step


def values(model):
    return {v.path: v.numpy().astype(np.float64) for v in model.trainable_variables}


def kernels_and_biases(weights):
    """The names of those that are penalised, and of the others."""
    kernels = {name for name in weights if name.endswith("kernel")}
    return kernels, weights.keys() - kernels


def check(plain, penalised, added):
    """The penalised step is the plain one and, for kernels w, `added(w)`."""
    (before, after), (same, with_penalty) = plain, penalised
    kernels, biases = kernels_and_biases(before)
    assert len(kernels) == len(biases) == 5
    for name in before:
        np.testing.assert_array_equal(before[name], same[name])
        expected = added(before[name]) if name in kernels else np.zeros(before[name].shape)
        np.testing.assert_allclose(with_penalty[name] - after[name], expected, atol=5e-7)


def test_with_l2_a_weight_decays_in_proportion_to_its_size(one_step):
    slide_s_lambda = 2 * FACTOR
    check(
        one_step(None),
        one_step(keras.regularizers.L2(FACTOR)),
        lambda w: -ETA * slide_s_lambda * w,
    )


def test_with_l1_every_weight_moves_as_far_towards_0(one_step):
    check(
        one_step(None),
        one_step(keras.regularizers.L1(FACTOR)),
        lambda w: -ETA * FACTOR * np.sign(w),
    )
