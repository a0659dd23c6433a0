"""One iteration: images in, new weights out; and many of them in one graph call."""

import warnings

import tensorflow as tf
from keras.src.random.seed_generator import global_seed_generator

from dsutil import CLASSES, PIXELS, InputError
from labs.machines import kernels
from labs.training import checks
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
        self.mean = _is_mean(reduction)
        # Dropout and the like draw from these. The first word tells the layers apart, the second
        # one the replicas, and then it counts a layer's draws in a step.
        self.random_states = [
            (state.value, tf.convert_to_tensor(state)[0]) for state in self._generators()
        ]
        self.replica_ids = self.strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(context.replica_id_in_sync_group, tf.int64)
        )
        # Traced once for its two callers, and not inlined into them: TensorFlow would then optimise
        # the first iteration, whose gradients are looked at, otherwise than those of the loop, and
        # round otherwise. The bits must not depend on how the iterations are cut into calls. Where
        # nothing is kept but the weights there is nothing to round, and a call costs 6 % of nn3's.
        keeps = self.model.non_trainable_variables or len(self.optimizer.variables) > 2
        self._iteration = tf.function(
            self._one_iteration,
            autograph=False,
            experimental_attributes={"_noinline": True} if keeps else None,
        )
        here = self.strategy.experimental_local_results(self.replica_ids)
        self.first_here, self.replicas_here = int(here[0]), len(here)

    @tf.function(
        input_signature=[
            tf.TensorSpec((None, PIXELS), tf.uint8),
            tf.TensorSpec((None, len(CLASSES)), tf.float32),
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

    def _one_iteration(self, images, labels, rows, step):
        """All replicas' work in an iteration; returns loss, accuracy, and gradients by replica."""
        self._seed(step)
        batch = tf.gather(images, rows), tf.gather(labels, rows)
        sums, gradients = self.strategy.run(self._step, args=batch)
        loss, hits = tf.unstack(self.strategy.reduce("SUM", sums, axis=None), 2)
        images_of_all = tf.size(rows) * self.replicas // self.replicas_here
        return loss, hits / tf.cast(images_of_all, tf.float32), gradients

    def _generators(self):
        """The states of the generators that the layers draw from.

        A layer that has none of its own draws from the one that Keras shares among them. It is made
        here at the latest: after the layers, since its first state is itself a draw, and outside
        of a graph.
        """
        weights = {id(weight) for weight in self.model.weights}  # one may have such a name, too
        own = [
            variable
            for variable in self.model.variables
            if variable.path.endswith("seed_generator_state") and id(variable) not in weights
        ]
        with self.strategy.scope():
            return [*own, global_seed_generator().state]

    def _check_shapes(self):
        """A loss or scores of another shape would train something else, without a word."""
        if self.model.output_shape != (None, 2):
            raise InputError(
                f"The network ends in the shape {self.model.output_shape}, expected (None, 2): a "
                "score for each of the two classes."
            )
        losses = self.loss(tf.zeros((3, 2)), tf.one_hot([0, 1, 0], 2))
        if losses is None:
            raise InputError(
                "The lab's loss returned None, expected a loss for each image: its last line may "
                "lack a `return`."
            )
        shape = tf.convert_to_tensor(losses).shape
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
            loss = tf.reduce_sum(tf.cast(self.loss(y, y_desired), tf.float32))
            if self.mean:
                loss /= tf.cast(share * self.replicas, tf.float32)
            for penalty in self.model.losses:
                loss += tf.cast(penalty, tf.float32) / self.replicas
            to_follow = self.optimizer.scale_loss(loss)  # itself, but in mixed precision
        variables = self.model.trainable_variables
        gradients = tape.gradient(to_follow, variables)
        scale = self.optimizer.scale_loss(1.0)
        self._apply(gradients, variables)
        gradients = [
            tf.zeros(variable.shape) if gradient is None else tf.convert_to_tensor(gradient) / scale
            for variable, gradient in zip(variables, gradients, strict=True)
        ]
        hits = tf.equal(tf.argmax(y, axis=1), tf.argmax(y_desired, axis=1))
        return tf.stack([loss, tf.reduce_sum(tf.cast(hits, tf.float32))]), gradients

    def _apply(self, gradients, variables):
        """The optimizer's step; notes which weights have no gradient, where Keras would warn."""
        pairs = zip(gradients, variables, strict=True)
        self.unreached = [variable.path for gradient, variable in pairs if gradient is None]
        if len(self.unreached) < len(variables):
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Gradients do not exist")
                self.optimizer.apply(gradients, variables)

    def check_graph(self):
        """Builds the graph; yields sentences on what in it will not be the same after a restore.

        Raises:
            InputError: it trains nothing, though there is something to train, or the machine would
                compute it wrongly.
        """
        function = self.run.get_concrete_function()
        kernels.check_graph(function)
        if len(self.unreached) == len(self.model.trainable_variables) > 0:
            raise InputError(
                "No weight gets a gradient: the loss does not depend on the network's scores, or "
                "only through an operation without a derivative (argmax, round, a comparison, a "
                "cast to whole numbers)."
            )
        yield from checks.of_what_is_unreached(self.unreached)
        states = [state for state, _ in self.random_states]
        kept = [v.value for v in (*self.model.variables, *self.optimizer.variables)]
        yield from checks.of_the_graph(function.graph, [*kept, *states])

    def check_gradients(self, gradients):
        """Yields sentences on layers that do not learn; `gradients` are those of an iteration."""
        variables = self.model.trainable_variables
        arrays = [tf.convert_to_tensor(gradient).numpy() for gradient in gradients]
        yield from checks.of_the_gradients(variables, arrays, self.unreached)

    @tf.function(input_signature=[tf.TensorSpec((None, PIXELS), tf.float32)])
    def scores(self, images):
        """The model's scores (n, 2) for images (n, 2304) in [-0.5, 0.5)."""
        return tf.cast(self.forward(images, training=False), tf.float32)

    def finite(self):
        """Whether all that is learned is still finite."""
        return all(
            bool(tf.reduce_all(tf.math.is_finite(v))) for v in self.model.trainable_variables
        )


def _is_mean(reduction):
    if reduction not in ("sum", "mean"):
        raise InputError(
            f"The lab's `reduction` is {reduction!r}, expected 'sum' or 'mean': how a batch's loss "
            "is made of its images' losses."
        )
    return reduction == "mean"
