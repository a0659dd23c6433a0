"""Event files: what TensorBoard reads of a run."""

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
    """

    def __init__(self, folder, step=0):
        self._writer = EventFileWriter(str(folder))
        # TensorBoard drops nothing at the first of these; it tells the later ones to be restarts.
        self._add(step, session_log=SessionLog(status=SessionLog.START))

    def scalar(self, tag, step, value):
        self.summary(step, scalar_pb(tag, float(value)))

    def text(self, tag, step, markdown):
        self.summary(step, text_pb(tag, markdown))

    def histogram(self, tag, step, values):
        """Numbers of any shape, in BINS bins of equal width; what is not finite is left out."""
        finite = np.isfinite(values)
        values = values if finite.all() else values[finite]
        counts, edges = np.histogram(values, BINS)
        buckets = np.stack([edges[:-1], edges[1:], counts], axis=1)  # left edge, right edge, count
        if values.size and np.ptp(values) == 0:  # NumPy would make the one value a range
            buckets[:] = values.flat[0], values.flat[0], 0
            buckets[-1, 2] = values.size
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
        self.summary(step, pr_curve_summary.pb(tag, labels, probabilities))

    def graph(self, graph):
        """A `GraphDef`."""
        self._add(0, graph_def=graph.SerializeToString())

    def summary(self, step, summary):
        """Any plugin's `Summary`, TensorBoard's or TensorFlow's."""
        self._add(step, summary=Summary.FromString(summary.SerializeToString()))

    def _add(self, step, **what):
        self._writer.add_event(Event(step=step, wall_time=time.time(), **what))

    def flush(self):
        self._writer.flush()

    def close(self):
        self._writer.close()


def png(picture):
    """The bytes of a PNG file; packed fast, not small."""
    return tf.io.encode_png(picture.reshape(*picture.shape[:2], -1), compression=1).numpy()
