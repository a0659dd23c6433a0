import argparse

import pytest

from labs import nn3, nn4
from labs.training.network import Network
from labs.training.options import defaults_of, settle


def network(lab, **given):
    nothing = argparse.Namespace(**dict.fromkeys(defaults_of(lab.lab)))
    return Network(lab.lab, settle(nothing, defaults_of(lab.lab) | given))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_layers_compute_in_the_precision_and_keep_their_weights_in_float32(precision):
    model = network(nn4, precision=precision).model
    assert {layer.compute_dtype for layer in model.layers} == {precision}
    assert {variable.dtype for variable in model.variables} == {"float32"}


def test_names_do_not_depend_on_what_was_built_before():
    first, second = (network(nn4) for _ in range(2))
    assert [v.path for v in first.model.variables] == [v.path for v in second.model.variables]
    paths = [[v.path for v in one.optimizer.variables] for one in (first, second)]
    assert paths[0] == paths[1]


def test_parameters_are_those_that_are_learned():
    assert network(nn3).parameters == 2304 * 50 + 50 + 50 * 2 + 2


def test_the_learning_rate_is_the_one_that_was_asked_for():
    assert network(nn3, learning_rate=0.125).learning_rate == 0.125
    assert network(nn4, learning_rate=0.125).learning_rate == 0.125
