"""A connection between two workers.

Messages are lines of JSON. Each side says now and then that it lives: the system closes the
connections of a process that dies, but not of one that hangs, or whose machine does.
"""

import contextlib
import json
import queue
import select
import socket
import threading
import time

SILENCE = 60  # seconds after which a worker that says nothing counts as gone
BEATS = 10  # how often each says something in that time


class Silent(TimeoutError):
    """The other side says nothing, not even that it lives."""


class Connection:
    """A connection to another worker.

    Args:
        connected: a socket.

    Attributes:
        values: what it sent and nobody took yet.
    """

    def __init__(self, connected):
        self.values = queue.SimpleQueue()
        self._socket = connected
        self._received = b""
        self._sending = threading.Lock()
        connected.settimeout(None)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=self._beat, daemon=True).start()

    def send(self, message):
        """Sends a message; returns whether the connection stands. If not, `receive` ends, too."""
        with self._sending, contextlib.suppress(OSError):
            self._socket.sendall(json.dumps(message).encode() + b"\n")
            return True
        return False

    def close(self):
        """Ends the connection, and with it a `send` that the other side does not take."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def receive(self, seconds=None):
        """The next message; None at the end.

        Raises:
            Silent: nothing came for so many seconds, SILENCE unless told.
            OSError: the connection broke.
        """
        seconds = seconds or SILENCE
        while b"\n" not in self._received:
            # Not the socket's own timeout: it holds for `send`, too, and counts time in which this
            # process is stopped.
            if not select.select([self._socket], [], [], seconds)[0]:
                raise Silent(f"has said nothing for {seconds} s")
            part = self._socket.recv(2**20)
            if not part:
                return None
            self._received += part
        line, _, self._received = self._received.partition(b"\n")
        return json.loads(line)

    def _beat(self):
        time.sleep(SILENCE / BEATS)  # the first word is somebody else's
        while self.send({"alive": True}):
            time.sleep(SILENCE / BEATS)
