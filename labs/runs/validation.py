"""validation.json: what a run reached at each evaluation, and at which step it was best."""

import json

from dsutil.atomic import replacing
from dsutil.errors import InputError

FILE = "validation.json"
USE = "validation"  # the images by which a run is judged


class Validation:
    """The evaluations of a run that holds images out to be judged by.

    The best one is the first with the best headline on those images. Keeping them all makes a
    restored run stop where it would have stopped.

    Args:
        run: the `Run`.
        headline: the `Number` that counts.
        step: where the run goes on. What an earlier process reached there and later is forgotten,
            since this one comes there again; so is what it reached at an end that is none any more.
        every: how many steps lie between two evaluations.
    """

    def __init__(self, run, headline, step=0, every=1):
        self._path = run.path / FILE
        self._sign = 1 if headline.higher_is_better else -1
        self._reached = [one for one in _read(self._path) if one["step"] < step]
        self._reached = [one for one in self._reached if one["step"] % every == 0]

    def add(self, step, reached):
        """Notes the headlines at a step, {use: float}."""
        self._reached.append({"step": step, **reached})
        with replacing(self._path) as beside:
            beside.write_text(json.dumps(self._reached, indent=1) + "\n", encoding="utf-8")

    @property
    def best(self):
        """What was reached when it was best, {"step": ..., use: headline}; None before."""
        return max(self._reached, key=lambda one: self._sign * one[USE], default=None)

    @property
    def waited(self):
        """How many evaluations came after the best one."""
        steps = [one["step"] for one in self._reached]
        return len(steps) - 1 - steps.index(self.best["step"]) if steps else 0


def best_of(run, headline):
    """What a run reached when it was best, as `Validation.best` says it.

    Raises:
        InputError: it holds no images out, or has not come to an evaluation.
    """
    best = Validation(run, headline, step=float("inf")).best
    if best is None:
        raise InputError(
            f"{run.path} knows no best checkpoint: it was trained without --validation and "
            "--validation-share, or has not been evaluated yet."
        )
    return best


def _read(path):
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return [one for one in found if 0 <= one["step"] and 0 + one[USE] is not None]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{path} is damaged: expected the JSON that the run wrote.") from None
