"""What nn2, nn3 and nn4 promise alike, and what each of them is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from labs import catalogue, nn2, nn3, nn4
from labs.training.scripts import module_of

ROOT = Path(nn4.__file__).parents[1]
ALL = pytest.mark.parametrize("lab", [nn2, nn3, nn4], ids=lambda lab: lab.lab.name)


@ALL
def test_a_run_leaves_its_result_its_curves_and_its_checkpoints(lab, run_lab, result, tmp_path):
    assert run_lab(lab, "--run", "r", "--iterations", 3) == 0
    name = lab.lab.name
    said = result(name, "r")
    assert (said["lab"], said["iterations"]) == (name, 3)
    assert 0 <= said["train_accuracy"] <= 1
    assert 0 <= said["test_accuracy"] <= 1
    files = [path.name for path in (tmp_path / name / "r").rglob("*")]
    assert {"config.json", "train", "test", "ckpt-3.index"} <= set(files)
    assert not [file for file in files if file.endswith(".part")]


@ALL
def test_learns_what_is_easy_with_its_own_settings(lab, run_lab, result, capsys):
    own = ("--batch-size", lab.lab.batch_size, "--summary-every", 1)
    assert run_lab(lab, "--run", "r", "--iterations", 40, *own) == 0
    losses = [float(loss) for loss in re.findall(r"loss= ([\d.]+)", capsys.readouterr().out)]
    assert max(losses) <= 2 * losses[0]  # no step is too large
    assert result(lab.lab.name, "r")["test_accuracy"] >= 0.9


@ALL
def test_the_same_seed_gives_the_same_run_and_another_seed_another(lab, run_lab, tmp_path):
    for run, seed in (("a", 5), ("b", 5), ("c", 6)):
        run_lab(lab, "--run", run, "--iterations", 4, "--seed", seed)
    a, b, c = (weights(tmp_path / lab.lab.name / run) for run in "abc")
    assert all(np.array_equal(a[name], b[name]) for name in a)
    assert not any(np.array_equal(a[name], c[name]) for name in a if name.endswith("kernel"))


def weights(run):
    reader = tf.train.load_checkpoint(str(run / "checkpoints"))
    suffix = "/.ATTRIBUTES/VARIABLE_VALUE"
    names = [name for name in reader.get_variable_to_shape_map() if name.startswith("weights/")]
    return {name.removesuffix(suffix): reader.get_tensor(name) for name in names}


def test_runs_without_a_name_are_numbered(run_lab, tmp_path):
    for _ in range(2):
        run_lab(nn2, "--iterations", 1)
    assert sorted(path.name for path in (tmp_path / "nn2").iterdir()) == ["1", "2"]


@pytest.mark.parametrize(("lab", "parameters"), [(nn2, 115_352), (nn3, 115_352), (nn4, 24_882)])
def test_describe_ends_with_the_number_of_parameters_and_trains_nothing(
    lab, parameters, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as exit_:
        lab.lab.main(["--describe"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out.rstrip().endswith(f"{parameters:,}")
    assert list(tmp_path.iterdir()) == []


def test_nn4_counts_its_parameters_as_the_lecture_does(capsys):
    with pytest.raises(SystemExit):
        nn4.lab.main(["--describe"])
    output = capsys.readouterr().out
    for formula in ("3*3*1*64 + 64 = 640", "3*3*64*32 + 32 = 18,464", "3*3*32*16 + 16 = 4,624"):
        assert formula in output
    assert "576*2 + 2 = 1,154" in output
    assert "(128, 24, 24, 64)" in output  # conv_3's input


def test_nn4_s_network_saved_by_keras_loads_where_only_layers_is_imported(tmp_path):
    x = keras.Input((2304,))
    model = keras.Model(x, nn4.network(x))
    images = np.random.default_rng(0).uniform(-0.5, 0.5, (3, 2304)).astype(np.float32)
    model.save(tmp_path / "nn4.keras")
    np.save(tmp_path / "images.npy", images)
    script = (
        "import keras, numpy, sys, layers; folder = sys.argv[1]\n"
        "model = keras.saving.load_model(folder + '/nn4.keras')\n"
        "numpy.save(folder + '/scores.npy', model(numpy.load(folder + '/images.npy')))\n"
        "assert 'labs' not in sys.modules"
    )
    # As the tests' own process does it, so that the same kernels compute.
    environment = {"TF_ENABLE_ONEDNN_OPTS": "1", "PATH": "", "PYTHONPATH": ":".join(sys.path)}
    subprocess.run([sys.executable, "-c", script, tmp_path], check=True, env=environment)
    assert np.array_equal(np.load(tmp_path / "scores.npy"), np.asarray(model(images)))


def test_nn4_s_learning_rate_falls_to_three_quarters_every_1000_iterations():
    rate = nn4.optimizer(1e-3)._learning_rate
    assert [float(rate(k)) for k in (0, 999, 1000, 2500)] == pytest.approx(
        [1e-3, 1e-3, 7.5e-4, 5.625e-4]
    )


def test_nn4_s_loss_is_the_cross_entropy():
    y = tf.math.log([[0.25, 0.75], [0.5, 0.5]])
    desired = tf.constant([[1.0, 0.0], [0.0, 1.0]])
    assert nn4.loss(y, desired).numpy() == pytest.approx(-np.log([0.25, 0.5]))


def test_the_perceptron_s_loss_is_the_squared_error():
    y, desired = tf.constant([[0.5, -1.0]]), tf.constant([[1.0, 0.0]])
    assert nn2.loss(y, desired).numpy() == pytest.approx([0.25 + 1.0])


def test_the_labs_are_listed():
    done = subprocess.run([sys.executable, "-m", "labs"], capture_output=True, text=True)
    heading, *labs = done.stdout.splitlines()[:5]
    assert heading == "The course's labs"
    assert [line[:8] for line in labs] == ["    nn1:", "    nn2:", "    nn3:", "    nn4:"]


# -------------------------------------------------------------------------------- how a lab starts

EACH_SCRIPT = pytest.mark.parametrize(
    "module", [module_of(script.path) for script in catalogue.scripts()]
)


TELL_AT_EXIT = """
import atexit

