"""Which rows step k trains on, and how they reach the device.

The rows of step k are a pure function of (seed, k): a resumed run sees what it would have seen.
Every epoch is a permutation of all rows, drawn anew from (seed, epoch); the epochs follow one
another without a gap, and step k takes rows k * batch_size to (k + 1) * batch_size of that stream.
So each image comes once an epoch, also where the batch size does not divide their number.

Data larger than WINDOW are shuffled in two stages, blocks of neighbours first and then the rows of
each window, so that a file too large for memory is read a window ahead and in blocks, not row by
row. Both stages serve data in memory too: the order does not depend on where the data are.

A task that compares images with one another says how many neighbours in the file stay together.
Then it is groups of these that are shuffled; what is left of the last one is not trained on.
"""

import functools
import sys

import numpy as np
import tensorflow as tf

from dsutil import InputError
from dsutil.dataset import ALIGNMENT

# Data up to this size stay on the device; larger ones stream from their file.
RESIDENT_BYTES = 300 * 2**20
WINDOW = 16_384  # rows; of the course's faces 36 MB, and three windows are in memory at a time
BLOCK = 32  # rows; 72 KB, at which a read takes longer than the call that asks for it


class Batches:
    """The batches of a data set.

    Args:
        dataset: a `dsutil.DataSet`.
        batch_size: images a step.
        seed: the order follows from it.
        together: how many neighbouring rows make a group, which no batch takes apart.

    Raises:
        InputError: the batch size is no multiple of `together`, or the data are fewer.
    """

    def __init__(self, dataset, batch_size, seed, together=1):
        _check_groups(dataset, batch_size, together)
        self.dataset = dataset
        self.batch_size = batch_size
        self.count = dataset.count - dataset.count % together  # of an epoch
        # An epoch serves many steps. The last ones are kept, and no more: they can be large.
        self._permutation = functools.lru_cache(2)(
            functools.partial(permutation_of_groups, dataset.count, together, seed)
        )
        self._window = functools.lru_cache(2)(self._read_window)
        self._resident = None
        if dataset.nbytes <= RESIDENT_BYTES:
            images = on_device(dataset.read(0, dataset.count))
            truths = dataset.read_truths(0, dataset.count)
            self._resident = images, tuple(map(on_device, truths))

    def rows(self, first, steps):
        """The rows of steps first .. first+steps-1: (steps, batch_size) int32."""
        spans = self._spans(first, steps, self.count)
        parts = [self._permutation(epoch)[start:stop] for epoch, start, stop in spans]
        return np.concatenate(parts).reshape(steps, self.batch_size)

    def most_steps(self, first):
        """How many steps from `first` on one `load` should be asked for at the most."""
        if self._resident:
            return sys.maxsize
        _, start, stop = next(self._spans(first, sys.maxsize, WINDOW))
        return max(1, (stop - start) // self.batch_size)

    def load(self, first, steps):
        """What the graph needs for steps first .. first+steps-1.

        Returns:
            images: (n, numbers) uint8 on the device.
            truths: of each column of those (n, *shape), on the device.
            rows: (steps, batch_size) int32, the rows of each step in those. Where the data are
                resident, these are the whole data set; where they stream, a window of it.
        """
        if self._resident:
            return *self._resident, tf.constant(self.rows(first, steps))
        windows, places = [], []
        for epoch, start, stop in self._spans(first, steps, WINDOW):
            *columns, order = self._window(epoch, start // WINDOW)
            windows.append(columns)
            places.append(order[start % WINDOW :][: stop - start])
        if len(windows) > 1:  # a step across the border of two: just its rows, copied
            columns = zip(*windows, strict=True)
            gathered = [list(map(tf.gather, column, places)) for column in columns]
            windows = [[tf.concat(parts, axis=0) for parts in gathered]]
            places = [np.arange(steps * self.batch_size, dtype=np.int32)]
        images, *truths = windows[0]
        return images, tuple(truths), tf.constant(places[0].reshape(steps, self.batch_size))

    def _spans(self, first, steps, longest):
        """Cuts the stream of rows that the steps take at the ends of epochs and at each `longest`.

        Yields:
            epoch, start, stop: rows start .. stop-1 of that epoch's order.
        """
        position, end = first * self.batch_size, (first + steps) * self.batch_size
        while position < end:
            epoch, start = divmod(position, self.count)
            border = min(self.count, start - start % longest + longest)
            stop = min(border, start + end - position)
            yield epoch, start, stop
            position += stop - start

    def _read_window(self, epoch, number):
        """A window's columns in the file's order, and the places of its rows in those."""
        rows = self._permutation(epoch)[number * WINDOW : (number + 1) * WINDOW]
        order = np.argsort(rows)
        columns = self.dataset.take(rows[order]), *self.dataset.take_truths(rows[order])
        places = np.empty(len(rows), np.int32)
        places[order] = np.arange(len(rows))
        return *map(on_device, columns), places


def on_device(array):
    """An array as a tensor; on a processor in its own memory, so it must not change again.

    To copy a window takes half as long as to read it.
    """
    own = array.flags.writeable and array.ctypes.data % ALIGNMENT == 0
    if not own or tf.config.list_logical_devices("GPU"):
        return tf.constant(array)
    return tf.experimental.dlpack.from_dlpack(array.__dlpack__())


def _check_groups(dataset, batch_size, together):
    if batch_size % together:
        raise InputError(
            f"The task compares images with one another, {together} that belong together: expected "
            f"a --batch-size that is a multiple of {together}, found {batch_size}."
        )
    if dataset.count < together:
        raise InputError(
            f"{dataset.paths[0]} has {dataset.count} images: expected at least {together}, so many "
            "as belong together."
        )


def permutation_of_groups(count, together, seed, epoch):
    """The order of the rows of an epoch, in groups of neighbours: int32, whole groups only."""
    groups = permutation(count // together, seed, epoch)
    return (groups[:, None] * together + np.arange(together, dtype=np.int32)).reshape(-1)


def permutation(count, seed, epoch):
    """The order of `count` rows in an epoch: (count,) int32.

    Sorts by the raw output of the counter-based generator Philox, which NumPy promises never to
    change; its `permutation` may change with a version.
    """
    draw = np.random.Philox(key=np.array([seed, epoch], np.uint64)).random_raw
    rows = np.arange(count, dtype=np.int32)
    if count > WINDOW:
        blocks = np.array_split(rows, range(BLOCK, count, BLOCK))
        rows = np.concatenate([blocks[i] for i in np.argsort(draw(len(blocks)), kind="stable")])
    windows = (rows[start : start + WINDOW] for start in range(0, count, WINDOW))
    return np.concatenate([part[np.argsort(draw(len(part)), kind="stable")] for part in windows])
