"""What the study of stacked layers compares is what it says."""

import keras
import numpy as np
import pytest

from labs.autoencoders.stacked import STARTS, code, others, stage, study
from labs.training.beginning import freeze
from labs.training.data_sets import split


def owners(model):
    return {variable.path.split("/")[0] for variable in model.trainable_variables}


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_in_each_stage_one_layer_learns_with_its_way_back_and_pixels_come_out(depth):
    x = keras.Input((2304,))
    model = keras.Model(x, stage(depth).network(x))
    freeze(model, others(depth).split())
    assert owners(model) == {f"code_{depth}", f"back_{depth}"}
    assert model.output_shape == (None, 2304)


def test_a_stage_begins_from_the_one_before_and_the_labelled_ones_from_the_last():
    assert study.begins["layer 2"] == "layer 1"
    assert study.begins["layer 3"] == "layer 2"
    begun = {name for name, source in study.begins.items() if source == "layer 3"}
    assert begun == {name for name in study.variants if name.startswith("pre-trained")}


def test_the_code_is_sigmoids_of_sums_in_numpy():
    x = keras.Input((2304,))
    model = keras.Model(x, code(x, depth=2))
    images = np.random.default_rng(0).uniform(-0.5, 0.5, (3, 2304))
    expected = images
    for layer in model.layers[1:]:
        expected = 1 / (1 + np.exp(-(expected @ layer.kernel.numpy() + layer.bias.numpy())))
    assert np.asarray(model(images)) == pytest.approx(expected, abs=1e-5)


def test_the_labels_are_as_many_as_the_names_say():
    class Thousand:
        count, paths = 1000, ("data",)

        def part(self, rows):
            return len(rows)

    for name in study.variants:
        labels = int(name.split(", ")[-1].split()[0])
        share = study.options[name]["validation_share"]
        assert (split(Thousand(), share, 0)[0] if share else 1000) == labels


def test_what_starts_from_scratch_differs_in_its_activation_alone():
    x = keras.Input((2304,))
    for start, activation in (("from scratch", "sigmoid"), ("ReLU", "relu")):
        model = keras.Model(x, STARTS[start].network(x))
        assert {layer.activation.__name__ for layer in model.layers[1:-1]} == {activation}
        assert [layer.units for layer in model.layers[1:]] == [128, 64, 32, 2]
