"""The training of a lab by `keras.Model.fit`, which knows nothing of the labs' own loop."""

import keras
import numpy as np
from keras.src.random.seed_generator import global_seed_generator

from labs.training.batches import permutation


def fit(student, images, labels, iterations, batch_size):
    """A student's network after so many iterations of Keras's own, from the same start.

    Operation by operation, without a graph, and with all that Keras does around an optimizer: it
    scales the loss, and puts averaged weights in place at the end.

    Args:
        student: the `Student`.
        images, labels: the data set, (n, 2304) bytes and (n, 2) one-hot.

    Returns:
        the model, and its weights before training.
    """
    keras.utils.clear_session()  # its layers get the names that a run's have
    keras.config.set_dtype_policy("float32")
    keras.utils.set_random_seed(0)
    x = keras.Input((2304,))
    model = keras.Model(x, (student.same_network or student.network)(x))
    before = [np.array(variable) for variable in model.variables]
    mean_or_sum = {"mean": "sum_over_batch_size", "sum": "sum"}[student.reduction]
    model.compile(
        student.optimizer(student.learning_rate), _Loss(student.loss, mean_or_sum), run_eagerly=True
    )
    epochs = -(-iterations * batch_size // len(images))
    rows = np.concatenate([permutation(len(images), 0, epoch) for epoch in range(epochs)])
    rows = rows[: iterations * batch_size]
    model.fit(
        scaled(images[rows]),
        labels[rows],
        batch_size=batch_size,
        shuffle=False,
        verbose=0,
        callbacks=[_Draws()],
    )
    return model, before


def scaled(images):
    return (images.astype(np.float32) - 128) / 256


class _Loss(keras.losses.Loss):
    """A lab's loss, whose arguments come the other way round."""

    def __init__(self, loss, reduction):
        super().__init__(reduction=reduction)
        self.loss = loss

    def call(self, y_true, y_pred):
        return self.loss(y_pred, y_true)


class _Draws(keras.callbacks.Callback):
    """Lets dropout and the like draw in iteration k what they draw in a run's.

    There the first word of a layer's random state is its own plus k, and the second one 0.
    """

    def on_train_begin(self, logs=None):
        states = [v for v in self.model.variables if v.path.endswith("seed_generator_state")]
        states.append(global_seed_generator().state)  # of draws that name no generator
        self.states = [(state, np.array(state)[0]) for state in states]

    def on_train_batch_begin(self, batch, logs=None):
        for state, layer in self.states:
            state.assign([layer + batch, 0])
