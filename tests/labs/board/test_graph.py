"""The Graphs tab has every layer and operation, and the edges between them."""

import keras
import student_networks
from keras import layers

import layers as Layers
from labs.board.graph import layer_graph


def edges(network):
    """Each node's inputs: {name: [source, ...]}."""
    keras.utils.clear_session()
    x = keras.Input((2304,), name="x")
    graph = layer_graph(keras.Model(x, network(x)))
    names = [node.name for node in graph.node]
    assert len(set(names)) == len(names)
    found = {node.name: list(node.input) for node in graph.node}
    assert {one.partition(":")[0] for many in found.values() for one in many} <= set(found)
    return found


def test_a_shortcut_is_an_edge_of_the_graph():
    x = keras.Input((8, 8, 3))
    graph = layer_graph(keras.Model(x, Layers.residual(x, 3, 3, name="r")))
    nodes = {node.name: list(node.input) for node in graph.node}
    assert nodes["r"] == ["r_2", next(iter(nodes))]


def test_a_plain_operation_is_a_node_of_the_graph_too():
    found = edges(student_networks.operations_only)
    assert found == {
        "x": [],
        "get_item": ["x"],
        "multiply": ["get_item"],
        "get_item_1": ["x"],
        "absolute": ["get_item_1"],
        "subtract": ["multiply", "absolute"],
    }


def test_a_model_inside_is_drawn_with_its_layers_between_its_neighbours():
    found = edges(student_networks.nested_with_equal_names)
    assert found["first/input_layer_1"] == ["a"]
    assert found["first/a"] == ["first/input_layer_1"]
    assert found["first/innermost/input_layer"] == ["first/a"]
    assert found["first/innermost/b"] == ["first/innermost/a"]
    assert found["first/b"] == ["first/innermost/b"]
    assert found["second/input_layer_2"] == ["first/b"]
    assert found["b"] == ["second/b"]
    assert "first" not in found


def test_a_model_that_is_called_twice_has_the_edges_of_both_calls():
    def network(x):
        inner = student_networks.block("inner", 2, layers.Identity(name="i"))
        a, b = layers.Dense(2, name="one")(x), layers.Dense(2, name="other")(x)
        return layers.Add(name="sum")([inner(a), inner(b)])

    found = edges(network)
    assert found["inner/input_layer"] == ["one", "other"]
    assert found["sum"] == ["inner/b", "inner/b"]


def test_inputs_and_outputs_of_a_model_inside_are_joined_in_their_order():
    def network(x):
        p, q = keras.Input((1,), name="p"), keras.Input((1,), name="q")
        y, z = layers.Dense(2, name="y")(q), layers.Dense(2, name="z")(p)
        inner = keras.Model([p, q], [y, z], name="inner")
        first, second = inner([x[:, :1], layers.Dense(1, name="one")(x)])
        return layers.Subtract(name="difference")([second, first])

    found = edges(network)
    assert found["inner/p"] == ["get_item"]
    assert found["inner/q"] == ["one"]
    assert found["difference"] == ["inner/z", "inner/y"]


def test_of_several_outputs_each_has_its_own_edges():
    found = edges(student_networks.states)
    assert found["multiply"] == ["lstm:1", "lstm:2"]
    assert found["concatenate"] == ["lstm", "multiply"]


def test_of_several_outputs_each_has_its_shape():
    x = keras.Input((7, 5))
    outputs = layers.LSTM(3, return_sequences=True, return_state=True, name="lstm")(x)
    (node,) = (n for n in layer_graph(keras.Model(x, outputs)).node if n.name == "lstm")
    shapes = node.attr["_output_shapes"].list.shape
    assert [[dim.size for dim in shape.dim] for shape in shapes] == [[-1, 7, 3], [-1, 3], [-1, 3]]


def test_a_layer_that_another_model_calls_too_has_only_this_model_s_edges():
    x = keras.Input((4,), name="x")
    shared = layers.Dense(4, name="shared")
    model = keras.Model(x, shared(x))
    keras.Model(y := keras.Input((4,)), shared(layers.ReLU()(y)))
    assert [list(node.input) for node in layer_graph(model).node] == [[], ["x"]]


def test_a_layer_that_is_not_a_model_of_known_layers_is_one_node():
    assert list(edges(student_networks.subclassed_model)) == ["x", "net"]
