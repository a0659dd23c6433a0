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
        hint: what the mistake probably is; empty if it is none of the usual ones.
        printed: what the student's file printed.
    """

    state: str
    says: str
    hint: str = ""
    printed: str = ""


class Ended(Exception):
    """There is nothing to go on with; holds the verdict."""

    def __init__(self, state, says):
        super().__init__(says)
        self.verdict = Verdict(state, says)
