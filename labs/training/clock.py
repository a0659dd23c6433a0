"""How fast a run trains."""

import contextlib
import time


class Clock:
    """Measures the graph calls and nothing else, the first one left out: it builds the graph.

    Args:
        batch_size: images an iteration.
        before: what `state` returned in the process that a run goes on from; None in a new run.
    """

    def __init__(self, batch_size, before=None):
        self.batch_size = batch_size
        self._before = before or {"seconds": 0.0, "timed_images": 0, "timed_seconds": 0.0}
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
        _, images, seconds = self.state().values()
        return images / seconds if seconds else None

    def state(self):
        """The sums over the whole run, for the process that goes on with it."""
        steps, spent = self._total
        return {
            "seconds": self.seconds,
            "timed_images": self._before["timed_images"] + steps * self.batch_size,
            "timed_seconds": self._before["timed_seconds"] + spent,
        }

    def lap(self):
        """Images a second since the last lap; None where there was no call."""
        lap, self._lap = self._lap, [0, 0.0]
        return self._rate(lap)

    @property
    def seconds(self):
        """That the run has taken, everything included, in all its processes."""
        return self._before["seconds"] + time.monotonic() - self._started

    def _rate(self, sums):
        steps, spent = sums
        return self.batch_size * steps / spent if steps else None
