"""python -m labs.export: models that work without this project."""

import contextlib
import dataclasses
import functools
import io
import json
import math
import subprocess
import sys

import keras
import numpy as np
import pytest

import layers as Layers
from dsutil import DataSet
from dsutil.binary import pair_paths
from labs import export, nn2, nn4, predict

KINDS = ("model.keras", "saved_model/", "model.tflite")

# Loads every model in a Python that finds none of our packages, in whatever way they are installed.
LOAD = """
import sys
for name in ("labs", "layers", "dsutil"):
    sys.modules[name] = None
import keras, numpy as np, tensorflow as tf
images = np.load("images.npy")
for run in sys.argv[1:]:
    served = tf.saved_model.load(f"{run}/saved_model")
    signature = served.signatures["serving_default"]
    tflite = tf.lite.Interpreter(f"{run}/model.tflite").get_signature_runner("serving_default")
    found = {
        "keras": keras.saving.load_model(f"{run}/model.keras", safe_mode=True).predict(images),
        "serve": served.serve(images),
        "signature": signature(images=tf.constant(images)),
        "tflite": tflite(images=images),
    }
    for way, answers in found.items():
        assert set(answers) == {"man", "woman"}, answers
        np.save(f"{run}/{way}.npy", np.stack([answers["man"], answers["woman"]], axis=1))
"""


def of_every_layer(x):
    """A network as a student might change nn4 to: with every layer that `layers` has."""
    t = Layers.unflat(x, 48, 48, 1)
    t = Layers.avgpool(Layers.conv(t, 4, 5, 2, "conv_1"), 2)
    t = Layers.BatchNormalizer(4)(t)
    t = Layers.residual(t, 8, 3, name="residual_2")
    inner = keras.Input(t.shape[1:])
    t = keras.Model(inner, Layers.BatchNormalizer(8)(inner), name="block")(t)
    t = Layers.dropout(Layers.flat(Layers.maxpool(t, 2)), 0.5)
    return Layers.fc(t, 2, "fc_3", "log_softmax")