@atexit.register
def tell():
    from labs.machines import deferred
    large = ("tensorflow", "keras", "layers")
    print("loaded:", *filter(deferred.is_loaded, large))
"""


@EACH_SCRIPT
@pytest.mark.parametrize(
    ("argument", "code"),
    [("--help", 0), pytest.param("--iterations=none", 2, marks=pytest.mark.slow)],
)
def test_help_and_a_typo_are_answered_without_loading_tensorflow(module, argument, code, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(TELL_AT_EXIT)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    words = [sys.executable, "-m", module, argument]
    environment = os.environ | {"PYTHONPATH": path}
    done = subprocess.run(words, capture_output=True, text=True, env=environment)
    assert done.returncode == code, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded:"


@pytest.fixture
def student_s_script(tmp_path):
    """Puts a script into a copy of the project; runs it there as `python -m labs.mylab`."""
    for name in ("dsutil", "layers"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "labs").mkdir()
    for path in (ROOT / "labs").iterdir():
        (tmp_path / "labs" / path.name).symlink_to(path)

    def run(content, *words):
        (tmp_path / "labs/mylab.py").write_text(content)
        command = [sys.executable, "-m", "labs.mylab", *map(str, words)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    return run


MYLAB = """
{}
import dataclasses
from labs import nn2

lab = dataclasses.replace(nn2.lab, name="mylab", about=None, network=network)

if __name__ == "__main__":
    lab.main()
"""
AT_THE_TOP = {
    "a constant": """
import tensorflow as tf
two = tf.constant(2.0)

def network(x):
    return nn2.network(two * x)
""",
    "a layer": """
import keras

class Twice(keras.layers.Layer):
    def call(self, x):
        return 2 * x

def network(x):
    return nn2.network(Twice()(x))
""",
    "names": """
from keras import layers, ops
from layers import fc

def network(x):
    return fc(layers.Dense(50, "sigmoid")(2 * ops.abs(x)), 2)
""",
    "modules": """
import keras.layers as kl
import tensorflow.keras.backend

def network(x):
    return kl.Dense(2)(kl.Dense(50, "sigmoid")(2 * x))
""",
    "everything": """
from keras import *
from layers import *

def network(x):
    return fc(fc(x, 50, activation=activations.sigmoid), 2)
""",
}


@pytest.mark.slow
@pytest.mark.parametrize("top", AT_THE_TOP.values(), ids=AT_THE_TOP)
def test_what_a_script_takes_of_tensorflow_at_its_top_comes_without_tensorflow_s_lines(
    top, student_s_script
):
    done = student_s_script(MYLAB.format(top), "--describe")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.rstrip().endswith("115,352")


def test_a_script_that_takes_tensorflow_at_its_top_trains_without_tensorflow_s_lines(
    student_s_script, faces, tmp_path
):
    words = ["--databases", faces, "--train", "tiny", "--test", "other", "--logs", tmp_path]
    words += ["--batch-size", 16, "--iterations", 2]
    done = student_s_script(MYLAB.format(AT_THE_TOP["a layer"]), *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("result.json: written\n")
