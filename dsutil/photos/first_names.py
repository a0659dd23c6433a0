"""Gender from a first name, where the name decides (lecture: "automatically deduced")."""

import functools
import warnings

from dsutil.errors import InputError

# Some bear these as names, mostly men; where they come first they are titles, and say nothing.
TITLES = frozenset(
    "captain coach colonel doctor dr general governor judge major minister president prof "
    "professor rev reverend senator".split()
)
FEWEST = 30  # bearers: were one in ten of the other gender, fewer than that might well show none


@functools.cache
def _model():
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it calls what Python means to do without
            import nomquamgender
    except ImportError as error:
        raise InputError(
            f"First names need a package that is not installed ({error.name}): "
            "python -m pip install -e '.[photos]'"
        ) from error
    return nomquamgender.NBGC()


@functools.lru_cache(maxsize=100_000)
def share_of_women(name):
    """The share of women among the bearers of the first name of `name`; None if few are known.

    >>> share_of_women("Mary Jones") > 0.99
    True
    """
    first, *_ = name.replace("_", " ").split() or [""]
    if first.casefold().rstrip(".") in TITLES:
        return None
    _, _, _, bearers, share = _model().annotate([first])[0]
    return float(share) if bearers >= FEWEST else None


def gender(name, certain=0.9):
    """0 for a man, 1 for a woman, None where less than a share of `certain` bearers are either."""
    share = share_of_women(name)
    if share is None:
        return None
    return 1 if share >= certain else 0 if 1 - share >= certain else None
