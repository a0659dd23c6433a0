"""The dictionary, against scikit-learn's sparse codes, NumPy's formulas and numeric gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from one_layer import network
from reference import uniform
from sklearn.decomposition import sparse_encode

import layers as Layers

PENALTY = 0.05
SIDE, ATOMS = 3, 12


def made(iterations=50, penalty=PENALTY, momentum=False):
    """A dictionary of random atoms of length 1, and these, (9, 12)."""
    layer = Layers.Dictionary(ATOMS, SIDE, penalty, iterations, momentum)
    layer.build((None, 6, 9, 1))
    atoms = uniform(SIDE * SIDE, ATOMS, seed=3)
    atoms = (atoms / np.linalg.norm(atoms, axis=0)).astype(np.float32)
    layer.kernel.assign(atoms.reshape(SIDE, SIDE, 1, ATOMS))
    return layer, atoms.astype(np.float64)


def pictures():
    return uniform(2, 6, 9, 1, seed=4).astype(np.float32)


def patches(pictures):
    """The six patches of each picture, row by row, cut out one by one."""
    corners = [(top, left) for top in (0, 3) for left in (0, 3, 6)]
    return np.stack(
        [x[top : top + 3, left : left + 3].ravel() for x in pictures for top, left in corners]
    ).astype(np.float64)


def coded(layer, x):
    return np.asarray(tf.function(layer)(x), np.float64).reshape(-1, ATOMS)  # loops are quick there


def objective(x, codes, atoms, penalty=PENALTY):
    return np.square(x - codes @ atoms.T).sum(axis=1) / 2 + penalty * np.abs(codes).sum(axis=1)


@pytest.mark.parametrize(("iterations", "momentum"), [(3000, False), (1000, True)])
def test_the_codes_are_those_of_scikit_learn(iterations, momentum):
    layer, atoms = made(iterations, momentum=momentum)
    x = patches(pictures())
    expected = sparse_encode(x, atoms.T, algorithm="lasso_cd", alpha=PENALTY, max_iter=10_000)
    assert 0.2 < np.mean(expected == 0) < 0.8
    np.testing.assert_allclose(coded(layer, pictures()), expected, atol=1e-4)


def test_the_first_iteration_is_a_soft_threshold_of_a_step_from_0():
    layer, atoms = made(iterations=1)
    largest = np.linalg.norm(atoms, 2) ** 2
    z = patches(pictures()) @ atoms / largest
    expected = np.sign(z) * np.maximum(np.abs(z) - PENALTY / largest, 0)
    np.testing.assert_allclose(coded(layer, pictures()), expected, atol=1e-6)


def test_no_iteration_makes_the_objective_of_a_patch_larger():
    x = patches(pictures())
    found = []
    for iterations in (1, 2, 3, 5, 10, 20, 50):
        layer, atoms = made(iterations)
        found.append(objective(x, coded(layer, pictures()), atoms))
    assert np.all(np.diff(found, axis=0) <= 1e-7)
    assert np.all(found[-1] < found[0])


def test_a_high_penalty_leaves_nothing_of_the_codes():
    layer, _ = made(penalty=10.0)
    assert not coded(layer, pictures()).any()


def test_in_reverse_each_code_paints_its_atom_in_its_place():
    layer, atoms = made()
    layer(pictures())
    codes = np.zeros((1, 2, 3, ATOMS), np.float32)
    codes[0, 1, 2, 5] = -2
    painted = np.asarray(layer(codes, reverse=True))[0, ..., 0]
    expected = np.zeros((6, 9))
    expected[3:6, 6:9] = -2 * atoms[:, 5].reshape(3, 3)
    np.testing.assert_allclose(painted, expected, atol=1e-6)


def test_at_the_best_codes_the_derivative_by_the_atoms_is_that_with_the_codes_held_fast():
    layer, atoms = made(iterations=1000, momentum=True)
    with tf.GradientTape() as tape:
        codes = tf.stop_gradient(tf.function(layer)(pictures()))
        error = tf.reduce_sum(tf.square(layer(codes, reverse=True) - pictures())) / 2
    found = np.reshape(tape.gradient(error, layer.kernel.value), (-1, ATOMS))

    def least(atoms):
        x = patches(pictures())
        codes = sparse_encode(x, atoms.T, algorithm="lasso_lars", alpha=PENALTY, max_iter=10_000)
        return objective(x, codes, atoms).sum()

    for place in ((0, 0), (4, 7), (8, 11)):
        nudge = np.zeros_like(atoms)
        nudge[place] = 1e-5
        numeric = (least(atoms + nudge) - least(atoms - nudge)) / 2e-5
        assert found[place] == pytest.approx(numeric, abs=1e-3)


def test_an_optimizer_leaves_no_atom_longer_than_1():
    x = keras.Input((6, 9, 1))
    dictionary = Layers.Dictionary(ATOMS, SIDE, PENALTY)
    model = keras.Model(x, dictionary(keras.ops.stop_gradient(dictionary(x)), reverse=True))
    model.compile(keras.optimizers.SGD(1000.0), "mse")
    before = np.array(dictionary.kernel)
    model.fit(pictures(), pictures(), epochs=2, verbose=0)
    assert np.abs(np.array(dictionary.kernel) - before).max() > 0.1
    assert np.linalg.norm(np.reshape(dictionary.kernel, (-1, ATOMS)), axis=0).max() <= 1 + 1e-6


def test_pictures_that_are_not_made_of_whole_patches_are_refused():
    with pytest.raises(ValueError, match="whole patches of 4x4, got 6x9"):
        network(Layers.Dictionary(5, 4, 0.1), 6, 9, 1)


@pytest.mark.parametrize("arguments", [(0, 8, 0.1), (5, 0, 0.1), (5, 8, -0.1), (5, 8, 0.1, 0)])
def test_arguments_out_of_their_range_are_refused(arguments):
    with pytest.raises(ValueError, match="must be 1 or more"):
        Layers.Dictionary(*arguments)
