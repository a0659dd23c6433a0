"""python -m labs.report: a run as one HTML file."""

import base64
import functools
import gzip
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from reported import SMALL, UNKNOWN_LAYER, change, run_of
from test_labs import weights

from labs import nn4, report
from labs.analysis import page
from labs.analysis.page import packed
from labs.tasks import BY_GENDER, Points, Reconstruction

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"


class Read(HTMLParser):
    """A page's text, its scripts by id, and the start of each tag."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.scripts, self._in = [], "", {}, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.text += " "
        if tag in ("script", "style"):
            self._in = dict(attrs).get("id", tag)
            self.scripts.setdefault(self._in, "")

    def handle_endtag(self, tag):
        self._in = None if tag in ("script", "style") else self._in

    def handle_data(self, data):
        if self._in:
            self.scripts[self._in] += data
        else:
            self.text += data

    @property
    def words(self):
        return " ".join(self.text.split())


@pytest.fixture
def said(said_by):
    return functools.partial(said_by, report)


@pytest.fixture
def page_of(said, tmp_path):
    """Writes a run's page; returns what is `Read` of it."""

    def run(folder, *words):
        out = tmp_path / "page.html"
        code, told, err = said(folder, "--out", out, *words)
        assert (code, told) == (0, f"{out}\n"), err
        return Read(out.read_text(encoding="utf-8"))

    return run


@pytest.fixture
def a_run(trained_runs, tmp_path):
    """A copy of the run nn4/r, to be changed."""
    return shutil.copytree(trained_runs / "nn4/r", tmp_path / "nn4/r")


@pytest.fixture
def student_run(run_lab_in, tmp_path):
    """Runs a lab that lies outside labs/; returns the run's folder."""
    return functools.partial(run_of, run_lab_in, tmp_path)


# ---------------------------------------------------------------------------------- what it says


