"""python -m labs.predict: a run's answers."""

import concurrent.futures
import contextlib
import dataclasses
import functools
import io
import json
import os
import shutil
import subprocess
import sys

import keras
import numpy as np
import pytest
from PIL import Image
from test_labs import weights

import layers as Layers
from dsutil import DataSet, Images, databases
from dsutil.binary import pair_paths
from labs import catalogue, nn2, nn3, nn4, predict
from labs.tasks import Classification

ALL = pytest.mark.parametrize("lab", [nn2, nn3, nn4], ids=lambda lab: lab.lab.name)


@pytest.fixture
def said(said_by):
    """Runs predict; returns its exit code and what it wrote to the standard output and error."""
    return functools.partial(said_by, predict)


@pytest.fixture
def report(said):
    """Runs predict with --json; returns what it said."""

    def run(*arguments):
        code, out, err = said(*arguments, "--json")
        assert code == 0, err
        return json.loads(out)

    return run


@pytest.fixture
def refused(said):
    """Runs predict, which must refuse; returns its sentence."""

    def run(*arguments):
        code, out, err = said(*arguments)
        assert (code, out) == (2, "")
        assert len(err.strip().splitlines()) == 1, err
        assert err.startswith("error: ")
        return err

    return run


@pytest.fixture(scope="module")
def pictures(faces, tmp_path_factory):
    """The first four images of `other` as PNG files."""
    folder = tmp_path_factory.mktemp("pictures")
    images = DataSet(*pair_paths(faces, "other")).images[:4]
    paths = [folder / f"{i}.png" for i in range(4)]
    for path, image in zip(paths, images, strict=True):
        Image.fromarray(np.array(image).reshape(48, 48)).save(path)
    return paths


@pytest.fixture
def a_run(trained_runs, tmp_path):
    """A copy of the run nn2/r, to be broken."""
    return shutil.copytree(trained_runs / "nn2/r", tmp_path / "nn2/r")


def strictly(text):
    """What JSON says, without the NaN and the Infinity that Python reads as well."""
    return json.loads(text, parse_constant=pytest.fail)


def rounding(run):
    """How far a probability may be from float32's: bfloat16 is the default where it is native."""
    precision = json.loads((run / "config.json").read_text())["precision"]
    return {"float32": 1e-5, "bfloat16": 0.02}[precision]


def recorded(run, **changed):
    """Changes what a run's config.json says of the training set."""
    path = run / "config.json"
    config = json.loads(path.read_text())
    config["data"]["train"] |= changed
    path.write_text(json.dumps(config))


def probabilities(report):
    return np.array([list(one["probabilities"].values()) for one in report["pictures"]])


# ---------------------------------------------------------------------------------------- answers


def test_the_perceptron_s_answers_are_those_worked_out_in_numpy(report, faces, trained_runs):
    found = report(trained_runs / "nn3/r", "--data", "tiny", "--rows", "0:50")
    saved = {
        name.replace(".S", "/").removeprefix("weights/"): value.astype(np.float64)
        for name, value in weights(trained_runs / "nn3/r").items()
    }
    data = DataSet(*pair_paths(faces, "tiny"))
    x = (data.images.astype(np.float64) - 128) / 256
    hidden = 1 / (1 + np.exp(-(x @ saved["fc_1/kernel"] + saved["fc_1/bias"])))
    man, woman = (hidden @ saved["fc_2/kernel"] + saved["fc_2/bias"]).T
    p_woman = np.clip((1 + woman - man) / 2, 0, 1)
    near = rounding(trained_runs / "nn3/r")
    assert probabilities(found) == pytest.approx(np.stack([1 - p_woman, p_woman], 1), abs=near)
    for one, label, p in zip(found["pictures"], data.labels, p_woman, strict=True):
        if abs(p - 0.5) > near:
            assert one["answer"] == ("woman" if p > 0.5 else "man")
        assert one["label"] == ("woman" if label[1] else "man")


