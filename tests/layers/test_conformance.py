"""Every public layer keeps the same promises. To test a new one, list it in LAYERS."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.src.testing import TestCase
from one_layer import network, reloaded
from reference import assert_close, uniform

import layers as Layers


def regions(t):
    """Three regions of a map of 2x2 pixels, the boxes and the map being the same 12 numbers."""
    return Layers.roi_pool(Layers.unflat(t, 2, 2, 3), keras.layers.Reshape((3, 4))(t), 2, 0.25)


# name: how to put it on a Keras tensor, the shape of its inputs
LAYERS = {
    "AdversarialTraining": (
        lambda t: Layers.AdversarialTraining(keras.layers.Dense(3), 0.1)(t),
        (8,),
    ),
    "Adversary": (lambda t: Layers.Adversary(keras.layers.Dense(1))(t), (8,)),
    "BatchNormalizer": (lambda t: Layers.BatchNormalizer(3)(t), (4, 4, 3)),
    "Dictionary": (lambda t: Layers.Dictionary(5, 2, 0.05)(t), (4, 4, 3)),
    "Join": (lambda t: Layers.Join(0.3, seed=1)([t, t]), (4, 4, 3)),
    "TogetherInTraining": (lambda t: Layers.TogetherInTraining((1.0, 0.3))([t, t]), (8,)),
    "avgpool": (lambda t: Layers.avgpool(t, 2), (4, 4, 3)),
    "batchnorm": (lambda t: Layers.batchnorm(t), (4, 4, 3)),
    "conv": (lambda t: Layers.conv(t, 4, 3), (4, 4, 3)),
    "conv_grouped": (lambda t: Layers.conv_grouped(t, 6, 3, 2), (4, 4, 4)),
    "conv_transposed": (lambda t: Layers.conv_transposed(t, 4, 4, 2), (4, 4, 3)),
    "dense_block": (lambda t: Layers.dense_block(t, 2, 2, use_bias=True), (4, 4, 3)),
    "deconv": (lambda t: Layers.deconv(t, 4, 4, 2), (4, 4, 3)),
    "dropout": (lambda t: Layers.dropout(t, 0.5), (8,)),
    "fc": (lambda t: Layers.fc(t, 4), (8,)),
    "fc_contractive": (lambda t: Layers.fc_contractive(t, 4, 0.1), (8,)),
    "fire": (lambda t: Layers.fire(t, 2, 4), (4, 4, 3)),
    "flat": (lambda t: Layers.flat(t), (4, 4, 3)),
    "global_avgpool": (lambda t: Layers.global_avgpool(t), (4, 4, 3)),
    "gru": (lambda t: Layers.gru(t, 4), (5, 3)),
    "inception": (lambda t: Layers.inception(t, 2, (2, 3), (1, 2), 1), (4, 4, 3)),
    "latent": (lambda t: Layers.latent(t, 4, seed=1), (8,)),
    "layernorm": (lambda t: Layers.layernorm(t), (4, 4, 3)),
    "local_response_normalization": (
        lambda t: Layers.local_response_normalization(t, 1, 1.0, 0.5),
        (4, 4, 5),
    ),
    "lstm": (lambda t: Layers.lstm(t, 4), (5, 3)),
    "maxpool": (lambda t: Layers.maxpool(t, 2), (4, 4, 3)),
    "maxpool_with_places": (lambda t: Layers.maxpool_with_places(t, 2)[1], (4, 5, 3)),
    "random_blur": (lambda t: Layers.random_blur(t), (4, 4, 3)),
    "random_brightness": (lambda t: Layers.random_brightness(t, 0.2), (4, 4, 3)),
    "random_contrast": (lambda t: Layers.random_contrast(t, 0.5), (4, 4, 3)),
    "random_erasing": (lambda t: Layers.random_erasing(t, 0.5), (4, 4, 3)),
    "random_crop": (lambda t: Layers.random_crop(t, 0.5), (4, 4, 3)),
    "random_flip": (lambda t: Layers.random_flip(t), (4, 4, 3)),
    "random_noise": (lambda t: Layers.random_noise(t, 0.5), (4, 4, 3)),
    "random_rotation": (lambda t: Layers.random_rotation(t, 45), (4, 4, 3)),
    "random_affine": (lambda t: Layers.random_affine(t, 0.5, 45, 0.5), (4, 4, 3)),
    "random_shift": (lambda t: Layers.random_shift(t, 0.5), (4, 4, 3)),
    "random_zoom": (lambda t: Layers.random_zoom(t, 0.5), (4, 4, 3)),
    "recurrent": (lambda t: Layers.recurrent(t, 4, return_sequences=True), (5, 3)),
    "residual": (lambda t: Layers.residual(t, 4, 3, 2), (4, 4, 3)),
    "reverse_gradient": (lambda t: Layers.reverse_gradient(t), (8,)),
    "roi_pool": (lambda t: regions(t), (12,)),
    "sparsity": (lambda t: Layers.sparsity(t, 0.1, 0.5), (8,)),
    "squeeze_excitation": (lambda t: Layers.squeeze_excitation(t, 2), (4, 4, 3)),
    "unflat": (lambda t: Layers.unflat(t, 2, 2, 2), (8,)),
    "unpool": (lambda t: Layers.unpool(*Layers.maxpool_with_places(t, 2), 2), (4, 5, 3)),
    "upsample": (lambda t: Layers.upsample(t, 2), (4, 4, 3)),
}
NO_LAYERS = {"as_convolution", "initializer", "lsuv"}
NO_LAYERS |= {"gradient_sign", "log_odds"}
NO_LAYERS |= {"propose"}  # no gradient flows through a choice; tests/labs/tasks/test_proposals.py
WEIGHTS = {  # learned, not learned
    "AdversarialTraining": (2, 0),
    "Adversary": (2, 0),
    "BatchNormalizer": (2, 3),
    "ContractiveDense": (2, 0),
    "Conv2D": (2, 0),
    "Conv2DTranspose": (2, 0),
    "Dense": (2, 0),
    "GRU": (3, 0),
    "Dictionary": (1, 0),
    "GroupedConv2D": (2, 0),
    "LSTM": (3, 0),
    "LayerNormalization": (2, 0),
    "Recurrent": (3, 0),
}
BATCH = 2

EVERY_LAYER = pytest.mark.parametrize("name", LAYERS)


def build(name):
    function, shape = LAYERS[name]
    return network(function, *shape)


def inputs(name):
    return uniform(BATCH, *LAYERS[name][1]).astype("float32")


def shape_of_one_batch(t):
    """(2, 4, 4, 3) for a tensor; a tuple of such where a layer has several inputs."""
    return tuple(map(shape_of_one_batch, t)) if isinstance(t, list) else (BATCH, *t.shape[1:])


def test_every_public_name_is_listed():
    assert set(LAYERS) | NO_LAYERS == set(Layers.__all__)


@EVERY_LAYER
@pytest.mark.filterwarnings("ignore:.shuffle=True", "ignore:The model does not have any trainable")
def test_passes_keras_own_layer_test(name):
    for layer in build(name).layers[1:]:
        learned, not_learned = WEIGHTS.get(type(layer).__name__, (0, 0))
        TestCase().run_layer_test(
            type(layer),
            layer.get_config(),
            input_shape=shape_of_one_batch(layer.input),
            expected_output_shape=shape_of_one_batch(layer.output),
            expected_num_trainable_weights=learned,
            expected_num_non_trainable_weights=not_learned,
        )


@EVERY_LAYER
@pytest.mark.parametrize(
    ("policy", "dtype"),
    [("float32", "float32"), ("mixed_bfloat16", "bfloat16"), ("mixed_float16", "float16")],
)
def test_computes_in_the_policys_precision_and_keeps_its_weights_in_32_bits(name, policy, dtype):
    keras.config.set_dtype_policy(policy)
    model = build(name)
    assert model(inputs(name)).dtype == dtype
    assert all(weight.dtype == "float32" for weight in model.weights)


@EVERY_LAYER
@pytest.mark.parametrize(
    ("policy", "bits"), [("mixed_bfloat16", 8), ("mixed_float16", 11)], ids=["bfloat16", "float16"]
)
def test_mixed_precision_only_rounds(name, policy, bits):
    expected = build(name)
    keras.config.set_dtype_policy(policy)
    model = build(name)
    model.set_weights(expected.get_weights())
    y = np.asarray(expected(inputs(name)))
    rounding = 4 * 2.0**-bits * abs(y).max()  # of inputs, weights, a layer between, and outputs
    np.testing.assert_allclose(tf.cast(model(inputs(name)), "float32"), y, atol=rounding)


@EVERY_LAYER
@pytest.mark.parametrize("training", [False, True], ids=["inference", "training"])
def test_a_graph_computes_what_eager_calls_do(name, training):
    keras.utils.set_random_seed(1)
    eager = build(name)
    keras.utils.set_random_seed(1)
    graph = tf.function(build(name))
    for _ in range(2):
        y = eager(inputs(name), training=training)
        assert_close(graph(inputs(name), training=training), y)


@EVERY_LAYER
def test_a_reloaded_model_gives_the_same_outputs_to_the_bit(name, tmp_path):
    model = build(name)
    model(inputs(name), training=True)
    np.testing.assert_array_equal(reloaded(model, tmp_path)(inputs(name)), model(inputs(name)))


@EVERY_LAYER
@pytest.mark.parametrize("training", [False, True], ids=["inference", "training"])
def test_pictures_have_their_channels_last_whatever_keras_json_says(name, training):
    keras.utils.set_random_seed(1)
    expected = build(name)
    keras.utils.set_random_seed(1)
    keras.config.set_image_data_format("channels_first")
    model = build(name)
    np.testing.assert_array_equal(
        model(inputs(name), training=training), expected(inputs(name), training=training)
    )


class Subclassed(keras.Model):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def call(self, t):
        return self.layer(t)


@EVERY_LAYER
@pytest.mark.parametrize(
    "style",
    [
        lambda layer: keras.Sequential([layer]),
        lambda layer: network(layer, *layer.input_shape[1:]),
        Subclassed,
    ],
    ids=["sequential", "functional", "subclassed"],
)
def test_is_part_of_models_of_any_style(name, style):
    layer = build(name)
    model = style(layer)
    np.testing.assert_array_equal(model(inputs(name)), layer(inputs(name)))
    assert [id(weight) for weight in model.weights] == [id(weight) for weight in layer.weights]
