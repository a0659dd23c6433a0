"""gan: one loss and a turn are Goodfellow's two losses and two networks."""

import keras
import numpy as np
import tensorflow as tf

import layers as Layers
from labs.analysis import portable
from labs.autoencoders import gan


def with_what_is_drawn(x):
    """The lab's network on a batch in training: the gradients of its loss, and what it drew.

    Returns:
        The model; gradients of its weights, by the weights' ids; the latent numbers, and what the
        discriminator saw of real and painted faces.
    """
    keras.utils.set_random_seed(0)
    inputs = keras.Input((2304,))
    model = keras.Model(inputs, gan.network(inputs))
    drawn = [model.get_layer(name).output for name in ("latent", "real", "seen")]
    weights = model.trainable_variables
    with tf.GradientTape() as tape:
        y, *drawn = keras.Model(inputs, [model.output, *drawn])(x, training=True)
        loss = tf.reduce_mean(gan.loss(y, x))
    found = tape.gradient(loss, weights)
    gradients = {id(weight): gradient for weight, gradient in zip(weights, found, strict=True)}
    return model, gradients, *drawn


def assert_close(gradients, model, expected):
    for weight, gradient in zip(model.trainable_variables, expected, strict=True):
        size = np.abs(gradient).max()
        np.testing.assert_allclose(gradients[id(weight)], gradient, atol=1e-4 * size + 1e-9)


def test_each_network_gets_the_gradient_of_its_own_loss():
    """Beside two networks, two losses and two tapes, as the paper has them."""
    x = tf.constant(np.random.default_rng(0).uniform(-0.5, 0.5, (8, 2304)), tf.float32)
    model, gradients, z, real, seen = with_what_is_drawn(x)
    generator, discriminator = model.get_layer("generator"), model.get_layer("discriminator")

    with tf.GradientTape() as tape:
        scores = [discriminator(faces, training=True) for faces in (real, seen)]
        truths = tf.ones_like(scores[0]), tf.zeros_like(scores[1])
        errors = keras.losses.BinaryCrossentropy(from_logits=True)
        of_discriminator = sum(map(errors, truths, scores))
    expected = tape.gradient(of_discriminator, discriminator.trainable_variables)
    assert_close(gradients, discriminator, expected)

    noise = seen - generator(z, training=True)
    with tf.GradientTape() as tape:
        score = discriminator(generator(z, training=True) + noise, training=True)
        of_generator = errors(tf.ones_like(score), score)
    expected = tape.gradient(of_generator, generator.trainable_variables)
    assert_close(gradients, generator, expected)


def test_the_generator_still_learns_where_the_discriminator_is_sure():
    """At a score of -20 the slope of log(1 - D) is 2e-9 of that of -log D."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((2304,))
    model = keras.Model(inputs, gan.network(inputs))
    model.get_layer("discriminator").get_layer("fc_4").bias.assign([-20.0])
    x = tf.zeros((4, 2304))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(gan.loss(model(x, training=True), x))
    generator = model.get_layer("generator").trainable_variables
    assert max(float(tf.reduce_max(abs(one))) for one in tape.gradient(loss, generator)) > 1e-4


def test_with_keras_s_layers_for_ours_it_answers_the_same():
    inputs = keras.Input((2304,))
    model = keras.Model(inputs, gan.network(inputs))
    x = np.random.default_rng(0).uniform(-0.5, 0.5, (3, 2304)).astype("float32")
    plain = portable.of_keras_alone(model)
    np.testing.assert_array_equal(plain(x), model(x))
    assert not any(isinstance(layer, Layers.Adversary) for layer in plain._flatten_layers())


def test_a_weight_stays_where_its_gradient_is_0_whatever_it_was_before():
    weight = keras.Variable(1.0)
    optimizer = gan.lab.optimizer(0.1)
    optimizer.apply([tf.constant(1.0)], [weight])
    moved = float(weight.numpy())
    assert moved < 1
    optimizer.apply([tf.constant(0.0)], [weight])
    assert float(weight.numpy()) == moved
