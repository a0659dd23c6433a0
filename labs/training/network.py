"""A lab's network and optimizer, on the devices and in the precision that a run uses."""

import contextlib
import math
import re

import numpy as np

from dsutil import InputError
from labs.machines import devices, quiet
from labs.training import beginning

NAME = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*")  # what TensorFlow's name scopes take


class Network:
    """What a run trains.

    The same seed gives the same initial weights.

    Args:
        lab: the `Lab`.
        options: the `Options` of the run.

    Attributes:
        model: from images (batch, numbers) in [-0.5, 0.5) to what the lab's task expects.
        optimizer: its Keras optimizer.
        strategy, strategy_name: where it trains.
        precision: "float32" or "bfloat16".
        warnings: sentences about what is not as one would think.
        first: the first layer with a kernel; None if there is none.
        initial_kernel: that layer's, as it was before all training, an array.

    Raises:
        InputError: the batch can't be shared out over the replicas, there is no such cluster, or
            one of the lab's functions returns something else than it should.
    """

    def __init__(self, lab, options):
        _, keras = quiet.load_tensorflow()
        from labs.board.inside import layers_in

        self.precision = devices.choose_precision(options.precision)
        self.warnings = []
        self.strategy_name, self.strategy = devices.choose_strategy(options.strategy)
        if options.batch_size % self.replicas:
            raise InputError(
                f"A batch of {options.batch_size} images cannot be split evenly over "
                f"{self.replicas} replicas: expected --batch-size to be a multiple of that."
            )
        try:
            self._build(lab, options)
        except (TypeError, ValueError) as error:
            chosen = options.precision == "auto" and self.precision == "bfloat16"
            if not chosen or isinstance(error, InputError):
                raise
            # A layer of the lab's own may only know float32. Nobody asked for anything else.
            self.precision = "float32"
            self._build(lab, options)
            self.warnings = [
                "the network cannot be computed in bfloat16, which this machine is fastest in, so "
                f"it is in float32. It says: {_first_line(error)}"
            ]
        with_kernel = (
            layer
            for layer in layers_in(self.model)
            if isinstance(getattr(layer, "kernel", None), keras.Variable)
        )
        self.first = next(with_kernel, None)
        self.initial_kernel = self.first_kernel()

    def initialize(self, lab, images):
        """Has the lab set the weights that training starts from, if it does so itself.

        Args:
            images: a batch, (n, numbers) in [-0.5, 0.5).
        """
        if lab.initialize:
            with self.strategy.scope():
                lab.initialize(self.model, images)
            self.initial_kernel = self.first_kernel()

    def begin(self, weights, place):
        """Gives the layers the weights of a run's layers of the same names.

        Args:
            weights: the run's, {path: array}.
            place: where they come from, as a person reads it.

        Returns:
            What `beginning.load` returns.
        """
        with self.strategy.scope():
            loaded = beginning.load(self.model, weights, place)
        self.initial_kernel = self.first_kernel()
        return loaded

    def numbers(self):
        """All that its variables hold, and those of its optimizer, as arrays."""
        return [np.asarray(variable) for variable in self._variables()]

    def has_room_for(self, numbers):
        """Whether it has variables of their shapes."""
        return [v.shape for v in self._variables()] == [value.shape for value in numbers]

    def become(self, numbers):
        """Takes what `numbers` of a network of the same layers and optimizer returned."""
        for variable, value in zip(self._variables(), numbers, strict=True):
            variable.assign(value)
        self.initial_kernel = self.first_kernel()

    def _variables(self):
        return [*self.model.variables, *self.optimizer.variables]

    def _build(self, lab, options):
        """Makes model and optimizer in `self.precision`."""
        import keras
        import tensorflow as tf

        from labs.machines import kernels

        kernels.mend_gradients()
        keras.utils.clear_session()  # layers get the same names whatever was built before
        policies = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
        keras.config.set_dtype_policy(policies[self.precision])
        keras.utils.set_random_seed(options.seed)
        with self.strategy.scope():
            x = keras.Input((lab.task.images.numbers,))
            y = lab.network(x)
            _check_returned(lab, "network", y, keras.KerasTensor, "one tensor")
            self.model = _model(keras, x, y, lab)
            beginning.freeze(self.model, options.freeze.split())
            self.optimizer = lab.optimizer(options.learning_rate)
            an_optimizer = keras.optimizers.Optimizer, "a Keras optimizer"
            _check_returned(lab, "optimizer", self.optimizer, *an_optimizer)
            self.optimizer.build(self.model.trainable_variables)
        if options.precision == "auto" and self.precision == "bfloat16":
            # What a layer does only in training shows in a graph only.
            training = tf.function(lambda images: self.model(images, training=True))
            graph = training.get_concrete_function(tf.TensorSpec((2, *x.shape[1:])))
            try:
                kernels.check_graph(graph)
            except InputError as error:
                why = str(error).partition(": add ")[0]  # float32, which it has then
                raise ValueError(why) from None

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
        """The optimizer's learning rate at this step; of several optimizers in one, the first's."""
        import tensorflow as tf

        first = getattr(self.optimizer, "optimizers", [self.optimizer])[0]
        return float(tf.convert_to_tensor(first.learning_rate))

    @learning_rate.setter
    def learning_rate(self, rate):
        try:
            with self.strategy.scope():
                self.optimizer.learning_rate = rate
        except (TypeError, AttributeError) as error:
            raise InputError(
                "The lab's `rate_after` sets the learning rate after each evaluation, and its "
                f"optimizer does not let it: {_first_line(error)} Give the optimizer a number."
            ) from None

    @property
    def parameters(self):
        """How many numbers are learned."""
        return sum(math.prod(variable.shape) for variable in self.model.trainable_variables)

    @property
    def frozen(self):
        """How many numbers are not learned, though they could be."""
        from labs.board.inside import frozen_weights

        return sum(math.prod(variable.shape) for variable in frozen_weights(self.model))

    @property
    def keeps_averages(self):
        """Whether the optimizer keeps averages of the weights, Keras's `use_ema`."""
        several = getattr(self.optimizer, "optimizers", [self.optimizer])
        return any(getattr(one, "inner_optimizer", one).use_ema for one in several)

    @contextlib.contextmanager
    def final_weights(self):
        """Inside, the weights are those that Keras's `fit` would end with at this iteration.

        With `use_ema` these are the averages that the optimizer keeps; otherwise nothing changes.
        """
        import tensorflow as tf

        variables = self.model.trainable_variables if self.keeps_averages else []
        trained = [tf.convert_to_tensor(variable) for variable in variables]
        self.finalize()
        try:
            yield
        finally:
            for variable, value in zip(variables, trained, strict=True):
                variable.assign(value)

    def finalize(self):
        """Gives the weights the values that Keras's `fit` would end with, for good."""
        self.optimizer.finalize_variable_values(self.model.trainable_variables)