def test_nn4_s_probabilities_are_those_whose_logarithms_keras_predicts(report, faces, trained_runs):
    found = report(trained_runs / "nn4/r", "--data", "tiny", "--rows", "0:50")
    x = keras.Input((2304,))
    model = keras.Model(x, nn4.network(x))
    for variable in model.variables:
        name = f"weights/{variable.path.replace('/', '.S')}"
        variable.assign(weights(trained_runs / "nn4/r")[name])
    images = DataSet(*pair_paths(faces, "tiny"), batch_size=50).next_batch()[0]
    expected = np.exp(model.predict(images))
    assert probabilities(found) == pytest.approx(expected, abs=rounding(trained_runs / "nn4/r"))


@ALL
def test_a_photograph_is_answered_as_the_same_bytes_in_a_data_set(
    lab, report, trained_runs, pictures
):
    run = trained_runs / lab.lab.name / "r"
    rows = report(run, "--data", "other", "--rows", "0:4")
    photographs = report(run, "--no-detect", *pictures)
    assert np.array_equal(probabilities(rows), probabilities(photographs))
    assert [one["picture"] for one in photographs["pictures"]] == list(map(str, pictures))


@ALL
def test_evaluate_gives_the_accuracy_that_the_run_ended_with(lab, report, trained_runs):
    run = trained_runs / lab.lab.name / "r"
    result = json.loads((run / "result.json").read_text())
    for name, use in (("other", "test"), ("tiny", "train")):
        found = report(run, "--evaluate", name)["evaluation"]
        assert found["accuracy"] == result[f"{use}_accuracy"]
        assert np.trace(found["confusion"]) / np.sum(found["confusion"]) == found["accuracy"]


def test_a_run_in_bfloat16_is_evaluated_as_it_was(report, run_lab, result, tmp_path):
    run_lab(nn4, "--run", "r", "--iterations", 5, "--precision", "bfloat16")
    found = report(tmp_path / "nn4/r", "--evaluate", "other", "--data", "other")
    assert found["evaluation"]["accuracy"] == result("nn4", "r")["test_accuracy"]
    assert probabilities(found).sum(axis=1) == pytest.approx(np.ones(10))


MIRRORED = """
import sys
import labs
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from labs import nn3
nn3.lab.main(sys.argv[1:])
"""


@pytest.mark.slow
def test_a_run_on_two_devices_answers_on_one(report, faces, result, tmp_path):
    words = ["--databases", faces, "--train", "tiny", "--test", "other", "--logs", tmp_path]
    words += ["--run", "r", "--batch-size", 16, "--iterations", 5]
    subprocess.run([sys.executable, "-c", MIRRORED, *map(str, words)], check=True)
    found = report(tmp_path / "nn3/r", "--evaluate", "other")
    assert result("nn3", "r")["strategy"] == "mirrored"
    assert found["evaluation"]["accuracy"] == result("nn3", "r")["test_accuracy"]


def test_the_table_says_picture_answer_and_probability(said, trained_runs, pictures):
    run = trained_runs / "nn4/r"
    code, out, _ = said(run, "--no-detect", *pictures)
    _, text, _ = said(run, "--no-detect", *pictures, "--json")
    assert code == 0
    head, columns, *lines = out.splitlines()
    trained = "nn4 after 10 iterations, trained on tiny, 50 images"
    assert head == f"{run}/checkpoints/ckpt-10: {trained}"
    assert columns.split() == ["picture", "answer", "probability"]
    for line, one in zip(lines, json.loads(text)["pictures"], strict=True):
        name, answer, probability = line.split()
        assert (name, answer) == (one["picture"], one["answer"])
        assert float(probability) == pytest.approx(max(one["probabilities"].values()), abs=5e-5)


def test_the_table_says_which_rows_are_answered_wrong(said, report, trained_runs):
    arguments = trained_runs / "nn2/r", "--data", "tiny", "--rows", "0:50", "--checkpoint", "ckpt-0"
    wrong = [one for one in report(*arguments)["pictures"] if one["answer"] != one["label"]]
    assert wrong  # nothing is learned after 0 iterations
    _, out, _ = said(*arguments)
    assert [line.split("(labelled ")[1] for line in out.splitlines() if "labelled" in line] == [
        f"{one['label']})" for one in wrong
    ]


