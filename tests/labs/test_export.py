"""python -m labs.export: models that work without this project."""

import concurrent.futures
import contextlib
import dataclasses
import functools
import io
import json
import math
import shutil
import subprocess
import sys
from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

import layers as Layers
from dsutil import FACE_POINTS, DataSet, Images
from dsutil.binary import pair_paths
from labs import export, nn2, nn4, predict
from labs.tasks import Classification, Points, Reconstruction

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
        answers[name] = exported(run, folder / name)
    with nn4_with(of_every_layer):
        few = ("--iterations", 10, "--precision", "float32", "--summaries", "curves")
        assert run_lab_in(folder, nn4, "--run", "r", *few) == 0
        answers["every_layer"] = exported(folder / "nn4/r", folder / "every_layer")
    words = [sys.executable, "-I", "-c", LOAD, *answers]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name, of_run in answers.items():
        of_run |= {path.stem: np.load(path) for path in (folder / name).glob("*.npy")}
    return folder, answers


def exported(run, folder):
    """Exports a run in every kind.

    Returns:
        predict: what `predict` says of `tiny`, (50, 2).
        near: how far an export, in float32, may be from it: a run may be in bfloat16.
    """
    for kind in KINDS:
        assert export.main([str(run), "--to", f"{folder}/{kind}"]) == 0
    precision = json.loads((run / "config.json").read_text())["precision"]
    near = {"float32": 1e-5, "bfloat16": 0.02}[precision]
    return {"predict": predicted(run), "near": near}


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


@pytest.mark.slow
@pytest.mark.parametrize("way", ["keras", "serve", "signature", "tflite"])
@pytest.mark.parametrize("run", ["nn2", "nn4", "every_layer"])
def test_loaded_without_our_packages_it_answers_as_predict_does(run, way, models):
    _, answers = models
    assert answers[run][way] == pytest.approx(answers[run]["predict"], abs=answers[run]["near"])
    assert np.ptp(answers[run]["predict"]) > 0.01  # it is something to agree with


@pytest.mark.slow
def test_one_image_is_enough(models):
    folder, answers = models
    model = keras.saving.load_model(folder / "nn4/model.keras")
    images = np.load(folder / "images.npy")
    one = model.predict(images[:1], verbose=0)
    expected = answers["nn4"]["predict"][:1, 1]
    assert one["woman"] == pytest.approx(expected, abs=answers["nn4"]["near"])


@pytest.mark.slow
def test_the_keras_file_learns_on(models):
    folder, _ = models
    model = keras.saving.load_model(folder / "nn4/model.keras")
    assert sum(math.prod(weight.shape) for weight in model.trainable_weights) == 24_882


def test_a_run_in_bfloat16_is_exported_in_float32(run_lab, faces, tmp_path, said):
    arguments = (
        "--run",
        "r",
        "--iterations",
        5,
        "--precision",
        "bfloat16",
        "--summaries",
        "curves",
    )
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
    *warnings, sentence = err.splitlines()
    assert f"has {part}, which is not Keras's own" in sentence
    assert all(line.startswith("warning: The lab nn2 is not what") for line in warnings)
    assert said(trained_runs / "nn2/r", "--to", tmp_path / "saved")[0] == 0


# --------------------------------------------------------- networks as students write them


K = keras.layers


@dataclasses.dataclass
class Untrained:
    """What export takes of a `labs.analysis.trained.Trained`, with random weights and biases."""

    model: keras.Model
    lab: object = nn2.lab

    def __post_init__(self):
        random = np.random.default_rng(0)
        for weight in self.model.trainable_weights:
            weight.assign_add(ops.cast(random.normal(0, 0.1, weight.shape), weight.dtype))
        self.outputs = tf.function(lambda x: self.outputs_of(self.model, x))
        self.answer = ops.softmax

    def outputs_of(self, network, x):
        return tf.cast(network(x, training=False), tf.float32)


def untrained(network, policy="float32"):
    """An `Untrained`, of a lab's network."""
    keras.utils.set_random_seed(1)
    keras.config.set_dtype_policy("float32")
    x = keras.Input((2304,))
    keras.config.set_dtype_policy(policy)
    return Untrained(keras.Model(x, network(x)))


