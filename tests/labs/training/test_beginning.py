"""A run may begin with another run's weights, and keep layers of it as they are."""

import dataclasses
import json
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

import layers as Layers
from dsutil import DataSet, InputError
from dsutil.binary import pair_paths
from dsutil.dataset import normalized
from labs import export, nn3, nn4, predict, report, runs
from labs.analysis import trained
from labs.tasks import Classification
from labs.training.batches import Batches
from labs.training.beginning import freeze
from labs.training.options import Options, from_keywords, parse, recorded

EVERY = ("--summary-every", 1, "--evaluate-every", 2, "--precision", "float32")


def network(x, units=6, last="fc_3", outputs=2):
    t = Layers.batchnorm(Layers.fc(x, units, "fc_1", "relu"), "norm_2")
    return Layers.fc(t, outputs, last, tf.nn.log_softmax)


def gradient_descent(learning_rate):
    return keras.optimizers.SGD(learning_rate)


SMALL = dataclasses.replace(
    nn4.lab, name="small", network=network, optimizer=gradient_descent, iterations=4
)


def variation(**changed):
    return SimpleNamespace(
        lab=dataclasses.replace(
            SMALL, name="other", network=lambda x: network(x, **changed), run_by=None
        )
    )


@pytest.fixture(scope="module")
def source(run_lab_in, tmp_path_factory):
    """The folder of a run of four iterations to begin from."""
    logs = tmp_path_factory.mktemp("source")
    lab = SimpleNamespace(lab=SMALL)
    assert run_lab_in(logs, lab, "--run", "source", "--iterations", 4, *EVERY) == 0
    return logs / "small" / "source"


@pytest.fixture
def begin(run_lab, source, tmp_path):
    """Begins a run of the small lab, or of another, from that run; returns the new one's folder."""

    def run(*words, lab=None, iterations=2, name="begun"):
        lab = lab or SimpleNamespace(lab=SMALL)
        words = ("--run", name, "--from", source, "--iterations", iterations, *EVERY, *words)
        assert run_lab(lab, *words) == 0
        return tmp_path / lab.lab.name / name

    return run


def weights(run, step):
    """By layer and variable, as TensorFlow alone reads them from a checkpoint."""
    reader = tf.train.load_checkpoint(str(run / "checkpoints" / f"ckpt-{step}"))
    keys = [key for key in reader.get_variable_to_shape_map() if key.startswith("weights/")]
    return {key.split("/")[1].replace(".S", "/"): reader.get_tensor(key) for key in keys}


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


# --------------------------------------------------------------------------------- a run's weights


def test_a_run_begins_with_all_that_the_layers_of_the_newest_checkpoint_keep(begin, source):
    begun, before = weights(begin(), 0), weights(source, 4)
    assert same(begun, before)
    assert {"norm_2/mean_sum", "norm_2/weight_sum"} <= begun.keys()
    assert not np.array_equal(before["fc_1/kernel"], weights(source, 0)["fc_1/kernel"])


@pytest.mark.parametrize("ending", ["", ".index"])
def test_a_run_begins_with_the_checkpoint_that_is_named(begin, source, ending):
    place = source / "checkpoints" / f"ckpt-2{ending}"
    assert same(weights(begin("--from", place), 0), weights(source, 2))


def test_a_damaged_checkpoint_is_passed_over(begin, source, tmp_path, capsys):
    copy = tmp_path / "copy"
    (copy / "checkpoints").mkdir(parents=True)
    for path in (source / "config.json", *(source / "checkpoints").glob("ckpt-*")):
        (copy / path.relative_to(source)).write_bytes(path.read_bytes())
    (copy / "checkpoints/ckpt-4.data-00000-of-00001").write_bytes(b"nothing")
    assert same(weights(begin("--from", copy), 0), weights(source, 2))
    assert "ckpt-4 is damaged and is passed over" in capsys.readouterr().out


def test_a_layer_that_the_run_lacks_starts_as_without_it_and_is_named(
    begin, run_lab, source, tmp_path, capsys
):
    lab = variation(last="answer")
    begun = weights(begin(lab=lab), 0)
    assert "begun with its weights of 2 layers; afresh: answer" in capsys.readouterr().out
    assert run_lab(lab, "--run", "alone", "--iterations", 1, *EVERY) == 0
    alone = weights(tmp_path / "other" / "alone", 0)
    assert np.array_equal(begun["answer/kernel"], alone["answer/kernel"])
    assert np.array_equal(begun["fc_1/kernel"], weights(source, 4)["fc_1/kernel"])


