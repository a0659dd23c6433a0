"""What is said to a user whose input cannot be used: one sentence, and exit code 2."""

import contextlib
import signal
import sys
import threading


class InputError(ValueError):
    """What the user gave cannot be used; its text says what was found, expected, and what to do."""


@contextlib.contextmanager
def exit_with_sentence():
    """Turns an error of the user's making into one sentence on standard error and exit code 2.

    What is printed may hold any letter, such as those of a path, whatever the terminal knows.
    Ctrl-C exits with 130 and SIGTERM with 143, having removed what was half done. Anything else is
    a defect of ours, or of a lab that is being edited, and keeps its traceback.
    """
    _print_any_letter()
    try:
        with _sigterm_unwinds():
            yield
    except (InputError, OSError) as error:
        sentence = sentence_of(error)
    except KeyboardInterrupt:
        _exit("interrupted", 130)
    else:
        return
    _exit(f"error: {sentence}", 2)


def sentence_of(error):
    """What an error says to a user; one of the system's names its file first."""
    if isinstance(error, OSError) and None not in (error.filename, error.strerror):
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _exit(text, code):
    with contextlib.suppress(OSError):  # the terminal is gone
        print(text, file=sys.stderr)
    sys.exit(code)


def _print_any_letter():
    """Makes standard output and error write what their encoding lacks as an escape: \\xe9."""
    for stream in (sys.stdout, sys.stderr):
        # A notebook's cannot be told, and knows all letters; some files cannot be told either.
        with contextlib.suppress(AttributeError, OSError):
            stream.reconfigure(errors="backslashreplace")


@contextlib.contextmanager
def _sigterm_unwinds():
    """Makes SIGTERM an exception, so that what is half written is removed on the way out."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what a signal does
        return
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