@contextlib.contextmanager
def nn4_with(network):
    """nn4 as a student has changed it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nn4, "lab", dataclasses.replace(nn4.lab, network=network))
        yield nn4


@pytest.fixture(scope="module")
def models(trained_runs, run_lab_in, faces, tmp_path_factory):
    """Exported models of three runs in every kind, and what each of them answers once loaded.

    Returns:
        for each run what `predict` says of `tiny`, and what its models do: (50, 2) each, by name.
    """
    folder = tmp_path_factory.mktemp("exported")
    images = np.array(DataSet(*pair_paths(faces, "tiny")).images)
    np.save(folder / "images.npy", images.reshape(-1, 48, 48))
    answers = {}
    for name, run in (("nn2", trained_runs / "nn2/r"), ("nn4", trained_runs / "nn4/r")):
        answers[name] = {"predict": exported(run, folder / name)}
    with nn4_with(of_every_layer):
        assert run_lab_in(folder, nn4, "--run", "r", "--iterations", 10) == 0
        answers["every_layer"] = {"predict": exported(folder / "nn4/r", folder / "every_layer")}
    words = [sys.executable, "-I", "-c", LOAD, *answers]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name, of_run in answers.items():
        of_run |= {path.stem: np.load(path) for path in (folder / name).glob("*.npy")}
    return folder, answers


def exported(run, folder):
    """Exports a run in every kind; returns what `predict` says of `tiny`, (50, 2)."""
    for kind in KINDS:
        assert export.main([str(run), "--to", f"{folder}/{kind}"]) == 0
    return predicted(run)


def predicted(run):
    """The probabilities that `predict` prints of `tiny`, (50, 2)."""
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())) as out:
        assert predict.main([str(run), "--data", "tiny", "--rows", "0:", "--json"]) == 0
    out.seek(0)
    pictures = json.load(out)["pictures"]
    return np.array([[one["probabilities"][name] for name in ("man", "woman")] for one in pictures])


@pytest.fixture
def said(said_by):
    """Runs export; returns its exit code and what it wrote to the standard output and error."""
    return functools.partial(said_by, export)


@pytest.mark.parametrize("way", ["keras", "serve", "signature", "tflite"])
@pytest.mark.parametrize("run", ["nn2", "nn4", "every_layer"])
def test_loaded_without_our_packages_it_answers_as_predict_does(run, way, models):
    _, answers = models
    assert answers[run][way] == pytest.approx(answers[run]["predict"], abs=1e-5)
    assert np.ptp(answers[run]["predict"]) > 0.01  # it is something to agree with


def test_one_image_is_enough(models):
    folder, answers = models
    model = keras.saving.load_model(folder / "nn4/model.keras")
    images = np.load(folder / "images.npy")
    one = model.predict(images[:1], verbose=0)
    assert one["woman"] == pytest.approx(answers["nn4"]["predict"][:1, 1], abs=1e-5)


def test_the_keras_file_learns_on(models):
    folder, _ = models
    model = keras.saving.load_model(folder / "nn4/model.keras")
    assert sum(math.prod(weight.shape) for weight in model.trainable_weights) == 24_882


def test_a_run_in_bfloat16_is_exported_in_float32(run_lab, faces, tmp_path, said):
    arguments = ("--run", "r", "--iterations", 5, "--precision", "bfloat16")
    run_lab(nn4, *arguments)
    assert said(tmp_path / "nn4/r", "--to", tmp_path / "model.keras")[0] == 0
    model = keras.saving.load_model(tmp_path / "model.keras")
    assert {variable.dtype for variable in model.variables} == {"float32"}
    images = np.array(DataSet(*pair_paths(faces, "tiny")).images).reshape(-1, 48, 48)
    found = model.predict(images, verbose=0)["man"]
    assert found == pytest.approx(predicted(tmp_path / "nn4/r")[:, 0], abs=0.02)


def test_another_checkpoint_is_another_model(trained_runs, tmp_path, said):
    for checkpoint in ("ckpt-5", "ckpt-10"):
        words = (trained_runs / "nn2/r", "--checkpoint", checkpoint, "--to")
        code, out, _ = said(*words, tmp_path / f"{checkpoint}.keras")
        assert code == 0
        assert f"nn2 after {checkpoint[5:]} iterations, 115,352 parameters" in out
    one, other = (keras.saving.load_model(path) for path in sorted(tmp_path.iterdir()))
    assert not np.array_equal(one.get_weights()[0], other.get_weights()[0])


@keras.saving.register_keras_serializable(package="ours")
class Ours(keras.layers.Layer):
    def call(self, t):
        return t


def ours(t):
    return t


@pytest.mark.parametrize(
    ("layer", "part"),
    [
        (lambda: Ours(), "a Ours"),
        (lambda: keras.layers.Lambda(lambda t: t), "a Lambda"),
        (lambda: keras.layers.Activation(ours), "the function ours"),
    ],
    ids=["layer", "Lambda", "function"],
)
def test_what_keras_alone_could_not_load_is_refused_in_a_keras_file_only(
    layer, part, trained_runs, tmp_path, said, monkeypatch
):
    changed = dataclasses.replace(nn2.lab, network=lambda x: layer()(nn2.network(x)))
    monkeypatch.setattr(nn2, "lab", changed)
    code, _, err = said(trained_runs / "nn2/r", "--to", tmp_path / "model.keras")
    assert (code, list(tmp_path.iterdir())) == (2, [])
    assert f"has {part}, which is not Keras's own" in err
    assert len(err.splitlines()) == 1
    assert said(trained_runs / "nn2/r", "--to", tmp_path / "saved")[0] == 0


# -------------------------------------------------------------------------------------- the place


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_of_the_same_kind_is_replaced_and_nothing_is_left_beside_it(
    kind, trained_runs, tmp_path, said
):
    sizes = []
    for lab in ("nn4", "nn2"):
        assert said(trained_runs / lab / "r", "--to", f"{tmp_path}/{kind}")[0] == 0
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        sizes.append(sum(path.stat().st_size for path in files))
    assert sizes[1] > 2 * sizes[0]  # nn2 has more parameters
    assert [path.name for path in tmp_path.iterdir()] == [kind.rstrip("/")]


@pytest.mark.parametrize("kind", KINDS)
def test_anything_else_is_left_as_it_is(kind, trained_runs, tmp_path, said):
    file, folder = tmp_path / "file" / kind, tmp_path / "folder" / kind
    file.parent.mkdir()
    file.write_text("a letter")
    folder.mkdir(parents=True)
    (folder / "letter").write_text("a letter")
    for path in (file, folder):
        code, _, err = said(trained_runs / "nn2/r", "--to", f"{path}{'/' * kind.endswith('/')}")
        assert (code, len(err.splitlines())) == (2, 1)
        assert "is there and is no" in err
    assert file.read_text() == (folder / "letter").read_text() == "a letter"
    assert len(list(tmp_path.rglob("*"))) == 5


def test_a_saved_model_with_a_file_of_somebody_else_in_it_is_left(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"")
    assert export.is_saved_model(tmp_path)
    (tmp_path / "thesis.txt").write_text("three years")
    assert not export.is_saved_model(tmp_path)


def test_what_fails_leaves_the_model_that_was_there(models, trained_runs, monkeypatch, said):
    folder, _ = models
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def fail(model, path):
        path.write_bytes(b"half of it")
        raise OSError("the disk is full")

    monkeypatch.setitem(export.KINDS, ".keras", export.KINDS[".keras"]._replace(write=fail))
    code, _, err = said(trained_runs / "nn4/r", "--to", folder / "nn4/model.keras")
    assert (code, err) == (2, "error: the disk is full\n")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["model.h5", "model.onnx", "a.keras.zip"])
def test_a_kind_that_is_not_known(name, trained_runs, tmp_path, said):
    code, _, err = said(trained_runs / "nn2/r", "--to", tmp_path / name)
    assert code == 2
    assert "ends in .keras or .tflite" in err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_run(tmp_path, said):
    code, _, err = said(tmp_path, "--to", tmp_path / "model.keras")
    assert code == 2
    assert "there is no run" in err
    assert list(tmp_path.iterdir()) == []
