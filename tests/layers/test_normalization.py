"""Batch normalization."""

from pathlib import Path

import fresh_python
import keras
import numpy as np
import pytest
import reference
import tensorflow as tf
from one_layer import arrays, network, output_and_gradients, reloaded, with_random_weights
from reference import assert_close, uniform

import layers as Layers

SHAPES = pytest.mark.parametrize("shape", [(9, 3), (4, 5, 3), (2, 4, 5, 3)], ids=str)


def batches(count, *shape):
    """Batches whose means and variances differ much from one another."""
    return [(k + 1) * uniform(*shape, seed=k) + k for k in range(count)]


def trained(bn, xs):
    for x in xs:
        bn(x, training=True)
    return bn


def weighted_moments(xs, decay):
    means, variances = zip(*(reference.moments(x) for x in xs), strict=True)
    return reference.weighted_mean(means, decay), reference.weighted_mean(variances, decay)


@SHAPES
def test_training_and_its_gradients_are_the_slides_formulas(shape):
    epsilon = 0.01
    bn = Layers.BatchNormalizer(3, epsilon=epsilon)
    bn.build(shape)
    with_random_weights(bn)
    gamma, beta = arrays(bn.trainable_weights)
    x, dy = uniform(*shape), uniform(*shape, seed=1)
    y, gradients = output_and_gradients(bn, x, dy, training=True)
    assert_close(y, reference.batch_normalization(x, gamma, beta, epsilon))
    for actual, desired in zip(
        gradients, reference.batch_normalization_gradients(x, gamma, dy, epsilon), strict=True
    ):
        assert_close(actual, desired)


def test_gradients_in_inference_take_the_moments_as_constants():
    x, dy = uniform(9, 3), uniform(9, 3, seed=1)
    bn = trained(Layers.BatchNormalizer(3), [x])
    mean, variance = reference.moments(x)
    _, (dx, dgamma, dbeta) = output_and_gradients(bn, x, dy)
    assert_close(dx, dy / np.sqrt(variance + 0.01))
    assert_close(dgamma, (dy * (x - mean) / np.sqrt(variance + 0.01)).sum(0))
    assert_close(dbeta, dy.sum(0))


def test_variance_is_right_where_the_mean_is_large():
    x = (1000 + uniform(1000, 3)).astype("float32")
    bn = trained(Layers.BatchNormalizer(3, epsilon=0), [x])
    x = x.astype("float64")
    expected = reference.normalized(x, *reference.moments(x), epsilon=0)
    # float32 knows a mean of 1000 numbers near 1000 to some 2^-11, and y sqrt(12) times worse.
    np.testing.assert_allclose(bn(x), expected, atol=0.01)


