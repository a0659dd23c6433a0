"""The receiver operating characteristic: what is taken for so, of what is and of what is not.

A threshold on the scores decides. The lower it is, the more of what is so is found, and the more
of what is not is taken for it. The curve shows the one against the other.

Source: Fawcett 2006, "An introduction to ROC analysis".
"""

import numpy as np


def curve(scores, so):
    """The curve from the highest threshold down.

    Args:
        scores: (n,), the higher, the likelier.
        so: (n,) of bool, some of each.

    Returns:
        The shares of what is not so and of what is that have at least the score, and the scores:
        three arrays, one place for each score that there is, and (0, 0, infinity) first.
    """
    order = np.argsort(-scores, kind="stable")
    scores, so = scores[order], so[order]
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)  # of those that are equal
    true, false = np.cumsum(so)[last], np.cumsum(~so)[last]
    return (
        np.append(0, false / max(1, false[-1])),
        np.append(0, true / max(1, true[-1])),
        np.append(np.inf, scores[last]),
    )


def area(scores, so):
    """The area under the curve: how likely something that is so has the higher score."""
    false, true, _ = curve(scores, so)
    return float(np.trapezoid(true, false))


def equal_error(scores, so):
    """Where as large a share of what is so is missed as of what is not is taken for it.

    Returns:
        That share, and the score there. Between two points the curve is a straight line.
    """
    false, true, thresholds = curve(scores, so)
    excess = false - (1 - true)  # which rises from -1 to 1
    after = int(np.argmax(excess >= 0))
    step = excess[after] - excess[after - 1]
    way = -excess[after - 1] / step
    share = false[after - 1] + way * (false[after] - false[after - 1])
    before = thresholds[max(1, after - 1)]  # above the highest score there is none
    return float(share), float(before + way * (thresholds[after] - before))
