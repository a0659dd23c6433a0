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


def test_elsewhere_nothing_is_written(capfd):
    with progress.bar(40, "faces") as bar:
        bar.update(40)
    assert capfd.readouterr() == ("", "")
