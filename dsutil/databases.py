"""A folder of data sets: which there are, and drawn ones where no data base of faces is at hand."""

import concurrent.futures
import contextlib
import itertools
import math
import os
from pathlib import Path

import numpy as np

from dsutil.binary import complete_names, count_records, missing, pair_paths, write_columns
from dsutil.columns import COURSE, FACE_POINTS, FACES, GENDER
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
DRAWN_COLUMNS = (FACES, GENDER, FACE_POINTS)
CHUNK = 500  # faces drawn in one piece of work
COMPARED = 24  # faces that tell of which seed all are
MARK = "DRAWN.txt"  # a folder with this file in it holds drawn faces


def _print_at_once(line):
    print(line, flush=True)  # also where standard output is a file or a pipe


def find(folder, name, say=_print_at_once, columns=COURSE):
    """The paths of data set `name` in `folder`; what is missing and can be drawn is drawn first.

    Faces are drawn only into a folder that holds nothing but drawn faces, so that they never mix
    with real ones, and only where neither images nor truths are there. To faces that were drawn
    before, what else is known of them is added.

    Args:
        say: called with a line for the user before anything is drawn, which may take minutes.
        columns: which of the data set's columns are wanted, a `dsutil.Column` each.

    Returns:
        A tuple with a path for each column.

    Raises:
        FileNotFoundError: there is no such data set, the text lists those that there are; or there
            is no such column of it, the text says how to make it.
        InputError: `folder` is a file, or the faces there were drawn with another seed.
    """
    if must_draw(folder, name, columns):
        say(_what_is_drawn(folder, name))
        draw(folder, name)
    return tuple(column.path(folder, name) for column in columns)


def must_draw(folder, name, columns=COURSE):
    """Whether `find` would draw something; raises FileNotFoundError as `find` does."""
    refuse_a_file(folder)
    lacking = [column for column in columns if not column.path(folder, name).exists()]
    if not lacking:
        return False
    if len(lacking) == len(columns) or _unfinished(folder, name):
        if name not in DRAWN or not _may_draw(folder):
            path = lacking[0].path(folder, name)
            raise FileNotFoundError(f"{path} is missing. {_what_there_is(folder, columns)}")
        _refuse_what_nothing_draws(folder, name, lacking)
        return True
    _refuse_what_nothing_draws(folder, name, lacking)
    if FACE_POINTS in lacking and not _lacks_points_only(folder, name):
        raise FileNotFoundError(_no_points(folder, name))
    return FACE_POINTS in lacking  # half a pair is for its reader to complain of


def _refuse_what_nothing_draws(folder, name, lacking):
    for column in lacking:
        if column not in DRAWN_COLUMNS:
            raise FileNotFoundError(missing(column.path(folder, name), column))


def _no_points(folder, name):
    """The sentence that the points of a data set are missing that is no drawn one."""
    drawn = name if name in DRAWN else next(iter(DRAWN))
    return (
        f"{FACE_POINTS.path(folder, name)} is missing: points are known of drawn faces only. "
        f"`python -m dsutil draw {drawn} --out DIR` draws faces and their points into a folder DIR."
    )


def refuse_a_file(folder):
    """Raises InputError where a folder is expected and something else is."""
    if os.path.lexists(folder) and not Path(folder).is_dir():
        raise InputError(f"{folder} is not a folder: expected one that holds data sets.")


def _what_is_drawn(folder, name):
    """Says so; and where the folder's name may be a slip, that it is new and how to stop."""
    count = DRAWN[name][1]
    if _lacks_points_only(folder, name):
        points = FACE_POINTS.path(folder, name).name
        return f"{folder} has no {points} yet: writing the points of its {count:,} faces."
    if Path(folder).exists() or Path(folder) == Path(DEFAULT):
        images = FACES.path(folder, name).name
        return f"{folder} has no {images} yet: drawing {count:,} faces into it."
    return (
        f"There is no folder {folder}: drawing {count:,} faces into a new one of that name. "
        "If the name is a slip, stop with Ctrl-C."
    )


def _drawn_paths(folder, name):
    """The paths of all that is drawn of data set `name`, the images' first."""
    return tuple(column.path(folder, name) for column in DRAWN_COLUMNS)


def _may_draw(folder):
    """Whether all that lies in the folder was drawn, or nothing does."""
    there = set(Path(folder).glob("*.bin"))
    could_be_drawn = {path for name in DRAWN for path in _drawn_paths(folder, name)}
    return there <= could_be_drawn and (not there or _has_drawn(folder))


def _has_drawn(folder):
    """Whether the folder is marked as one of drawn faces."""
    return Path(folder, MARK).exists()


