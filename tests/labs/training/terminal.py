"""A terminal to run a lab on, and what stands on its screen."""

import contextlib
import fcntl
import os
import re
import struct
import termios
import threading
import time

CTRL_C = b"\x03"


class Terminal:
    """A real one for the program, a pseudo-terminal; a list of lines for the test.

    Attributes:
        program: the file that the program writes to.
        written: all bytes that came to the screen.
    """

    def __init__(self, columns):
        self.columns, self.written = columns, b""
        self._keyboard, screen = os.openpty()
        fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
        self.program = open(screen, "w", encoding="utf-8")
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        with contextlib.suppress(OSError):  # which is how Linux says that nobody writes any more
            while part := os.read(self._keyboard, 4096):
                self.written += part

    def press_ctrl_c(self):
        """Returns when the terminal shows it; the program gets no signal of it."""
        os.write(self._keyboard, CTRL_C)
        while b"^C" not in self.written:
            time.sleep(0.001)

    def close(self):
        if not self.program.closed:
            self.program.close()
            self._reader.join()
            os.close(self._keyboard)

    def lines(self):
        """What is to be read on the screen, the end of the program's output included."""
        self.close()
        return lines(self.written.decode(), self.columns)

    def drawn(self):
        """Everything that stood on the line of the bar, one text after another."""
        self.close()
        return re.findall(r"\r\x1b\[K([^\r\n]+)", self.written.decode())


def lines(text, columns):
    """The lines that a terminal shows of a text with \\r, \\n and erasing to the line's end."""
    rows, column = [[]], 0
    for part in re.findall(r"\x1b\[K|\r|\n|[^\x1b]", text):
        if part == "\n":
            rows.append([])
        elif part == "\r":
            column = 0
        elif part == "\x1b[K":
            del rows[-1][column:]
        else:
            if column == columns:
                rows.append([])
                column = 0
            rows[-1] += " " * (column + 1 - len(rows[-1]))
            rows[-1][column] = part
            column += 1
    return ["".join(row).rstrip() for row in rows if "".join(row).strip()]
