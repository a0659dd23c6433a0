"""Files that are whole or not there: written beside their place, and renamed into it."""

import contextlib
import os
import secrets
from pathlib import Path


@contextlib.contextmanager
def beside(path):
    """A path beside `path` for a new file, which is gone at the end if it was not renamed."""
    path = Path(path)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield beside
    except OSError as error:
        # The system names a file that cannot be opened, not one that cannot be written to.
        error.filename = error.filename or str(path)
        raise
    finally:
        beside.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing(path):
    """A path beside `path` to write to, which takes its place at the end unless something fails."""
    with beside(path) as new:
        yield new
        os.replace(new, path)