def test_the_page_lies_in_the_run_unless_told_otherwise(said, a_run):
    code, out, _ = said(a_run)
    assert (code, out) == (0, f"{a_run / 'report.html'}\n")
    assert (a_run / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_it_says_what_the_run_is_and_what_it_reached(page_of, trained_runs):
    run = trained_runs / "nn4/r"
    words = page_of(run).words
    config = json.loads((run / "config.json").read_text())
    result = json.loads((run / "result.json").read_text())
    for use in ("train", "test"):
        assert f"accuracy, {use} {result[f'{use}_accuracy']:.4f}" in words
        digest = config["data"][use]["sha256"]["data"]
        assert digest[:12] in words
        assert digest not in words
    assert "Is it man or woman?" in words
    assert "A convolutional network" in words
    assert "24,882" in words
    assert config["commands"][0][1] in words
    assert "--batch-size 16 (the lab's: 128)" in words
    assert "--learning-rate" not in words.partition("versions")[2]
    assert f"tensorflow {config['versions']['tensorflow']}" in words
    assert "tiny: 50 images" in words
    assert "other: 30 images" in words


def test_the_confusion_is_a_table_with_headings_and_counts_of_all_images(page_of, trained_runs):
    found = page_of(trained_runs / "nn4/r")
    part = found.words.partition("How many images of the row's class")[2]
    cells = re.search(r"man (\d+) (\d+) \S+ woman (\d+) (\d+)", part).groups()
    assert sum(map(int, cells)) == 30
    headings = [attributes.get("scope") for tag, attributes in found.tags if tag == "th"]
    assert set(headings) == {"col", "row"}


def test_curves_have_a_name_and_their_numbers_in_a_table(page_of, trained_runs):
    found = page_of(trained_runs / "nn4/r")
    (headline, loss) = [attributes for tag, attributes in found.tags if tag == "svg"]
    result = json.loads((trained_runs / "nn4/r/result.json").read_text())
    assert f"test set ends at {result['test_accuracy']:.4f}" in headline["aria-label"]
    assert "each batch ends at" in loss["aria-label"]
    part = found.words.partition("The numbers")[2]
    assert re.search(rf"\b10 {result['train_accuracy']:.4f} {result['test_accuracy']:.4f}", part)


def test_each_picture_says_what_it_shows(page_of, trained_runs):
    pictures = [a for tag, a in page_of(trained_runs / "nn2/r").tags if tag == "img"]
    assert pictures
    for attributes in pictures:
        assert re.fullmatch(
            r"Row \d+ of the test set, is (wo)?man, answered (wo)?man \d\.\d\d", attributes["alt"]
        )
        assert attributes["src"].startswith("data:image/png;base64,")


def test_the_same_run_gives_the_same_page(page_of, said, trained_runs, tmp_path):
    out = tmp_path / "page.html"
    pages = []
    for _ in range(2):
        assert said(trained_runs / "nn2/r", "--out", out)[0] == 0
        pages.append(out.read_bytes())
    assert pages[0] == pages[1]


# ------------------------------------------------------------------------------- the network in it


def unpacked(text):
    planes = np.frombuffer(gzip.decompress(base64.b64decode(text)), np.uint8).reshape(4, -1)
    return np.ascontiguousarray(planes.T).view("<f4").ravel()


def test_the_weights_in_the_page_are_the_checkpoint_s_to_a_millionth(page_of, trained_runs):
    run = trained_runs / "nn4/r"
    found = page_of(run)
    given, row = json.loads(found.scripts["given"]), unpacked(found.scripts["weights"])
    kernels = {layer["name"]: layer.get("kernel") for layer in given["layers"]}
    for name in ("conv_1", "conv_3", "conv_5", "fc_7"):
        first, shape = kernels[name]
        saved = weights(run)[f"weights/{name}.Skernel"]
        assert tuple(shape) == saved.shape
        ours = row[first : first + saved.size].reshape(shape)
        np.testing.assert_allclose(ours, saved, rtol=1.1e-6, atol=0)


def test_rounding_is_to_the_nearest_and_leaves_what_is_no_number():
    values = np.float32([0, 1, -1, 1 + 2**-20, 1 + 2**-19, np.inf, -np.inf, np.nan])
    values = np.append(values, np.random.default_rng(1).normal(size=1000)).astype(np.float32)
    found = unpacked(packed.packed(values))
    np.testing.assert_allclose(found, values, rtol=2**-20 * 1.01, atol=0)
    assert abs(np.mean(found[8:] / values[8:] - 1)) < 2**-23


def test_another_layer_leaves_out_the_network_alone_and_is_named(page_of, student_run):
    found = page_of(student_run("with_another_layer", UNKNOWN_LAYER))
    assert "The layer by_layer is a LayerNormalization, which this page cannot" in found.words
    assert "given" not in found.scripts
    assert "How many images of the row's class" in found.words


def test_a_network_too_large_for_a_page_is_left_out(page_of, trained_runs, monkeypatch):
    from labs.analysis.page import document

    monkeypatch.setattr(document, "MOST_PARAMETERS", 24_881)
    found = page_of(trained_runs / "nn4/r")
    assert "The network has 24,882 parameters" in found.words
    assert "given" not in found.scripts


# ------------------------------------------------------------------------------ what may be missing


def test_without_its_data_sets_a_run_has_a_page(page_of, trained_runs, tmp_path):
    (tmp_path / "empty").mkdir()
    found = page_of(trained_runs / "nn4/r", "--databases", tmp_path / "empty")
    assert found.words.count("data_other.bin is missing") == 2  # answers, and the worst
    assert len([tag for tag, _ in found.tags if tag == "svg"]) == 2
    (face,) = json.loads(found.scripts["given"])["faces"]
    assert face["name"] == "an empty image"


def test_other_data_than_the_run_s_is_not_taken_for_it(page_of, trained_runs, faces, tmp_path):
    for column in ("data", "gender"):
        shutil.copy(faces / f"{column}_tiny.bin", tmp_path / f"{column}_other.bin")
    found = page_of(trained_runs / "nn4/r", "--databases", tmp_path)
    assert "are not the files that the run was tested on" in found.words
    assert "How many images" not in found.words


def test_a_run_that_has_not_finished_says_how_far_it_is(page_of, a_run):
    (a_run / "result.json").unlink()
    words = page_of(a_run).words
    assert "not finished: 10 iterations are done" in words
    assert re.search(r"accuracy, test \d", words)


def test_a_run_without_a_checkpoint_has_a_page(page_of, a_run):
    shutil.rmtree(a_run / "checkpoints")
    found = page_of(a_run)
    assert "holds no checkpoint" in found.words
    assert [tag for tag, _ in found.tags if tag == "svg"]


def test_a_run_without_curves_has_a_page(page_of, a_run):
    for use in ("train", "test"):
        shutil.rmtree(a_run / use)
    (a_run / "result.json").unlink()
    assert "The run has written no curves yet." in page_of(a_run).words


def test_a_checkpoint_may_be_chosen(page_of, trained_runs):
    words = page_of(trained_runs / "nn4/r", "--checkpoint", "ckpt-5").words
    assert "ckpt-5, after 5 iterations" in words


def test_a_lab_outside_labs_is_found_where_it_lay(page_of, student_run):
    assert "A lab of a student's" in page_of(student_run("mine_elsewhere", SMALL)).words


STUDY = """
import dataclasses

from labs import nn4
from labs.analysis.study import Study

deep = dataclasses.replace(nn4.lab, about="The deep one.")
study = Study(name="a_study", about="a_study: one lab.", variants={"deep": deep}, claims=())
"""


def test_a_study_s_run_is_shown_as_one_of_its_lab(page_of, trained_runs, tmp_path):
    (tmp_path / "a_study.py").write_text(STUDY)
    run = shutil.copytree(trained_runs / "nn4/r", tmp_path / "a_study/deep-seed0")
    change(run, lab="a_study", script=str(tmp_path / "a_study.py"))
    assert "The deep one" in page_of(run).words


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nowhere",), "config.json is missing"),
        (("RUN", "--checkpoint", "ckpt-77"), "ckpt-77"),
        (("RUN", "--out", "nowhere/page.html"), "No such file"),
        ((), "required: RUN"),
    ],
)
def test_what_the_user_did_wrong_is_one_sentence(words, sentence, said, trained_runs):
    words = [trained_runs / "nn2/r" if word == "RUN" else word for word in words]
    code, out, err = said(*words)
    assert (code, out) == (2, "")
    (line,) = err.strip().splitlines()
    assert line.startswith("error: ")
    assert sentence in line