@pytest.mark.parametrize("decay", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("count", [1, 2, 10])
def test_inference_takes_the_weighted_mean_of_the_batches_seen(count, decay):
    xs = batches(count, 2, 3, 4, 5)
    bn = trained(Layers.BatchNormalizer(5, decay), xs)
    x = uniform(7, 5, seed=99)
    assert_close(bn(x), reference.normalized(x, *weighted_moments(xs, decay)))


def test_after_one_batch_inference_is_what_training_was():
    x = uniform(9, 3)
    bn = Layers.BatchNormalizer(3)
    assert_close(bn(x, training=True), bn(x, training=False))


def test_with_decay_0_inference_takes_the_last_batch_alone():
    xs = batches(3, 9, 3)
    bn = trained(Layers.BatchNormalizer(3, decay=0), xs)
    x = uniform(7, 3, seed=99)
    assert_close(bn(x), reference.normalized(x, *reference.moments(xs[-1])))


def test_before_any_batch_inference_takes_mean_0_and_variance_1():
    x = uniform(9, 3)
    assert_close(Layers.BatchNormalizer(3)(x), x / np.sqrt(1 + 0.01))


def test_inference_leaves_the_averages_alone():
    first, second = batches(2, 9, 3)
    bn = trained(Layers.BatchNormalizer(3), [first])
    before = np.array(bn(first))
    bn(second, training=False)
    np.testing.assert_array_equal(bn(first), before)


def test_inference_is_the_default():
    x = uniform(9, 3)
    bn = trained(Layers.BatchNormalizer(3), batches(2, 9, 3))
    np.testing.assert_array_equal(bn(x), bn(x, training=False))


@pytest.mark.parametrize("in_graph", [False, True], ids=["eager", "graph"])
@pytest.mark.parametrize("as_tensor", [False, True], ids=["bool", "tensor"])
def test_normalize_trains_and_infers_as_train_says(in_graph, as_tensor):
    def train(value):
        return tf.constant(value) if as_tensor else value

    bn = Layers.BatchNormalizer(3, decay=0.9)
    normalize = tf.function(bn.normalize) if in_graph else bn.normalize
    xs = [x.astype("float32") for x in batches(3, 9, 3)]
    for x in xs:
        assert_close(normalize(x, train(True)), reference.normalized(x, *reference.moments(x)))
        normalize(x, train(False))
    moments = weighted_moments(xs, 0.9)
    assert_close(normalize(xs[0], train(False)), reference.normalized(xs[0], *moments))


def test_one_graph_both_trains_and_infers():
    bn = Layers.BatchNormalizer(3)
    bn.build((9, 3))
    normalize = tf.function(bn.normalize)
    first, second = (tf.constant(x, "float32") for x in batches(2, 9, 3))
    normalize(first, tf.constant(True))
    y = normalize(second, tf.constant(False))
    assert_close(y, reference.normalized(second.numpy(), *reference.moments(first.numpy())))
    assert normalize.experimental_get_tracing_count() == 1


def test_averages_keep_32_bits_in_bfloat16():
    keras.config.set_dtype_policy("mixed_bfloat16")
    # 256 and 258 are neighbours in bfloat16, which could not hold an average between them.
    xs = [np.full((4, 2), value) for value in [256.0, 258.0] * 20]
    bn = trained(Layers.BatchNormalizer(2, decay=0.9), xs)
    assert bn(xs[0], training=False).dtype == "bfloat16"
    assert {weight.dtype for weight in bn.weights} == {"float32"}
    mean, _ = weighted_moments(xs, 0.9)
    np.testing.assert_allclose(bn.mean_sum / bn.weight_sum, mean, rtol=reference.TOLERANCE)


def test_slides_defaults():
    bn = Layers.BatchNormalizer(64)
    assert (bn.depth, bn.decay, bn.epsilon) == (64, 0.99, 0.01)


def test_two_learned_weights_and_three_sums():
    model = network(Layers.BatchNormalizer(64), 6, 6, 64)
    assert [weight.shape for weight in model.trainable_weights] == [(64,), (64,)]
    assert [weight.shape for weight in model.non_trainable_weights] == [(64,), (64,), ()]


@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 5)], ids=str)
def test_inputs_of_another_depth_are_refused(shape):
    with pytest.raises(ValueError, match=r"BatchNormalizer\(3\) expects .* 3 features"):
        Layers.BatchNormalizer(3)(uniform(*shape))


@pytest.mark.parametrize(
    ("argument", "value"), [("depth", 0), ("decay", 1), ("decay", -0.1), ("epsilon", -0.1)]
)
def test_arguments_out_of_their_range_are_refused(argument, value):
    with pytest.raises(ValueError, match=f"{argument} must .* got {value}"):
        Layers.BatchNormalizer(**{"depth": 3, argument: value})


def functional():
    return network(Layers.BatchNormalizer(3, decay=0.9), 3)


def sequential():
    return keras.Sequential([Layers.BatchNormalizer(3, decay=0.9)])


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.bn = Layers.BatchNormalizer(3, decay=0.9)

    def call(self, t, training=False):
        return self.bn(t)


@pytest.mark.parametrize("style", [functional, sequential, Subclassed])
def test_fit_trains_and_predict_infers_in_models_of_any_style(style):
    xs = batches(3, 4, 3)
    model = style()
    model.compile("sgd", "mse")
    rows = np.concatenate(xs)
    model.optimizer.learning_rate = 0
    model.fit(rows, rows, batch_size=4, shuffle=False, verbose=0)
    expected = reference.normalized(xs[0], *weighted_moments(xs, 0.9))
    assert_close(model.predict(xs[0], verbose=0), expected)


def test_a_reloaded_layer_goes_on_averaging_to_the_bit(tmp_path):
    first, second = batches(2, 9, 3)
    bn = Layers.BatchNormalizer(3, decay=0.9, epsilon=0.1)
    model = with_random_weights(network(bn, 3))
    trained(model, [first])
    other = reloaded(model, tmp_path)
    np.testing.assert_array_equal(other(second, training=True), model(second, training=True))
    np.testing.assert_array_equal(other(first), model(first))