def answers_of(trained, images):
    """The probabilities (n, 2) of a network, by Keras alone."""
    x = (images.reshape(-1, 2304).astype(np.float32) - 128) / 256
    scores = trained.model.predict(x, verbose=0).astype(np.float64)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def answers_of_file(kind, path, images):
    """The same of an exported model, loaded as the README says."""
    if kind is export.KERAS:
        found = keras.saving.load_model(path).predict(images, verbose=0)
    elif kind is export.SAVED_MODEL:
        found = (served := tf.saved_model.load(path)).serve(images)
        del served
    else:
        model = tf.lite.Interpreter(str(path)).get_signature_runner("serving_default")
        found = model(images=images)
    return np.stack([found["man"], found["woman"]], axis=1)


def images_for(seed):
    return np.random.default_rng(seed).integers(0, 256, (9, 48, 48), np.uint8)


def on_picture(*layers):
    """The network of these layers on the picture, and a last layer of two scores."""

    def network(x):
        t = K.Reshape((48, 48, 1))(x)
        for layer in layers:
            t = layer()(t)
        return K.Dense(2)(K.Flatten()(t))

    return network


def rows(layer):
    """The network with such a layer on the 48 rows, one after another."""
    return on_picture(lambda: K.Reshape((48, 48)), layer)


def nested(x):
    inner = keras.Input((48, 48, 1))
    block = keras.Model(inner, K.Conv2D(3, 3, 5, padding="same")(inner))
    t = keras.Sequential([K.Reshape((48, 48, 1)), block, K.Flatten()])(x)
    return K.Dense(2)(t)


STRIDES = {
    "conv": on_picture(lambda: K.Conv2D(8, 3, 4, padding="same")),
    "one axis": on_picture(lambda: K.Conv2D(8, (3, 4), (4, 1), padding="same")),
    "second layer": on_picture(lambda: K.Conv2D(4, 3), lambda: K.Conv2D(8, 2, 5, padding="same")),
    "depthwise": on_picture(lambda: K.DepthwiseConv2D(3, 4, padding="same", depth_multiplier=4)),
    "separable": on_picture(lambda: K.SeparableConv2D(8, 3, 4, padding="same")),
    "1D": rows(lambda: K.Conv1D(8, 3, 4, padding="same")),
    "depthwise 1D": rows(lambda: K.DepthwiseConv1D(3, 4, padding="same")),
    "separable 1D": rows(lambda: K.SeparableConv1D(8, 3, 4, padding="same")),
    "nested": nested,
}
IN_STEPS = {
    "SimpleRNN": on_picture(lambda: K.Reshape((6, 384)), lambda: K.SimpleRNN(5)),
    "Bidirectional": on_picture(
        lambda: K.Reshape((4, 576)), lambda: K.Bidirectional(K.LSTM(3, return_sequences=True))
    ),
    "stacked cells": on_picture(
        lambda: K.Reshape((4, 576)), lambda: K.RNN([K.GRUCell(3), K.LSTMCell(2)])
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*STRIDES, *IN_STEPS])
def test_a_tflite_file_is_right_where_the_converter_alone_is_wrong_or_fails(name, tmp_path):
    trained = untrained((STRIDES | IN_STEPS)[name])
    path = tmp_path / "model.tflite"
    export.write_and_compare(trained, export.TFLITE, path)
    for images in (images_for(1), images_for(2)[:1]):
        expected = answers_of(trained, images)
        assert answers_of_file(export.TFLITE, path, images) == pytest.approx(expected, abs=1e-5)
    assert np.ptp(answers_of(trained, images_for(1))) > 0.01


class Counts(K.Layer):
    """Counts its calls in Python: what it answers changes each time that it is traced."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.calls = [0]

    def call(self, t):
        self.calls[0] += 1
        return t * self.calls[0]


class Once(K.Layer):
    """Can be called for its network, and for nothing else."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.calls = [0]

    def call(self, t):
        self.calls[0] += 1
        if self.calls[0] > 3:
            raise RuntimeError("the well is dry")
        return t


class Noise(K.Layer):
    """Forgets that there is no noise where nothing is trained."""

    def call(self, t):
        return t + tf.random.normal(tf.shape(t))


class Python(K.Layer):
    """Computes with NumPy, in the process that it was written in."""

    def call(self, t):
        return tf.ensure_shape(tf.numpy_function(np.sin, [t], tf.float32), t.shape)


