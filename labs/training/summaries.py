"""What TensorBoard shows of a run.

Curves of `train/` and `test/` have the same names, so TensorBoard lays them over one another. The
point at step s says how the network does after s iterations.
"""

import tensorflow as tf
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.summary.writer.event_file_writer import EventFileWriter


class Summaries:
    """The event files of a run.

    Args:
        path: the run's folder; `train` and `test` are made in it.
        step: where the run goes on. What an earlier process wrote of that step and later ones is
            withdrawn, since this one writes it anew.
    """

    def __init__(self, path, step=0):
        for use in ("train", "test"):
            _start_session(step, str(path / use))
        self._train = tf.summary.create_file_writer(str(path / "train"))
        self._test = tf.summary.create_file_writer(str(path / "test"))

    def batch(self, step, loss, accuracy, learning_rate, images_per_second=None):
        """A line's numbers."""
        with self._train.as_default(step):
            tf.summary.scalar("batch/loss", loss)
            tf.summary.scalar("batch/accuracy", accuracy)
            tf.summary.scalar("learning_rate", learning_rate)
            if images_per_second:
                tf.summary.scalar("images_per_second", images_per_second)

    def accuracies(self, step, train, test):
        """The accuracies on the whole data sets."""
        for writer, accuracy in ((self._train, train), (self._test, test)):
            with writer.as_default(step):
                tf.summary.scalar("accuracy", accuracy)

    def weights(self, step, model):
        """Histogram, mean, standard deviation, min and max of every weight and bias."""
        with self._train.as_default(step):
            for variable in model.trainable_variables:
                value = tf.convert_to_tensor(variable)
                tf.summary.histogram(variable.path, value)
                tf.summary.scalar(f"{variable.path}/mean", tf.reduce_mean(value))
                tf.summary.scalar(f"{variable.path}/stddev", tf.math.reduce_std(value))
                tf.summary.scalar(f"{variable.path}/min", tf.reduce_min(value))
                tf.summary.scalar(f"{variable.path}/max", tf.reduce_max(value))

    def graph(self, model):
        """The network in the Graphs tab: a node for each layer."""
        with self._train.as_default(0):
            tf.summary.graph(layer_graph(model))

    def flush(self):
        self._train.flush()
        self._test.flush()

    def close(self):
        self._train.close()
        self._test.close()


def _start_session(step, folder):
    """Writes the event by which TensorBoard drops all points of `step` and later ones.

    The very first of a run drops nothing; it tells the later ones that they are restarts.
    """
    writer = EventFileWriter(folder)
    writer.add_event(Event(step=step, session_log=SessionLog(status=SessionLog.START)))
    writer.close()


def layer_graph(model):
    """The network as a `GraphDef` of its layers, where a traced graph is a heap of operations."""
    graph = tf.compat.v1.GraphDef(versions={"producer": 22})
    operations = set(model.operations)
    for operation in model.operations:
        # A layer that the model which trains (`fusion`) shares with this one was called by both.
        calls = {}
        for inbound in operation._inbound_nodes:
            before = [tensor._keras_history.operation for tensor in inbound.input_tensors]
            if operations.issuperset(before):
                calls[tuple(one.name for one in before)] = inbound.outputs[0].shape
        node = graph.node.add(name=operation.name, op=type(operation).__name__)
        for names, shape in calls.items():
            node.input.extend(names)
            node.attr["_output_shapes"].list.shape.append(tf.TensorShape(shape).as_proto())
    return graph
