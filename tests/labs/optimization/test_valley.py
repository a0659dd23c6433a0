"""The valley's methods, against Keras's optimizers and what is known in closed form."""

import itertools

import keras
import numpy as np
import pytest
from matplotlib.colors import to_hex

from labs.analysis import charts
from labs.optimization import valley

RATE = 0.02
KERAS = {
    "gradient descent": lambda: keras.optimizers.SGD(RATE),
    "momentum": lambda: keras.optimizers.SGD(RATE, momentum=0.9),
    "Adagrad": lambda: keras.optimizers.Adagrad(RATE, initial_accumulator_value=0.0),
    "RMSprop": lambda: keras.optimizers.RMSprop(RATE),
    "Adam": lambda: keras.optimizers.Adam(RATE, epsilon=0.0),
}


def test_the_slope_is_that_of_the_height():
    for x in np.random.default_rng(0).normal(size=(5, 2)):
        ends = [valley.height(x + d) - valley.height(x - d) for d in 1e-5 * np.eye(2)]
        np.testing.assert_allclose(valley.slope(x), np.array(ends) / 2e-5, rtol=1e-6)


def test_the_walls_are_as_much_steeper_than_the_floor_as_it_says():
    across, along = (valley.height(way) for way in (valley.ACROSS, valley.ALONG))
    assert across / along == pytest.approx(valley.STEEPNESS)
    assert valley.ALONG @ valley.ACROSS == pytest.approx(0)


@pytest.mark.parametrize("name", KERAS)
def test_twenty_steps_are_those_of_keras(name):
    x = keras.Variable(valley.START, dtype="float64")
    optimizer = KERAS[name]()
    optimizer.build([x])
    for point in valley.path(valley.METHODS[name], RATE, 20):
        np.testing.assert_allclose(point, x.numpy(), rtol=1e-5)
        optimizer.apply([keras.ops.convert_to_tensor(valley.slope(x.numpy()))])


def test_nesterov_s_two_forms_are_one_method():
    # Keras has the slide's second form, whose x is the first one's x_ahead = x + mu v.
    x = keras.Variable(valley.START, dtype="float64")
    optimizer = keras.optimizers.SGD(RATE, momentum=0.9, nesterov=True)
    optimizer.build([x])
    points = valley.path(valley.nesterov, RATE, 20)
    for before, point in itertools.pairwise(points):
        optimizer.apply([keras.ops.convert_to_tensor(valley.slope(x.numpy()))])
        np.testing.assert_allclose(point + 0.9 * (point - before), x.numpy(), rtol=1e-5)


def test_gradient_descent_shrinks_each_direction_by_its_own_factor():
    end = valley.path(valley.gradient_descent, RATE, 7)[-1]
    assert end @ valley.ALONG == pytest.approx(valley.START @ valley.ALONG * (1 - RATE) ** 7)
    factor = 1 - RATE * valley.STEEPNESS
    assert end @ valley.ACROSS == pytest.approx(valley.START @ valley.ACROSS * factor**7)


@pytest.mark.parametrize("name", valley.METHODS)
def test_a_method_leaves_where_it_starts_alone(name):
    start = valley.START.copy()
    valley.path(valley.METHODS[name], RATE, 3)
    np.testing.assert_array_equal(valley.START, start)


def test_the_steps_to_the_bottom_count_up_to_the_last_point_above_it():
    # Heights that are 100, 50, 0.9, 2, 0.5 per cent of the first.
    ends = np.sqrt(np.array([1, 0.5, 0.009, 0.02, 0.005]))[:, None] * valley.ALONG
    assert valley.steps_to_bottom(ends) == 4
    assert valley.steps_to_bottom(ends[:4]) == np.inf
    assert valley.steps_to_bottom(np.array([[1.0, 1], [np.nan, np.nan]])) == np.inf


def test_the_best_rate_of_gradient_descent_is_next_to_that_of_the_theory():
    # 2 / (smallest + largest curvature).
    rate, steps = valley.best_rate(valley.gradient_descent)
    grid = np.array(valley.RATES)
    theory = 2 / (1 + valley.STEEPNESS)
    assert rate in (grid[grid <= theory].max(), grid[grid > theory].min())
    assert steps == valley.steps_to_bottom(valley.path(valley.gradient_descent, rate, 200))


def test_the_arrows_lead_where_momentum_and_nesterov_go():
    points = valley.path(valley.momentum, RATE, 6)
    x, v = points[-1], points[-1] - points[-2]
    (here, then), (jump, correction, both) = valley.looking_ahead(x, v, RATE)
    np.testing.assert_allclose(sum(then), valley.path(valley.momentum, RATE, 7)[-1])
    ahead = x + 0.9 * v
    np.testing.assert_allclose(sum(here), x - RATE * valley.slope(x))
    np.testing.assert_allclose(sum(jump), ahead)
    np.testing.assert_allclose(sum(correction), ahead - RATE * valley.slope(ahead))
    np.testing.assert_allclose(sum(both), sum(correction))


def test_the_picture_has_a_path_and_a_name_of_its_colour_for_each_method():
    ways = valley.draw(dict.fromkeys(valley.METHODS, RATE)).axes[0]
    names = {text.get_text(): to_hex(text.get_color()) for text in ways.texts}
    for name, colour in zip(valley.METHODS, charts.COLOURS, strict=False):
        assert names[name] == to_hex(colour)
        path = valley.path(valley.METHODS[name], RATE, valley.DRAWN)
        assert any(
            np.array_equal(line.get_xydata(), path) and to_hex(line.get_color()) == to_hex(colour)
            for line in ways.lines
        )


def test_the_command_writes_its_picture_and_prints_a_line_for_each_method(said_by, tmp_path):
    code, out, err = said_by(valley, "--out", tmp_path / "new")
    assert (code, err) == (None, "")
    assert (tmp_path / "new" / "valley.png").read_bytes().startswith(b"\x89PNG")
    assert [name for name in valley.METHODS if f"\n{name} " not in out] == []
