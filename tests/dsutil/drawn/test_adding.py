"""The adding problem: numbers, two marks, and their sum; and what always answering 1 is worth."""

import numpy as np
import pytest

from dsutil import ADDING_50, ADDING_200, SUM
from dsutil.drawn import adding

COUNT = 20_000


@pytest.fixture(scope="module", params=[ADDING_50, ADDING_200], ids=["50", "200"])
def drawn(request):
    steps = request.param.shape[0]
    return request.param, *adding.draw(0, COUNT if steps == 50 else 2_000, steps=steps)


def test_they_are_what_their_columns_hold(drawn):
    column, sequences, sums = drawn
    for values, of in ((sequences, column), (sums, SUM)):
        assert values.shape[1:] == of.shape
        assert values.dtype == of.dtype
        of.check(values, "drawn")


def test_one_number_is_marked_in_each_half_and_the_sum_is_theirs(drawn):
    column, sequences, sums = drawn
    half = column.shape[0] // 2
    assert set(np.unique(sequences[..., 1])) == {0, 255}
    for part in (sequences[:, :half], sequences[:, half:]):
        assert np.all(np.count_nonzero(part[..., 1], axis=1) == 1)
    marked = np.where(sequences[..., 1] == 255, sequences[..., 0] / 256, 0)
    np.testing.assert_array_equal(sums, marked.sum(axis=1))


def test_each_step_is_marked_as_often_as_every_other_and_each_number_as_likely(drawn):
    _, sequences, _ = drawn
    steps = sequences.shape[1]
    wanted = 2 * len(sequences) / steps
    marked = np.count_nonzero(sequences[..., 1], axis=0)
    assert abs(marked - wanted).max() < 5 * np.sqrt(wanted)
    counts = np.bincount(sequences[..., 0].ravel(), minlength=256)
    wanted = sequences[..., 0].size / 256
    assert abs(counts - wanted).max() < 5 * np.sqrt(wanted)


def test_always_to_answer_1_has_the_error_of_two_even_numbers():
    """Twice the variance of an even number out of 256, and the mean's distance from 1, squared."""
    variance = 2 * (256**2 - 1) / (12 * 256**2)
    error = variance + (1 - 2 * 255 / 512) ** 2
    assert error == pytest.approx(0.1667, abs=5e-5)
    _, sums = adding.draw(0, COUNT)
    squares = (sums.astype(float) - 1) ** 2
    assert squares.mean() == pytest.approx(error, abs=4 * squares.std() / np.sqrt(COUNT))


def test_they_do_not_depend_on_how_they_are_grouped():
    whole = adding.draw(0, 13)
    parts = [adding.draw(first, count) for first, count in ((0, 1), (1, 7), (8, 5))]
    for column, pieces in zip(whole, zip(*parts, strict=True), strict=True):
        np.testing.assert_array_equal(column, np.concatenate(pieces))


@pytest.mark.parametrize(("seed", "stream"), [(1, "adding"), (0, "test adding")])
def test_another_seed_or_stream_draws_others(seed, stream):
    sequences, _ = adding.draw(0, 3)
    assert not np.array_equal(sequences, adding.draw(0, 3, seed, stream)[0])