def test_rows_are_those_that_were_asked_for(report, trained_runs):
    def rows(*arguments):
        found = report(trained_runs / "nn2/r", "--data", "tiny", *arguments)
        return [int(one["picture"].removeprefix("tiny row ")) for one in found["pictures"]]

    assert rows() == list(range(10))
    assert rows("--rows", "47:") == [47, 48, 49]
    assert rows("--rows", "3") == [3]


# ------------------------------------------------------------------------- what it was trained on


def test_a_run_on_drawn_faces_says_so_and_warns_of_photographs(said, report, a_run, pictures):
    recorded(a_run, drawn=True)
    photographs, rows = ("--no-detect", *pictures), ("--data", "tiny")
    _, out, err = said(a_run, *photographs)
    assert out.splitlines()[0].endswith("iterations, trained on tiny, 50 drawn faces")
    warning = "trained on drawn faces, so its answers hold for faces like those"
    assert err.count(warning) == 1
    found = report(a_run, *photographs)
    assert found["trained_on"] == {"name": "tiny", "count": 50, "drawn": True}
    assert warning in found["warning"]
    assert warning not in said(a_run, *rows)[2]
    assert "warning" not in report(a_run, *rows)


def test_a_run_on_photographs_answers_photographs_without_a_warning(said, a_run, pictures):
    recorded(a_run, drawn=False)
    _, out, err = said(a_run, "--no-detect", *pictures)
    assert out.splitlines()[0].endswith("trained on tiny, 50 images")
    assert "drawn" not in err


def test_an_older_run_is_on_drawn_faces_if_its_very_data_are_marked_as_drawn(
    report, a_run, faces, tmp_path
):
    folder = shutil.copytree(faces, tmp_path / "faces")
    path = a_run / "config.json"
    config = json.loads(path.read_text())
    config["options"]["databases"] = str(folder)
    config["data"]["train"].pop("drawn", None)  # as before there was such a key
    path.write_text(json.dumps(config))

    def drawn():
        return report(a_run, "--data", "other")["trained_on"]["drawn"]

    assert drawn() is None
    (folder / databases.MARK).write_text("")
    assert drawn() is True
    images, _ = pair_paths(folder, "tiny")
    shutil.copy(images, tmp_path)
    images.write_bytes(bytes(50 * 2304))  # drawn ones, perhaps, but others
    assert drawn() is None
    images.unlink()
    assert drawn() is None


@pytest.mark.parametrize("changed", [{"count": "many"}, {"count": None}])
def test_a_training_set_that_no_run_wrote_is_refused(changed, refused, a_run):
    recorded(a_run, **changed)
    assert "config.json is damaged" in refused(a_run, "--data", "tiny")


# ------------------------------------------------------------------------------------- no answers


@pytest.fixture
def nn2_scores(monkeypatch):
    """Changes nn2's scores: from images (n, 2304) and scores (n, 2) to other scores."""

    def change(scores):
        def network(x):
            return scores(x, nn2.network(x))

        monkeypatch.setattr(nn2, "lab", dataclasses.replace(nn2.lab, network=network))

    return change


def not_a_number_in_a_dark_corner(x, scores):
    return keras.ops.where(x[:, :1] < 0, float("nan"), scores)


def infinite(x, scores):
    return scores - keras.ops.abs(scores) * float("inf")


def alike(x, scores):
    return scores * 0 + 0.25


def test_scores_that_are_nan_are_no_answer_and_null_in_json(
    said, nn2_scores, trained_runs, faces, tmp_path
):
    nn2_scores(not_a_number_in_a_dark_corner)
    montage = tmp_path / "seen.png"
    asked = (trained_runs / "nn2/r", "--data", "tiny", "--rows", "0:50")
    dark = DataSet(*pair_paths(faces, "tiny")).images[:, 0] < 128
    assert 0 < dark.sum() < 50
    code, out, _ = said(*asked, "--json", "--montage", montage)
    assert code == 0
    for one, is_dark in zip(strictly(out)["pictures"], dark, strict=True):
        assert (one["answer"] is None) == is_dark
        assert (one["probabilities"] == {"man": None, "woman": None}) == is_dark
        assert ("unanswered" in one) == is_dark
    lines = said(*asked)[1].splitlines()[2:]
    assert [" no answer: the network's scores are no numbers" in line for line in lines] == [*dark]
    assert montage.is_file()


