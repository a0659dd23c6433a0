"""The learning rates of a study's schedules, against the slides' formulas in NumPy."""

import keras
import numpy as np
import pytest

from labs.optimization.schedules import ITERATIONS, SCHEDULES, momentum, on_plateau, study

RATE = 0.1
STEPS = np.array([*range(10), *range(45, 55), *range(95, 105), *range(390, 401)])


def triangle(t):
    """Smith's section 3.2, between a tenth of the rate and itself; half a cycle is 50 steps."""
    half_cycle, lowest = 50, RATE / 10
    cycle = np.floor(1 + t / (2 * half_cycle))
    x = np.abs(t / half_cycle - 2 * cycle + 1)
    return lowest + (RATE - lowest) * np.maximum(0, 1 - x)


FORMULAS = {
    "constant": lambda t: np.full(len(t), RATE),
    "1 over t": lambda t: RATE / (1 + t / 40),  # the slide's alpha_0 / (1 + k t)
    "step": lambda t: RATE * 0.5 ** (t // 100),  # by a half every 100 iterations
    "exponential": lambda t: RATE * np.exp(-np.log(2) / 100 * t),  # alpha_0 exp(-k t)
    "cosine": lambda t: RATE * (1 + np.cos(np.pi * t / 400)) / 2,
    "cyclical": triangle,
}


def test_each_schedule_of_the_study_has_a_formula_here_over_its_iterations():
    assert FORMULAS.keys() == SCHEDULES.keys()
    assert ITERATIONS == 400


@pytest.mark.parametrize("name", FORMULAS)
def test_the_optimizer_s_learning_rate_is_the_formula_s(name):
    optimizer = momentum(RATE, SCHEDULES[name])
    rates = []
    for step in STEPS:
        optimizer.iterations.assign(step)
        rates.append(float(optimizer.learning_rate))
    np.testing.assert_allclose(rates, FORMULAS[name](STEPS), rtol=1e-5, atol=1e-8)


def keras_s(rate, reached, factor, patience):
    """The learning rate that Keras's own callback ends with."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate))
    callback = keras.callbacks.ReduceLROnPlateau(
        "accuracy", mode="max", factor=factor, patience=patience, min_delta=0, min_lr=0
    )
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, accuracy in enumerate(reached):
        callback.on_epoch_end(epoch, {"accuracy": accuracy})
    return float(model.optimizer.learning_rate)


@pytest.mark.parametrize("patience", [1, 2, 3])
def test_on_plateau_lowers_the_rate_where_keras_s_callback_does(patience):
    rises = [0.5, 0.6, 0.6, 0.55, 0.7, 0.65, 0.7, 0.69, 0.68, 0.71, 0.7, 0.7, 0.7, 0.7, 0.7]
    rates = []
    for count in range(len(rises) + 1):
        rates.append(on_plateau(RATE, rises[:count], 0.5, patience))
        np.testing.assert_allclose(rates[-1], keras_s(RATE, rises[:count], 0.5, patience), 1e-6)
    assert rates[0] == RATE > rates[-1]


def test_the_study_s_rate_on_plateau_starts_as_the_others_do():
    lab = study.variants["on plateau"]
    assert float(lab.optimizer(RATE).learning_rate) == pytest.approx(RATE)
    assert lab.rate_after is on_plateau
