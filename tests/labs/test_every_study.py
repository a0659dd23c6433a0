"""What every study promises, whatever it compares. A new study is tested by being listed here."""

import dataclasses
import importlib
import json
import re

import keras
import pytest

from dsutil import FACE_MASK
from dsutil.binary import pair_paths, write_columns, write_pair
from dsutil.columns import ADDING_50, ADDING_200, SUM
from dsutil.drawn import adding, masks
from dsutil.drawn import faces as drawn
from labs import catalogue, predict
from labs.training.scripts import files, module_of

# Of each study two variants that take little time.
STUDIES = {
    "activations": ("ReLU, 3 layers", "step, 3 layers"),
    "batch_size": ("8 images", "32 images"),
    "broken": ("sound", "softmax twice"),
    "initialization": ("he, 3 layers", "LSUV, 3 layers"),
    "learning_rates": ("rate 0.1", "rate 10"),
    "losses": ("softmax", "hinge"),
    "optimizers": ("one image", "Adam"),
    "schedules": ("constant", "on plateau"),
    "augmentation": ("none", "all"),
    "data_amount": ("nn3, 1k", "nn3, 10k"),
    "dropout": ("dropout 0", "dropout 0.4"),
    "early_stopping": ("to the end", "stopped early"),
    "label_noise": ("0 % wrong", "20 % wrong"),
    "regularization": ("none", "L1 0.001"),
    "ablation": ("without augmentation", "without shortcuts"),
    "depth": ("plain, 8 layers", "residual, 8 layers"),
    "networks": ("LeNet-5", "AlexNet"),
    "normalization": ("none, rate 0.05", "layer, rate 0.05"),
    "pooling": ("max", "strides"),
    "shortcuts": ("identity", "none"),
    "adding": ("plain RNN, 50 steps", "LSTM, 50 steps"),
    "rows": ("plain RNN", "GRU"),
    "codes": ("bottleneck", "sparse"),
    "down_and_up": ("unpooling, skips", "upsampling, no skips"),
    "similar": ("from scratch, 50 faces", "from scratch, 1000 faces"),
    "stacked": ("from scratch, 100 labels", "ReLU, 100 labels"),
    "transfer": ("from scratch, 50 faces", "from scratch, 200 faces"),
}
ORDINARY = {"batch_size", "broken", "label_noise", "adding"}  # the others are tested as slow ones
OWN_SETS = {"label_noise"}  # whose variants differ in the data


@pytest.fixture(scope="module")
def studies():
    """The studies of this list, by name."""
    paths = {path.stem: path for path in files()}
    return {name: importlib.import_module(module_of(paths[name])).study for name in STUDIES}


@pytest.fixture(
    params=[
        pytest.param(name, marks=() if name in ORDINARY else pytest.mark.slow) for name in STUDIES
    ]
)
def study(request, studies):
    return studies[request.param]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder with `tiny` and `10k` (40 images each) and `other` (20)."""
    folder = tmp_path_factory.mktemp("data")
    for name, first, count in (("tiny", 0, 40), ("10k", 0, 40), ("other", 100, 20)):
        write_pair(*pair_paths(folder, name), [drawn.draw(first, count)])
        for column in (ADDING_50, ADDING_200):
            sequences, sums = adding.draw(first, count, steps=column.shape[0])
            paths = [one.path(folder, name) for one in (column, SUM)]
            write_columns(paths, (column, SUM), [(sequences, sums)])
        write_columns([FACE_MASK.path(folder, name)], [FACE_MASK], [(masks.draw(first, count),)])
    return folder


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    """Runs a study on the small data, at one of its rates; returns the exit code and its folder."""
    logs = tmp_path_factory.mktemp("logs")

    def run(study, *words):
        words = ["--databases", str(data), "--logs", str(logs), "--test", "other", *words]
        if study.name not in OWN_SETS:
            words += ["--train", "tiny"]
        with pytest.raises(SystemExit) as exit_:
            dataclasses.replace(study, rates=study.rates[:1]).main(words)
        return exit_.value.code, logs / study.name

    yield run
    keras.config.set_dtype_policy("float32")


@pytest.fixture(scope="module")
def conducted(run):
    """The folder of what a study of two variants left, with one seed; made once for each study."""
    made = {}

    def conduct(study):
        if study.name not in made:
            only = ("--only", *STUDIES[study.name])
            code, made[study.name] = run(study, *only, "--seeds", "1", "--iterations", "2")
            assert code == 0
        return made[study.name]

    return conduct


def test_every_study_is_listed():
    known = {script.name for script in catalogue.scripts() if script.kind == "study"}
    assert known == set(STUDIES)


def test_it_is_called_as_its_script_which_says_how_to_run_it(study):
    assert study.about.startswith(f"{study.name}: ")
    assert study.command in study.about


def test_it_writes_a_row_for_each_variant_and_a_picture(study, conducted):
    folder = conducted(study)
    markdown = (folder / f"{study.name}_only.md").read_text()
    rows = [line.strip("| ").split(" | ")[0] for line in markdown.splitlines() if "|" in line]
    assert rows[2:] == list(STUDIES[study.name])
    assert (folder / f"{study.name}_only.png").read_bytes().startswith(b"\x89PNG")


def test_what_its_slide_claims_is_about_its_variants_and_is_judged(study, conducted):
    assert study.claims
    assert {name for claim in study.claims for name in claim} <= study.variants.keys()
    assert all(better != worse for better, worse in study.claims)
    markdown = (conducted(study) / f"{study.name}_only.md").read_text()
    judged = [
        (better, worse)
        for better, worse in study.claims
        if {better, worse} <= set(STUDIES[study.name])
    ]
    found = re.findall(r"^The slide ranks (.+) above (.+?): ", markdown, re.M)
    assert found == judged


def test_its_picture_can_be_drawn_of_all_variants_even_where_all_diverged(study):
    found = {name: [Gone(lab)] for name, lab in study.variants.items()}
    assert study.draw(study, found).axes


class Gone:
    """A run that diverged at once, as far as a picture asks for it."""

    diverged_at = 1

    def __init__(self, lab):
        self.headline = lab.task.headline
        self.curves = {"train": {}, "test": {}}


def test_it_lists_its_variants(study, run, capsys):
    assert run(study, "--list", *(["--all"] if study.slow else []))[0] == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.rpartition(": ")[0] for line in lines] == list(study.variants)


def test_its_help_names_its_variants(study, run, capsys):
    assert run(study, "--help")[0] == 0
    said = capsys.readouterr().out
    assert f"usage: {study.command}" in said
    joined = "".join(said.split())  # lines are broken at hyphens, too
    assert all("".join(name.split()) in joined for name in study.variants)


def test_each_variant_has_a_folder_of_its_own_by_which_it_is_found(study):
    options = Options()
    runs = {name: study.planned(name, 0, options, 0.1).name for name in study.variants}
    assert len(set(runs.values())) == len(runs)
    for name, run_ in runs.items():
        assert study.lab_of(run_) is study.variants[name]


class Options:
    """Those of a study's command that name its runs."""

    databases, logs, train, test, iterations = "DataBases", "logs", None, None, None
    begin_from = None


def test_predict_answers_by_one_of_its_runs(study, conducted, said_by):
    run_ = next(conducted(study).glob("*/result.json")).parent
    code, out, error = said_by(predict, run_, "--data", "other", "--rows", "0:2", "--json")
    assert (code, error) == (0, "")
    assert len(json.loads(out)["pictures"]) == 2