@pytest.mark.parametrize(
    ("scores", "why"), [(infinite, "are no numbers"), (alike, "both classes the same score")]
)
def test_no_picture_that_the_network_has_an_answer_for_is_code_2(
    scores, why, said, nn2_scores, trained_runs, pictures, tmp_path
):
    nn2_scores(scores)
    asked = (trained_runs / "nn2/r", "--no-detect", *pictures, "--montage", tmp_path / "seen.png")
    code, out, _ = said(*asked, "--json")
    assert code == 2
    assert [one["answer"] for one in strictly(out)["pictures"]] == [None] * 4
    code, out, _ = said(*asked)
    assert code == 2
    assert all(why in line for line in out.splitlines()[2:])


def test_an_evaluation_of_scores_that_are_nan_is_refused(said, nn2_scores, trained_runs):
    nn2_scores(not_a_number_in_a_dark_corner)
    code, out, err = said(trained_runs / "nn2/r", "--evaluate", "tiny", "--json")
    assert (code, out) == (2, "")
    assert "no answer for" in err.splitlines()[-1]
    assert "output is no number" in err.splitlines()[-1]


# ------------------------------------------------------------------------------------ checkpoints


def test_the_newest_checkpoint_is_taken_unless_another_is_named(report, trained_runs):
    run = trained_runs / "nn2/r"
    path = run / "checkpoints/ckpt-5"
    data = ("--data", "tiny")
    assert report(run, *data)["iterations"] == 10
    named = [report(run, *data, "--checkpoint", c) for c in ("ckpt-5", path, f"{path}.index")]
    assert [found["iterations"] for found in named] == [5, 5, 5]
    assert not np.array_equal(probabilities(report(run, *data)), probabilities(named[0]))


def test_a_damaged_newest_checkpoint_is_passed_over_beside_the_answer(said, a_run):
    os.truncate(a_run / "checkpoints/ckpt-10.data-00000-of-00001", 100)
    code, out, err = said(a_run, "--data", "tiny", "--json")
    assert code == 0
    assert json.loads(out)["iterations"] == 5
    assert "ckpt-10 is damaged and is passed over" in err


def test_a_named_checkpoint_that_is_damaged_or_not_there_is_refused(refused, a_run):
    os.truncate(a_run / "checkpoints/ckpt-10.data-00000-of-00001", 100)
    ask = (a_run, "--data", "tiny", "--checkpoint")
    assert "ckpt-10 is damaged" in refused(*ask, "ckpt-10")
    assert "ckpt-7; " in refused(*ask, "ckpt-7")
    assert "holds: ckpt-10, ckpt-5, ckpt-0" in refused(*ask, "../../../etc/passwd")


def test_nothing_in_the_run_is_changed(said, a_run):
    def content():
        return {path: path.read_bytes() for path in a_run.rglob("*") if path.is_file()}

    before = content()
    said(a_run, "--data", "tiny", "--evaluate", "other")
    assert content() == before


def test_a_lab_that_was_changed_since_is_refused(said, trained_runs, monkeypatch):
    def other(x):
        return Layers.fc(x, 2, "fc_1")

    monkeypatch.setattr(nn2, "lab", dataclasses.replace(nn2.lab, network=other))
    code, out, err = said(trained_runs / "nn2/r", "--data", "tiny")
    assert (code, out) == (2, "")
    assert "another network" in err.splitlines()[-1]


def test_another_optimizer_since_is_nothing_to_predict(report, trained_runs, monkeypatch):
    monkeypatch.setattr(nn2, "lab", dataclasses.replace(nn2.lab, optimizer=nn4.optimizer))
    report(trained_runs / "nn2/r", "--data", "tiny")


# -------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"lab": "os"}, "names the lab 'os', expected one of nn2, nn3, nn4"),
        ({"lab": "nn1"}, "names the lab 'nn1'"),
        ({"lab": "training.runs"}, "names the lab"),
        ({"lab": ["nn2"]}, "names the lab"),
        ({"lab": "../nn2"}, "names the lab"),
        ({"precision": "float8"}, "precision 'float8'"),
        ({"precision": ["float32"]}, "precision"),
        ({"format": 99}, "format 99"),
        ({"format": "1"}, "damaged"),
        ({"options": {"databases": 7}}, "give --databases"),
        ({"options": []}, "damaged"),
        ({"data": None}, "damaged"),
    ],
)
def test_a_config_that_no_run_wrote(refused, a_run, change, sentence):
    path = a_run / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert sentence in refused(a_run, "--data", "tiny")


