"""Pictures examined on all processors, in order."""

import concurrent.futures
import contextlib
import itertools
import multiprocessing
import os
import signal
import threading
from collections import deque
from concurrent.futures.process import BrokenProcessPool

from dsutil.photos.journal import KEPT, OUTCOMES
from dsutil.photos.near_duplicates import fingerprint
from dsutil.photos.photo import Unusable, decode, face_in

CHUNK = 8  # pictures that a process is given at once: few, as Ctrl-C waits for those under way
AHEAD = 4  # chunks for each process that are under way: memory is bounded, none is idle


def examine(path, size, detect):
    """What comes of a picture: (outcome, fingerprint, face); of no use, the latter two are None."""
    try:
        picture = decode(path, size)
        return KEPT, fingerprint(picture), face_in(picture, path, size, detect)
    except Unusable as unusable:
        return unusable.reason, None, None


def examine_all(paths, size, detect, processes=None):
    """Yields lists of what comes of pictures, chunk by chunk, in the order of the paths.

    A picture that ends the process that reads it costs that picture only.
    """
    processes = processes or _processors()
    chunks = (paths[i : i + CHUNK] for i in range(0, len(paths), CHUNK))
    pool = _pool(processes)
    waiting = deque()
    try:
        while True:
            for chunk in itertools.islice(chunks, AHEAD * processes - len(waiting)):
                waiting.append((chunk, _submit(pool, chunk, size, detect)))
            if not waiting:
                return
            chunk, future = waiting.popleft()
            try:
                examined = future.result()
            except BrokenProcessPool:
                # One of the chunks under way did it: they are examined anew, this one carefully.
                pool.shutdown(wait=True, cancel_futures=True)
                examined = _one_by_one(chunk, size, detect)
                pool = _pool(processes)
                waiting = deque((c, _submit(pool, c, size, detect)) for c, _ in waiting)
            yield examined
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _submit(pool, chunk, size, detect):
    try:
        return pool.submit(_examine_chunk, chunk, size, detect)
    except BrokenProcessPool as error:  # broken since the last result: as if it broke a bit later
        future = concurrent.futures.Future()
        future.set_exception(error)
        return future


def _examine_chunk(paths, size, detect):
    return [examine(path, size, detect) for path in paths]


def _one_by_one(paths, size, detect):
    """As `_examine_chunk`, in a process that may end at any of them."""
    examined = []
    pool = _pool(1)
    for path in paths:
        try:
            examined += pool.submit(_examine_chunk, [path], size, detect).result()
        except BrokenProcessPool:
            examined.append((OUTCOMES[-1], None, None))
            pool = _pool(1)
    pool.shutdown()
    return examined


def _processors():
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _pool(processes):
    """Processes that leave Ctrl-C to their parent, and end when it does."""
    # Spawned, not forked: a fork copies the locks of other threads as they are.
    context = multiprocessing.get_context("spawn")
    pool = concurrent.futures.ProcessPoolExecutor(processes, context, _begin)
    with _ctrl_c_ignored():  # which they inherit
        for _ in range(processes):  # each starts one, unless one is idle by then
            pool.submit(int)
    return pool


@contextlib.contextmanager
def _ctrl_c_ignored():
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what a signal does
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _begin():
    """Makes a process, also one started later, leave Ctrl-C alone and end with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent():
    multiprocessing.parent_process().join()
    os._exit(1)
