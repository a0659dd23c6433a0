"""Whatever a network is made of, it can be looked at."""

import keras
import numpy as np
import pytest
import student_networks

from labs import nn2
from labs.board import projector
from labs.board.graph import layer_graph
from labs.board.inside import variable_names
from labs.board.probe import Probe


@pytest.mark.parametrize("network", student_networks.ALL, ids=lambda network: network.__name__)
def test_it_is_probed_projected_and_drawn(network):
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    x = keras.Input((2304,), name="x")
    model = keras.Model(x, network(x))
    images = np.random.default_rng(0).integers(0, 256, (4, 2304), np.uint8)
    labels = np.eye(2, dtype=np.float32)[[0, 1, 1, 0]]
    found = Probe(model, nn2.loss, images.astype(np.float32) / 256 - 0.5, labels).reactions()
    assert found or network is student_networks.operations_only
    for reaction in found.values():
        assert reaction.activation.shape == reaction.gradient.shape
        assert reaction.activation.dtype == reaction.gradient.dtype == np.float32
    _, points = projector.points(model, images)
    assert points.shape[0] == len(images)
    names = variable_names(model)
    assert len(set(names)) == len(names) == len(model.trainable_variables)
    nodes = {node.name: list(node.input) for node in layer_graph(model).node}
    sources = {source.partition(":")[0] for inputs in nodes.values() for source in inputs}
    assert nodes["x"] == []
    assert sources <= set(nodes)
    assert len(set(nodes) - sources) == 1  # what nobody reads is the scores
