"""The Fréchet distance, beside SciPy's square root of a matrix and closed forms."""

import numpy as np
import pytest
from scipy import linalg

from labs.autoencoders import frechet


def rows(seed, count=400, numbers=6):
    random = np.random.default_rng(seed)
    return random.normal(size=(count, numbers)) @ random.normal(size=(numbers, numbers)) + seed


def test_is_the_papers_formula_with_scipys_square_root():
    first, second = rows(0), rows(1)
    one, other = np.cov(first.T), np.cov(second.T)
    root = linalg.sqrtm(one @ other).real
    apart = np.sum((first.mean(0) - second.mean(0)) ** 2)
    expected = apart + np.trace(one + other - 2 * root)
    assert frechet.distance(first, second) == pytest.approx(expected, rel=1e-9)


def test_of_clouds_along_the_same_axes_is_that_of_their_deviations():
    """Covariances that commute: the sum of the squared differences of the standard deviations."""
    cross = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]]) * np.sqrt(3 / 4)  # covariance 1
    first, second = cross * [1, 5] + [0, 1], cross * [4, 3] + [2, 1]
    assert frechet.distance(first, second) == pytest.approx(
        (2 - 0) ** 2 + (4 - 1) ** 2 + (3 - 5) ** 2
    )


def test_is_none_of_a_cloud_to_itself_even_where_it_is_flat():
    flat = rows(2) * [1, 1, 1, 0, 0, 0]
    assert frechet.distance(flat, flat[::-1]) == pytest.approx(0, abs=1e-9)
