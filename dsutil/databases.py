"""A folder of data sets: which there are, and drawn ones where no data base of faces is at hand."""

import concurrent.futures
import contextlib
import itertools
import math
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dsutil.binary import complete_names, count_records, missing, write_columns
from dsutil.drawn import kinds
from dsutil.errors import InputError
from dsutil.progress import bar

DEFAULT = "DataBases"  # the folder that is meant where none is named


class Drawn(NamedTuple):
    """A data set that can be drawn.

    Attributes:
        stream: the stream that it is a part of.
        count: how many records of it there are.
        kind: of which columns; a `kinds.Kind`.
        first: the number of its first record in the stream.
    """

    stream: str
    count: int
    kind: kinds.Kind = kinds.FACE
    first: int = 0


# A smaller training set is the beginning of the larger ones.
DRAWN = {
    "1k": Drawn("train", 1_000),
    "10k": Drawn("train", 10_000),
    "100k": Drawn("train", 100_000),
    "next1k": Drawn("train", 1_000, first=100_000),  # those after 100k
    "test10k": Drawn("test", 10_000),
    "persons10k": Drawn("persons", 10_000, kinds.PERSONS),
    "testpersons2k": Drawn("persons", 2_000, kinds.PERSONS, first=1_000_000),
    "scenes10k": Drawn("scenes", 10_000, kinds.SCENES),
    "testscenes2k": Drawn("test scenes", 2_000, kinds.SCENES),
    "adding50x10k": Drawn("adding", 10_000, kinds.ADDING[50]),
    "testadding50x2k": Drawn("test adding", 2_000, kinds.ADDING[50]),
    "adding200x10k": Drawn("adding", 10_000, kinds.ADDING[200]),
    "testadding200x2k": Drawn("test adding", 2_000, kinds.ADDING[200]),
}
CHUNK = 500  # records drawn in one piece of work
COMPARED = 24  # images that tell of which seed all are
MARK = "DRAWN.txt"  # a folder with this file in it holds drawn faces


def drawn(name):
    """What the drawn data set `name` is, as a `Drawn`; None if there is no such one."""
    return Drawn(*DRAWN[name]) if name in DRAWN else None


def _print_at_once(line):
    print(line, flush=True)  # also where standard output is a file or a pipe


def find(folder, name, say=_print_at_once, columns=None):
    """The paths of data set `name` in `folder`; what is missing and can be drawn is drawn first.

    Faces are drawn only into a folder that holds nothing but drawn faces, so that they never mix
    with real ones, and only where neither images nor truths are there. To faces that were drawn
    before, what else is known of them is added if it is wanted.

    Args:
        say: called with a line for the user before anything is drawn, which may take minutes.
        columns: which of the data set's columns are wanted, a `dsutil.Column` each; if None, the
            images and what is drawn together with them: of faces the course's two.

    Returns:
        A tuple with a path for each column.

    Raises:
        FileNotFoundError: there is no such data set, the text lists those that there are; or there
            is no such column of it, the text says how to make it.
        InputError: `folder` is a file, or the faces there were drawn with another seed.
    """
    columns = columns or _kind(name).images.columns
    if must_draw(folder, name, columns):
        say(_what_is_drawn(folder, name, columns))
        draw(folder, name, columns=columns)
    return tuple(column.path(folder, name) for column in columns)


def must_draw(folder, name, columns=None):
    """Whether `find` would draw something; raises FileNotFoundError as `find` does."""
    refuse_a_file(folder)
    columns = columns or _kind(name).images.columns
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
    truths = _kind(name).drawings(lacking)
    if truths and not _may_be_added_to(folder, name):
        raise FileNotFoundError(_not_known(folder, name, truths[0]))
    return bool(truths)  # half a pair is for its reader to complain of


def _kind(name):
    """The kind of data set `name`; faces, if it is not drawn."""
    return drawn(name).kind if name in DRAWN else kinds.FACE


def _refuse_what_nothing_draws(folder, name, lacking):
    for column in lacking:
        if column not in _kind(name).columns:
            raise FileNotFoundError(missing(column.path(folder, name), column))


def _not_known(folder, name, truth):
    """The sentence that a truth of a data set is missing that is no drawn one."""
    drawn = name if name in DRAWN else next(iter(DRAWN))
    option = " --masks" if truth.columns[0] not in _kind(drawn).usual_columns else ""
    return (
        f"{truth.columns[0].path(folder, name)} is missing: {truth.what} are known of drawn faces "
        f"only. `python -m dsutil draw {drawn}{option} --out DIR` draws faces and their "
        f"{truth.what} into a folder DIR."
    )


