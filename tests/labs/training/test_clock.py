import pytest

from labs.training import clock


@pytest.fixture
def measured(monkeypatch):
    """A clock after calls of 1, 10 and 30 iterations that took 5, 1 and 2 seconds."""
    times = iter([0, 5, 10, 11, 20, 22])
    monkeypatch.setattr(clock.time, "perf_counter", lambda: next(times))
    measured = clock.Clock(batch_size=100)
    for steps in (1, 10, 30):
        with measured.timing(steps):
            pass
    return measured


def test_the_first_call_which_builds_the_graph_is_left_out(measured):
    assert measured.images_per_second == pytest.approx(100 * 40 / 3)


def test_a_lap_begins_where_the_last_one_ended(measured):
    assert measured.lap() == pytest.approx(100 * 40 / 3)
    assert measured.lap() is None


def test_tells_how_many_iterations_fit_into_a_time(measured):
    assert measured.steps_in(0.75) == 10
    assert measured.steps_in(1e-9) == 1
    assert clock.Clock(100).steps_in(60) == 1


def test_a_run_that_goes_on_counts_what_it_took_before(measured):
    before = measured.state()
    assert before["timed_images"] == 100 * 40
    assert before["timed_seconds"] == 3
    later = clock.Clock(100, before | {"seconds": 60.0})
    assert later.images_per_second == pytest.approx(100 * 40 / 3)
    assert later.seconds >= 60
