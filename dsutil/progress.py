"""A bar that shows how far a long work is."""

import sys


def bar(total, unit, done=0, stays=True):
    """A `tqdm` bar with rate and time left, on standard error, where that is a terminal.

    Args:
        total: how many there are to do.
        unit: what they are, in the plural.
        done: how many of them were done before.
        stays: whether it is left on the screen at the end.
    """
    import tqdm  # here, so that what shows no bar does not load it

    return tqdm.tqdm(
        initial=done,
        total=total,
        unit=f" {unit}",
        smoothing=0.1,
        leave=stays,
        disable=None if sys.stderr else True,  # a process may have none
    )
