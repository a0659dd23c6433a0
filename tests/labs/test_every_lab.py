"""What every lab promises, whatever it asks. A new lab is tested by being listed here."""

import contextlib
import importlib
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import labs
from dsutil import databases
from dsutil.binary import write_columns
from dsutil.columns import (
    ADDING_50,
    FACE_MASK,
    FACE_POINTS,
    FACES,
    GENDER,
    INSTANCES,
    PERSON,
    SCENE,
    SCENE_BOXES,
    SUM,
)
from dsutil.drawn import adding, landmarks, masks, scenes
from dsutil.drawn import faces as drawn
from labs import catalogue, compare, export, new, predict
from labs.analysis import results
from labs.detection import speed
from labs.training.scripts import files, module_of

HERE = Path(__file__).parent
OF_A_TEST = "three_classes"
COPY = "mylab"  # that `python -m labs.new` makes
SMALL_ONES = ["nn4", "autoencoder", "localization", "lstm", OF_A_TEST, COPY]
THE_OTHERS = ["nn2", "nn3", "nn5", "perceptron", "small_net", "residual_net", "lenet", "hardened"]
THE_OTHERS += ["linear_autoencoder", "overcomplete", "sparse", "contractive", "sparse_coding"]
THE_OTHERS += ["denoising", "gan", "segmentation", "detection", "two_stage", "instances"]
THE_OTHERS += ["recurrent", "embedding"]
NAMES = SMALL_ONES + THE_OTHERS
# They differ from lenet in their networks alone, which tests/labs/architectures trains a little.
LIKE_LENET = {"alexnet", "vgg", "googlenet", "resnet", "senet", "densenet", "squeezenet"}
LIKE_LENET |= {"fractalnet"}
SMALL = ["--batch-size", "20", "--precision", "float32"]


@pytest.fixture(scope="module", autouse=True)
def scripts(tmp_path_factory):
    """The labs of this list, by name: that of the tests, and a copy, lie beside the others."""
    folder = tmp_path_factory.mktemp("scripts")
    shutil.copy(HERE / f"{OF_A_TEST}.py", folder)
    labs.__path__.append(str(folder))
    new.main([COPY, "--like", "perceptron", "--to", str(folder)])
    importlib.invalidate_caches()
    paths = {path.stem: path for path in files()}
    yield {name: importlib.import_module(module_of(paths[name])).lab for name in NAMES}
    labs.__path__.remove(str(folder))
    for name in (OF_A_TEST, COPY):
        del sys.modules[f"labs.{name}"]