def refuse_a_file(folder):
    """Raises InputError where a folder is expected and something else is."""
    if os.path.lexists(folder) and not Path(folder).is_dir():
        raise InputError(f"{folder} is not a folder: expected one that holds data sets.")


def _what_is_drawn(folder, name, columns):
    """Says so; and where the folder's name may be a slip, that it is new and how to stop."""
    _, count, kind, _ = drawn(name)
    images = f"{count:,} {kind.images.what}"
    if _may_be_added_to(folder, name):
        lacking = _lacking_truths(folder, name, columns)
        files = ", ".join(truth.columns[0].path(folder, name).name for truth in lacking)
        what = " and ".join(truth.what for truth in lacking)
        return f"{folder} has no {files} yet: writing the {what} of its {images}."
    if Path(folder).exists() or Path(folder) == Path(DEFAULT):
        file = kind.columns[0].path(folder, name).name
        return f"{folder} has no {file} yet: drawing {images} into it."
    return (
        f"There is no folder {folder}: drawing {images} into a new one of that name. "
        "If the name is a slip, stop with Ctrl-C."
    )


def _may_draw(folder):
    """Whether all that lies in the folder was drawn or made of that, or nothing does.

    What a study makes of a drawn set is called after it: `10k_wrong20`.
    """
    could_be_drawn = {
        column.path(folder, name).stem for name in DRAWN for column in drawn(name).kind.columns
    }
    others = {path.stem for path in Path(folder).glob("*.bin")} - could_be_drawn
    made_of_drawn = tuple(f"{stem}_" for stem in could_be_drawn)
    if not all(stem.startswith(made_of_drawn) for stem in others):
        return False
    return _has_drawn(folder) or not any(Path(folder).glob("*.bin"))


def _has_drawn(folder):
    """Whether the folder is marked as one of drawn faces."""
    return Path(folder, MARK).exists()


def _unfinished(folder, name):
    """Whether drawing was killed when the images were in their place and the labels not yet."""
    images, *labels = _images_there(folder, name)
    return name in DRAWN and _has_drawn(folder) and images and not all(labels)


def _may_be_added_to(folder, name):
    """Whether the images of a drawn data set are there, so that what is known of them may come."""
    return name in DRAWN and _has_drawn(folder) and all(_images_there(folder, name))


def _images_there(folder, name):
    """Whether the images are there, and each column that is drawn together with them."""
    return [column.path(folder, name).exists() for column in _kind(name).images.columns]


def _lacking_truths(folder, name, columns):
    """What of the columns is not there and can be added later, as a list of `kinds.Drawing`."""
    lacking = [column for column in columns if not column.path(folder, name).exists()]
    return _kind(name).drawings(lacking)


def _what_there_is(folder, columns):
    names = complete_names(folder, columns)
    there = f"{folder} holds {', '.join(names)}" if names else f"{folder} holds no data set"
    drawable = [name for name in DRAWN if set(columns) <= set(_kind(name).columns)]
    can = ", ".join(name for name in drawable if name not in names)
    return there + (f"; {can} can be drawn there." if can and _may_draw(folder) else ".")


def draw(folder, name, seed=0, progress=None, columns=()):
    """Draws the data set `name` of `DRAWN` into `folder`; never overwrites a file that is there.

    A folder that is missing is made. It does not stay if drawing is interrupted and it holds
    nothing else. Where only truths are missing that can be added later, only they are written.

    Args:
        progress: called with the number of images done after each piece; a bar on the terminal if
            None.
        columns: which are wanted besides the usual ones of the data set's kind.

    Returns:
        The paths of all that is drawn, in the order of the kind's columns.

    Raises:
        InputError: no such name, one of the files is there, `folder` is a file, or the faces there
            are not those of the seed.
    """
    if name not in DRAWN:
        raise InputError(
            f"There is no drawn data set {name!r}: expected one of {', '.join(DRAWN)}."
        )
    refuse_a_file(folder)
    kind = _kind(name)
    wanted = [column for column in kind.columns if column in {*kind.usual_columns, *columns}]
    paths = tuple(column.path(folder, name) for column in wanted)
    truths = _lacking_truths(folder, name, wanted)
    if all(_images_there(folder, name)) and truths:
        _refuse_others(folder, name, seed, truths)
        _write(folder, name, seed, progress, truths)
        return paths
    for path in (column.path(folder, name) for column in kind.columns):
        if path.exists() and not _unfinished(folder, name):
            raise InputError(
                f"{path} is there already and is left as it is: move it away to draw it anew."
            )
    with _made(folder):
        if _may_draw(folder):
            mark = Path(folder, MARK)
            mark.write_text("Faces drawn by `python -m dsutil draw`, not photographs.\n")
        _write(folder, name, seed, progress, [kind.images, *kind.drawings(wanted)])
    return paths


