"""How many scenes a second detectors answer, by a clock that the test turns."""

import numpy as np
import pytest

from labs.detection import speed


class Clock:
    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        return self.now


class Detector:
    """Takes so many seconds for an image, so many more for a batch, and for its first one."""

    def __init__(self, clock, image, batch, first=0, log=None, name=""):
        self.clock, self.image, self.batch, self.first = clock, image, batch, first
        self.log, self.name, self.scenes = log if log is not None else [], name, self

    def read(self, start, stop):
        return np.zeros((stop - start, 4), np.uint8)

    def found(self, images):
        self.clock.now += self.first + self.batch + self.image * len(images)
        self.first = 0
        self.log.append((self.name, len(images)))


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(speed, "time", clock)
    return clock


def test_rates_are_scenes_over_seconds_one_by_one_and_all_at_once(clock):
    quick, slow = (Detector(clock, 1 / 64, batch) for batch in (1 / 64, 1))
    first, second = speed.measured([quick, slow], 3)
    assert first == pytest.approx((32, 64 / (1 + 1 / 64)))
    assert second == pytest.approx((1 / (1 + 1 / 64), 32))


def test_building_the_graph_does_not_count(clock):
    (rates,) = speed.measured([Detector(clock, 1 / 64, 0, first=100)], 1)
    assert rates == pytest.approx((64, 64))


def test_detectors_take_turns(clock):
    log = []
    speed.measured([Detector(clock, 1, 0, log=log, name=name) for name in "ab"], 2)
    assert "".join(name for name, count in log if count == 64) == "ababab"


def test_a_run_in_which_no_boxes_are_asked_for_is_one_sentence(trained_runs, said_by):
    code, _, error = said_by(speed, trained_runs / "nn2/r")
    assert code == 2
    assert "expected one of a lab that finds boxes" in error
