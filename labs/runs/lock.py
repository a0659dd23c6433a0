"""One process at a time works on a run's folder."""

import contextlib
import errno
import os
import socket

from dsutil.errors import InputError

# Some network file systems: there a run is not kept from a second process.
CANNOT_LOCK = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)

try:
    import fcntl

    def _take(file):
        # Not `flock`: this kind is given back when the process ends, and no child inherits it.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

except ImportError:  # Windows
    import msvcrt

    def _take(file):
        file.seek(1 << 20)  # far behind the text, which others may not read where it is locked
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)


@contextlib.contextmanager
def locked(path):
    """Holds the lock file `path`, which says who holds it; it is removed at the end.

    The operating system gives the lock back when its process ends, however it ends. So the file
    that a killed process leaves behind blocks nobody.

    Yields:
        A function that raises `InputError` if the file is no longer there.

    Raises:
        InputError: another process holds it; the text names that process.
    """
    with _opened(path) as file:
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}")
        file.flush()

        def check():
            if not _is(file, path):
                raise InputError(
                    f"{path.parent} was taken away while process {os.getpid()} worked in it: "
                    "bring it back and go on with --restore, or start a new run."
                )

        try:
            yield check
        finally:
            if _is(file, path):
                with contextlib.suppress(OSError):  # Windows keeps what is open
                    path.unlink()


def _opened(path):
    """The lock file, locked."""
    while True:
        file = open(path, "a+", encoding="utf-8")
        try:
            _take(file)
        except (BlockingIOError, PermissionError):
            file.seek(0)
            holder = file.read() or "another process"
            file.close()
            raise InputError(
                f"{path.parent} is in use by {holder}: wait for its end, or give another --run."
            ) from None
        except OSError as error:
            if error.errno not in CANNOT_LOCK:
                file.close()
                raise
        if _is(file, path):
            return file
        file.close()  # its holder has just ended and removed it


def _is(file, path):
    """Whether the open file is still the one at `path`."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except OSError:
        return False
