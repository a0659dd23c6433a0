"""The line on a terminal that says how far a run is, while it trains."""

import contextlib
import sys
import time

from dsutil import progress


class Bar:
    """Shows iterations, loss, headline, speed and the time that is left, or nothing.

    It is on the screen while a graph call runs, and erased before anything else is printed: so the
    lines above it are those of a run without one, and nothing is left of it when the run ends,
    however it ends. Where standard output is no terminal and no notebook, nothing is shown.

    Args:
        headline: the task's.
        iterations: of the whole run.
        step: how many of them are done.
    """

    def __init__(self, headline, iterations, step):
        self.headline, self.iterations, self.step = headline, iterations, step
        self._said = "building the graph"
        self._pace = None
        self._bar = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._bar:
            self._bar.total = self._bar.n = self.step  # or a notebook keeps it, in red
            self._bar.close()

    @contextlib.contextmanager
    def shown(self):
        """Goes around a graph call."""
        self._show()
        try:
            yield
        finally:
            self._bar.clear()

    def _show(self):
        if self._bar is None:
            self._bar = progress.bar(
                self.iterations, "iterations", self.step, stays=False, file=sys.stdout,
                desc=self._said, bar_format="{n_fmt}/{total_fmt} - {desc} |{bar}|",
            )  # fmt: skip
        else:
            self._bar.n = self.step
            self._bar.set_description_str(self._said)

    def reached(self, step, loss, measured, images_per_second):
        """Notes what the next line says.

        Args:
            step: how many iterations are done.
            loss, measured: of the last one's batch.
            images_per_second: None as long as that is not known.
        """
        self.step = step
        self._pace = self._pace or Pace(step)  # from the second call on: the first builds the graph
        said = [f"loss= {loss:.4g}", f"{self.headline.name}= {self.headline.told(measured)}"]
        if images_per_second:
            said.append(f"{images_per_second:,.0f} images/s")
        left = self._pace.left(step, self.iterations)
        if left is not None:
            said.append(f"{clock_time(left)} left")
        self._said = " - ".join(said)


class Pace:
    """How long each iteration has taken, with the evaluations and all else in between.

    Args:
        step: how many iterations are done now.
        now: the clock, in seconds.
    """

    def __init__(self, step, now=time.monotonic):
        self.step, self.now = step, now
        self._begin = now()

    def left(self, step, iterations):
        """How many seconds it will take from `step` on; None as long as nothing tells."""
        if step == self.step:
            return None
        return (self.now() - self._begin) / (step - self.step) * (iterations - step)


def clock_time(seconds):
    """Seconds as a clock shows them: 0:07, 12:34, 1:02:03."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