def _model(keras, x, y, lab):
    """The lab's layers as a model, whose names TensorFlow can take."""
    from labs.board.inside import layers_in

    try:
        model = keras.Model(x, y, name=lab.name)
    except ValueError as error:  # two layers of one name, or no way from x to y
        raise InputError(
            f"The layers of the lab {lab.name} make no network: {_first_line(error)}"
        ) from None
    for layer in layers_in(model):
        if not NAME.fullmatch(layer.name):
            raise InputError(
                f"The lab {lab.name} has a layer called {layer.name!r}: expected letters from A to "
                "Z, digits, and after the first also any of _ . - / >."
            )
    return model


def _check_returned(lab, function, found, kind, wanted):
    """Refuses what one of the lab's functions returned: Keras would answer with a traceback."""
    if isinstance(found, kind):
        return
    sentence = (
        f"The function {function} of the lab {lab.name} returned {_in_words(found)}, expected "
        f"{wanted}"
    )
    if found is None:
        raise InputError(f"{sentence}: its last line may lack a `return`.")
    if callable(found) and function == "network":
        raise InputError(f"{sentence}: call the model on the images, `return model(x)`.")
    raise InputError(f"{sentence}.")


def _in_words(found):
    if found is None:
        return "None"
    if isinstance(found, list | tuple):
        return f"{len(found)} things"
    return f"a {type(found).__name__}"


def _first_line(error):
    """What Keras says of an error, without its frame of "Exception encountered when"."""
    lines = [re.sub(r"\x1b\[\d*m", "", line).strip() for line in str(error).splitlines()]
    said = [line for line in lines if line and not line.startswith("Exception encountered")]
    telling = [line for line in said if "dtype" in line or "type" in line]
    return (telling or said or [type(error).__name__])[-1]