def test_a_run_remembers_what_it_began_with(begin, source):
    config = json.loads((begin(lab=variation(last="answer")) / "config.json").read_text())
    assert config["options"]["begin_from"] == str(source)
    begun = config["begun"]
    assert begun["checkpoint"] == str(source / "checkpoints" / "ckpt-4")
    assert (begun["layers"], begun["afresh"]) == (["fc_1", "norm_2"], ["answer"])
    line = (source / "checkpoints" / "ckpt-4.sha256").read_text()
    assert f"{begun['sha256']}  ckpt-4.data" in line


def refused(capsys, run_lab, lab, *words):
    """The sentence with which a run is refused, of which nothing is left."""
    assert run_lab(lab, "--run", "refused", "--iterations", 2, *EVERY, *words) == 2
    return capsys.readouterr().err


def test_another_number_of_classes_is_refused_and_told_what_to_do(source, run_lab, faces, capsys):
    labels = np.eye(3, dtype=np.float32)[np.arange(50) % 3]
    labels.tofile(faces / "third_tiny.bin")
    labels[:30].tofile(faces / "third_other.bin")
    third = Classification("third", ("one", "two", "three"))
    lab = SimpleNamespace(
        lab=dataclasses.replace(variation(outputs=3).lab, task=third, loss=nn4.loss)
    )
    said = refused(capsys, run_lab, lab, "--from", source)
    # (Of a kernel and a bias the bias comes first.)
    assert "ckpt-4: fc_3/bias is of the shape (2,) there, and here it is of the shape (3,)" in said
    assert "such as fc_3_new" in said


def test_a_layer_of_other_variables_is_refused(source, run_lab, capsys, tmp_path):
    def other(x):
        t = keras.layers.Dense(6, use_bias=False, name="fc_1")(x)
        return Layers.fc(t, 2, "fc_3", tf.nn.log_softmax)

    lab = SimpleNamespace(lab=dataclasses.replace(SMALL, name="other", network=other))
    said = refused(capsys, run_lab, lab, "--from", source)
    assert "fc_1/bias is of the shape (6,) there, and here it is missing" in said
    assert not (tmp_path / "other").exists()


def test_a_run_without_a_layer_in_common_is_refused(source, run_lab, capsys, tmp_path):
    def other(x):
        return Layers.fc(x, 2, "answer", tf.nn.log_softmax)

    lab = SimpleNamespace(lab=dataclasses.replace(SMALL, name="other", network=other))
    said = refused(capsys, run_lab, lab, "--from", source)
    assert "no layer of a name that the network has: there fc_1, fc_3, norm_2, here answer" in said
    assert not (tmp_path / "other").exists()


def test_a_run_that_is_not_there_is_refused_before_a_folder_is_made(run_lab, tmp_path, capsys):
    said = refused(capsys, run_lab, SimpleNamespace(lab=SMALL), "--from", tmp_path / "none")
    assert "none/config.json is missing, so there is no run" in said
    assert not (tmp_path / "small").exists()


def test_a_checkpoint_that_is_not_there_is_refused(run_lab, source, capsys):
    place = source / "checkpoints" / "ckpt-3"
    said = refused(capsys, run_lab, SimpleNamespace(lab=SMALL), "--from", place)
    assert "There is no checkpoint ckpt-3" in said
    assert "ckpt-4, ckpt-2, ckpt-0" in said


def test_a_run_that_keeps_averages_passes_on_the_averages(run_lab, tmp_path):
    def averaging(rate):
        return keras.optimizers.Adam(rate, use_ema=True, ema_momentum=0.5)

    lab = SimpleNamespace(lab=dataclasses.replace(SMALL, optimizer=averaging))
    often = ("--iterations", 3, *EVERY)
    assert run_lab(lab, "--run", "first", *often) == 0
    first = tmp_path / "small" / "first"
    assert run_lab(lab, "--run", "second", "--from", first, *often) == 0
    predicted = trained.restored(lab.lab, runs.existing(first)).model  # as predict has it
    begun = weights(tmp_path / "small" / "second", 0)
    assert not np.array_equal(begun["fc_1/kernel"], weights(first, 3)["fc_1/kernel"])
    for variable in predicted.weights:
        assert np.array_equal(begun[variable.path], variable.numpy())