@pytest.mark.parametrize("text", ["", "[]", "[" * 100_000, "\x00", '{"lab": "nn2"}'])
def test_a_config_that_is_damaged(refused, a_run, text):
    (a_run / "config.json").write_text(text)
    assert "config.json is damaged" in refused(a_run, "--data", "tiny")


def test_a_script_that_is_no_lab_is_never_imported(refused, a_run, monkeypatch):
    monkeypatch.setattr(catalogue.importlib, "import_module", pytest.fail)
    for name in ("nn1", "predict", "export", "__main__"):
        path = a_run / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"lab": name}))
        assert "names the lab" in refused(a_run, "--data", "tiny")


def test_a_folder_that_is_no_run_lists_those_nearby(refused, trained_runs, tmp_path):
    for folder in (trained_runs / "nn2", trained_runs / "nn2/nosuch"):
        assert f"runs there are: {trained_runs / 'nn2/r'}" in refused(folder, "--data", "tiny")
    assert "there is no run" in refused(tmp_path / "a/b/c", "--data", "tiny")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "nothing to answer"),
        (("--rows", "0:2"), "nothing to answer"),
        (("--evaluate", "other", "--rows", "0:2"), "--data"),
        (("--evaluate", "other", "--montage", "a.png"), "--montage"),
        (("--data", "tiny", "--montage", "a.gif"), ".png"),
        (("--data", "tiny", "--rows", "2:1"), "rows 0:50: found --rows 2:1"),
        (("--data", "tiny", "--rows", "0:51"), "rows 0:50: found --rows 0:51"),
        (("--data", "tiny", "--rows", "50:"), "rows 0:50: found --rows 50:50"),
        (("--data", "tiny", "--rows", "-1:3"), "--rows"),
        (("--data", "tiny", "--rows", "first"), "rows such as 0:10"),
        (("--data", "nosuch"), "holds other, tiny"),
        (("--data", "../tiny"), "../tiny"),
        (("--evaluate", "nosuch"), "holds other, tiny"),
        (("--data", "tiny", "--montage", "/no/such/folder/a.png"), "/no/such/folder"),
        (("--data", "tiny", "--register", "x"), "expected --match as well"),
        (("--evaluate", "other", "--match", "x"), "expected photographs or --data as well"),
        (("--data", "tiny", "--match", "x"), "expected the run of a detector"),
    ],
)
def test_what_cannot_be_done_is_refused(refused, trained_runs, arguments, sentence):
    assert sentence in refused(trained_runs / "nn2/r", *arguments)


@pytest.mark.parametrize("shape", [(48, 48, 3), (40, 48)])
def test_photographs_for_a_lab_whose_images_are_no_grey_squares_are_refused(
    shape, refused, trained_runs, pictures, monkeypatch
):
    task = Classification("gender", ("man", "woman"), images=Images(shape))
    monkeypatch.setattr(nn2, "lab", dataclasses.replace(nn2.lab, task=task))
    sentence = refused(trained_runs / "nn2/r", "--no-detect", *pictures)
    assert f"images are of {'x'.join(map(str, shape))} bytes" in sentence
    assert "grey squares" in sentence
    assert "--data" in sentence


def test_a_picture_that_cannot_be_used_costs_that_picture_only(said, trained_runs, pictures):
    asked = (trained_runs / "nn2/r", "--no-detect", __file__, pictures[0], "nosuch.png")
    code, out, _ = said(*asked)
    assert code == 0
    assert [line.split()[1] for line in out.splitlines()[2:]][::2] == ["not", "not"]
    found = json.loads(said(*asked, "--json")[1])["pictures"]
    assert ["unusable" in one for one in found] == [True, False, True]