class Shift(K.Layer):
    """Has an argument that cannot be written into a config, and no `get_config`."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function = function

    def call(self, t):
        return self.function(t)


EVERY = (export.KERAS, export.SAVED_MODEL, export.TFLITE)


@pytest.mark.parametrize(
    ("layer", "kinds", "words"),
    [
        (lambda: K.TimeDistributed(K.Conv2D(4, 3, 4, padding="same")), [export.TFLITE], "#4847"),
        (lambda: K.Lambda(lambda t: ops.erf(t)), [export.TFLITE], "no operation Erf"),
        (lambda: K.Lambda(lambda t: ops.svd(t, compute_uv=False)), [export.TFLITE], "Svd"),
        (lambda: Counts(), [export.SAVED_MODEL], "answers otherwise than the network"),
        (lambda: Noise(), EVERY, "otherwise each time"),
        (lambda: Once(), [export.SAVED_MODEL, export.TFLITE], "the well is dry"),
        (lambda: Python(), [export.SAVED_MODEL], "calls a Python function"),
        (lambda: Shift(lambda t: t + 1), [export.KERAS], "has a Shift, which is not Keras's own"),
        (lambda: K.Lambda(lambda t: t / 0), EVERY, "output is no number"),
    ],
    ids=["TimeDistributed", "Erf", "Svd", "counts", "noise", "once", "Python", "no config", "NaN"],
)
def test_what_cannot_be_written_right_is_refused_in_a_sentence(
    layer, kinds, words, tmp_path, capfd
):
    for kind in kinds:
        trained = untrained(on_picture(lambda: K.Reshape((2, 48, 24, 1)), layer))
        with pytest.raises(export.InputError) as refused:
            export.write_and_compare(trained, kind, tmp_path / f"model{kind.suffix}")
        assert words in str(refused.value)
        assert len(str(refused.value).splitlines()) == 1
        assert len(str(refused.value)) < 600
    assert "loc(" not in capfd.readouterr().err


def test_a_sequence_too_long_to_write_step_after_step_is_refused_in_tflite(tmp_path):
    trained = untrained(on_picture(lambda: K.Reshape((256, 9)), lambda: K.LSTM(2)))
    with pytest.raises(export.InputError, match=r"TensorList.*xport a SavedModel"):
        export.write_and_compare(trained, export.TFLITE, tmp_path / "model.tflite")


def test_what_is_refused_leaves_nothing_not_even_a_folder(
    trained_runs, tmp_path, monkeypatch, capfd
):
    def network(x):
        return nn2.network(ops.erf(x))

    monkeypatch.setattr(nn2, "lab", dataclasses.replace(nn2.lab, network=network))
    to = str(tmp_path / "new/folder/model.tflite")
    code = export.main([str(trained_runs / "nn2/r"), "--to", to])
    out, err = capfd.readouterr()
    assert (code, out, list(tmp_path.iterdir())) == (2, "", [])
    *warnings, sentence = err.splitlines()
    said = f"error: {to} is not written. The network cannot be written as a TFLite file"
    assert sentence.startswith(said)
    assert all(line.startswith("warning: The lab nn2 is not what") for line in warnings)


def batch_mean(x):
    """A network whose answers on one face depend on the others."""
    t = K.Dense(3)(x)
    return K.Dense(2)(t - ops.mean(t, axis=0, keepdims=True))


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.name)
def test_a_batch_is_compared_with_the_network_s_answers_on_that_batch(kind, tmp_path):
    trained, path = untrained(batch_mean), tmp_path / f"model{kind.suffix}"
    export.write_and_compare(trained, kind, path)
    images = images_for(3)
    assert answers_of_file(kind, path, images) == pytest.approx(
        answers_of(trained, images), abs=1e-5
    )


# ------------------------------------------------------------------------- networks for other tasks

COLOURS = Images((12, 10, 3))
MARKS = dataclasses.replace(FACE_POINTS, name="marks", side=24)


@dataclasses.dataclass
class OtherTask:
    """A task, and the outputs of an exported model by what the network itself puts out.

    Attributes:
        task: as a lab has it.
        outputs: from what the network puts out, (n, numbers), to a dict.
        rounding: how far an output may be from that.
    """

    task: object
    outputs: Callable
    rounding: float


def of_three_classes(y):
    powers = np.exp(y - y.max(axis=1, keepdims=True))
    return dict(
        zip(("red", "green", "blue"), (powers / powers.sum(1, keepdims=True)).T, strict=True)
    )


OTHERS = {
    "three classes": OtherTask(
        Classification("tint", ("red", "green", "blue"), images=COLOURS), of_three_classes, 1e-5
    ),
    "points": OtherTask(
        Points(MARKS, images=Images((24, 24))),
        lambda y: {"points": 24 * (y.reshape(-1, 5, 2) + 0.5)},
        1e-3,
    ),
    "reconstruction": OtherTask(
        Reconstruction("code", images=COLOURS),
        lambda y: {
            "reconstruction": np.clip(256 * y + 128, 0, 255).reshape(-1, 12, 10, 3),
        },
        1e-2,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.name)
@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_an_export_gives_the_answers_of_the_lab_s_task(other, kind, tmp_path):
    task, path = other.task, tmp_path / f"model{kind.suffix}"
    keras.utils.set_random_seed(1)
    x = keras.Input((task.images.numbers,))
    model = keras.Model(x, K.Dense(math.prod(task.output_shape))(K.Dense(9, "tanh")(x)))
    trained = Untrained(model, dataclasses.replace(nn4.lab, task=task))
    trained.answer = task.answer(nn4.loss)
    export.write_and_compare(trained, kind, path)
    images = np.random.default_rng(0).integers(0, 256, (5, *task.images.shape), np.uint8)
    y = model.predict((images.reshape(5, -1).astype(np.float32) - 128) / 256, verbose=0)
    expected, found = other.outputs(y.astype(float)), kind.load(str(path))(images)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert np.ptp(values) > 0.1  # there is something to agree with
        assert np.asarray(found[name]) == pytest.approx(values, abs=other.rounding)


def test_what_was_exported_is_told_in_the_task_s_words(trained_runs, tmp_path, said):
    _, out, _ = said(trained_runs / "nn2/r", "--to", tmp_path / "model.keras")
    told = "images (n, 48, 48) uint8 -> probabilities man, woman (n,)"
    assert out.rstrip().endswith(told)


# ------------------------------------------------------------------------------------ precision


class Cell(K.Layer):
    """A layer of a student's own, with weights and a layer inside, that has no `get_config`."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function, self.inside = function, K.Dense(4, dtype=self.dtype_policy)

    def call(self, t):
        return self.function(self.inside(t))


