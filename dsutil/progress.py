"""A bar that shows how far a long work is."""

import functools
import os
import sys
import warnings

ERASE_LINE = "\r\x1b[K"
FOR_CTRL_C = 4  # columns that stay free: the terminal writes ^C there, and must not begin a line
USUAL_COLUMNS = 80  # of a terminal that does not know its own


def bar(total, unit, done=0, stays=True, file=None, **more):
    """A `tqdm` bar with rate and time left, where `file` is a terminal or this is a notebook.

    A notebook without ipywidgets shows none. The line is erased whole, so that nothing stays of a
    bar that does not stay.

    Args:
        total: how many there are to do.
        unit: what they are, in the plural.
        done: how many of them were done before.
        stays: whether it is left on the screen at the end.
        file: what it is written to; standard error if None.
        more: what tqdm may be told besides.
    """
    file = file or sys.stderr
    return _kind()(
        initial=done,
        total=total,
        unit=f" {unit}",
        smoothing=0.1,
        leave=stays,
        file=file,
        disable=None if hasattr(file, "isatty") else True,  # a process may have none
        ncols=_columns(file),
        position=0,  # one bar at a time: what another one showed is erased by then
        **more,
    )


@functools.cache
def _kind():
    """The class of the bars; made here, so that what shows no bar does not load tqdm."""
    import tqdm

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", tqdm.TqdmWarning)  # that ipywidgets are missing
        import tqdm.auto
    if tqdm.auto.tqdm.status_printer is not tqdm.tqdm.status_printer:
        return tqdm.auto.tqdm  # of a notebook, which has no line to erase

    class Bar(tqdm.auto.tqdm):
        @staticmethod
        def status_printer(file):
            """Erases the whole line, with a ^C behind the bar, where tqdm's own erases the bar."""

            def write(text):
                file.write(ERASE_LINE + text)
                file.flush()

            return write

    return Bar


def _columns(file):
    """How wide a bar may be on a terminal; None elsewhere."""
    try:
        if not file.isatty():
            return None
        columns = os.get_terminal_size(file.fileno()).columns
    except (AttributeError, OSError, ValueError):  # none, a closed one, or something like one
        columns = 0
    return max((columns or USUAL_COLUMNS) - FOR_CTRL_C, 1)
