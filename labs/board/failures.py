"""What only watches a run must not end it."""

import contextlib
import re
import sys

from dsutil import InputError


class Failures:
    """Lets a run go on without a part of TensorBoard that fails, and says so once."""

    def __init__(self):
        self._told = set()

    @contextlib.contextmanager
    def tolerated(self, part):
        """A context in which an unexpected error costs only the `part`, "the Projector" for one.

        Raises:
            InputError, OSError: of which the user should know; a full disk is one.
        """
        try:
            yield
        except (InputError, OSError):
            raise
        except Exception as error:
            if part not in self._told:
                self._told.add(part)
                tell(part, error)


def tell(part, error):
    """Says on standard error which part is missing and why."""
    print(
        f"warning: training goes on, but TensorBoard does without {part}: {in_a_line(error)}",
        file=sys.stderr,
        flush=True,
    )


def in_a_line(error):
    """The kind of an error and the first line that says something of it."""
    for line in str(error).splitlines():
        said = re.sub(r"\x1b\[\d*m", "", line).strip()  # Keras writes in bold
        if said and not said.startswith("Exception encountered when calling"):
            return f"{type(error).__name__}: {said}"
    return type(error).__name__