def _unfinished(folder, name):
    """Whether drawing was killed when the images were in their place and the labels not yet."""
    images, labels = pair_paths(folder, name)
    return name in DRAWN and _has_drawn(folder) and images.exists() and not labels.exists()


def _lacks_points_only(folder, name):
    """Whether a drawn data set lacks its points: they came last, and once were not drawn at all."""
    *pair, points = (path.exists() for path in _drawn_paths(folder, name))
    return name in DRAWN and _has_drawn(folder) and all(pair) and not points


def _what_there_is(folder, columns):
    names = complete_names(folder, columns)
    there = f"{folder} holds {', '.join(names)}" if names else f"{folder} holds no data set"
    can = ", ".join(name for name in DRAWN if name not in names)
    return there + (f"; {can} can be drawn there." if can and _may_draw(folder) else ".")


def draw(folder, name, seed=0, progress=None):
    """Draws the data set `name` of `DRAWN` into `folder`; never overwrites a file that is there.

    A folder that is missing is made. It does not stay if drawing is interrupted and it holds
    nothing else. Where only the points are missing, only they are written.

    Args:
        progress: called with the number of faces done after each piece; a bar on the terminal if
            None.

    Returns:
        The paths of `DRAWN_COLUMNS`.

    Raises:
        InputError: no such name, one of the files is there, `folder` is a file, or the faces there
            are not those of the seed.
    """
    if name not in DRAWN:
        raise InputError(
            f"There is no drawn data set {name!r}: expected one of {', '.join(DRAWN)}."
        )
    refuse_a_file(folder)
    paths = _drawn_paths(folder, name)
    *pair, points = paths
    if all(path.exists() for path in pair) and not points.exists():
        _add_points(folder, name, seed)
        return paths
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
            write_columns(paths, DRAWN_COLUMNS, chunks)
    return paths


def _add_points(folder, name, seed):
    """Writes the points of faces that were drawn before, if they are those of the seed."""
    from dsutil.drawn import landmarks

    stream, count = DRAWN[name]
    images = FACES.path(folder, name)
    if count_records(images, FACES) != count or not _begins_with_drawn(images, stream, seed):
        raise InputError(
            f"{images} does not hold the {count:,} faces of seed {seed}, so their points are not "
            f"known. If they were drawn with another --seed, add it to `python -m dsutil draw "
            f"{name} --out {folder} --seed`."
        )
    pieces = (
        (landmarks.draw(first, min(CHUNK, count - first), seed, stream),)
        for first in range(0, count, CHUNK)
    )
    write_columns([FACE_POINTS.path(folder, name)], [FACE_POINTS], pieces)


def _begins_with_drawn(path, stream, seed):
    """Whether the first images of a file are the first of a stream of faces, byte for byte."""
    from dsutil.drawn import faces

    with open(path, "rb") as file:
        begin = file.read(COMPARED * FACES.record_bytes)
    images, _ = faces.draw(0, len(begin) // FACES.record_bytes, seed, stream)
    return begin == images.tobytes()


def _chunks(count, seed, stream, tell):
    """Yields images, labels and points of a stream's first faces, piece by piece."""
    from dsutil.drawn import faces, landmarks

    def piece(first):
        some = first, min(CHUNK, count - first), seed, stream
        return *faces.draw(*some), landmarks.draw(*some)

    # NumPy lets go of the interpreter in its loops, so threads keep the processors busy. A few
    # pieces are under way at once, whatever their number: memory stays bounded.
    workers = os.cpu_count() or 1
    pool = concurrent.futures.ThreadPoolExecutor(workers)
    try:
        firsts = iter(range(0, count, CHUNK))
        waiting = [pool.submit(piece, first) for first in itertools.islice(firsts, 2 * workers)]
        done = 0
        while waiting:
            drawn = waiting.pop(0).result()
            waiting += [pool.submit(piece, first) for first in itertools.islice(firsts, 1)]
            yield drawn
            done += len(drawn[0])
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
    named_so = path.stem.removeprefix("data_") in DRAWN and _has_drawn(path.parent)
    few = np.array(images[:3]).reshape(-1, FACES.numbers)
    streams = {stream for stream, _ in DRAWN.values()}
    # Drawn with another seed they are known by name only.
    return named_so or any(
        np.array_equal(few, faces.draw(0, len(few), 0, stream)[0]) for stream in streams
    )


def end_drawing(folder):
    """Makes the folder one that is not drawn into, since what is not drawn will lie there too."""
    Path(folder, MARK).unlink(missing_ok=True)
