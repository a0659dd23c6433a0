"""The lectures' networks take pictures of any size and any number of classes, and learn faces."""

import dataclasses
import importlib

import keras
import numpy as np
import pytest
import tensorflow as tf

import layers as Layers
from labs.analysis import cost
from labs.architectures import (
    alexnet,
    densenet,
    fractalnet,
    googlenet,
    lenet,
    networks,
    resnet,
    senet,
    squeezenet,
    vgg,
)

PAGES = (lenet, alexnet, vgg, googlenet, resnet, senet, densenet, squeezenet, fractalnet)
FUNCTIONS = {page.__name__.rpartition(".")[2]: page.network for page in PAGES}
FUNCTIONS |= {"zf": alexnet.zf, "inception_v3": googlenet.inception_v3}
FUNCTIONS |= {"cifar": resnet.cifar, "pre_activated": resnet.pre_activated}


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(("side", "channels", "classes"), [(100, 3, 5), (133, 1, 17)])
def test_a_network_takes_pictures_of_any_size_and_any_number_of_classes(
    name, side, channels, classes
):
    with cost.without_numbers():
        y = FUNCTIONS[name](keras.Input((side, side + 8, channels)), classes=classes)
    assert y.shape == (None, classes)


@pytest.mark.parametrize("name", networks.study.variants)
def test_each_that_the_study_trains_has_the_question_s_two_outputs_and_is_small(name):
    with cost.without_numbers():
        x = keras.Input((2304,))
        model = keras.Model(x, networks.study.variants[name].network(x))
        its = cost.of(model)
    assert model.output_shape == (None, 2)
    assert its.parameters < 2.5e6
    assert its.multiplications < 60e6


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__.rpartition(".")[2])
def test_each_page_has_a_lab_of_its_name_that_says_how_it_is_run(page):
    name = page.__name__.rpartition(".")[2]
    assert page.lab.name == name
    assert page.lab is importlib.import_module(f"labs.architectures.{name}").lab
    assert f"python -m labs.architectures.{name}\n" in page.lab.about
    same = {field.name for field in dataclasses.fields(page.lab)} - {"name", "about", "network"}
    assert all(getattr(page.lab, field) == getattr(lenet.lab, field) for field in same)


@pytest.mark.parametrize("function", [squeezenet.on_faces, alexnet.on_faces, densenet.on_faces])
def test_what_a_network_says_are_logarithms_of_probabilities(function):
    x = keras.Input((2304,))
    y = keras.Model(x, function(x))(np.random.default_rng(0).uniform(-0.5, 0.5, (3, 2304)))
    np.testing.assert_allclose(np.exp(y).sum(1), 1, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__.rpartition(".")[2])
def test_two_iterations_and_two_more_are_four_to_the_bit(page, run_lab_in, tmp_path):
    runs = {"once": [4], "twice": [2, 4]}
    for name, ends in runs.items():
        for end in ends:
            again = ["--restore"] if end > ends[0] else ["--precision", "float32"]
            words = ("--run", name, "--iterations", end, *again)
            assert run_lab_in(tmp_path, page, *words) == 0
    once, twice = (weights(tmp_path / page.lab.name / name) for name in runs)
    assert once.keys() == twice.keys()
    assert all(np.array_equal(once[key], twice[key]) for key in once)
    assert all(np.isfinite(value).all() for value in once.values())


def weights(run):
    reader = tf.train.load_checkpoint(str(run / "checkpoints"))
    keys = [key for key in reader.get_variable_to_shape_map() if key.startswith("weights/")]
    return {key: reader.get_tensor(key) for key in keys}


# ----------------------------------------------------------------------------------- auxiliaries


def test_in_training_three_classifiers_have_one_loss_the_weighted_sum_of_theirs():
    logits = np.random.default_rng(0).normal(size=(3, 4, 2)).astype("float32")
    logs = list(tf.nn.log_softmax(logits))
    labels = tf.one_hot([0, 1, 1, 0], 2)
    together = Layers.TogetherInTraining((1.0, 0.3, 0.3))
    losses = [lenet.lab.loss(one, labels) for one in logs]
    expected = losses[0] + 0.3 * losses[1] + 0.3 * losses[2]
    np.testing.assert_allclose(
        lenet.lab.loss(together(logs, training=True), labels), expected, rtol=1e-6
    )


def test_in_use_the_last_classifier_speaks_alone():
    logits = np.random.default_rng(0).normal(size=(3, 4, 2)).astype("float32")
    logs = list(tf.nn.log_softmax(logits))
    together = Layers.TogetherInTraining((1.0, 0.3, 0.3))
    for options in ({}, {"training": False}):
        np.testing.assert_array_equal(together(logs, **options), logs[0])