def test_no_picture_that_can_be_used_is_code_2(said, trained_runs, tmp_path):
    code, out, err = said(
        trained_runs / "nn2/r", __file__, "--json", "--montage", tmp_path / "a.png"
    )
    assert code == 2, err
    assert "not a picture" in json.loads(out)["pictures"][0]["unusable"]
    assert not list(tmp_path.iterdir())


# ------------------------------------------------------------------------------- names and streams


NAMES = [
    "two\nlines.png",
    "\x1b[31mred.png",
    "\u8138 \u0935\u094d\u092f.png",
    "--json",
    "\udcff.png",
    '"quoted".png',
]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_odd_names_come_back_in_json_and_on_one_line_of_the_table(
    name, report, said, trained_runs, pictures, tmp_path
):
    path = str(shutil.copy(pictures[0], tmp_path / name))
    asked = (trained_runs / "nn2/r", "--no-detect", path)
    assert report(*asked)["pictures"][0]["picture"] == path
    _, out, _ = said(*asked)
    assert len(out.splitlines()) == 3
    assert all(line.isprintable() for line in out.splitlines())


def test_the_columns_stand_below_one_another_whatever_the_names(
    said, trained_runs, pictures, tmp_path
):
    wide = shutil.copy(pictures[0], tmp_path / "\u8138\u8138\u8138.png")
    narrow = shutil.copy(pictures[0], tmp_path / "1.png")
    _, out, _ = said(trained_runs / "nn2/r", "--no-detect", wide, narrow)
    one, other = (
        line[: max(line.find(" man "), line.find(" woman "))] for line in out.splitlines()[2:]
    )
    assert len(one) + 3 == len(other)  # three letters that take two columns each


def test_standard_output_is_json_and_nothing_else_even_while_data_are_drawn(trained_runs, tmp_path):
    words = [trained_runs / "nn2/r", "--data", "1k", "--databases", tmp_path, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "labs.predict", *map(str, words)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )
    assert len(json.loads(done.stdout)["pictures"]) == 10
    assert "drawing 1,000 faces" in done.stderr


class Notebook(io.StringIO):
    """A standard output such as a notebook's: a stream that nothing but text goes to."""

    encoding = "UTF-8"

    def __getattribute__(self, name):
        if name in ("reconfigure", "buffer", "fileno"):
            raise AttributeError(name)
        return super().__getattribute__(name)


def test_in_a_notebook_s_thread_main_prints_and_returns_its_code(trained_runs):
    run = str(trained_runs / "nn2/r")
    with (
        contextlib.redirect_stdout(Notebook()) as out,
        contextlib.redirect_stderr(Notebook()) as err,
        concurrent.futures.ThreadPoolExecutor(1) as thread,
    ):
        codes = [
            thread.submit(predict.main, words).result()
            for words in ([run, "--data", "tiny"], [run, "--data", "nosuch"], [run], ["--help"])
        ]
    assert codes == [0, 2, 2, 0]
    assert "tiny row 9" in out.getvalue()
    assert "error: nothing to answer" in err.getvalue()


def test_help_and_a_typo_are_answered_without_loading_tensorflow():
    script = (
        "import sys\n"
        "from labs import export, predict\n"
        "for command in (predict, export):\n"
        "    for word in ('--help', '--typo'):\n"
        "        try: command.main([word])\n"
        "        except SystemExit: pass\n"
        "heavy = {'tensorflow', 'keras', 'cv2', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_montage_shows_the_faces_that_the_network_saw(said, trained_runs, faces, tmp_path):
    path = tmp_path / "seen.png"
    assert said(trained_runs / "nn2/r", "--data", "tiny", "--montage", path)[0] == 0
    with Image.open(path) as picture:
        shown = np.asarray(picture.convert("L"))
    first = DataSet(*pair_paths(faces, "tiny")).images[0].reshape(48, 48)
    enlarged = np.kron(first, np.ones((3, 3), np.uint8))
    assert np.array_equal(shown[8 : 8 + 144, 8 : 8 + 144], enlarged)


def test_predict_and_export_are_listed():
    done = subprocess.run([sys.executable, "-m", "labs"], capture_output=True, text=True)
    assert "\n    predict: " in done.stdout
    assert "\n    export: " in done.stdout