def _write(folder, name, seed, progress, drawings):
    """Writes what is drawn of data set `name`, a list of `kinds.Drawing`, piece by piece."""
    _, count, kind, _ = drawn(name)
    columns = [column for drawing in drawings for column in drawing.columns]
    paths = [column.path(folder, name) for column in columns]
    with (
        _bar_unless(progress, count, kind.images.what) as tell,
        contextlib.closing(_chunks(drawings, drawn(name), seed, tell)) as chunks,
    ):
        write_columns(paths, columns, chunks)


def _refuse_others(folder, name, seed, truths):
    """Raises InputError if the images that are there are not those of the seed."""
    _, count, kind, _ = drawn(name)
    images = kind.columns[0].path(folder, name)
    if count_records(images, kind.columns[0]) == count and _begins_with(images, drawn(name), seed):
        return
    raise InputError(
        f"{images} does not hold the {count:,} {kind.images.what} of seed {seed}, so their "
        f"{truths[0].what} are not known. If they were drawn with another --seed, add it to "
        f"`python -m dsutil draw {name} --out {folder} --seed`."
    )


def _begins_with(path, data_set, seed):
    """Whether the first images of a file are those of a drawn data set, byte for byte."""
    kind = data_set.kind
    each = kind.columns[0].record_bytes
    with open(path, "rb") as file:
        begin = file.read(COMPARED * each)
    images, *_ = kind.images.draw(data_set.first, len(begin) // each, seed, data_set.stream)
    return begin == images.tobytes()


def _chunks(drawings, data_set, seed, tell):
    """Yields the records of a drawn data set, one array for each column, piece by piece."""
    count = data_set.count

    def piece(start):
        which = data_set.first + start, min(CHUNK, count - start), seed, data_set.stream
        return [column for drawing in drawings for column in drawing.pieces(*which)]

    # NumPy lets go of the interpreter in its loops, so threads keep the processors busy. A few
    # pieces are under way at once, whatever their number: memory stays bounded.
    workers = os.cpu_count() or 1
    pool = concurrent.futures.ThreadPoolExecutor(workers)
    try:
        firsts = iter(range(0, count, CHUNK))
        waiting = [pool.submit(piece, first) for first in itertools.islice(firsts, 2 * workers)]
        done = 0
        while waiting:
            records = waiting.pop(0).result()
            waiting += [pool.submit(piece, first) for first in itertools.islice(firsts, 1)]
            yield records
            done += len(records[0])
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
def _bar_unless(progress, count, what):
    """The `progress` of `draw`: the one that was given, or that of a bar."""
    if progress is not None:
        yield progress
        return
    with bar(count, what) as shown:
        yield lambda done: shown.update(done - shown.n)


def is_drawn(data_path, images):
    """Whether a data set is one of the drawn ones, wherever it lies.

    Args:
        data_path: of its images.
        images: (n, numbers) or (n, height, width) uint8, or their memory map. Images of another
            size than drawn ones are none.
    """
    path, numbers = Path(data_path), math.prod(images.shape[1:])
    of_this_size = [name for name in DRAWN if _kind(name).columns[0].numbers == numbers]
    names = {_kind(name).columns[0].path(path.parent, name).name for name in of_this_size}
    if path.name in names and _has_drawn(path.parent):
        return True  # with another seed they are known by name only
    few = np.array(images[:3]).reshape(-1, numbers).tobytes()
    beginnings = {drawn(name)._replace(count=len(few) // numbers) for name in of_this_size}
    return any(
        kind.images.draw(first, count, 0, stream)[0].tobytes() == few
        for stream, count, kind, first in beginnings
    )


def end_drawing(folder):
    """Makes the folder one that is not drawn into, since what is not drawn will lie there too."""
    Path(folder, MARK).unlink(missing_ok=True)
