"""Ctrl-C and SIGTERM: noted, so that the loop can stop between two iterations."""

import signal
import threading


class Interrupted(Exception):
    """A signal came; `number` says which."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


class Interruption:
    """A context in which the first Ctrl-C or SIGTERM is only noted; a second one acts as usual.

    In a thread other than the main one, to which signals never come, none is noted.

    Attributes:
        number: of the signal that came, or None.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self):
        self.number = None
        self._before = {}

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in self.SIGNALS}
        return self

    def __exit__(self, *_):
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number, _frame):
        self.number = number
        self.__exit__()
