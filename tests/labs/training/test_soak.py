"""A long run takes no more memory than a short one."""

import os
from pathlib import Path

import pytest

from labs import nn3
from labs.training.loop import Training

ITERATIONS = 1_000_000


def resident_megabytes():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.soak
def test_a_million_iterations_of_nn3_take_under_50_megabytes_more_than_10_000(run_lab, monkeypatch):
    after = {}
    do_what_is_due = Training.do_what_is_due

    def measured(self):
        after[self.step] = resident_megabytes()
        return do_what_is_due(self)

    monkeypatch.setattr(Training, "do_what_is_due", measured)
    every = ("--summary-every", 1000, "--evaluate-every", 10_000)
    assert run_lab(nn3, "--iterations", ITERATIONS, "--batch-size", 128, *every) == 0
    growth = max(after.values()) - after[10_000]
    print(f"{growth:.1f} MB more after {ITERATIONS:,} iterations than after 10,000")
    assert growth < 50