def nested_in_16_bits(x):
    t = K.Reshape((48, 48, 1))(x)
    inner = keras.Input(t.shape[1:], dtype=t.dtype)
    block = keras.Model(inner, Layers.BatchNormalizer(4)(K.Conv2D(4, 3, 2)(inner)))
    inside = keras.Sequential([keras.Input((23, 23, 4), dtype=t.dtype), K.MaxPooling2D()])
    return K.Dense(2)(K.Flatten()(inside(block(t))))


def attention(x):
    t = K.Normalization(mean=0.1, variance=0.3)(K.Reshape((48, 48))(x))
    adapted = K.Normalization()
    adapted.adapt(np.random.default_rng(0).normal(2, 3, (20, 48, 48)).astype(np.float32))
    t = adapted(t)
    return K.Dense(2)(K.Flatten()(K.MultiHeadAttention(2, 4)(t, t)))


def with_a_cast(x):
    return K.Dense(2)(ops.cast(x, "float16") * 2)


IN_16_BITS = {
    "nested": nested_in_16_bits,
    "attention": attention,
    "recurrent": on_picture(
        lambda: K.Reshape((4, 576)),
        lambda: K.Bidirectional(K.SimpleRNN(3, recurrent_initializer="glorot_uniform")),
    ),
    "cast": with_a_cast,
}


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["mixed_float16", "bfloat16"])
@pytest.mark.parametrize("name", IN_16_BITS)
def test_every_layer_of_an_export_is_of_float32_whatever_the_lab_s_are(name, policy, tmp_path):
    path = tmp_path / "model.keras"
    in_float32 = untrained(IN_16_BITS[name])
    trained = untrained(IN_16_BITS[name], policy)
    stored = [ops.cast(weight, "float32") for weight in trained.model.weights]
    in_float32.model.set_weights(stored)
    for layer in in_float32.model.layers:
        if isinstance(layer, K.Normalization):
            layer.finalize_state()
    export.write_and_compare(trained, export.KERAS, path)
    model = keras.saving.load_model(path)
    assert {layer.dtype_policy.name for layer in model._flatten_layers()} == {"float32"}
    dtypes = {weight.dtype for weight in model.weights}
    assert {dtype for dtype in dtypes if "float" in dtype} == {"float32"}
    expected = answers_of(in_float32, images_for(4))
    # The cast of the lab is in both; all else is float32 in both.
    near = 1e-3 if name == "cast" else 1e-5
    assert answers_of_file(export.KERAS, path, images_for(4)) == pytest.approx(expected, abs=near)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "float64"])
