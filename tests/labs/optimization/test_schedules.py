"""The learning rates of a study's schedules, against the slides' formulas in NumPy."""

import numpy as np
import pytest

from labs.optimization.schedules import ITERATIONS, SCHEDULES, Cyclical, momentum

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
    optimizer = momentum(SCHEDULES[name])(RATE)
    rates = []
    for step in STEPS:
        optimizer.iterations.assign(step)
        rates.append(float(optimizer.learning_rate))
    np.testing.assert_allclose(rates, FORMULAS[name](STEPS), rtol=1e-5, atol=1e-8)


def test_a_cyclical_schedule_is_made_again_from_its_configuration():
    schedule = Cyclical(0.3, 20)
    again = Cyclical.from_config(schedule.get_config())
    assert [float(again(t)) for t in range(40)] == [float(schedule(t)) for t in range(40)]
