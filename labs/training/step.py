"""One iteration: images in, new weights out; and many of them in one graph call."""

import tensorflow as tf

from dsutil import InputError
from labs.training.fusion import pool_first


def scaled(images):
    """Bytes to float32 in [-0.5, 0.5), (byte - 128) / 256 as `DataSet.next_batch` does it."""
    if tf.config.list_logical_devices("GPU"):
        return (tf.cast(images, tf.float32) - 128.0) * (1 / 256)
    # The same numbers in one pass over the memory where the line above takes three; the operation
    # for it exists on processors only.
    return tf.raw_ops.Dequantize(
        input=tf.bitcast(images, tf.quint8),
        min_range=-128 / 256,
        max_range=127 / 256,
        mode="MIN_COMBINED",
    )


class Steps:
    """Trains a network, on all replicas of its strategy.

    Args:
        network: has `model`, from images (batch, 2304) in [-0.5, 0.5) to scores (batch, 2), its
            `optimizer` and the `strategy` it was built under; a `labs.training.network.Network`.
        loss: from scores and one-hot labels to a loss for each image, (batch,).
        reduction: "sum" or "mean" of those over the batch.
    """

    def __init__(self, network, loss, reduction):
        self.model, self.optimizer = network.model, network.optimizer
        self.strategy = network.strategy
        self.replicas = self.strategy.num_replicas_in_sync
        self.loss = tf.function(loss)  # may use Python's `if`; the rest is traced sooner without
        self.forward = pool_first(self.model)
        self._check_shapes()
        self.mean = {"sum": False, "mean": True}[reduction]
        # Dropout and the like draw from these. The first word tells the layers apart, the second
        # one the replicas, and then it counts a layer's draws in a step.
        self.random_states = [
            (state.value, tf.convert_to_tensor(state)[0])
            for state in self.model.variables
            if state.path.endswith("seed_generator_state")
        ]
        self.replica_ids = self.strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(context.replica_id_in_sync_group, tf.int64)
        )
        here = self.strategy.experimental_local_results(self.replica_ids)
        self.first_here, self.replicas_here = int(here[0]), len(here)

    @tf.function(
        input_signature=[
            tf.TensorSpec((None, None), tf.uint8),
            tf.TensorSpec((None, None), tf.float32),
            tf.TensorSpec((None, None), tf.int32),
            tf.TensorSpec((), tf.int64),
        ]
    )
    def run(self, images, labels, rows, first):
        """Runs len(rows) iterations.

        Python takes part only here, once for all of them, not once for each.

        Args:
            images, labels, rows: as `Batches.load` returns them.
            first: number of the first iteration, int64.

        Returns:
            losses, accuracies: of each iteration's batch before its update, (steps,) float32 each.
            gradients: of the first iteration, those of the trainable variables, in their order.
            updates: how far that iteration moved each of them, as a share of its norm before.
        """
        steps, batch_size = tf.unstack(tf.shape(rows))
        share = batch_size // self.replicas  # of a replica
        begin = share * self.first_here
        rows = rows[:, begin : begin + share * self.replicas_here]
        losses = tf.TensorArray(tf.float32, steps)
        accuracies = tf.TensorArray(tf.float32, steps)
        # The first one is apart, so that looking at it costs the others nothing.
        variables = self.model.trainable_variables
        before = [tf.convert_to_tensor(variable) for variable in variables]
        loss, accuracy, gradients = self._iteration(images, labels, rows[0], first)
        losses, accuracies = losses.write(0, loss), accuracies.write(0, accuracy)
        gradients = [self.strategy.reduce("SUM", part, axis=None) for part in gradients]
        updates = [
            tf.math.divide_no_nan(tf.norm(variable - value), tf.norm(value))
            for variable, value in zip(variables, before, strict=True)
        ]
        for i in tf.range(1, steps):
            step = first + tf.cast(i, tf.int64)
            loss, accuracy, _ = self._iteration(images, labels, rows[i], step)
            losses, accuracies = losses.write(i, loss), accuracies.write(i, accuracy)
        return losses.stack(), accuracies.stack(), gradients, updates

    @tf.function(autograph=False)  # traced once for its two callers
    def _iteration(self, images, labels, rows, step):
        """All replicas' work in an iteration; returns loss, accuracy, and gradients by replica."""
        self._seed(step)
        batch = tf.gather(images, rows), tf.gather(labels, rows)
        sums, gradients = self.strategy.run(self._step, args=batch)
        loss, hits = tf.unstack(self.strategy.reduce("SUM", sums, axis=None), 2)
        images_of_all = tf.size(rows) * self.replicas // self.replicas_here
        return loss, hits / tf.cast(images_of_all, tf.float32), gradients

    def _check_shapes(self):
        """A loss or scores of another shape would train something else, without a word."""
        if self.model.output_shape != (None, 2):
            raise InputError(
                f"The network ends in the shape {self.model.output_shape}, expected (None, 2): a "
                "score for each of the two classes."
            )
        shape = self.loss(tf.zeros((3, 2)), tf.one_hot([0, 1, 0], 2)).shape
        if shape != (3,):
            raise InputError(
                f"The lab's loss has the shape {tuple(shape)} for a batch of 3 images, expected "
                "(3,): a loss for each image. `reduction` says how a batch's loss is made of them."
            )

    def _seed(self, step):
        """Makes the random draws of a step a pure function of (seed, step)."""
        for state, layer in self.random_states:
            self.strategy.extended.update(
                state,
                lambda state, layer, replica: state.assign(
                    tf.cast([tf.cast(layer, tf.int64) + step, replica * 2**16], state.dtype)
                ),
                args=(layer, self.replica_ids),
            )

    def _step(self, images, labels):
        """One replica's share of an iteration on this worker's images.

        Returns:
            sums: its part of the loss, and its hits, (2,) float32: what is summed in one message.
            gradients: its part of those.
        """
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        share = tf.shape(images)[0] // self.replicas_here
        begin = share * (replica % self.replicas_here)
        x = scaled(images[begin : begin + share])
        y_desired = labels[begin : begin + share]
        with tf.GradientTape() as tape:
            y = tf.cast(self.forward(x, training=True), tf.float32)
            loss = tf.reduce_sum(self.loss(y, y_desired))
            if self.mean:
                loss /= tf.cast(share * self.replicas, tf.float32)
            for penalty in self.model.losses:
                loss += tf.cast(penalty, tf.float32) / self.replicas
        variables = self.model.trainable_variables
        gradients = tape.gradient(loss, variables)
        self.optimizer.apply(gradients, variables)
        hits = tf.equal(tf.argmax(y, axis=1), tf.argmax(y_desired, axis=1))
        return tf.stack([loss, tf.reduce_sum(tf.cast(hits, tf.float32))]), gradients

    @tf.function(input_signature=[tf.TensorSpec((None, None), tf.float32)])
    def scores(self, images):
        """The model's scores (n, 2) for images (n, 2304) in [-0.5, 0.5)."""
        return tf.cast(self.forward(images, training=False), tf.float32)

    def finite(self):
        """Whether all that is learned is still finite."""
        return all(
            bool(tf.reduce_all(tf.math.is_finite(v))) for v in self.model.trainable_variables
        )
