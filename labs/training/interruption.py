"""Ctrl-C and SIGTERM: noted, so that the loop can stop between two iterations."""

import signal
import threading


class Interrupted(Exception):
    """A signal came; `number` says which."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


_open = []  # the contexts that are, from the outermost to the innermost


class Interruption:
    """A context in which the first Ctrl-C or SIGTERM is only noted; a second one acts as usual.

    One inside of another begins with what the outer one has noted, so that nothing is lost between
    the two. In a thread other than the main one, to which signals never come, none is noted.

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
            self.number = next((outer.number for outer in _open if outer.number), None)
            _open.append(self)
        return self

    def __exit__(self, *_):
        self._act_as_usual()
        if self in _open:
            _open.remove(self)

    def _act_as_usual(self):
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number, _frame):
        self.number = number
        self._act_as_usual()
