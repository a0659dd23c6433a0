"""Optimizers as students choose them, each with the same small network."""

import inspect

import keras
from keras import optimizers
from keras.optimizers import SGD, Adam, AdamW, LossScaleOptimizer, schedules
from student import Student

RATE = 0.01


def network(x):
    """Few weights, and smooth: no gradient is so near to zero that rounding is a part of it."""
    t = keras.layers.AveragePooling2D(8)(keras.layers.Reshape((48, 48, 1))(x))
    t = keras.layers.Dense(4, activation="tanh")(keras.layers.Flatten()(t))
    return keras.layers.Dense(2, activation="log_softmax")(t)


class Halving(keras.optimizers.Optimizer):
    """A student's own: momentum that is halved at each step, and one slot for it."""

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.averages = [self.add_variable_from_reference(v, "average") for v in variables]

    def update_step(self, gradient, variable, learning_rate):
        average = self.averages[self._get_variable_index(variable)]
        self.assign(average, average / 2 + gradient / 2)
        self.assign_sub(variable, learning_rate * average)


def without_decay_of_biases(rate):
    optimizer = AdamW(rate, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def falling(rate):
    return schedules.ExponentialDecay(rate, 2, 0.5)


def cosine(rate):
    return schedules.CosineDecay(0.0, 6, warmup_target=rate, warmup_steps=3)


def in_pieces(rate):
    return schedules.PiecewiseConstantDecay([2, 4], [rate, rate / 2, rate / 4])


def student(name, optimizer, **more):
    """Exported only where it says more than the network does."""
    more = {"learning_rate": RATE, "kinds": ()} | more
    return Student(name, network, optimizer=optimizer, **more)


def every_one_of_keras():
    """Those that need no more than a learning rate, as `keras.optimizers` lists them."""
    for name, found in vars(optimizers).items():
        if inspect.isclass(found) and issubclass(found, optimizers.Optimizer):
            if "learning_rate" in inspect.signature(found).parameters:
                yield student(name, lambda rate, found=found: found(learning_rate=rate))


def one_for_kernels_another_for_biases(rate):
    each = optimizers.OptimizerMap(Adam(rate), {".*/bias": SGD(rate)})
    return optimizers.MultiOptimizer(each)


OPTIMIZERS = [
    *every_one_of_keras(),
    student("MultiOptimizer", one_for_kernels_another_for_biases),
    student("momentum", lambda rate: SGD(rate, momentum=0.9)),
    student("nesterov", lambda rate: SGD(rate, momentum=0.9, nesterov=True)),
    student("clipnorm", lambda rate: SGD(rate, clipnorm=0.01)),
    student("clipvalue", lambda rate: SGD(rate, clipvalue=0.001)),
    student("global_clipnorm", lambda rate: SGD(rate, global_clipnorm=0.01)),
    student("weight_decay", lambda rate: SGD(rate, weight_decay=0.5)),
    student(
        "averaged",
        lambda rate: SGD(10 * rate, use_ema=True, ema_momentum=0.9),
        kinds=(".keras", "/", ".tflite"),
        slow=False,
    ),
    student(
        "averaged_and_overwritten",
        lambda rate: SGD(rate, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=4),
    ),
    student(
        "accumulated",
        lambda rate: SGD(rate, momentum=0.9, gradient_accumulation_steps=2),
    ),
    student("loss_scale_factor", lambda rate: SGD(rate, loss_scale_factor=1024.0)),
    student("LossScaleOptimizer", lambda rate: LossScaleOptimizer(SGD(rate)), slow=False),
    student(
        "LossScaleOptimizer_averaged",
        lambda rate: LossScaleOptimizer(Adam(rate, use_ema=True)),
        kinds=(".keras",),
    ),
    student("amsgrad", lambda rate: Adam(rate, amsgrad=True)),
    student("decay_not_of_biases", without_decay_of_biases),
    student("exponential", lambda rate: SGD(falling(rate))),
    student("cosine", lambda rate: Adam(cosine(rate))),
    student("in_pieces", lambda rate: SGD(in_pieces(rate), momentum=0.9)),
    student("one_s_own", lambda rate: Halving(learning_rate=rate)),
]