@pytest.fixture(
    params=[*SMALL_ONES, *(pytest.param(name, marks=pytest.mark.slow) for name in THE_OTHERS)]
)
def lab(request, scripts):
    return scripts[request.param]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder for each kind of pictures, with `tiny` (48 images) and `other` (30) in it."""
    here = tmp_path_factory.mktemp("data")
    for name, first, count in (("tiny", 0, 48), ("other", 100, 30)):
        columns = FACES, GENDER, FACE_POINTS, FACE_MASK, PERSON
        faces = *drawn.draw(first, count), landmarks.draw(first, count), masks.draw(first, count)
        write(here / "faces", name, columns, (*faces, np.arange(count, dtype=np.int32) // 10))
        write(here / "scenes", name, (SCENE, SCENE_BOXES, INSTANCES), scenes.draw(first, count))
        write(here / "sequences", name, (ADDING_50, SUM), adding.draw(first, count))
        random = np.random.default_rng(count)
        tints = random.integers(0, 3, count)
        pictures = random.integers(0, 100, (count, 32, 32, 3), np.uint8)
        pictures[np.arange(count), :, :, tints] += 80
        columns = importlib.import_module(f"labs.{OF_A_TEST}").lab.task.columns
        labels = np.eye(3, dtype=np.float32)[tints]
        write(here / "colours", name, columns, (pictures.reshape(count, -1), labels))
    return here


def write(folder, name, columns, records):
    write_columns([column.path(folder, name) for column in columns], columns, [records])


@pytest.fixture(scope="module")
def train(data):
    """Trains a lab on the small data; returns the exit code."""

    def run(lab, logs, *words):
        words = [str(word) for word in words]
        if "--restore" not in words:
            own = ["--train", "tiny", "--test", "other", "--databases", str(folder_of(lab, data))]
            words = [*own, *SMALL, *words]
        with pytest.raises(SystemExit) as exit_:
            lab.main([*words, "--logs", str(logs)])
        return exit_.value.code

    yield run
    keras.config.set_dtype_policy("float32")


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    return tmp_path_factory.mktemp("logs")


@pytest.fixture
def run(lab, logs, train):
    """The folder of a run of 6 iterations, made once for each lab."""
    path = logs / lab.name / "six"
    if not path.exists():
        every = ("--summary-every", 2, "--evaluate-every", 3)
        with contextlib.redirect_stderr(io.StringIO()) as told:
            assert train(lab, logs, "--run", "six", "--iterations", 6, *every) == 0
        (path / "told.txt").write_text(told.getvalue())
    return path


def weights(run):
    reader = tf.train.load_checkpoint(str(run / "checkpoints"))
    keys = [key for key in reader.get_variable_to_shape_map() if key.startswith("weights/")]
    return {key: reader.get_tensor(key) for key in keys}


def test_every_lab_is_listed():
    known = {script.name for script in catalogue.scripts() if script.kind == "lab"}
    assert known | {OF_A_TEST} == set(NAMES) | LIKE_LENET


def test_it_is_described_layer_by_layer(lab, capsys):
    with pytest.raises(SystemExit) as exit_:
        lab.main(["--describe"])
    assert exit_.value.code == 0
    described = capsys.readouterr().out
    assert described.startswith(lab.name)
    assert described.splitlines()[-1].startswith("Total = ")


def test_its_help_says_what_its_data_are(lab, capsys):
    with pytest.raises(SystemExit) as exit_:
        lab.main(["--help"])
    assert exit_.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert all(f"{column.name}_NAME.bin" in said for column in lab.task.columns)
    assert f"usage: {lab.command}" in said


def test_three_iterations_and_three_more_are_six_to_the_bit(lab, run, train, tmp_path):
    stopped = tmp_path / lab.name / "r"
    shutil.copytree(run, stopped)  # as it is where the power failed after the third
    for path in (stopped / "result.json", *stopped.glob("checkpoints/ckpt-6.*")):
        path.unlink()
    assert train(lab, tmp_path, "--run", "r", "--restore", "--summaries", "curves") == 0
    once, twice = weights(run), weights(stopped)
    assert once.keys() == twice.keys()
    assert all(np.array_equal(once[key], twice[key]) for key in once)


def test_the_result_holds_the_task_s_numbers_for_both_sets(lab, run):
    result = json.loads((run / "result.json").read_text())
    name = lab.task.headline.name
    assert all(np.isfinite(result[f"{use}_{name}"]) for use in ("train", "test"))
    assert result["iterations"] == 6


def test_tensorboard_has_the_task_s_curves_and_pictures(lab, run):
    name = lab.task.headline.name
    curves = results.read_curves(run)
    assert list(curves["train"][name]) == list(curves["test"][name]) == [3, 6]
    assert {"batch/loss", f"batch/{name}", "learning_rate"} <= curves["train"].keys()
    gap = curves["train"][name][6] - curves["test"][name][6]
    gap = gap if lab.task.headline.higher_is_better else -gap
    assert curves["test"]["generalisation_gap"][6] == pytest.approx(gap, abs=1e-6)
    events = b"".join(path.read_bytes() for path in run.glob("*/*tfevents*"))
    assert b"faces/batch" in events
    assert (run / "projector" / "points.tsv").exists()


def test_tensorboard_does_without_nothing(run):
    assert "TensorBoard does without" not in (run / "told.txt").read_text()


def test_predict_answers_rows_and_evaluates_as_training_did(lab, run, said_by):
    words = ("--data", "other", "--rows", "0:3", "--evaluate", "other")
    code, out, _ = said_by(predict, run, *words)
    assert code == 0
    assert out.count("other row") == 3
    code, out, _ = said_by(predict, run, *words, "--json")
    said = json.loads(out)
    result = json.loads((run / "result.json").read_text())
    name = lab.task.headline.name
    assert said["evaluation"][name] == pytest.approx(result[f"test_{name}"], rel=1e-6)
    assert len(said["pictures"]) == 3


def test_a_montage_shows_pictures_with_answers(lab, run, said_by, tmp_path):
    path = tmp_path / "seen.png"
    assert said_by(predict, run, "--data", "other", "--montage", path)[0] == 0
    assert path.read_bytes().startswith(b"\x89PNG")


def test_an_export_answers_as_predict_does(lab, run, said_by, data, tmp_path):
    assert said_by(export, run, "--to", f"{tmp_path / 'model'}/")[0] == 0
    _, out, _ = said_by(predict, run, "--data", "other", "--rows", "0:3", "--json")
    images = np.fromfile(lab.task.images.path(folder_of(lab, data), "other"), np.uint8)
    images = images.reshape(-1, *lab.task.images.shape)[:3]
    model = tf.saved_model.load(str(tmp_path / "model"))
    seen = np.asarray(lab.task.seen(images.reshape(3, -1))).reshape(images.shape)
    exported = model.serve(seen)
    for row, said in enumerate(json.loads(out)["pictures"]):
        answer = {name: np.asarray(values[row]) for name, values in exported.items()}
        assert_says(lab, said, images[row], answer)


@pytest.mark.slow
@pytest.mark.parametrize("lab", ["detection"], indirect=True)
def test_a_keras_file_needs_nothing_of_ours(lab, run, said_by, data, tmp_path):
    assert said_by(export, run, "--to", tmp_path / "model.keras")[0] == 0
    assert said_by(export, run, "--to", f"{tmp_path / 'model'}/")[0] == 0
    images = np.fromfile(SCENE.path(data / "scenes", "other"), np.uint8)
    images = images.reshape(-1, *SCENE.shape)[:3]
    np.save(tmp_path / "images.npy", images)
    load = (
        "import keras, numpy as np; model = keras.saving.load_model('model.keras');"
        "np.savez('answers.npz', **model.predict(np.load('images.npy'), verbose=0))"
    )
    subprocess.run([sys.executable, "-I", "-c", load], cwd=tmp_path, check=True)
    answers = np.load(tmp_path / "answers.npz")
    model = tf.saved_model.load(str(tmp_path / "model"))
    expected = model.serve(images)
    assert set(answers) == set(expected)
    for name, values in expected.items():
        assert answers[name] == pytest.approx(np.asarray(values), abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("lab", ["detection", "two_stage", "instances"], indirect=True)
def test_a_detector_tells_how_well_and_how_fast_it_answers(lab, run, said_by):
    code, out, _ = said_by(speed, run, "--rounds", 1)
    assert code is None
    result = json.loads((run / "result.json").read_text())
    box = "box " if lab.name == "instances" else ""
    row = out.splitlines()[-1].strip("| ").split(" | ")
    assert row[0] == str(run)
    assert row[1:3] == [f"{result[f'test_{box}{name}']:.4f}" for name in ("AP", "AP50")]
    assert all(float(rate.replace(",", "")) > 0 for rate in row[3:])


def folder_of(lab, data):
    folders = {FACES: "faces", SCENE: "scenes", ADDING_50: "sequences"}
    return data / folders.get(lab.task.images, "colours")


def assert_says(lab, said, image, answer):
    """That the outputs of an exported model say the same as predict's JSON."""
    if "probabilities" in said:
        for name, share in said["probabilities"].items():
            assert answer[name] == pytest.approx(share, abs=1e-4)
    elif "points" in said:
        assert answer["points"] == pytest.approx(np.array(list(said["points"].values())), abs=0.01)
    elif "shares" in said:
        mask = answer["probabilities"].argmax(axis=-1)
        shares = np.bincount(mask.ravel(), minlength=len(said["shares"])) / mask.size
        assert list(said["shares"].values()) == pytest.approx(shares, abs=0.01)
    elif "vector" in said:
        assert answer["vector"] == pytest.approx(np.array(said["vector"]), abs=1e-3)
    elif "sum" in said:
        assert answer["sum"] == pytest.approx(said["sum"], abs=1e-4)
    elif "boxes" in said:
        assert len(said["boxes"]) <= np.count_nonzero(answer["probabilities"] >= 0.49)
    elif "painted_real" in said:
        scores = answer["real"], answer["painted_real"]
        assert scores == pytest.approx((said["real"], said["painted_real"]), abs=1e-4)
    else:
        error = np.mean(np.square((answer["reconstruction"].astype(float) - image) / 256))
        assert error == pytest.approx(said["error"], rel=1e-3)


