"""The 95 % intervals, against SciPy's."""

import pytest
from scipy import stats

from labs.analysis import intervals


@pytest.mark.parametrize(
    ("right", "count"), [(9541, 10_000), (590, 600), (0, 30), (50, 50), (1, 1)]
)
def test_the_interval_of_a_share_is_wilson_s(right, count):
    expected = stats.binomtest(right, count).proportion_ci(0.95, method="wilson")
    assert intervals.wilson(right / count, count) == pytest.approx(tuple(expected), abs=1e-9)


@pytest.mark.parametrize("values", [(0.5, 0.75), (0.6397, 0.6514, 0.6448), tuple(range(31))])
def test_the_interval_of_a_mean_is_student_s(values):
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert intervals.student(values) == pytest.approx(tuple(expected), rel=2e-4)


def test_the_interval_of_a_mean_of_very_many_is_no_narrower_than_student_s():
    low, high = intervals.student(range(100))
    expected = stats.ttest_1samp(range(100), 0).confidence_interval(0.95)
    assert low <= expected.low
    assert expected.high <= high <= expected.high + 0.04 * (expected.high - expected.low)


def test_the_table_of_student_s_t_is_right_to_its_last_digit():
    exact = [stats.t.ppf(0.975, freedom) for freedom in range(1, 31)]
    assert intervals.T_95 == pytest.approx(exact, abs=5.1e-4)
