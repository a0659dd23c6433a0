"""What a Python does that has nothing in memory of the one that runs the tests."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

import layers

HOME_OF_LAYERS = str(Path(layers.__file__).parents[1])

WITHOUT_LAYERS = "import sys; sys.modules['layers'] = None"  # makes any import of it fail

PREDICT = """
import keras, numpy as np
model = keras.saving.load_model("model.keras")
np.savez("y.npz", *keras.tree.flatten(model(np.load("x.npy"))))
"""


def predictions(model, x, folder, first):
    """The outputs of `model`, read from its file by a Python that runs the statement `first`."""
    model.save(folder / "model.keras")
    np.save(folder / "x.npy", x)
    run(["-c", first + PREDICT], folder)
    with np.load(folder / "y.npz") as outputs:
        return list(outputs.values())


def run(arguments, folder):
    """Runs Python in `folder`; fails with what it wrote to stderr."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": HOME_OF_LAYERS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
