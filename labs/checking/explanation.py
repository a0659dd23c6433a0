"""Which of the usual mistakes, alone or together, explain a wrong result."""

import itertools
from functools import partial

from labs.checking import comparison

MOST = 3  # mistakes that are looked for together


def explain(mistakes, tries, wrong):
    """The fewest mistakes that together give each of the wrong outputs.

    Args:
        mistakes: the usual ones of an exercise.
        tries: the calls of a student's function, each a `Try` that has been run.
        wrong: indices of the outputs that are wrong.

    Returns:
        A dict from output to mistakes, without the outputs that no usual mistakes give.
    """
    explained = {}
    for count in range(1, MOST + 1):
        most = dict.fromkeys(set(wrong) - explained.keys(), 0)
        for some in itertools.combinations(mistakes, count) if most else ():
            agreeing = _agreeing(tries, together(some))
            for output in most.keys() & agreeing:
                if len(agreeing) > most[output]:  # what explains the others, too, is more likely
                    most[output], explained[output] = len(agreeing), some
    return explained


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


def _agreeing(tries, function):
    """The outputs in which what was found is in all tries what a wrong function returns."""
    agreeing = set(range(len(tries[0].expected))) if function else set()
    for one in tries:
        if not agreeing:
            break
        try:
            outputs = one.outputs_of(function)
        except ValueError:  # some mistakes do not fit these shapes
            return set()
        agreeing = {i for i in agreeing if comparison.same(one.found[i], outputs[i])}
    return agreeing