# -------------------------------------------------------------------------------------- fractals


def ways():
    return [tf.fill((2, 3, 3, 1), float(10**i)) for i in range(3)]


def test_ways_that_meet_go_on_as_their_mean():
    np.testing.assert_allclose(Layers.Join(0.15)(ways()), np.full((2, 3, 3, 1), 37.0))
    assert type(Layers.Join(0.15).as_keras()) is keras.layers.Average


def test_in_training_the_mean_is_of_the_ways_that_are_kept_and_one_always_is():
    join = Layers.Join(0.9, seed=3)
    subsets = {1.0, 10.0, 100.0, 5.5, 50.5, 55.0, 37.0}
    found = {round(float(join(ways(), training=True)[0, 0, 0, 0]), 3) for _ in range(60)}
    assert found <= subsets
    assert {1.0, 10.0, 100.0} <= found


def test_a_share_that_is_none_is_refused():
    with pytest.raises(ValueError, match="dropped"):
        Layers.Join(1.0)


@pytest.mark.parametrize(
    ("layer", "inputs"),
    [(Layers.Join(0.3, seed=1), 2), (Layers.TogetherInTraining((1.0, 0.5)), 2)],
)
def test_a_layer_of_a_page_is_saved_and_loaded(layer, inputs, tmp_path):
    xs = [keras.Input((3,)) for _ in range(inputs)]
    model = keras.Model(xs, layer(xs))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.layers[-1].get_config() == layer.get_config()


# ------------------------------------------------------------------------------------- residuals


def test_a_block_of_cifar_s_networks_passes_every_other_pixel_and_zeros_for_new_channels():
    x = keras.Input((6, 6, 2))
    y = resnet.block_without_parameters_past(x, 4, 2, "b")
    model = keras.Model(x, y)
    for layer in model.layers:  # nothing comes from the convolutions
        if isinstance(layer, keras.layers.Conv2D):
            layer.kernel.assign(tf.zeros_like(layer.kernel))
    pictures = np.random.default_rng(0).uniform(0, 1, (2, 6, 6, 2)).astype("float32")
    expected = np.concatenate([pictures[:, ::2, ::2], np.zeros((2, 3, 3, 2))], axis=-1)
    np.testing.assert_allclose(model(pictures), expected, atol=1e-6)


def test_stochastic_depth_leaves_out_later_blocks_oftener_in_a_straight_line():
    with cost.without_numbers():
        x = keras.Input((32, 32, 3))
        model = keras.Model(x, resnet.cifar(x, 20, survival=0.5))
    rates = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == pytest.approx([0.5 * i / 9 for i in range(1, 10)])


def test_a_block_that_is_left_out_is_so_for_the_whole_batch():
    x = keras.Input((6, 6, 2))
    model = keras.Model(x, resnet.block_without_parameters_past(x, 2, 1, "b", 0.5))
    pictures = np.random.default_rng(0).uniform(0.1, 1, (4, 6, 6, 2)).astype("float32")
    kept = set()
    for _ in range(12):
        same = np.isclose(model(pictures, training=True), pictures, atol=1e-6).all((1, 2, 3))
        assert same.all() or not same.any()
        kept.add(bool(same.all()))
    assert kept == {True, False}


def test_excitation_weighs_a_block_before_the_addition():
    with cost.without_numbers():
        x = keras.Input((64, 64, 3))
        model = keras.Model(x, senet.network(x, 18))
    addition = model.get_layer("conv_2_1")
    weighed = model.get_layer("conv_2_1_excitation").output
    assert any(tensor is weighed for tensor in addition.input)


def test_lenet_s_sparse_maps_are_the_table_of_the_paper():
    assert sorted(map(len, lenet.SEEN)) == [3] * 6 + [4] * 9 + [6]
    assert all(set(seen) <= set("012345") for seen in lenet.SEEN)
    assert len(set(lenet.SEEN)) == 16


def test_5x5_filters_have_25_weights_a_channel_where_two_of_3x3_have_18():
    x = keras.Input((8, 8, 6))
    one = keras.Model(x, Layers.conv(x, 6, 5, use_bias=False))
    two = keras.Model(x, Layers.conv(Layers.conv(x, 6, 3, use_bias=False), 6, 3, use_bias=False))
    assert [model.count_params() for model in (one, two)] == [25 * 36, 18 * 36]
    assert cost.sight(one).field == cost.sight(two).field == 5
