"""The optimizers that a study compares, against the slides' formulas in NumPy."""

import keras
import numpy as np
import pytest

from labs.optimization.optimizers import OPTIMIZERS

RATE = 0.1
START = np.array([1.0, -2.0, 0.5])
GRADIENTS = np.random.default_rng(1).normal(size=(10, 3))


def gradient_descent(x):
    for dx in GRADIENTS:
        x = x - RATE * dx
        yield x


def momentum(x, mu=0.9):
    v = np.zeros(3)
    for dx in GRADIENTS:
        v = mu * v - RATE * dx
        x = x + v
        yield x


def nesterov(x, mu=0.9):
    """The slide's second form, "this alternative preferred"."""
    v = np.zeros(3)
    for dx in GRADIENTS:
        v_prev = v
        v = mu * v - RATE * dx
        x = x + -mu * v_prev + (1 + mu) * v
        yield x


def adagrad(x):
    cache = np.full(3, 0.1)  # Keras's start; the slide's is 0
    for dx in GRADIENTS:
        cache = cache + dx**2
        x = x - RATE * dx / np.sqrt(cache + 1e-7)
        yield x


def rmsprop(x, decay_rate=0.9):
    cache = np.zeros(3)
    for dx in GRADIENTS:
        cache = decay_rate * cache + (1 - decay_rate) * dx**2
        x = x - RATE * dx / np.sqrt(cache + 1e-7)
        yield x


def adam(x, beta1=0.9, beta2=0.999, decay=0.0):
    """As lecture 000 has it, but for epsilon, which Keras adds to the root before the correction.

    So Kingma and Ba write it at the end of their section 2. Lecture 002 leaves out what corrects
    the averages for their start at 0.
    """
    m, v = np.zeros(3), np.zeros(3)
    for t, dx in enumerate(GRADIENTS, 1):
        x = x - RATE * decay * x
        m = beta1 * m + (1 - beta1) * dx
        v = beta2 * v + (1 - beta2) * dx**2
        corrected = RATE * np.sqrt(1 - beta2**t) / (1 - beta1**t)
        x = x - corrected * m / (np.sqrt(v) + 1e-7)
        yield x


def adamw(x):
    """Loshchilov and Hutter's decay, apart from the gradient: x -= rate * decay * x."""
    return adam(x, decay=0.004)


FORMULAS = {
    "mini-batch": gradient_descent,
    "momentum": momentum,
    "Nesterov": nesterov,
    "Adagrad": adagrad,
    "RMSprop": rmsprop,
    "Adam": adam,
    "AdamW": adamw,
}


def test_each_optimizer_of_the_study_has_a_formula_here():
    assert FORMULAS.keys() == OPTIMIZERS.keys()


@pytest.mark.parametrize("name", FORMULAS)
def test_ten_steps_are_the_formula_s(name):
    x = keras.Variable(START, dtype="float64")
    optimizer = OPTIMIZERS[name](RATE)
    optimizer.build([x])
    for dx, expected in zip(GRADIENTS, FORMULAS[name](START), strict=True):
        optimizer.apply([keras.ops.convert_to_tensor(dx)])
        # Keras has beta2 in 32 bits, so 1 - beta2, and each of Adam's ten steps, is right to 1e-5.
        np.testing.assert_allclose(x.numpy(), expected, rtol=0, atol=10 * RATE * 1e-5)
