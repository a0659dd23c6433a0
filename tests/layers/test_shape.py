"""From rows of numbers to pictures and back."""

import keras
import numpy as np
import pytest
from one_layer import network

import layers as Layers


def test_unflat_puts_the_numbers_row_by_row():
    model = network(lambda t: Layers.unflat(t, 2, 3, 1), 6)
    np.testing.assert_array_equal(model(np.arange(6.0)[None])[0, ..., 0], [[0, 1, 2], [3, 4, 5]])


def test_unflat_puts_the_channels_of_a_pixel_side_by_side():
    model = network(lambda t: Layers.unflat(t, 2, 1, 3), 6)
    np.testing.assert_array_equal(model(np.arange(6.0)[None])[0, :, 0], [[0, 1, 2], [3, 4, 5]])


def test_flat_is_the_inverse_of_unflat():
    rows = np.arange(48.0).reshape(2, 24)
    model = network(lambda t: Layers.flat(Layers.unflat(t, 2, 3, 4)), 24)
    np.testing.assert_array_equal(model(rows), rows)


def test_flat_leaves_the_rows_of_nn4_576_numbers():
    assert Layers.flat(keras.Input((6, 6, 16))).shape == (None, 576)


def test_unflat_refuses_rows_of_another_length():
    with pytest.raises(ValueError, match="total size"):
        Layers.unflat(keras.Input((2303,)), 48, 48, 1)


def test_names_are_the_layers_names():
    model = network(lambda t: Layers.flat(Layers.unflat(t, 2, 3, 1, "picture"), "row"), 6)
    assert [layer.name for layer in model.layers[1:]] == ["picture", "row"]
