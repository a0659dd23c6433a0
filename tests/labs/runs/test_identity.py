"""A lab that was changed is told from the one that a run began with; one that was not, is not."""

import dataclasses
import functools
import importlib
import itertools
import linecache
import sys
import textwrap
import types

import keras
import numpy as np
import pytest

from dsutil import InputError
from labs import nn2, nn3, nn4
from labs.runs import identity
from labs.tasks import Classification

SCRIPT = '''
"""A lab of a student."""
import functools
import keras
import numpy as np
import layers as Layers
from labs.training import Lab

WIDTH = 4
SLOPE = 0.1
SIGN = 1.0
POWERS = [keras.ops.abs, keras.ops.square]
WEIGHTS = np.array([1.0, 3.0])

def sharp(slope):
    return lambda t: slope * t

class Scaled(keras.Model):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def call(self, t):
        return self.factor * t

class Given(keras.layers.Layer):
    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function = function

    def call(self, t):
        return self.function(t)

    def get_config(self):
        return super().get_config() | {"function": self.function}

def leaky(t):
    return keras.ops.maximum(t, SLOPE * t)

class Noise(keras.layers.Layer):
    """Adds nothing."""

    def call(self, t):
        return t + 0

def network(x):
    t = Layers.fc(x, WIDTH, "fc_1", leaky)
    t = Noise(name="noise")(t)
    t = keras.Sequential([keras.layers.Dense(3, name="inner")], name="block")(t)
    a, b = (keras.layers.Dense(3, name=name)(t) for name in "ab")
    t = keras.layers.Lambda(lambda t: SIGN * t)((a - b) * 2.0)
    t = Scaled(3.0)(Given(keras.ops.relu)(t))
    t = keras.layers.Dense(3, activation=lambda t: t)(t)
    t = keras.layers.Activation(sharp(1.0))(t)
    return Layers.fc(t, 2, "fc_2", "log_softmax")

def weighted(y, y_desired, weight=1.0):
    return -weight * keras.ops.sum(y_desired * y, axis=1)

def loss(y, y_desired):
    """The cross-entropy."""
    return weighted(y, y_desired) * WEIGHTS[0] + 0 * sum(power(y[:, 0]) for power in POWERS)

def optimizer(learning_rate):
    return keras.optimizers.SGD(learning_rate)

lab = Lab("own", "", network, loss, "mean", optimizer, "a", "b", 1, 1, 0.1, 1, 1)
'''


@pytest.fixture
def imported(tmp_path, monkeypatch):
    """Imports a script as Python does, in place of the one before."""
    monkeypatch.syspath_prepend(tmp_path)

    def imported(text):
        sys.modules.pop("own_lab", None)
        (tmp_path / "own_lab.py").write_text(textwrap.dedent(text))
        importlib.invalidate_caches()
        sys.path_importer_cache.clear()
        return importlib.import_module("own_lab").lab

    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield imported
    sys.modules.pop("own_lab", None)


def of(lab):
    keras.utils.clear_session()
    x = keras.Input((2304,))
    return identity.of(lab, keras.Model(x, lab.network(x)))


def differences(before, now, folder):
    identity.write(folder, before)
    return identity.differences(folder, now)


@pytest.mark.parametrize("lab", [nn2.lab, nn3.lab, nn4.lab], ids=lambda lab: lab.name)
def test_a_lab_equals_itself(lab, tmp_path):
    assert differences(of(lab), of(lab), tmp_path) == []


def test_precision_does_not_count(tmp_path):
    before = of(nn4.lab)
    keras.config.set_dtype_policy("mixed_bfloat16")
    assert differences(before, of(nn4.lab), tmp_path) == []


