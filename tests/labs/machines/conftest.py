"""Workers that a test starts end with it."""

import pytest
from worker_processes import Started


@pytest.fixture
def started():
    started = Started()
    yield started
    started.clear()
