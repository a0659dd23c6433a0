"""What a run writes for TensorBoard, read back through TensorBoard's own loaders."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

import layers as Layers
from labs import nn4
from labs.training.fusion import pool_first
from labs.training.summaries import Summaries, layer_graph


@pytest.fixture
def summaries(tmp_path):
    summaries = Summaries(tmp_path)
    yield summaries
    summaries.close()


def read(folder, tag):
    """The points of a curve: {step: array}."""
    accumulator = EventAccumulator(str(folder)).Reload()
    return {event.step: tf.make_ndarray(event.tensor_proto) for event in accumulator.Tensors(tag)}


def test_train_and_test_accuracy_have_one_name_so_they_share_a_chart(summaries, tmp_path):
    summaries.accuracies(30, train=0.75, test=0.5)
    summaries.flush()
    assert read(tmp_path / "train", "accuracy") == {30: 0.75}
    assert read(tmp_path / "test", "accuracy") == {30: 0.5}


def test_the_numbers_of_a_line_are_curves(summaries, tmp_path):
    summaries.batch(7, loss=1.5, accuracy=0.25, learning_rate=0.125, images_per_second=1000.0)
    summaries.flush()
    tags = {"batch/loss": 1.5, "batch/accuracy": 0.25, "learning_rate": 0.125}
    for tag, value in (tags | {"images_per_second": 1000.0}).items():
        assert read(tmp_path / "train", tag) == {7: value}


def test_weights_have_mean_deviation_extremes_and_a_histogram_as_numpy_has_them(
    summaries, tmp_path
):
    x = keras.Input((6,))
    model = keras.Model(x, Layers.fc(x, 40, "fc_1"))
    summaries.weights(3, model)
    summaries.flush()
    kernel = model.get_layer("fc_1").kernel.numpy()
    numbers = {"mean": kernel.mean(), "stddev": kernel.std(), "min": kernel.min()}
    for name, value in (numbers | {"max": kernel.max()}).items():
        assert read(tmp_path / "train", f"fc_1/kernel/{name}")[3] == pytest.approx(value, abs=1e-6)
    bins = read(tmp_path / "train", "fc_1/kernel")[3]  # left edge, right edge, count
    counts, edges = np.histogram(kernel, bins=len(bins))
    assert bins[:, 0] == pytest.approx(edges[:-1], abs=1e-6)
    assert bins[:, 1] == pytest.approx(edges[1:], abs=1e-6)
    assert np.abs(bins[:, 2] - counts).max() <= 1  # a value at an edge may fall on either side
    assert "fc_1/bias" in EventAccumulator(str(tmp_path / "train")).Reload().Tags()["tensors"]


def test_the_graph_has_the_lab_s_layers_by_name_and_shape(summaries, tmp_path):
    x = keras.Input((2304,))
    model = keras.Model(x, nn4.network(x))
    pool_first(model)  # a run computes with a model that shares the layers
    summaries.graph(model)
    summaries.flush()
    graph = EventAccumulator(str(tmp_path / "train")).Reload().Graph()
    nodes = {node.name: node for node in graph.node}
    assert nodes["conv_3"].op == "Conv2D"
    assert list(nodes["conv_3"].input) == ["pool_2"]
    assert list(nodes["pool_4"].input) == ["conv_3"]
    shape = nodes["conv_3"].attr["_output_shapes"].list.shape[0]
    assert [dim.size for dim in shape.dim] == [-1, 24, 24, 32]
    assert len(nodes) == 10


def test_a_shortcut_is_an_edge_of_the_graph():
    x = keras.Input((8, 8, 3))
    graph = layer_graph(keras.Model(x, Layers.residual(x, 3, 3, name="r")))
    nodes = {node.name: list(node.input) for node in graph.node}
    assert nodes["r"] == ["r_2", next(iter(nodes))]


def test_a_plain_operation_is_a_node_of_the_graph_too():
    x = keras.Input((4,))
    graph = layer_graph(keras.Model(x, x + Layers.fc(x, 4, "fc_1")))
    assert sorted(len(node.input) for node in graph.node) == [0, 1, 2]
