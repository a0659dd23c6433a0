"""A folder of data sets: which there are, and the drawn ones for who has no data base of faces."""

import concurrent.futures
import contextlib
import itertools
import math
import os
from pathlib import Path

import numpy as np

from dsutil.binary import pair_names, pair_paths, write_pair
from dsutil.columns import COURSE, FACES
from dsutil.errors import InputError
from dsutil.progress import bar

DEFAULT = "DataBases"  # the folder that is meant where none is named
# name: (stream of faces, how many). A smaller training set is the beginning of the larger ones.
DRAWN = {
    "1k": ("train", 1_000),
    "10k": ("train", 10_000),
    "100k": ("train", 100_000),
    "test10k": ("test", 10_000),
}
CHUNK = 500  # faces drawn in one piece of work
MARK = "DRAWN.txt"  # a folder with this file in it holds drawn faces


def _print_at_once(line):
    print(line, flush=True)  # also where standard output is a file or a pipe


def find(folder, name, say=_print_at_once, columns=COURSE):
    """The paths of data set `name` in `folder`; a drawn one is drawn first if it is missing.

    Faces are drawn only into a folder that holds nothing but drawn faces, so that they never mix
    with real ones, and only where neither file of the pair is there.

    Args:
        say: called with a line for the user before faces are drawn, which may take minutes.
        columns: which of the data set's columns are wanted, a `dsutil.Column` each.

    Returns:
        A tuple with a path for each column.

    Raises:
        FileNotFoundError: there is no such data set; the text lists those that there are.
        InputError: `folder` is a file.
    """
    if must_draw(folder, name, columns):
        say(_what_is_drawn(folder, name))
        draw(folder, name)
    return tuple(column.path(folder, name) for column in columns)


def must_draw(folder, name, columns=COURSE):
    """Whether `find` would draw the data set; raises what it raises."""
    refuse_a_file(folder)
    paths = [column.path(folder, name) for column in columns]
    if any(path.exists() for path in paths) and not _unfinished(folder, name):
        return False  # half a data set is for its reader to complain of
    if name in DRAWN and _may_draw(folder) and set(columns) <= set(COURSE):
        return True
    raise FileNotFoundError(f"{paths[0]} is missing. {_what_there_is(folder)}")


def refuse_a_file(folder):
    """Raises InputError where a folder is expected and something else is."""
    if os.path.lexists(folder) and not Path(folder).is_dir():
        raise InputError(f"{folder} is not a folder: expected one that holds data sets.")


def _what_is_drawn(folder, name):
    """Says so; and where the folder's name may be a slip, that it is new and how to stop."""
    count = DRAWN[name][1]
    if Path(folder).exists() or Path(folder) == Path(DEFAULT):
        images, _ = pair_paths(folder, name)
        return f"{folder} has no {images.name} yet: drawing {count:,} faces into it."
    return (
        f"There is no folder {folder}: drawing {count:,} faces into a new one of that name. "
        "If the name is a slip, stop with Ctrl-C."
    )


def _may_draw(folder):
    """Whether all that lies in the folder was drawn, or nothing does."""
    there = set(Path(folder).glob("*.bin"))
    could_be_drawn = {path for name in DRAWN for path in pair_paths(folder, name)}
    return there <= could_be_drawn and (not there or Path(folder, MARK).exists())


def _unfinished(folder, name):
    """Whether drawing was killed when the images were in their place and the labels not yet."""
    images, labels = pair_paths(folder, name)
    drawn = name in DRAWN and Path(folder, MARK).exists()
    return drawn and images.exists() and not labels.exists()


def _what_there_is(folder):
    names = pair_names(folder)
    there = f"{folder} holds {', '.join(names)}" if names else f"{folder} holds no data set"
    can = ", ".join(name for name in DRAWN if name not in names)
    return there + (f"; {can} can be drawn there." if can and _may_draw(folder) else ".")


