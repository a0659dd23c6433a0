"""Every layer and every weight of a network has a name of its own."""

import keras
import student_networks
from keras import layers

from labs.board.inside import distinct, layers_in, learning_units, units, variable_names
from layers.recurrent import LSTM


def model_of(network):
    keras.utils.clear_session()
    x = keras.Input((2304,))
    return keras.Model(x, network(x))


def test_the_layers_of_a_flat_network_keep_their_names():
    x = keras.Input((4,))
    model = keras.Model(x, layers.ReLU(name="relu")(layers.Dense(3, name="fc_1")(x)))
    assert list(units(model).values()) == ["fc_1", "relu"]
    assert variable_names(model) == ["fc_1/kernel", "fc_1/bias"]


def test_equal_names_in_different_models_are_told_apart_by_their_paths():
    model = model_of(student_networks.nested_with_equal_names)
    assert list(units(model).values()) == [
        *("a", "first/a", "first/innermost/a", "first/innermost/b", "first/b"),
        *("second/a", "second/relu", "second/b", "b"),
    ]
    kernels = [name for name in variable_names(model) if name.endswith("kernel")]
    assert kernels == [
        *("a/kernel", "first/a/kernel", "innermost/a/kernel", "innermost/b/kernel"),
        *("first/b/kernel", "second/a/kernel", "second/b/kernel", "b/kernel"),
    ]


def test_a_layer_of_keras_is_one_and_one_of_one_s_own_is_taken_apart():
    assert list(units(model_of(student_networks.own_cell)).values()) == ["rnn", "last"]
    found = units(model_of(student_networks.wrapped)).values()
    assert list(found) == ["each_row", "both_ways", "last"]
    found = units(model_of(student_networks.composed_layer)).values()
    assert list(found) == ["composed", "composed/one", "composed/two"]
    assert list(units(model_of(student_networks.subclassed_model)).values()) == [
        "net/hidden",
        "net/out",
    ]


def test_what_is_derived_from_keras_s_rnn_is_one_as_well():
    x = keras.Input((5, 3))
    model = keras.Model(x, layers.Dense(1, name="V")(LSTM(4, name="lstm")(x)))
    assert list(units(model).values()) == ["lstm", "V"]


def test_who_learns_has_weights_beside_those_of_the_layers_inside():
    learns = {
        student_networks.composed_layer: ["composed", "composed/one", "composed/two"],
        student_networks.compiled: ["compiled/inner", "last"],
        student_networks.model_with_own_weights: ["first", "own"],
        student_networks.frozen: [],
    }
    for network, names in learns.items():
        assert list(learning_units(model_of(network)).values()) == names


def test_a_layer_that_two_models_share_is_one():
    shared = layers.Dense(3, name="shared")
    one, other = (keras.Sequential([keras.Input((3,)), shared], name=n) for n in ("one", "other"))
    x = keras.Input((3,))
    model = keras.Model(x, other(one(x)))
    assert list(units(model).values()) == ["one/shared"]
    assert layers_in(model)[shared] == "one/shared"


def test_a_name_that_comes_again_gets_a_free_number():
    names = ["fc", "fc (2)", "fc", "relu", "fc"]
    assert distinct(names) == ["fc", "fc (2)", "fc (3)", "relu", "fc (4)"]


def test_layers_come_in_the_order_of_their_work():
    """So the first one with a kernel is the one that sees the picture, in whatever model it is."""
    found = layers_in(model_of(student_networks.application))
    kernels = [path for layer, path in found.items() if hasattr(layer, "kernel")]
    assert kernels[0].endswith("/Conv1")
    assert kernels[-1] == "head"
