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
            since this one comes there again; so is what it found only because it ended there.

    Raises:
        InputError: the file is damaged.
    """

    def __init__(self, run, headline, step=0):
        self._path, self._headline = run.path / FILE, headline
        known = _read(self._path)
        self._reached = [one for one in known if one["step"] < step and one["due"]]

    def add(self, step, reached, due=True):
        """Notes the headlines at a step.

        Args:
            reached: {use: float}.
            due: whether a run with more iterations would have been evaluated there as well.
        """
        self._reached.append({"step": step, "due": due, **reached})
        with replacing(self._path) as beside:
            beside.write_text(json.dumps(self._reached, indent=1) + "\n", encoding="utf-8")

    @property
    def best(self):
        """The step at which it was best, and what was reached there; None before an evaluation.

        Returns:
            {"step": ..., use: headline}.
        """
        return _best(self._reached, self._headline)

    @property
    def headlines(self):
        """What was reached on the validation set at each evaluation."""
        return [one[USE] for one in self._reached]

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
    best = _best(_read(run.path / FILE), headline)
    if best is None:
        raise InputError(
            f"{run.path} knows no best checkpoint: it was trained without --validation and "
            "--validation-share, or has not been evaluated yet."
        )
    return best


def _best(reached, headline):
    sign = 1 if headline.higher_is_better else -1
    best = max(reached, key=lambda one: sign * one[USE], default=None)
    return best and {name: value for name, value in best.items() if name != "due"}


def _read(path):
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        for one in found:
            0 + one["step"], 0 + one[USE], one["due"]  # all that is asked of it
        return found
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError):
        raise InputError(
            f"{path} is damaged: expected the JSON that the run wrote. Bring it back, or start a "
            "new run."
        ) from None
