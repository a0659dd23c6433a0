"""A lab's network and optimizer, on the devices and in the precision that a run uses."""

import math

from dsutil import PIXELS, InputError
from labs.training import devices, quiet


class Network:
    """What a run trains.

    The same seed gives the same initial weights.

    Args:
        lab: the `Lab`.
        settled: the options.

    Attributes:
        model: from images (batch, 2304) in [-0.5, 0.5) to scores (batch, 2).
        optimizer: its Keras optimizer.
        strategy, strategy_name: where it trains.
        precision: "float32" or "bfloat16".
        first: the first layer with a kernel; None if there is none.
        initial_kernel: that layer's, as it was before all training, an array.

    Raises:
        InputError: the batch can't be shared out over the replicas, or there is no such cluster.
    """

    def __init__(self, lab, settled):
        _, keras = quiet.load_tensorflow()
        self.precision = devices.choose_precision(settled.precision)
        self.strategy_name, self.strategy = devices.choose_strategy(settled.strategy)
        if settled.batch_size % self.replicas:
            raise InputError(
                f"A batch of {settled.batch_size} images cannot be split evenly over "
                f"{self.replicas} replicas: expected --batch-size to be a multiple of that."
            )
        keras.utils.clear_session()  # layers get the same names whatever was built before
        policies = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
        keras.config.set_dtype_policy(policies[self.precision])
        keras.utils.set_random_seed(settled.seed)
        with self.strategy.scope():
            x = keras.Input((PIXELS,))
            self.model = keras.Model(x, lab.network(x), name=lab.name)
            self.optimizer = lab.optimizer(settled.learning_rate)
            self.optimizer.build(self.model.trainable_variables)
        with_kernel = (layer for layer in self.model.layers if hasattr(layer, "kernel"))
        self.first = next(with_kernel, None)
        self.initial_kernel = self.first_kernel()

    def first_kernel(self):
        """The first layer's kernel as it is now, an array; None if there is none."""
        import tensorflow as tf

        return self.first and tf.convert_to_tensor(self.first.kernel).numpy()

    @property
    def replicas(self):
        """Over how many devices a batch is shared out."""
        return self.strategy.num_replicas_in_sync

    @property
    def learning_rate(self):
        """The optimizer's learning rate at this step."""
        import tensorflow as tf

        return float(tf.convert_to_tensor(self.optimizer.learning_rate))

    @property
    def parameters(self):
        """How many numbers are learned."""
        return sum(math.prod(variable.shape) for variable in self.model.trainable_variables)
