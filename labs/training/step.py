"""One iteration: images in, new weights out; and many of them in one graph call."""

import functools
import itertools
import warnings

import tensorflow as tf
from keras.src.random.seed_generator import global_seed_generator

from dsutil import InputError
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
    """Trains a network, on all replicas of its strategy, and measures it.

    Args:
        network: has `model`, from images (batch, numbers) in [-0.5, 0.5) to outputs, its
            `optimizer` and the `strategy` it was built under; a `labs.training.network.Network`.
        lab: its `loss`, from outputs and what they should be to a loss for each image (batch,), its
            `reduction`, "sum" or "mean" of those over the batch, and its `task`.
    """

    def __init__(self, network, lab):
        self.model, self.optimizer = network.model, network.optimizer
        self.strategy = network.strategy
        self.replicas = self.strategy.num_replicas_in_sync
        self.task, self.mean = lab.task, _is_mean(lab.reduction)
        self.test_time_flip = lab.test_time_flip
        self.loss = tf.function(lab.loss)  # it may use Python's `if`
        self.forward = pool_first(self.model)
        self._check_shapes()
        self.answer = lab.task.answer(lab.loss)  # which asks the loss, so it comes after the checks
        # Made here at the latest: after the layers, since its first state is itself a draw, and
        # outside of a graph.
        with self.strategy.scope():
            self.shared_generator = global_seed_generator().state
        self.draws_from_the_shared_generator = False
        self.random_states = [_with_its_word(state) for state in self._generators()]
        self.replica_ids = self.strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(context.replica_id_in_sync_group, tf.int64)
        )
        here = self.strategy.experimental_local_results(self.replica_ids)
        self.first_here, self.replicas_here = int(here[0]), len(here)
        self._build_graphs()

    def _build_graphs(self):
        """Makes the functions that run in the graph, for images and truths of the task's shapes."""
        images = tf.TensorSpec((None, self.task.images.numbers), tf.uint8)
        truths = [tf.TensorSpec((None, *c.shape), c.dtype) for c in self.task.truths]
        rows, first = tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((), tf.int64)
        signature = [images, tuple(truths), rows, first]
        self.run = tf.function(self._run, input_signature=signature)
        self.measure = tf.function(self._measure, input_signature=signature[:2], autograph=False)
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

    # ------------------------------------------------------------------------------ one iteration

    def _one_iteration(self, images, truths, rows, step):
        """All replicas' work in an iteration: gather the batch, train on it, add up.

        Returns:
            loss, measured: of the whole batch, before the update.
            gradients: each replica's part.
        """
        self._seed(step)
        batch = [tf.gather(column, rows) for column in (images, *truths)]
        sums, gradients = self.strategy.run(self._step, args=batch)
        loss, measured = tf.unstack(self.strategy.reduce("SUM", sums, axis=None), 2)
        images_of_all = tf.size(rows) * self.replicas // self.replicas_here
        return loss, measured / tf.cast(images_of_all, tf.float32), gradients

    def _step(self, images, *truths):
        """One replica's share of an iteration on this worker's images.

        Returns:
            sums: its part of the loss, and of what the task measures, (2,) float32: what is summed
                in one message.
            gradients: its part of those.
        """
        images, *truths = self._share_of_replica(images, *truths)
        x = scaled(images)
        y_desired = self.task.desired(x, *truths)
        with tf.GradientTape() as tape:
            y = tf.cast(self.forward(x, training=True), tf.float32)
            loss = self._loss_of_share(self.loss(y, y_desired), tf.shape(x)[0])
            to_follow = self.optimizer.scale_loss(loss)  # itself, but in mixed precision
        variables = self.model.trainable_variables
        gradients = tape.gradient(to_follow, variables)
        self._apply(gradients, variables)
        measured = tf.reduce_sum(self.task.measure(y, y_desired))
        return tf.stack([loss, measured]), self._unscaled(gradients, variables)

    def _share_of_replica(self, *columns):
        """Of the worker's images those of this replica."""
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        share = tf.shape(columns[0])[0] // self.replicas_here
        begin = share * (replica % self.replicas_here)
        return [column[begin : begin + share] for column in columns]

    def _loss_of_share(self, losses, share):
        """What this replica adds to the batch's loss, from its images' losses."""
        loss = tf.reduce_sum(tf.cast(losses, tf.float32))
        if self.mean:
            loss /= tf.cast(share * self.replicas, tf.float32)
        for penalty in self.model.losses:
            loss += tf.cast(penalty, tf.float32) / self.replicas
        return loss

    def _apply(self, gradients, variables):
        """The optimizer's step; notes which weights have no gradient, where Keras would warn."""
        pairs = zip(gradients, variables, strict=True)
        self.unreached = [variable.path for gradient, variable in pairs if gradient is None]
        if len(self.unreached) < len(variables):
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Gradients do not exist")
                self.optimizer.apply(gradients, variables)

    def _unscaled(self, gradients, variables):
        """The gradients as they are without mixed precision's scale; 0 where there is none."""
        scale = self.optimizer.scale_loss(1.0)
        return [
            tf.zeros(variable.shape) if gradient is None else tf.convert_to_tensor(gradient) / scale
            for variable, gradient in zip(variables, gradients, strict=True)
        ]

    def _seed(self, step):
        """Makes the random draws of a step a pure function of (seed, step)."""
        for state, word in self.random_states:
            self.strategy.extended.update(
                state,
                lambda state, word, replica: state.assign(
                    tf.cast([word + step, replica * 2**16], state.dtype)
                ),
                args=(word, self.replica_ids),
            )

    # ---------------------------------------------------------------------- many, and none at all

    def _run(self, images, truths, rows, first):
        """Runs len(rows) iterations.

        Python takes part only here, once for all of them, not once for each.

        Args:
            images, truths, rows: as `Batches.load` returns them.
            first: number of the first iteration, int64.

        Returns:
            losses, measured: of each iteration's batch before its update, (steps,) float32 each.
            gradients: of the first iteration, those of the trainable variables, in their order.
            updates: how far that iteration moved each of them, as a share of its norm before.
        """
        steps, batch_size = tf.unstack(tf.shape(rows))
        share = batch_size // self.replicas  # of a replica
        begin = share * self.first_here
        rows = rows[:, begin : begin + share * self.replicas_here]
        losses = tf.TensorArray(tf.float32, steps)
        measured = tf.TensorArray(tf.float32, steps)
        # The first one is apart, so that looking at it costs the others nothing.
        variables = self.model.trainable_variables
        before = [tf.convert_to_tensor(variable) for variable in variables]
        loss, number, gradients = self._iteration(images, truths, rows[0], first)
        losses, measured = losses.write(0, loss), measured.write(0, number)
        gradients = [self.strategy.reduce("SUM", part, axis=None) for part in gradients]
        updates = [
            tf.math.divide_no_nan(tf.norm(variable - value), tf.norm(value))
            for variable, value in zip(variables, before, strict=True)
        ]
        for i in tf.range(1, steps):
            step = first + tf.cast(i, tf.int64)
            loss, number, _ = self._iteration(images, truths, rows[i], step)
            losses, measured = losses.write(i, loss), measured.write(i, number)
        return losses.stack(), measured.stack(), gradients, updates

    def _measure(self, images, truths):
        """What an evaluation keeps of a batch; nothing of the network changes.

        Returns:
            losses: of each image, (n,).
            measured: what the task measures, {name: (n, ...)}.
        """
        y = self.outputs(scaled(self.task.seen(images)))
        y_desired = self.task.desired(scaled(images), *truths)
        found = {self.task.headline.name: self.task.measure(y, y_desired)}
        return self.loss(y, y_desired), found | self.task.details(y, y_desired, self.answer(y))

    def outputs(self, x):
        """The model's outputs for images (n, numbers) in [-0.5, 0.5), in float32."""
        return self.outputs_of(self.forward, x)

    def outputs_of(self, forward, x):
        """The same of another network that stands for the model."""
        y = tf.cast(forward(x, training=False), tf.float32)
        if not self.test_time_flip:
            return y
        mirrored = tf.reverse(tf.reshape(x, (-1, *self.task.images.shape)), axis=[2])
        flipped = forward(tf.reshape(mirrored, tf.shape(x)), training=False)
        return (y + tf.cast(flipped, tf.float32)) / 2

    @functools.cached_property
    def answers(self):
        """From images (n, numbers) uint8 to the task's answers, in the graph."""
        images = tf.TensorSpec((None, self.task.images.numbers), tf.uint8)
        return tf.function(
            lambda images: self.answer(self.outputs(scaled(self.task.seen(images)))),
            input_signature=[images],
            autograph=False,
        )

    def _generators(self):
        """The states of the generators that layers have of their own: dropout and the like."""
        weights = {id(weight) for weight in self.model.weights}  # one may have such a name, too
        return [
            variable
            for variable in self.model.variables
            if variable.path.endswith("seed_generator_state") and id(variable) not in weights
        ]

    def _check_shapes(self):
        """A loss or outputs of another shape would train something else, without a word."""
        wanted = (None, *self.task.output_shape)
        if self.model.output_shape != wanted:
            raise InputError(
                f"The network ends in the shape {self.model.output_shape}, expected {wanted}: "
                f"{self.task.output}."
            )
        truths = map(tf.constant, self.task.examples(3))
        desired = self.task.desired(tf.zeros((3, self.task.images.numbers)), *truths)
        losses = self.loss(tf.zeros((3, *self.task.output_shape)), desired)
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

    def draw_by_the_seed(self):
        """Has layers draw by the words that their generators' states have now, of another seed."""
        for state, word in self.random_states:
            word.assign(_word(state))

    def check_graph(self):
        """Builds the graph; yields sentences on what in it will not be the same after a restore.

        Raises:
            InputError: it trains nothing, though there is something to train, or the machine would
                compute it wrongly.
        """
        function = self._traced()
        kernels.check_graph(function)
        if len(self.unreached) == len(self.model.trainable_variables) > 0:
            raise InputError(
                "No weight gets a gradient: the loss does not depend on the network's output, or "
                "only through an operation without a derivative (argmax, round, a comparison, a "
                "cast to whole numbers)."
            )
        yield from checks.of_what_is_unreached(self.unreached)
        kept = [v.value for v in (*self.model.variables, *self.optimizer.variables)]
        by_the_seed = itertools.chain(*self.random_states)
        yield from checks.of_the_graph(function.graph, [*kept, *by_the_seed])

    def _traced(self):
        """The graph of many iterations, built.

        A layer without a generator of its own draws from the one that Keras shares among them. To
        set that costs time, so it is done only where the graph has it.
        """
        function = self.run.get_concrete_function()
        shared = checks.is_in(function.graph, self.shared_generator.value)
        if shared and not self.draws_from_the_shared_generator:
            self.draws_from_the_shared_generator = True
            self.random_states.append(_with_its_word(self.shared_generator))
            self._build_graphs()
            function = self.run.get_concrete_function()
        return function

    def check_gradients(self, gradients):
        """Yields sentences on layers that do not learn; `gradients` are those of an iteration."""
        variables = self.model.trainable_variables
        arrays = [tf.convert_to_tensor(gradient).numpy() for gradient in gradients]
        yield from checks.of_the_gradients(variables, arrays, self.unreached)

    def finite(self):
        """Whether all that is learned is still finite."""
        return all(
            bool(tf.reduce_all(tf.math.is_finite(v))) for v in self.model.trainable_variables
        )


def _with_its_word(state):
    """The variable of a generator's state, and one of the word by which `_seed` tells it apart.

    A state is two words. The first tells the layers apart; the second one the replicas, and then it
    counts a layer's draws in a step.
    """
    return state.value, tf.Variable(_word(state), trainable=False, name="word")


def _word(state):
    return tf.cast(tf.convert_to_tensor(state)[0], tf.int64)


def _is_mean(reduction):
    if reduction not in ("sum", "mean"):
        raise InputError(
            f"The lab's `reduction` is {reduction!r}, expected 'sum' or 'mean': how a batch's loss "
            "is made of its images' losses."
        )
    return reduction == "mean"