def test_compare_puts_it_in_the_table_of_all_labs(lab, run, said_by):
    code, out, _ = said_by(compare, run)
    name = lab.task.headline.name
    assert code == 0
    assert f"train {name}" in out
    assert f"test {name}" in out


def test_labs_of_different_questions_share_a_table(scripts, logs, train, said_by):
    for name in ("nn2", "localization"):
        assert train(scripts[name], logs, "--run", "one", "--iterations", 1) == 0
    code, out, _ = said_by(compare, logs / "nn2/one", logs / "localization/one")
    assert code == 0
    first, second = out.splitlines()[1:3]
    assert " - " in first
    assert " - " in second


@pytest.mark.parametrize(
    "words",
    [("--iterations", "none"), ("--train", "nosuch"), ("--batch-size", "0"), ("--nosuch", "1")],
    ids=lambda words: words[0],
)
def test_a_bad_option_is_one_sentence_and_exit_2(lab, words, train, tmp_path, capsys):
    assert train(lab, tmp_path, *words) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert not (tmp_path / lab.name).exists()


def test_a_data_set_that_lacks_a_truth_is_one_sentence_that_names_the_file(
    lab, data, train, tmp_path, capsys
):
    for column in lab.task.truths:
        folder = tmp_path / column.name
        shutil.copytree(folder_of(lab, data), folder)
        missing = column.path(folder, "tiny")
        missing.unlink()
        assert train(lab, tmp_path / "logs", "--databases", folder) == 2
        error = capsys.readouterr().err
        assert str(missing) in error
        assert error.count("\n") == 1
        assert not (tmp_path / "logs" / lab.name).exists()


