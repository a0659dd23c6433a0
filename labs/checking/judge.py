"""The verdict on a function: called with random arguments, and held against the truth."""

import copy
import dataclasses
import itertools
import tempfile
from pathlib import Path

import numpy as np

from labs.checking import comparison, student
from labs.checking.exercise import File
from labs.checking.explanation import explain, swapped
from labs.checking.verdict import ERROR, PASSED, WRONG, Ended, Verdict

DRAWS = 6
ROUGHLY = 1e-4  # how exact a gradient by central differences is


def judge_file(exercise, path, seed):
    """The `Verdict` on a student's file.

    Args:
        exercise: the `Exercise`.
        path: of the file.
        seed: a whole number, from which the arguments follow.
    """
    try:
        function = student.load(Path(path), exercise)
    except Ended as ended:
        return ended.verdict
    return judge(exercise, function, seed, Path(path))


def judge(exercise, function, seed, path=Path(), draws=DRAWS):
    """The `Verdict` on a function, by some draws of arguments; `path` is the file it is from."""
    with tempfile.TemporaryDirectory() as folder:
        tries = []
        for number in range(draws):
            tries.append(Try(exercise, exercise.draw(seed, number), Path(folder)))
            try:
                tries[-1].run(function, path)
            except Ended as ended:
                return _early(exercise, tries, ended.verdict)
        return _compared(exercise, tries)


class Try:
    """One call of a student's function, beside the truth about the same arguments.

    Args:
        exercise: the `Exercise`.
        arguments: a draw of it.
        folder: where the files are written that are among the arguments.
    """

    def __init__(self, exercise, arguments, folder):
        self.exercise = exercise
        self.arguments = arguments
        self.folder = folder
        self.expected = self.outputs_of(exercise.truth)
        self.found = None

    def run(self, function, path):
        """Calls a student's function.

        Raises:
            Ended: it raised an exception, returned no arrays, or changed an argument.
        """
        given = self._given()
        returned = student.call(function, path, given)
        # Copied, for what is returned may be an argument, or a part of one.
        self.found = [array.copy() for array in comparison.arrays(returned, self.exercise.outputs)]
        self._check_unchanged(given)

    def outputs_of(self, function):
        """What a function of ours returns for the same arguments: a list of arrays, or None."""
        with np.errstate(all="ignore"):
            outputs = function(*self._given())
        several = len(self.exercise.outputs) > 1
        return [
            None if output is None else np.asarray(output)
            for output in (outputs if several else [outputs])
        ]

    def numeric(self):
        """The gradients by central differences; None for an output that is none."""
        if self.exercise.numeric:
            return self.outputs_of(self.exercise.numeric)
        return [None] * len(self.expected)

    def differences(self, numeric=None):
        """What is wrong with each output; empty where nothing is."""
        beside = numeric or [None] * len(self.expected)
        named = zip(self.exercise.outputs, self.found, self.expected, beside, strict=True)
        return [comparison.difference(*one) for one in named]

    def says_arguments(self):
        given = [a.name if isinstance(a, File) else a for a in self.arguments]
        return comparison.described(self.exercise.parameters, given)

    def says_numbers(self):
        """The whole numbers among the arguments: ", such as with stride 1, padding 0"; or empty."""
        named = zip(self.exercise.parameters, self.arguments, strict=True)
        numbers = [f"{name} {value}" for name, value in named if isinstance(value, int)]
        return f", such as with {', '.join(numbers)}" if numbers else ""

    def _given(self):
        """The arguments, copied, for a function may change them."""
        return [
            self._written(a) if isinstance(a, File) else copy.deepcopy(a) for a in self.arguments
        ]

    def _written(self, file):
        path = self.folder / file.name
        path.write_bytes(file.content)
        return path

    def _check_unchanged(self, given):
        for name, before, after in zip(
            self.exercise.parameters, self.arguments, given, strict=True
        ):
            if not _unchanged(before, after):
                raise Ended(
                    WRONG,
                    f"Your function changed its argument `{name}`, which belongs to the caller and "
                    f"is used again. Work on a copy, {name}.copy(), or write {name} = {name} + ... "
                    f"in place of {name} += ... and of {name}[...] = ...",
                )


def _unchanged(before, after):
    if isinstance(before, File):
        return after.read_bytes() == before.content
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(map(_unchanged, before, after))
    if isinstance(before, np.ndarray):
        # A number that was moved and moved back may have lost its last bit.
        return after.shape == before.shape and np.allclose(after, before, 1e-9, 1e-12, True)
    return before == after if isinstance(before, (int, float)) else True  # or it is a function


def _early(exercise, tries, verdict):
    """The verdict on a function with which a try ended; on wrong results before it, if any."""
    before = _compared(exercise, tries[:-1])
    if before.state == WRONG:
        return before
    if verdict.state != ERROR:
        return verdict
    called = f"It was called with {tries[-1].says_arguments()}."
    return dataclasses.replace(verdict, says=f"{verdict.says} {called}")


def _compared(exercise, tries):
    """The verdict on tries that all returned arrays."""
    for number, one in enumerate(tries):
        if any(one.differences()):
            return _wrong(exercise, tries, number)
    if tries and not _agrees(tries[-1]):
        return Verdict(WRONG, "The gradient is not what central differences give.")
    also = ", and its gradient is the numeric one" if exercise.numeric else ""
    return Verdict(PASSED, f"Right for {len(tries)} random inputs{also}.")


def _agrees(one):
    """Whether the gradients that were found are those by central differences."""
    pairs = zip(one.found, one.numeric(), strict=True)
    return all(slope is None or comparison.same(found, slope, ROUGHLY) for found, slope in pairs)


def _wrong(exercise, tries, number):
    """The verdict on a function of which one try is wrong, and those before it are right."""
    one = tries[number]
    said = one.differences(one.numeric())
    wrong = [output for output, text in enumerate(said) if text]
    if swapped(tries):
        order = ", ".join(exercise.outputs)
        return Verdict(WRONG, f"You returned them in another order: return {order}.")
    explained = explain(exercise.mistakes, tries, wrong)
    output = min(explained or wrong)
    made = set(itertools.chain(*explained.values()))
    hints = dict.fromkeys(mistake.hint for mistake in exercise.mistakes if mistake in made)
    parts = [said[output]]
    parts += _others(exercise.outputs, [i for i in wrong if i != output], "wrong, too")
    parts += _others(exercise.outputs, [i for i, text in enumerate(said) if not text], "right")
    if number:
        parts.append(f"Other inputs came out right{tries[number - 1].says_numbers()}.")
    parts.append(f"It was called with {one.says_arguments()}.")
    return Verdict(WRONG, " ".join(parts), tuple(hints))


def _others(names, outputs, what):
    """A sentence about several outputs, in a list; an empty list if there are none."""
    quoted = [f"`{names[output]}`" for output in outputs]
    verb = "is" if len(quoted) == 1 else "are"
    return [f"{' and '.join(quoted)} {verb} {what}."] if quoted else []