def test_comments_docstrings_and_lines_do_not_count(imported, tmp_path):
    before = of(imported(SCRIPT))
    changed = SCRIPT.replace('"""The cross-entropy."""', "# the cross-entropy\n\n")
    changed = changed.replace('"""Adds nothing."""', '"""Adds nothing at all."""')
    assert differences(before, of(imported("\n\n" + changed)), tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('WIDTH, "fc_1", leaky', 'WIDTH, "fc_1", "tanh"', "activation of fc_1 is tanh, was leaky"),
        ("WIDTH = 4", "WIDTH = 5", "units of fc_1 is 5, was 4"),
        ('Dense(3, name="inner")', 'Dense(3, "relu", name="inner")', "activation of block/inner"),
        ('name="noise"', 'name="other"', "other is new"),
        (
            "    t = Noise(",
            "    t = keras.layers.Dropout(0.5)(t)\n    t = Noise(",
            "dropout is new",
        ),
        ("SLOPE = 0.1", "SLOPE = 0.2", "SLOPE is 0.2, was 0.1"),
        ("keras.ops.maximum(t, SLOPE * t)", "keras.ops.maximum(t, 0)", "code of leaky was changed"),
        ("return t + 0", "return t + 1", "code of Noise was changed"),
        ("return weighted(y, y_desired)", "return 2 * weighted(y, y_desired)", "code of loss"),
        ("-weight * keras", "-2 * weight * keras", "code of weighted was changed"),
        ("SGD(learning_rate)", "Adam(learning_rate)", "code of optimizer was changed"),
        ('"mean"', '"sum"', "reduction is sum, was mean"),
        ("(a - b)", "(b - a)", "inputs of subtract is"),
        ("* 2.0)", "* -2.0)", "inputs of multiply is"),
        ("SIGN = 1.0", "SIGN = -1.0", "SIGN is -1.0, was 1.0"),
        ("Scaled(3.0)", "Scaled(-3.0)", "the code of network was changed"),
        ("sharp(1.0)", "sharp(-1.0)", "the code of network was changed"),
        ("np.array([1.0, 3.0])", "np.array([1.0, 30.0])", "WEIGHTS is float64"),
    ],
)
def test_what_changes_the_numbers_is_told(old, new, told, imported, tmp_path):
    assert old in SCRIPT
    before = of(imported(SCRIPT))
    found = differences(before, of(imported(SCRIPT.replace(old, new))), tmp_path)
    assert any(told in phrase for phrase in found), found


def test_a_partial_s_arguments_and_a_keras_loss_s_config_count(imported, tmp_path):
    def lab(loss):
        return imported(SCRIPT.replace("network, loss,", f"network, {loss},"))

    for loss, other in (
        ("functools.partial(weighted, weight=2.0)", "functools.partial(weighted, weight=3.0)"),
        ("keras.losses.MeanSquaredError(None)", "keras.losses.MeanAbsoluteError(None)"),
        ("lambda y, d: weighted(y, d)", "lambda y, d: weighted(y, d) + 1"),
    ):
        assert differences(of(lab(loss)), of(lab(loss)), tmp_path) == []
        assert differences(of(lab(loss)), of(lab(other)), tmp_path), loss


def test_an_older_run_has_nothing_to_compare(tmp_path):
    assert identity.differences(tmp_path, of(nn2.lab)) == []


@pytest.mark.parametrize("content", ["", "[]", "null", '{"layers": 1}', '{"layers": {}}'])
def test_a_damaged_file_is_a_sentence(content, tmp_path):
    (tmp_path / identity.FILE).write_text(content)
    with pytest.raises(InputError, match=r"network\.json is damaged"):
        identity.differences(tmp_path, of(nn2.lab))


# ------------------------------------------------------------------------------------ with commands


@pytest.fixture
def changed(monkeypatch):
    """nn4's pooling is made an average, as a student would who edits the script."""

    def network(x):
        import layers as Layers

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Layers, "maxpool", Layers.avgpool)
            return nn4.network(x)

    def change():
        changed = functools.partial(lab_with, network=network)
        monkeypatch.setattr(nn4, "lab", changed())

    return change


def lab_with(**parts):
    import dataclasses

    return dataclasses.replace(nn4.lab, **parts)


def test_restore_refuses_a_changed_lab_unless_told(run_lab, changed, capsys):
    run_lab(nn4, "--run", "r", "--iterations", 2)
    changed()
    assert run_lab(nn4, "--run", "r", "--iterations", 3, "--restore") == 2
    said = capsys.readouterr().err
    assert "class of pool_2 is AveragePooling2D, was MaxPooling2D" in said
    assert "--changed" in said
    assert run_lab(nn4, "--run", "r", "--iterations", 3, "--restore", "--changed") == 0
    # From here on this is what the run is.
    assert run_lab(nn4, "--run", "r", "--iterations", 4, "--restore") == 0


def test_predict_says_that_a_lab_was_changed(run_lab, changed, said_by, tmp_path):
    from labs import predict

    run_lab(nn4, "--run", "r", "--iterations", 2)
    arguments = (tmp_path / "nn4/r", "--evaluate", "other")
    assert "warning" not in said_by(predict, *arguments)[2]
    changed()
    code, _, err = said_by(predict, *arguments)
    assert code == 0
    assert "The lab nn4 is not what" in err
    assert "pool_2" in err


