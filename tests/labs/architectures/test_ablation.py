"""What the variants of nn5 lack, and have instead."""

import keras
import numpy as np
import pytest

import layers as Layers
from labs import nn5
from labs.architectures.ablation import VARIANTS

BUILT = (
    *("nn5", "without augmentation", "without normalization", "without shortcuts"),
    *("without dropout", "with the slides' start", "with LSUV"),
)


@pytest.fixture(scope="module")
def networks():
    """The networks of the variants that have one of their own, and nn5's."""
    keras.config.set_dtype_policy("float32")
    networks = {}
    for name in BUILT:
        keras.utils.set_random_seed(0)
        x = keras.Input((2304,))
        networks[name] = keras.Model(x, VARIANTS[name].network(x))
    return networks


def kinds(model):
    return [type(layer).__name__ for layer in model.layers]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("without augmentation", "Random"),
        ("without normalization", "BatchNormalizer"),
        ("without shortcuts", "Add"),
    ],
)
def test_a_variant_lacks_what_nn5_has(name, kind, networks):
    found = [sum(kind in layer for layer in kinds(networks[n])) for n in ("nn5", name)]
    assert found[0] > 0
    assert found[1] == 0


def test_a_variant_keeps_all_else(networks):
    # A shortcut that changes the size has a convolution of its own.
    in_shortcuts = sum("shortcut" in layer.name for layer in networks["nn5"].layers)
    for name in ("without augmentation", "without normalization", "without shortcuts"):
        of_nn5, of_it = kinds(networks["nn5"]), kinds(networks[name])
        gone = in_shortcuts if name == "without shortcuts" else 0
        assert of_it.count("Conv2D") + gone == of_nn5.count("Conv2D")
        assert of_it.count("Dropout") == 1
    assert all(lab.loss is nn5.lab.loss for lab in VARIANTS.values())


def test_without_dropout_nothing_is_dropped(networks):
    rates = [
        [layer.rate for layer in networks[name].layers if isinstance(layer, keras.layers.Dropout)]
        for name in ("nn5", "without dropout")
    ]
    assert rates[0][0] > 0
    assert rates[1] == [0.0]


def test_the_slides_start_has_their_deviation_and_nn5_that_of_he(networks):
    for name, deviation in (
        ("nn5", np.sqrt(2 / (9 * 128))),
        ("with the slides' start", 0.1 * 0.88),
    ):
        kernel = networks[name].get_layer("residual_3_2").kernel
        assert np.std(kernel) == pytest.approx(deviation, rel=0.02)  # 0.88: cut at two deviations


def test_the_optimizers_are_what_the_names_say():
    descent = VARIANTS["with SGD"].optimizer(2e-3)
    assert isinstance(descent, keras.optimizers.SGD)
    assert descent.momentum == 0.9
    averaged = VARIANTS["with averaged weights"].optimizer(2e-3)
    assert isinstance(averaged, type(nn5.lab.optimizer(2e-3)))
    averaged.build([keras.Variable(np.zeros(3, np.float32))])
    assert averaged.use_ema
    assert not VARIANTS["nn5"].optimizer(2e-3).use_ema


def test_lsuv_starts_from_units_of_variance_1(networks):
    model = networks["with LSUV"]
    images = np.random.default_rng(0).uniform(-0.5, 0.5, (32, 2304)).astype(np.float32)
    VARIANTS["with LSUV"].initialize(model, images)
    first = model.get_layer("conv_1")
    seen = keras.Model(model.input, first.output)(images)
    assert np.var(seen) == pytest.approx(1, abs=0.11)
    assert isinstance(model.get_layer("norm_5"), Layers.BatchNormalizer)
