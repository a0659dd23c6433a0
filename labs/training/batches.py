"""Which rows step k trains on, and how they reach the device.

The rows of step k are a pure function of (seed, k): a resumed run sees what it would have seen.
Every epoch is a permutation of all rows, drawn anew from (seed, epoch); the epochs follow one
another without a gap, and step k takes rows k * batch_size to (k + 1) * batch_size of that stream.
So each image comes once an epoch, also where the batch size does not divide their number.
"""

import functools
import sys

import numpy as np
import tensorflow as tf

from dsutil import PIXELS

# Data up to this size stay on the device; larger ones stream from their file.
RESIDENT_BYTES = 300 * 2**20
# How much is read at once where they stream. A few such pieces are in memory at a time.
STREAMED_BYTES = 32 * 2**20


class Batches:
    """The batches of a data set.

    Args:
        dataset: a `dsutil.DataSet`.
        batch_size: images a step.
        seed: the order follows from it.

    Attributes:
        most_steps: how many steps one `load` should be asked for at the most.
    """

    def __init__(self, dataset, batch_size, seed):
        self.dataset = dataset
        self.batch_size = batch_size
        # An epoch serves many steps. The last ones are kept, and no more: they can be large.
        self._permutation = functools.lru_cache(2)(
            functools.partial(permutation, dataset.count, seed)
        )
        self._resident = None
        self.most_steps = max(1, STREAMED_BYTES // (batch_size * PIXELS))
        if dataset.images.nbytes <= RESIDENT_BYTES:
            images = tf.constant(dataset.read(0, dataset.count))
            self._resident = images, tf.constant(dataset.labels)
            self.most_steps = sys.maxsize

    def rows(self, first, steps):
        """The rows of steps first .. first+steps-1: (steps, batch_size) int32."""
        position, end = first * self.batch_size, (first + steps) * self.batch_size
        parts = []
        while position < end:
            epoch, start = divmod(position, self.dataset.count)
            parts.append(self._permutation(epoch)[start : start + end - position])
            position += len(parts[-1])
        return np.concatenate(parts).reshape(steps, self.batch_size)

    def load(self, first, steps):
        """What the graph needs for steps first .. first+steps-1.

        Returns:
            images: (n, 2304) uint8 on the device.
            labels: (n, 2) float32 on the device.
            rows: (steps, batch_size) int32, the rows of each step in those two. Where the data are
                resident, the two are the whole data set; where they stream, just what is needed.
        """
        rows = self.rows(first, steps)
        if self._resident:
            return *self._resident, tf.constant(rows)
        flat = rows.ravel()
        images, labels = self.dataset.take(flat), self.dataset.labels[flat]
        return tf.constant(images), tf.constant(labels), tf.reshape(tf.range(flat.size), rows.shape)


def permutation(count, seed, epoch):
    """The order of `count` rows in an epoch: (count,) int32.

    Sorts the raw output of the counter-based generator Philox, which NumPy promises never to
    change; its `permutation` may change with a version.
    """
    keys = np.random.Philox(key=np.array([seed, epoch], np.uint64)).random_raw(count)
    return np.argsort(keys, kind="stable").astype(np.int32)