# ------------------------------------------------------------------------------------- frozen ones


def test_frozen_layers_stay_equal_to_the_bit_and_the_others_learn(begin, source):
    before, after = weights(source, 4), weights(begin("--freeze", "fc_1", "norm_2"), 2)
    moved = {name for name in before if not np.array_equal(before[name], after[name])}
    assert moved == {"fc_3/kernel", "fc_3/bias"}


def test_the_last_layer_alone_learns_as_logistic_regression_on_the_run_s_features(
    begin, source, faces
):
    """In NumPy: gradient descent on the mean cross-entropy of softmax(features @ kernel + bias)."""
    found = weights(begin("--freeze", "fc_1", "norm_2", "--learning-rate", 0.1, iterations=4), 4)
    before = weights(source, 4)
    dataset = DataSet(*pair_paths(faces, "tiny"), batch_size=16)
    rows = Batches(dataset, 16, 0).rows(0, 4)
    x = normalized(dataset.images.reshape(50, -1)).astype(np.float64)
    t = np.maximum(x @ before["fc_1/kernel"] + before["fc_1/bias"], 0)
    mean, variance = (
        before[f"norm_2/{name}_sum"] / before["norm_2/weight_sum"] for name in ("mean", "variance")
    )
    t = before["norm_2/gamma"] * (t - mean) / np.sqrt(variance + 0.01) + before["norm_2/beta"]
    kernel, bias = before["fc_3/kernel"].astype(np.float64), before["fc_3/bias"].astype(np.float64)
    for batch in rows:
        scores = t[batch] @ kernel + bias
        p = np.exp(scores - scores.max(1, keepdims=True))
        wrong = (p / p.sum(1, keepdims=True) - dataset.labels[batch]) / len(batch)
        kernel, bias = kernel - 0.1 * t[batch].T @ wrong, bias - 0.1 * wrong.sum(0)
    assert found["fc_3/kernel"] == pytest.approx(kernel, abs=2e-5)
    assert found["fc_3/bias"] == pytest.approx(bias, abs=2e-5)
    assert np.abs(kernel - before["fc_3/kernel"]).max() > 1e-3


def model():
    x = keras.Input((12,))
    t = Layers.fc(x, 4, "fc_1", "relu")
    t = Layers.fc(t, 4, "block_2_1")
    t = Layers.batchnorm(t, "block_2_norm")
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, name="deep")], name="inner")
    t = keras.layers.ReLU(name="relu_3")(inner(t))
    return keras.Model(x, Layers.fc(t, 2, "fc_4"))


@pytest.mark.parametrize(
    ("names", "learning"),
    [
        (["fc_1"], {"block_2_1", "block_2_norm", "deep", "fc_4"}),
        (["block_2"], {"fc_1", "deep", "fc_4"}),
        (["inner"], {"fc_1", "block_2_1", "block_2_norm", "fc_4"}),
        (["inner/deep", "fc"], {"block_2_1", "block_2_norm"}),
    ],
)
def test_a_name_stands_for_a_layer_for_one_inside_another_or_for_a_block(names, learning):
    found = model()
    freeze(found, names)
    owners = {variable.path.split("/")[-2] for variable in found.trainable_variables}
    assert owners == learning


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["fc1"], "Found --freeze fc1, and there is no such layer: did you mean fc_1"),
        (["zzz"], "expected some of fc_1, block_2_1, block_2_norm, inner, inner/deep, fc_4."),
        (["relu_3"], "relu_3, a layer without weights"),
        (["fc", "block", "inner"], "Found --freeze fc block inner, which leaves nothing that"),
    ],
)
def test_what_cannot_be_frozen_is_refused(names, sentence):
    with pytest.raises(InputError) as error:
        freeze(model(), names)
    assert sentence in str(error.value)


