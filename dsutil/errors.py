"""What is said to a user whose input cannot be used: one sentence, and exit code 2."""

import contextlib
import sys


class InputError(ValueError):
    """What the user gave cannot be used; its text says what was found, expected, and what to do."""


@contextlib.contextmanager
def exit_with_sentence():
    """Turns an error of the user's making into one sentence on standard error and exit code 2.

    Ctrl-C exits with 130. Anything else is a defect of ours, or of a lab that is
    being edited, and keeps its traceback.
    """
    try:
        yield
    except InputError as error:
        sentence = str(error)
    except OSError as error:
        named = error.filename is not None and error.strerror is not None
        sentence = f"{error.filename}: {error.strerror}" if named else str(error)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    else:
        return
    print(f"error: {sentence}", file=sys.stderr)
    sys.exit(2)