def draw(folder, name, seed=0, progress=None):
    """Draws the data set `name` of `DRAWN` into `folder`; never overwrites a file that is there.

    A folder that is missing is made. It does not stay if drawing is interrupted and it holds
    nothing else.

    Args:
        progress: called with the number of faces done after each piece; a bar on the terminal if
            None.

    Returns:
        The two paths.

    Raises:
        InputError: no such name, one of the files is there, or `folder` is a file.
    """
    if name not in DRAWN:
        raise InputError(
            f"There is no drawn data set {name!r}: expected one of {', '.join(DRAWN)}."
        )
    refuse_a_file(folder)
    paths = pair_paths(folder, name)
    for path in paths:
        if path.exists() and not _unfinished(folder, name):
            raise InputError(
                f"{path} is there already and is left as it is: move it away to draw it anew."
            )
    stream, count = DRAWN[name]
    with _made(folder), _bar_unless(progress, count) as tell:
        if _may_draw(folder):
            mark = Path(folder, MARK)
            mark.write_text("Faces drawn by `python -m dsutil draw`, not photographs.\n")
        with contextlib.closing(_chunks(count, seed, stream, tell)) as chunks:
            write_pair(*paths, chunks)
    return paths


def _chunks(count, seed, stream, tell):
    """Yields the images and labels of a stream's first faces, piece by piece."""
    from dsutil.drawn import faces

    def piece(first):
        return faces.draw(first, min(CHUNK, count - first), seed, stream)

    # NumPy lets go of the interpreter in its loops, so threads keep the processors busy. A few
    # pieces are under way at once, whatever their number: memory stays bounded.
    workers = os.cpu_count() or 1
    pool = concurrent.futures.ThreadPoolExecutor(workers)
    try:
        firsts = iter(range(0, count, CHUNK))
        waiting = [pool.submit(piece, first) for first in itertools.islice(firsts, 2 * workers)]
        done = 0
        while waiting:
            images, labels = waiting.pop(0).result()
            waiting += [pool.submit(piece, first) for first in itertools.islice(firsts, 1)]
            yield images, labels
            done += len(images)
            tell(done)
    finally:
        pool.shutdown(cancel_futures=True)  # Ctrl-C waits for few


@contextlib.contextmanager
def _made(folder):
    """Makes the folder, and those that it lies in; after a failure, what is new and empty goes."""
    folder = Path(folder)
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        with contextlib.suppress(OSError):  # it was not made at all
            if os.listdir(folder) == [MARK]:
                Path(folder, MARK).unlink()
        for path in new:
            with contextlib.suppress(OSError):  # it holds something by now
                path.rmdir()
        raise


@contextlib.contextmanager
def _bar_unless(progress, count):
    """The `progress` of `draw`: the one that was given, or that of a bar."""
    if progress is not None:
        yield progress
        return
    with bar(count, "faces") as shown:
        yield lambda done: shown.update(done - shown.n)


def is_drawn(data_path, images):
    """Whether a data set is one of the drawn ones, wherever it lies.

    Args:
        data_path: of its images.
        images: (n, 2304) or (n, 48, 48) uint8, or their memory map. Faces of another size are not
            drawn ones.
    """
    from dsutil.drawn import faces

    if math.prod(images.shape[1:]) != FACES.numbers:
        return False
    path = Path(data_path)
    named_so = path.stem.removeprefix("data_") in DRAWN and path.with_name(MARK).exists()
    few = np.array(images[:3]).reshape(-1, FACES.numbers)
    streams = {stream for stream, _ in DRAWN.values()}
    # Drawn with another seed they are known by name only.
    return named_so or any(
        np.array_equal(few, faces.draw(0, len(few), 0, stream)[0]) for stream in streams
    )


def end_drawing(folder):
    """Makes the folder one that is not drawn into, since what is not drawn will lie there too."""
    Path(folder, MARK).unlink(missing_ok=True)
