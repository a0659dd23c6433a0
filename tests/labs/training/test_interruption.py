"""Ctrl-C once is noted, twice it acts as usual."""

import signal
import threading

import pytest

from labs.training.interruption import Interruption


@pytest.fixture
def usual():
    """Python's own handling of Ctrl-C; a shell's process in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("usual")
def test_the_first_signal_is_noted_and_the_second_acts_as_usual():
    with pytest.raises(KeyboardInterrupt), Interruption() as interruption:  # noqa: PT012
        assert interruption.number is None
        signal.raise_signal(signal.SIGINT)
        assert interruption.number == signal.SIGINT
        signal.raise_signal(signal.SIGINT)


def test_signals_act_as_usual_afterwards():
    before = [signal.getsignal(number) for number in Interruption.SIGNALS]
    with Interruption():
        pass
    assert [signal.getsignal(number) for number in Interruption.SIGNALS] == before


def test_a_thread_to_which_no_signals_come_notes_none_and_changes_nothing():
    before = [signal.getsignal(number) for number in Interruption.SIGNALS]
    seen = []

    def work():
        with Interruption() as interruption:
            seen.append(interruption.number)
            seen.append([signal.getsignal(number) for number in Interruption.SIGNALS])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [None, before]
    assert [signal.getsignal(number) for number in Interruption.SIGNALS] == before


def test_one_inside_of_another_begins_with_what_that_has_noted():
    with Interruption() as outer:
        with Interruption() as early:
            assert early.number is None
        signal.raise_signal(signal.SIGTERM)
        with Interruption() as late:
            assert late.number == outer.number == signal.SIGTERM
    with Interruption() as after:
        assert after.number is None


def test_one_inside_of_another_notes_for_itself():
    with Interruption() as outer:
        with Interruption() as inner:
            signal.raise_signal(signal.SIGINT)
            assert inner.number == signal.SIGINT
        assert outer.number is None