# ----------------------------------------------------------------------------- nothing from outside


def test_what_a_run_and_a_lab_say_of_themselves_is_no_markup(page_of, student_run):
    run = student_run("hostile_lab", SMALL, f"{HOSTILE}\n\n{HOSTILE}")
    named = run.with_name("<img src=x onerror=alert(2)>")
    run.rename(named)
    change(named, commands=[[0, HOSTILE]], versions={HOSTILE: HOSTILE})
    found = page_of(named)
    assert HOSTILE in found.words
    assert named.name in found.words
    assert sum(tag == "script" for tag, _ in found.tags) == 8  # six programs, two of data
    assert not [tag for tag, attributes in found.tags if "onerror" in attributes]


def test_names_in_the_network_cannot_end_its_script(page_of, student_run):
    from labs.analysis.page.document import _json

    text = _json({"name": HOSTILE, "nan": float("nan")})
    assert not set("<>&") & set(text)
    assert json.loads(text) == {"name": HOSTILE, "nan": None}


def test_the_page_loads_nothing(page_of, trained_runs):
    found = page_of(trained_runs / "nn4/r")
    policy = next(a["content"] for tag, a in found.tags if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy
    for tag, attributes in found.tags:
        for name in ("src", "href", "data", "action", "srcset", "poster"):
            assert re.match("#|data:|$", attributes.get(name, "")), (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")]
    assert "url(" not in found.scripts["style"]
    assert "@import" not in found.scripts["style"]


# --------------------------------------------------------------------------------------- its parts


def test_a_task_names_its_outputs_and_how_they_become_answers():
    assert BY_GENDER.named_outputs(nn4.loss) == (("man", "woman"), "softmax")
    names, made = Points().named_outputs(None)
    assert (len(names), made) == (Points().column.numbers, "points")
    assert Reconstruction("code").named_outputs(None) == (None, "picture")


def test_a_task_without_classes_tells_its_numbers_as_a_table():
    measured = {"error": np.array([0.25, 0.75])}
    caption, header, rows = Reconstruction("code").table(measured, ())
    assert (caption, header) == ("What is measured, as means over the images", ("measure", "mean"))
    assert rows == [("error", "0.5")]


def test_what_the_page_is_made_of_is_in_the_package():
    tomllib = pytest.importorskip("tomllib")
    folder = Path(page.__file__).parent
    project = tomllib.loads((folder.parents[2] / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["labs.analysis.page"]
    others = [path for path in folder.iterdir() if path.is_file() and path.suffix != ".py"]
    assert len(others) == 9
    assert all(any(path.match(pattern) for pattern in patterns) for path in others)