@pytest.mark.parametrize("kind", [export.SAVED_MODEL, export.TFLITE], ids=lambda kind: kind.name)
def test_no_operation_of_an_export_is_in_16_bits(kind, policy, tmp_path):
    path = tmp_path / f"model{kind.suffix}"
    export.write_and_compare(untrained(nested_in_16_bits, policy), kind, path)
    if kind is export.TFLITE:
        tensors = tf.lite.Interpreter(str(path)).get_tensor_details()
        types = {np.dtype(tensor["dtype"]).name for tensor in tensors}
    else:
        loaded = tf.saved_model.load(path)
        graph = loaded.signatures["serving_default"].graph.as_graph_def()
        nodes = [node for part in graph.library.function for node in part.node_def]
        attributes = [value.type for node in nodes for value in node.attr.values() if value.type]
        types = {tf.dtypes.as_dtype(number).name for number in attributes}
    assert "float32" in types
    assert not types & {"float16", "bfloat16", "float64"}


def test_a_layer_without_a_config_computes_in_float32_unless_its_weights_do_not(tmp_path):
    network = on_picture(lambda: Cell(lambda t: t * 2, dtype=keras.config.dtype_policy()))
    trained, path = untrained(network, "mixed_float16"), tmp_path / "model"
    export.write_and_compare(trained, export.SAVED_MODEL, path)
    with pytest.raises(export.InputError, match=r"Cell.* has no get_config"):
        export.write_and_compare(untrained(network, "bfloat16"), export.SAVED_MODEL, path)


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


NASTY = "a [1]*?{x} \\'\"\n\u00e9"


@pytest.mark.parametrize("suffix", [".keras", ".tflite", "/"])
def test_any_path_that_the_system_allows_is_written_to(suffix, trained_runs, tmp_path, said):
    path = tmp_path / NASTY / f"-{NASTY}{suffix}"
    code, out, err = said(trained_runs / "nn2/r", "--to", f"{path}{'/' * (suffix == '/')}")
    assert code == 0, err
    assert len(out.splitlines()) == 1
    # TensorFlow would take the path of a SavedModel for a pattern, which it cannot be told not to.
    assert ("TensorFlow takes" in err) == (suffix == "/")
    [written] = (tmp_path / NASTY).iterdir()
    assert written == path
    plain = shutil.move(written, tmp_path / f"plain{suffix.rstrip('/')}")
    kind = export.KINDS[suffix.rstrip("/")]
    found = answers_of_file(kind, plain, images_for(5))
    assert found.sum(axis=1) == pytest.approx(np.ones(9), abs=1e-6)


def test_a_temporary_folder_that_tensorflow_takes_for_a_pattern_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(export.tempfile, "tempdir", str(tmp_path / "a [1]"))
    with pytest.raises(export.InputError, match="set TMPDIR"), export.room_to_write():
        pass


def test_main_returns_its_code_in_a_thread_as_well(trained_runs, tmp_path, capsys):
    run = str(trained_runs / "nn2/r")
    asked = ([run, "--to", f"{tmp_path}/a.keras"], [run, "--to", f"{tmp_path}/a.h5"], [run])
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        assert [thread.submit(export.main, words).result() for words in asked] == [0, 2, 2]
    assert capsys.readouterr().err.count("error: ") == 2


def test_a_folder_that_is_no_run(tmp_path, said):
    code, _, err = said(tmp_path, "--to", tmp_path / "model.keras")
    assert code == 2
    assert "there is no run" in err
    assert list(tmp_path.iterdir()) == []
