"""The examples in the docstrings give what they say."""

import doctest
import importlib
import pkgutil

import pytest

import layers

MODULES = ["layers", *(f"layers.{module.name}" for module in pkgutil.iter_modules(layers.__path__))]


@pytest.mark.parametrize("module", MODULES)
def test_examples_give_what_they_say(module):
    module = importlib.import_module(module)
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0


@pytest.mark.parametrize("name", layers.__all__)
def test_every_public_name_has_an_example(name):
    assert doctest.DocTestFinder().find(getattr(layers, name), name)[0].examples