def test_a_module_of_the_student_s_own_counts(imported, tmp_path, monkeypatch):
    script = SCRIPT.replace("import functools", "import functools\nimport own_numbers", 1)
    script = script.replace("WIDTH, ", "WIDTH + 0 * own_numbers.SIZE, ").replace("SIGN * t", "t")
    numbers = tmp_path / "own_numbers.py"

    def lab(text):
        sys.modules.pop("own_numbers", None)
        numbers.write_text(text)
        return imported(script)

    before = of(lab("SIZE = 1  # one"))
    assert differences(before, of(lab("SIZE = 1")), tmp_path) == []
    assert differences(before, of(lab("SIZE = 2")), tmp_path)
    sys.modules.pop("own_numbers", None)


def test_a_network_that_ends_otherwise_is_told(tmp_path):
    def ending(end):
        import layers as Layers

        return lab_with(network=lambda x: end(Layers.fc(x, 2, "fc")))

    before = of(ending(keras.ops.log_softmax))
    found = differences(before, of(ending(lambda t: t)), tmp_path)
    assert any("log_softmax is missing" in phrase for phrase in found)


def test_another_task_is_told(tmp_path):
    renamed = dataclasses.replace(nn2.lab, task=Classification("gender", ("woman", "man")))
    (told,) = differences(of(nn2.lab), of(renamed), tmp_path)
    assert told.startswith("the task is Classification(column='gender', classes=('woman', 'man')")


def test_where_a_library_is_imported_does_not_count(imported, tmp_path):
    docstring = '    """The cross-entropy."""\n'
    inside = SCRIPT.replace(docstring, f"{docstring}    import keras\n\n")
    assert inside != SCRIPT
    now = of(imported(SCRIPT))
    assert differences(of(imported(inside)), now, tmp_path) == []


# ------------------------------------------------------------------------------------ in a notebook

CELLS = {
    "layer": """
class Scaled(keras.layers.Layer):
    def call(self, t):
        return 2.0 * t
""",
    "network": """
def network(x):
    x = Scaled(name="scaled")(x)
    t = keras.layers.Dense(WIDTH, name="fc_1")(x)
    return keras.layers.Dense(2, name="fc_2")(t)
""",
    "lab": """
lab = dataclasses.replace(nn4.lab, name="own", network=network)
""",
}


@pytest.fixture
def notebook(monkeypatch):
    """Runs cells as IPython does, in a module without a file; returns the lab in it."""
    module = types.ModuleType("__main__")
    vars(module).update(keras=keras, dataclasses=dataclasses, nn4=nn4, WIDTH=4)
    monkeypatch.setitem(sys.modules, "__main__", module)
    count = itertools.count(1)

    def run(cells, **tried):
        vars(module).update(tried)
        for cell in cells.values():
            name = f"<cell {next(count)}>"
            linecache.cache[name] = len(cell), None, cell.splitlines(keepends=True), name
            exec(compile(cell, name, "exec"), vars(module))
        return module.lab

    yield run
    for name in [name for name in linecache.cache if name.startswith("<cell ")]:
        del linecache.cache[name]


def test_cells_that_are_run_again_are_the_same_lab(notebook, tmp_path):
    assert differences(of(notebook(CELLS)), of(notebook(CELLS)), tmp_path) == []


@pytest.mark.parametrize(
    ("cell", "old", "new", "told"),
    [
        ("layer", "2.0 * t", "3.0 * t", "the code of Scaled was changed"),
        ("network", "return keras", "print()\n    return keras", "the code of network was changed"),
    ],
)
def test_a_cell_that_is_changed_is_told(cell, old, new, told, notebook, tmp_path):
    before = of(notebook(CELLS))
    assert old in CELLS[cell]
    now = of(notebook(CELLS | {cell: CELLS[cell].replace(old, new)}))
    assert told in differences(before, now, tmp_path)


def test_what_a_notebook_tried_under_the_name_of_an_argument_does_not_count(notebook, tmp_path):
    before = of(notebook(CELLS))
    now = of(notebook(CELLS, x=np.zeros(3), t=1, y_desired="a", learning_rate=0.5))
    assert differences(before, now, tmp_path) == []
    assert "WIDTH is 5, was 4" in differences(before, of(notebook(CELLS, WIDTH=5)), tmp_path)
