"""Libraries that are loaded when they are first used."""

import subprocess
import sys

import pytest

from labs.machines.deferred import defer, is_loaded

BEGIN = """
import inspect, sys
from labs.machines.deferred import defer, is_loaded
NAMES = ("tensorflow", "keras", "layers")
defer(*NAMES)
import keras, tensorflow as tf
import layers as Layers
"""
NOTHING = [
    "hasattr(keras, '__file__')",
    "[inspect.getfile(module) for module in sys.modules.values() if hasattr(module, '__file__')]",
    "inspect.getmodule(NAMES)",
    "repr([keras, tf, Layers])",
]
USES = [
    "tf.constant(1.0)",
    "keras.layers.Dense",
    "Layers.fc",
    "tf.__version__ + keras.__version__",
    "from keras import ops",
    "import keras.layers",
    "from layers import *; fc",
]


def loaded_after(line):
    """Which of the three are loaded in a process that did that."""
    script = f"{BEGIN}\n{line}\nprint(*[name for name in NAMES if is_loaded(name)])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_who_looks_through_all_modules_loads_nothing():
    assert loaded_after("\n".join(NOTHING)) == []


@pytest.mark.slow
@pytest.mark.parametrize("use", USES)
def test_the_first_use_loads_tensorflow_and_keras(use):
    assert {"tensorflow", "keras"} <= set(loaded_after(use))


def test_what_was_imported_before_the_first_use_gives_what_an_import_after_it_gives():
    lines = "before = keras; tf.constant(1.0)\nimport keras\nassert keras is not before"
    assert "keras" in loaded_after(f"{lines}\nassert keras.Layer is before.Layer")


def test_what_is_loaded_already_is_left():
    before = sys.modules["subprocess"]
    defer("subprocess")
    assert sys.modules["subprocess"] is before
    assert is_loaded("subprocess")
