"""Networks of a layer or two: how the tests make them, differentiate them and store them."""

import keras
import tensorflow as tf
from reference import uniform


def network(function, *shape):
    """The model from inputs of `shape` to `function` of them."""
    x = keras.Input(shape)
    return keras.Model(x, function(x))


def with_random_weights(model):
    """`model`, no weight of which is 0 or 1 any more."""
    for seed, weight in enumerate(model.trainable_weights, 100):
        weight.assign(uniform(*weight.shape, seed=seed))
    return model


def arrays(variables):
    """The variables' values, of 64 bits for the reference."""
    return [variable.value.numpy().astype("float64") for variable in variables]


def output_and_gradients(model, x, dy, **call_arguments):
    """y = model(x); of a loss with the gradient `dy` there, dl/dx and dl/d(each weight)."""
    x = tf.constant(x, "float32")
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = model(x, **call_arguments)
    dy = tf.constant(dy, "float32")
    return y, tape.gradient(y, [x, *model.trainable_weights], output_gradients=dy)


def reloaded(model, folder):
    """What a `.keras` file of `model` holds."""
    model.save(folder / "model.keras")
    return keras.saving.load_model(folder / "model.keras")
