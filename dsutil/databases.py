"""A folder of data sets: which there are, and the drawn ones for who has no data base of faces."""

import concurrent.futures
import itertools
import os
from pathlib import Path

from dsutil.binary import pair_names, pair_paths, write_pair
from dsutil.errors import InputError

# name: (stream of faces, how many). A smaller training set is the beginning of the larger ones.
DRAWN = {
    "1k": ("train", 1_000),
    "10k": ("train", 10_000),
    "100k": ("train", 100_000),
    "test10k": ("test", 10_000),
}
CHUNK = 500  # faces drawn in one piece of work
MARK = "DRAWN.txt"  # a folder with this file in it holds drawn faces


def find(folder, name, say=print):
    """The two paths of data set `name` in `folder`; a drawn one is drawn first if it is missing.

    Faces are drawn only into a folder that holds nothing but drawn faces, so that they never mix
    with real ones, and only where neither file of the pair is there.

    Raises:
        FileNotFoundError: there is no such data set; the text lists those that there are.
    """
    paths = pair_paths(folder, name)
    if must_draw(folder, name):
        say(f"{folder} has no {paths[0].name} yet: drawing {DRAWN[name][1]:,} faces into it.")
        draw(folder, name)
    return paths


def must_draw(folder, name):
    """Whether `find` would draw the data set; raises FileNotFoundError as it does."""
    paths = pair_paths(folder, name)
    if any(path.exists() for path in paths) and not _unfinished(folder, name):
        return False  # half a pair is for `read_pair` to complain of
    if name in DRAWN and _may_draw(folder):
        return True
    raise FileNotFoundError(f"{paths[0]} is missing. {_what_there_is(folder)}")


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

    Args:
        progress: called with the number of faces done after each piece; a bar on the terminal if
            None.

    Returns:
        The two paths.

    Raises:
        InputError: no such name, or one of the files is there.
    """
    from dsutil import faces

    if name not in DRAWN:
        raise InputError(
            f"There is no drawn data set {name!r}: expected one of {', '.join(DRAWN)}."
        )
    paths = pair_paths(folder, name)
    for path in paths:
        if path.exists() and not _unfinished(folder, name):
            raise InputError(
                f"{path} is there already and is left as it is: move it away to draw it anew."
            )
    stream, count = DRAWN[name]
    Path(folder).mkdir(parents=True, exist_ok=True)
    if _may_draw(folder):
        Path(folder, MARK).write_text("Faces drawn by `python -m dsutil draw`, not photographs.\n")
    progress = progress or _bar(count)

    def piece(first):
        return faces.draw(first, min(CHUNK, count - first), seed, stream)

    def chunks():
        # NumPy lets go of the interpreter in its loops, so threads keep the processors busy. A few
        # pieces are under way at once, whatever their number: memory stays bounded.
        workers = os.cpu_count() or 1
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            firsts = iter(range(0, count, CHUNK))
            waiting = [pool.submit(piece, first) for first in itertools.islice(firsts, 2 * workers)]
            done = 0
            while waiting:
                images, labels = waiting.pop(0).result()
                waiting += [pool.submit(piece, first) for first in itertools.islice(firsts, 1)]
                yield images, labels
                done += len(images)
                progress(done)

    write_pair(*paths, chunks())
    return paths


def end_drawing(folder):
    """Makes the folder one that is not drawn into, since what is not drawn will lie there too."""
    Path(folder, MARK).unlink(missing_ok=True)


def _bar(count):
    import keras

    return keras.utils.Progbar(count, unit_name="face").update
