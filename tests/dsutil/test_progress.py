"""The bar of long works: on a terminal, and nowhere else."""

import contextlib

from dsutil import progress


def test_on_a_terminal_the_bar_tells_how_many_of_how_many_are_done(terminal):
    with contextlib.redirect_stderr(terminal), progress.bar(40, "faces", done=10) as bar:
        bar.update(30)
    assert "40/40" in terminal.getvalue()
    assert "faces" in terminal.getvalue()


def test_what_was_done_before_does_not_count_as_fast(terminal):
    with contextlib.redirect_stderr(terminal), progress.bar(9, "faces", done=8) as bar:
        assert bar.format_dict["rate"] is None
        assert bar.n == 8


def test_each_drawing_erases_the_whole_line_and_leaves_room_for_ctrl_c(terminal):
    with contextlib.redirect_stderr(terminal), progress.bar(40, "faces", stays=False) as bar:
        bar.update(20)
        bar.refresh()
    first, *drawn = terminal.getvalue().split("\r\x1b[K")
    assert first == ""
    assert all(len(text.rstrip("\r")) <= 76 for text in drawn)  # of the 80 columns of most
    assert drawn[-1] == "\r"  # where the bar was, nothing is left


def test_a_bar_is_written_to_the_file_that_it_is_given(terminal, capfd):
    with progress.bar(40, "faces", file=terminal) as bar:
        bar.update(40)
    assert "40/40" in terminal.getvalue()
    assert capfd.readouterr() == ("", "")


IN_A_NOTEBOOK = """
import sys, types
sys.modules["ipykernel.zmqshell"] = sys.modules["IPython"] = types.ModuleType("IPython")
sys.modules["IPython"].get_ipython = lambda: None
sys.modules["ipywidgets"] = None  # which is how Python notes that there is none
from dsutil import progress
with progress.bar(40, "faces") as bar:
    bar.update(40)
"""


def test_a_notebook_without_widgets_shows_no_bar_and_no_warning(run_python):
    done = run_python("-W", "error", "-c", IN_A_NOTEBOOK)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_elsewhere_nothing_is_written(capfd):
    with progress.bar(40, "faces") as bar:
        bar.update(40)
    assert capfd.readouterr() == ("", "")