def test_only_what_learns_is_counted_and_described(begin, capsys):
    result = json.loads((begin("--freeze", "fc_1", "norm") / "result.json").read_text())
    assert result["parameters"] == 6 * 2 + 2
    said = capsys.readouterr().out
    assert f"14 parameters, {2304 * 6 + 6 + 6 + 6:,} more are frozen" in said
    with pytest.raises(SystemExit):
        SMALL.main(["--describe", "--freeze", "fc_1", "norm"])
    said = capsys.readouterr().out
    assert "2304*6 + 6 = 13,830, frozen\n" in said
    assert said.endswith("Total = 14\n")


# ------------------------------------------------------------------------------ resume, and tools


def test_two_iterations_and_two_more_are_four_to_the_bit_and_the_source_may_be_gone(
    begin, run_lab, tmp_path, source
):
    copy = tmp_path / "copy"
    (copy / "checkpoints").mkdir(parents=True)
    for path in (source / "config.json", *(source / "checkpoints").glob("ckpt-4*")):
        (copy / path.relative_to(source)).write_bytes(path.read_bytes())
    whole = begin("--freeze", "fc_1", iterations=4, name="whole")
    twice = begin("--from", copy, "--freeze", "fc_1", iterations=2, name="twice")
    for path in sorted(copy.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    lab = SimpleNamespace(lab=SMALL)
    assert run_lab(lab, "--run", "twice", "--restore", "--iterations", 4) == 0
    assert same(weights(whole, 4), weights(twice, 4))
    assert "begun" in json.loads((twice / "config.json").read_text())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--from", "elsewhere"), "found --from elsewhere: how a run begins cannot change"),
        (("--freeze", "fc_3"), "has begun with --freeze fc_1, found --freeze fc_3"),
    ],
)
def test_how_a_run_began_cannot_change(begin, run_lab, source, words, sentence, capsys):
    begin("--freeze", "fc_1")
    lab = SimpleNamespace(lab=SMALL)
    capsys.readouterr()
    assert run_lab(lab, "--run", "begun", "--restore", *words, "--iterations", 3) == 2
    assert sentence in capsys.readouterr().err
    same = ("--from", f"{source}/", "--freeze", "fc_1")
    assert run_lab(lab, "--run", "begun", "--restore", *same, "--iterations", 3) == 0


def test_a_run_with_frozen_layers_is_restored_with_what_it_learned(begin):
    run = begin("--freeze", "fc_1", "norm")
    found = trained.restored(SMALL, runs.existing(run))
    assert found.parameters == 6 * 2 + 2
    for variable in found.model.weights:
        assert np.array_equal(weights(run, 2)[variable.path], variable.numpy())


@pytest.mark.slow
def test_the_tools_open_a_run_with_frozen_layers(begin, trained_runs, said_by, result, tmp_path):
    words = ("--from", trained_runs / "nn4" / "r", "--freeze", "conv")
    run = begin(*words, "--summaries", "light", lab=nn4)
    code, out, error = said_by(predict, run, "--evaluate", "other", "--json")
    assert (code, error) == (0, "")
    reached = result("nn4", "begun")
    assert json.loads(out)["evaluation"]["accuracy"] == pytest.approx(reached["test_accuracy"])
    assert reached["parameters"] == 6 * 6 * 16 * 2 + 2
    assert said_by(export, run, "--to", tmp_path / "model.keras")[0] == 0
    assert said_by(report, run)[0] == 0
    assert "--freeze conv" in (run / "report.html").read_text()


def test_old_runs_have_begun_by_themselves():
    found = dataclasses.asdict(Options.of_lab(nn3.lab))
    del found["begin_from"], found["freeze"]
    assert recorded(nn3.lab, found) == Options.of_lab(nn3.lab, begin_from="", freeze="")


def test_the_command_line_and_python_say_the_same():
    typed = parse(nn4.lab, ["--from", "logs/nn4/1", "--freeze", "conv_1", "conv_3"])
    called = from_keywords(nn4.lab, {"begin_from": "logs/nn4/1", "freeze": ["conv_1", "conv_3"]})
    for given in (typed, called):
        assert (given.begin_from, given.freeze) == ("logs/nn4/1", "conv_1 conv_3")
    options = Options.of_lab(nn4.lab).with_given(typed)
    assert recorded(nn4.lab, dataclasses.asdict(options)) == options
    assert from_keywords(nn4.lab, {"freeze": []}).freeze == ""
