"""The receiver operating characteristic, against scikit-learn's."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from labs.tasks import receiver


def case(seed, levels):
    random = np.random.default_rng(seed)
    so = random.uniform(size=200) < 0.4
    return np.round((random.normal(size=200) + so) * levels) / levels, so


@pytest.mark.parametrize("levels", [2, 1000])  # with many equal scores, and with few
@pytest.mark.parametrize("seed", range(5))
def test_the_curve_and_its_area_are_scikit_learn_s(seed, levels):
    scores, so = case(seed, levels)
    expected = roc_curve(so, scores, drop_intermediate=False)
    for found, one in zip(receiver.curve(scores, so), expected, strict=True):
        assert found.tolist() == pytest.approx(one.tolist())
    assert receiver.area(scores, so) == pytest.approx(roc_auc_score(so, scores))


@pytest.mark.parametrize("levels", [2, 1000])
@pytest.mark.parametrize("seed", range(5))
def test_at_the_equal_error_both_mistakes_are_equally_frequent(seed, levels):
    scores, so = case(seed, levels)
    error, _ = receiver.equal_error(scores, so)
    false, true, _ = roc_curve(so, scores, drop_intermediate=False)
    points = np.stack([false, true], axis=1)
    ways = np.linalg.norm(points - [error, 1 - error], axis=1)
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    detours = ways[:-1] + ways[1:] - lengths  # 0 on one of the lines that the curve is made of
    assert detours.min() == pytest.approx(0, abs=1e-9)


def test_the_threshold_of_the_equal_error_divides_the_scores_where_it_is_met():
    scores, so = np.float64([4, 3, 2, 1]), np.array([True, False, True, False])
    assert receiver.equal_error(scores, so) == (0.5, 3.0)


@pytest.mark.parametrize(
    ("scores", "error"), [([4, 3, 2, 1], 0), ([1, 2, 3, 4], 1), ([5] * 4, 0.5)]
)
def test_scores_that_tell_all_nothing_or_the_contrary(scores, error):
    found, _ = receiver.equal_error(np.float64(scores), np.array([True, True, False, False]))
    assert found == pytest.approx(error)
