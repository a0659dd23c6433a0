"""Event files: what TensorBoard reads of a run."""

import contextlib
import errno
import time

import numpy as np
import tensorflow as tf
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.histogram import metadata as histogram_metadata
from tensorboard.plugins.image import metadata as image_metadata
from tensorboard.plugins.pr_curve import summary as pr_curve_summary
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.plugins.text.summary_v2 import text_pb
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util.tensor_util import make_tensor_proto

BINS = 30


class EventFile:
    """A new event file, written as protocol buffers: `tf.summary` takes ten times as long.

    Args:
        folder: TensorBoard shows each folder as a run of its own.
        step: where the run goes on. What earlier files in the folder say of that step and of later
            ones is withdrawn, since this one says it anew.

    Raises:
        OSError: the disk is full, or the folder is gone.
    """

    def __init__(self, folder, step=0):
        self._folder = folder
        with self._errors_of_the_system():
            self._writer = EventFileWriter(str(folder))
        # TensorBoard drops nothing at the first of these; it tells the later ones to be restarts.
        self._add(step, session_log=SessionLog(status=SessionLog.START))

    def scalar(self, tag, step, value):
        self.summary(step, scalar_pb(tag, float(value)))

    def text(self, tag, step, markdown):
        self.summary(step, text_pb(tag, markdown))

    def histogram(self, tag, step, values):
        """Numbers of any shape, in BINS bins of equal width; what is not finite is left out."""
        values = np.asarray(values)
        finite = np.isfinite(values)
        values = values if finite.all() else values[finite]
        if not _fill_bins(values):
            values = values.astype(np.float64)  # finer, and wide enough for all of float32
        if values.size and not _fill_bins(values):
            buckets = np.tile(np.float64([values.min(), values.max(), 0]), (BINS, 1))
            buckets[-1, 2] = values.size  # NumPy would make the one value a range
        else:
            counts, edges = np.histogram(values, BINS)
            buckets = np.stack([edges[:-1], edges[1:], counts], axis=1)  # left, right, count
        metadata = histogram_metadata.create_summary_metadata(None, None)
        tensor = make_tensor_proto(buckets, dtype=np.float64)
        self.summary(step, Summary(value=[{"tag": tag, "metadata": metadata, "tensor": tensor}]))

    def image(self, tag, step, picture, description=None):
        """A picture (height, width) or (height, width, 3), uint8."""
        height, width = picture.shape[:2]
        metadata = image_metadata.create_summary_metadata(None, description)
        tensor = make_tensor_proto([str(width).encode(), str(height).encode(), png(picture)])
        self.summary(step, Summary(value=[{"tag": tag, "metadata": metadata, "tensor": tensor}]))

    def pr_curve(self, tag, step, labels, probabilities):
        """Precision over recall: whether each is of the class, and its probability of being so."""
        known = np.isfinite(probabilities)
        self.summary(step, pr_curve_summary.pb(tag, labels[known], probabilities[known]))

    def graph(self, graph):
        """A `GraphDef`."""
        self._add(0, graph_def=graph.SerializeToString())

    def summary(self, step, summary):
        """Any plugin's `Summary`, TensorBoard's or TensorFlow's."""
        self._add(step, summary=Summary.FromString(summary.SerializeToString()))

    def _add(self, step, **what):
        with self._errors_of_the_system():
            self._writer.add_event(Event(step=step, wall_time=time.time(), **what))

    def flush(self):
        with self._errors_of_the_system():
            self._writer.flush()

    def close(self):
        with self._errors_of_the_system():
            self._writer.close()

    @contextlib.contextmanager
    def _errors_of_the_system(self):
        """TensorBoard writes through TensorFlow, which has errors of its own for a full disk."""
        try:
            yield
        except tf.errors.OpError as error:
            _, _, reason = error.message.rpartition("; ")
            raise OSError(errno.EIO, reason, str(self._folder)) from error


def _fill_bins(values):
    """Whether numbers lie so far apart, and so near, that their type has edges for BINS bins."""
    if not values.size:
        return False
    low, high = values.min(), values.max()
    with np.errstate(over="ignore"):
        return 2 * BINS * np.spacing(max(abs(low), abs(high))) < high - low < np.inf


def png(picture):
    """The bytes of a PNG file; packed fast, not small."""
    return tf.io.encode_png(picture.reshape(*picture.shape[:2], -1), compression=1).numpy()