def test_truths_that_cannot_be_are_one_sentence_that_names_file_and_row(
    lab, data, train, tmp_path, capsys
):
    for column in lab.task.truths:
        folder = tmp_path / column.name
        shutil.copytree(folder_of(lab, data), folder)
        path = column.path(folder, "tiny")
        values = np.fromfile(path, column.file_dtype).reshape(-1, column.numbers)
        values[7] = np.array(-3).astype(column.dtype)  # of bytes 253
        values.tofile(path)
        assert train(lab, tmp_path / "logs", "--databases", folder) == 2
        error = capsys.readouterr().err
        assert f"{path} row 7" in error
        assert error.count("\n") == 1


def test_columns_of_different_counts_are_one_sentence(lab, data, train, tmp_path, capsys):
    for column in lab.task.truths:
        folder = tmp_path / column.name
        shutil.copytree(folder_of(lab, data), folder)
        path = column.path(folder, "tiny")
        path.write_bytes(path.read_bytes()[: -column.record_bytes])
        assert train(lab, tmp_path / "logs", "--databases", folder) == 2
        error = capsys.readouterr().err
        assert str(path) in error
        assert "47" in error
        assert "48" in error
        assert error.count("\n") == 1


def test_it_runs_its_own_data_set_by_default(lab):
    assert lab.name == OF_A_TEST or {lab.train_set, lab.test} <= databases.DRAWN.keys()
