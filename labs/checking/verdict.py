"""What is said about a student's function."""

import dataclasses

PASSED, NOT_BEGUN, WRONG, ERROR = "passed", "not begun", "wrong", "error"


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The judgement of one function.

    Attributes:
        state: PASSED; NOT_BEGUN if the stub is still empty; WRONG if what it returns is not right;
            ERROR if it returned nothing that could be judged.
        says: what was found, in a student's words.
        hints: what the mistakes are, if they are usual ones.
        printed: what the student's file printed.
    """

    state: str
    says: str
    hints: tuple[str, ...] = ()
    printed: str = ""


class Ended(Exception):
    """There is nothing to go on with; holds the verdict."""

    def __init__(self, state, says, *hints):
        super().__init__(says)
        self.verdict = Verdict(state, says, hints)
