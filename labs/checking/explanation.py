"""Which of the usual mistakes, alone or together, explain a wrong result."""

import itertools
from functools import partial

from labs.checking import comparison

MOST = 3  # mistakes that are looked for together


def explain(mistakes, tries, wrong):
    """The fewest mistakes that together give each of the wrong outputs, and none of the right ones.

    Args:
        mistakes: the usual ones of an exercise.
        tries: the calls of a student's function, each a `Try` that has been run.
        wrong: indices of the outputs that are wrong.

    Returns:
        A dict from output to mistakes, without the outputs that no usual mistakes give.
    """
    right = set.intersection(*(_alike(one.found, one.expected) for one in tries))
    explained = {}
    for count in range(1, MOST + 1):
        most = dict.fromkeys(set(wrong) - explained.keys(), 0)
        for some in itertools.combinations(mistakes, count) if most else ():
            given = _given(tries, together(some), right)
            for output in most.keys() & given:
                if len(given) > most[output]:  # what explains the others, too, is more likely
                    most[output], explained[output] = len(given), some
    return explained


def swapped(tries):
    """Whether the right outputs were returned, only in another order."""
    _, *orders = itertools.permutations(range(len(tries[0].expected)))
    return any(
        all(_alike(one.found, [one.expected[i] for i in order]) == set(order) for one in tries)
        for order in orders
    )


def together(mistakes):
    """A function that makes several mistakes at once; None if they do not go together.

    They do if their functions are `functools.partial`s of one function, each with other keywords.
    """
    first = mistakes[0].wrong
    if len(mistakes) == 1:
        return first
    changes = {}
    for wrong in (mistake.wrong for mistake in mistakes):
        fits = isinstance(wrong, partial) and wrong.func is getattr(first, "func", None)
        if not fits or wrong.keywords.keys() & changes.keys():
            return None
        changes |= wrong.keywords
    return partial(first.func, **changes)


def _given(tries, function, right):
    """The outputs that a wrong function gives as they were found, and not as they should be.

    They are none if it spoils an output that is right: whoever made that mistake would have, too.
    """
    agreeing, telling = set(range(len(tries[0].expected))), set()
    for one in tries if function else ():
        try:
            outputs = one.outputs_of(function)
        except ValueError:  # some mistakes do not fit these shapes
            return set()
        agreeing &= _alike(one.found, outputs)
        telling |= agreeing - _alike(outputs, one.expected)
        if not agreeing or not right <= agreeing:
            return set()
    return agreeing & telling


def _alike(ones, others):
    """The outputs that are the same in two lists."""
    pairs = enumerate(zip(ones, others, strict=True))
    return {i for i, (one, other) in pairs if comparison.same(one, other)}
