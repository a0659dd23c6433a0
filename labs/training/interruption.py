"""Ctrl-C and SIGTERM: noted, so that the loop can stop between two iterations."""

import signal


class Interrupted(Exception):
    """A signal came; `number` says which."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


class Interruption:
    """A context in which the first Ctrl-C or SIGTERM is only noted; a second one acts as usual.

    Attributes:
        number: of the signal that came, or None.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self):
        self.number = None

    def __enter__(self):
        self._before = {number: signal.signal(number, self._note) for number in self.SIGNALS}
        return self

    def __exit__(self, *_):
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number, _frame):
        self.number = number
        self.__exit__()
