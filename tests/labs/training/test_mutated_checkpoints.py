import pytest


@pytest.mark.parametrize("times", [200, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a_mutated_checkpoint_gives_what_was_saved_or_is_refused(times, preloaded):
    code, output = preloaded("mutated_checkpoints.py", times)
    assert code == 0, output
