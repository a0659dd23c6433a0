"""How fast a run trains."""

import contextlib
import time


class Clock:
    """Measures the graph calls and nothing else, the first one left out: it builds the graph.

    Args:
        batch_size: images an iteration.
    """

    def __init__(self, batch_size):
        self.batch_size = batch_size
        self._started = time.monotonic()
        self._warm = False
        self._total = [0, 0.0]  # iterations, seconds
        self._lap = [0, 0.0]

    @contextlib.contextmanager
    def timing(self, steps):
        """Goes around a graph call of so many iterations."""
        begin = time.perf_counter()
        yield
        seconds = time.perf_counter() - begin
        if self._warm:
            for sums in (self._total, self._lap):
                sums[0] += steps
                sums[1] += seconds
        self._warm = True

    def steps_in(self, seconds):
        """How many iterations fit into so many seconds; 1 as long as that is not known."""
        steps, spent = self._total
        return max(1, int(seconds * steps / spent)) if steps else 1

    @property
    def images_per_second(self):
        """Over the whole run; None before the second call."""
        return self._rate(self._total)

    def lap(self):
        """Images a second since the last lap; None where there was no call."""
        lap, self._lap = self._lap, [0, 0.0]
        return self._rate(lap)

    def since_start(self):
        """Seconds since the clock was made, everything included."""
        return time.monotonic() - self._started

    def _rate(self, sums):
        steps, spent = sums
        return self.batch_size * steps / spent if steps else None