def test_a_file_needs_only_keras_and_layers(tmp_path):
    x = uniform(9, 3).astype("float32")
    model = trained(with_random_weights(network(Layers.BatchNormalizer(3), 3)), [x])
    (read,) = fresh_python.predictions(model, x, tmp_path, "import layers")
    np.testing.assert_array_equal(read, model(x))


def test_files_know_the_class_by_a_name_that_outlives_its_module():
    assert keras.saving.get_registered_object("layers>BatchNormalizer") is Layers.BatchNormalizer


def test_a_mask_passes_through():
    x = uniform(2, 4, 3)
    x[:, 2:] = 0
    mean = keras.Sequential(
        [keras.layers.Masking(), Layers.BatchNormalizer(3), keras.layers.GlobalAveragePooling1D()]
    )
    assert_close(mean(x), x[:, :2].mean(1) / np.sqrt(1 + 0.01))


def test_a_frozen_layer_infers_also_in_training():
    bn = Layers.BatchNormalizer(3)
    seen, other = batches(2, 8, 3)
    bn(seen, training=True)
    inferred = np.asarray(bn(other))
    bn.trainable = False
    assert_close(bn(other, training=True), inferred)
    assert_close(bn(other), inferred)


@pytest.mark.slow
def test_moments_are_of_the_whole_batch_on_two_replicas(tmp_path):
    xs, dy, decay = np.array(batches(3, 8, 2, 2, 3)), uniform(8, 2, 2, 3, seed=9), 0.9
    xs[:, :4] += 2
    np.savez(tmp_path / "batches.npz", x=xs, dy=dy, decay=decay)
    script = Path(__file__).with_name("two_replicas.py")
    fresh_python.run([script, "batches.npz", "answers.npz"], tmp_path)
    answers = np.load(tmp_path / "answers.npz")

    bn = Layers.BatchNormalizer(3, decay)
    for x in xs:
        y, (dx, dgamma, dbeta) = output_and_gradients(bn, x, dy, training=True)
    assert_close(answers["y"], y)
    assert_close(answers["dx"], dx)
    assert_close(answers["dgamma"], dgamma)
    assert_close(answers["dbeta"], dbeta)
    assert_close(answers["inferred"], bn(xs[-1]))


@SHAPES
def test_as_keras_infers_the_same(shape):
    xs = batches(5, *shape)
    bn = Layers.BatchNormalizer(3, decay=0.9, epsilon=0.02)
    bn.build(shape)
    for seen in (0, 5):  # before any batch, too
        trained(with_random_weights(bn) if not seen else bn, xs[:seen])
        theirs = bn.as_keras()
        assert type(theirs) is keras.layers.BatchNormalization
        assert_close(theirs(xs[-1], training=False), bn(xs[-1], training=False))


# --------------------------------------------------------------------------------- as functions


def test_batchnorm_is_a_batch_normalizer_of_the_inputs_depth():
    layer = network(lambda t: Layers.batchnorm(t, "bn", decay=0.9, epsilon=0.1), 4, 5, 3).layers[-1]
    assert type(layer) is Layers.BatchNormalizer
    assert (layer.name, layer.depth, layer.decay, layer.epsilon) == ("bn", 3, 0.9, 0.1)


def test_layernorm_normalises_the_features_of_each_place():
    model = with_random_weights(network(lambda t: Layers.layernorm(t, "ln", epsilon=0.1), 4, 5, 3))
    gamma, beta = arrays(model.get_layer("ln").weights)
    x = uniform(2, 4, 5, 3)
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    assert_close(model(x), reference.normalized(x, mean, variance, gamma, beta, epsilon=0.1))


def test_layernorm_standardises_pictures_as_a_whole():
    model = network(lambda t: Layers.layernorm(t, axis=[1, 2, 3], epsilon=1e-9), 4, 5, 3)
    y = np.asarray(model(3 + uniform(6, 4, 5, 3)))
    np.testing.assert_allclose(y.mean((1, 2, 3)), 0, atol=1e-4)
    np.testing.assert_allclose(y.std((1, 2, 3)), 1, atol=1e-4)
