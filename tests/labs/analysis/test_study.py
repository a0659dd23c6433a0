"""What a study promises, whatever its runs are of: here they reach what a table says."""

import dataclasses
import json
import os
import re
import shlex
import signal
import sys

import numpy as np
import pytest
from scipy import stats
from small_study import small, study, wide

from dsutil import InputError
from dsutil.binary import digest, pair_paths, write_pair
from labs.analysis.measures import Measure
from labs.analysis.planned import Planned
from labs.analysis.study import Study

# The test accuracy of each variant with the seeds 0, 1 and 2.
REACHED = {
    "narrow": (0.625, 0.6875, 0.65),
    "wide one": (0.875, 0.9, 0.8875),
    "wild": (0.5, 0.51, 0.52),
}
COUNTS = {"tiny": 50, "other": 30}


@pytest.fixture
def words(faces, tmp_path):
    return ["--databases", str(faces), "--logs", str(tmp_path / "logs"), "--out", str(tmp_path)]


@pytest.fixture
def trained(monkeypatch):
    """Instead of training, runs are made that reached what REACHED says; the names of them."""
    trained = []

    def train(planned, _=None):
        trained.append(planned.name)
        make_run(planned)

    monkeypatch.setattr(Planned, "train", train)
    return trained


def make_run(planned):
    """What a run leaves, as far as a study reads it."""
    asked = planned.asked
    data = {}
    for use in ("train", "test"):
        digests = map(digest, pair_paths(asked["databases"], asked[use]))
        sha256 = dict(zip(("data", "gender"), digests, strict=True))
        data[use] = {"count": COUNTS[asked[use]], "sha256": sha256, "drawn": False}
    config = {"format": 2, "lab": planned.lab.name, "task": planned.lab.task.described()}
    config |= {"options": asked, "precision": "float32", "parameters": 9, "data": data}
    planned.path.mkdir(parents=True, exist_ok=True)
    (planned.path / "config.json").write_text(json.dumps(config))
    accuracy = REACHED[planned.variant][asked["seed"]]
    said = {"iterations": asked["iterations"], "train_accuracy": 1, "test_accuracy": accuracy}
    (planned.path / "result.json").write_text(json.dumps(said | {"seconds": 30}))


def run(study, *words):
    """The exit code of a study's command."""
    with pytest.raises(SystemExit) as exit_:
        study.main(list(words))
    return exit_.value.code


# ---------------------------------------------------------------------------------- what is trained


def test_trains_each_variant_with_each_seed_one_variant_after_the_other(words, trained):
    assert run(study, *words) == 0
    assert trained == ["narrow-seed0", "narrow-seed1", "wide_one-seed0", "wide_one-seed1"]


def test_slow_variants_are_trained_when_they_are_asked_for_only(words, trained):
    assert run(study, *words, "--seeds", "1") == 0
    assert trained == ["narrow-seed0", "wide_one-seed0"]
    assert run(study, *words, "--seeds", "1", "--all") == 0
    assert trained == ["narrow-seed0", "wide_one-seed0", "wild-seed0"]
    assert run(study, *words, "--seeds", "2", "--only", "wild") == 0
    assert trained[3:] == ["wild-seed1"]


def test_a_variant_that_is_named_twice_is_trained_once(words, trained, tmp_path):
    assert run(study, *words, "--seeds", "1", "--only", "narrow", "narrow") == 0
    assert trained == ["narrow-seed0"]
    part = (tmp_path / "small_study_only.md").read_text()
    assert part.count("| narrow |") == 1
    assert not (tmp_path / "small_study.md").exists()  # nothing but the whole replaces that


def test_a_second_time_nothing_is_trained_and_the_conclusion_is_written_again(
    words, trained, tmp_path
):
    run(study, *words)
    first = (tmp_path / "small_study.md").read_text()
    for name in ("small_study.md", "small_study.png"):
        (tmp_path / name).unlink()
    trained.clear()
    assert run(study, *words) == 0
    assert trained == []
    assert (tmp_path / "small_study.md").read_text() == first
    assert (tmp_path / "small_study.png").read_bytes().startswith(b"\x89PNG")


def test_only_what_is_missing_is_trained(words, trained, tmp_path):
    run(study, *words)
    (tmp_path / "logs/small_study/wide_one-seed1/result.json").unlink()
    trained.clear()
    run(study, *words)
    assert trained == ["wide_one-seed1"]


def test_more_seeds_train_only_the_new_ones(words, trained):
    run(study, *words, "--seeds", "2")
    trained.clear()
    run(study, *words, "--seeds", "3")
    assert trained == ["narrow-seed2", "wide_one-seed2"]


def test_more_iterations_go_on_with_the_runs(words, trained):
    run(study, *words, "--seeds", "1", "--iterations", "5")
    trained.clear()
    run(study, *words, "--seeds", "1", "--iterations", "8")
    assert trained == ["narrow-seed0", "wide_one-seed0"]


def test_each_seed_is_trained_with_the_learning_rate_that_was_best_with_the_first(
    words, trained, tmp_path
):
    # What a run reached is the same at each rate, so the first one is taken.
    graded = dataclasses.replace(study, rates=(0.1, 1e30))
    assert run(graded, *words) == 0
    assert trained == [
        *("narrow-rate0.1-seed0", "narrow-rate1e_30-seed0"),
        *("wide_one-rate0.1-seed0", "wide_one-rate1e_30-seed0"),
        *("narrow-rate0.1-seed1", "wide_one-rate0.1-seed1"),
    ]
    assert "| narrow | 0.1, the last tried | 2 |" in (tmp_path / "small_study.md").read_text()


# ---------------------------------------------------------------------------------- what is refused


def test_a_run_that_was_begun_with_other_options_is_refused(words, trained, capsys):
    run(study, *words, "--iterations", "8")
    trained.clear()
    assert run(study, *words, "--iterations", "5") == 2
    assert trained == []
    sentence = capsys.readouterr().err
    assert "narrow-seed0 has another value of iterations, 8, where the study has 5" in sentence
    assert sentence.count("\n") == 1


def test_a_run_of_another_batch_size_is_refused(words, trained, capsys):
    run(study, *words)
    larger = dataclasses.replace(small, batch_size=17)
    changed = dataclasses.replace(study, variants=study.variants | {"narrow": larger})
    assert run(changed, *words) == 2
    told = "narrow-seed0 has another value of batch_size, 16, where the study has 17"
    assert told in capsys.readouterr().err


def test_results_on_data_that_changed_since_are_refused(words, trained, faces, tmp_path, capsys):
    run(study, *words)
    write_pair(*pair_paths(tmp_path, "tiny"), [(np.zeros((50, 2304)), np.eye(2)[[0] * 50])])
    for path in pair_paths(faces, "other"):
        os.link(path, tmp_path / path.name)
    assert run(study, *words, "--databases", str(tmp_path)) == 2
    assert "narrow-seed0 has another value of data" in capsys.readouterr().err


def test_where_the_data_lie_does_not_matter(words, trained, faces, tmp_path):
    run(study, *words)
    trained.clear()
    for path in faces.iterdir():
        os.link(path, tmp_path / path.name)
    assert run(study, *words, "--databases", str(tmp_path)) == 0
    assert trained == []


@pytest.mark.parametrize(
    "words",
    [
        ("--seeds", "0"),
        ("--seeds", "x"),
        ("--iterations", "0"),
        ("--only", "nosuch"),
        ("--only",),
        ("--no",),
    ],
)
def test_an_option_that_cannot_be_is_refused_in_a_sentence(words, capsys):
    assert run(study, *words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert words[0] in line


def test_an_unknown_variant_is_answered_with_those_there_are(capsys):
    assert run(study, "--only", "nosuch") == 2
    error = capsys.readouterr().err
    assert "'nosuch'" in error
    assert all(name in error for name in study.variants)


def test_a_run_that_cannot_be_made_ends_the_study_in_a_sentence(words, tmp_path, capsys):
    (tmp_path / "logs").write_text("not a folder")
    assert run(study, *words) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1


def test_data_that_are_not_there_end_the_study_in_a_sentence(words, capsys):
    assert run(study, *words, "--train", "nosuch") == 2
    error = capsys.readouterr().err
    assert "nosuch" in error
    assert error.count("\n") == 1


# ------------------------------------------------------------------------------------- what is told


def test_the_list_says_what_would_be_trained_and_trains_nothing(words, trained, tmp_path, capsys):
    assert run(study, *words, "--list", "--train", "other", "--seeds", "4", "--all") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{name}: 6 iterations on other, 4 seeds" for name in study.variants
    ]
    assert trained == []
    assert not (tmp_path / "logs").exists()


def test_the_help_shows_names_with_a_percent_sign_as_they_are(capsys):
    shares = dataclasses.replace(
        study, variants={"20 % wrong": small, "5 %s": wide}, claims=(), slow=("5 %s",)
    )
    assert run(shares, "--help") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "of 20 % wrong, 5 %s (default: all but 5 %s)" in said


def test_the_table_has_the_means_and_student_s_intervals(words, trained, tmp_path, capsys):
    run(study, *words, "--seeds", "3")
    lines = (tmp_path / "small_study.md").read_text().splitlines()
    assert lines[:2] == [
        "| variant | seeds | train accuracy | test accuracy | 95 % interval of test accuracy "
        "| seconds |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    rows = [line.strip("| ").split(" | ") for line in lines[2:4]]
    assert [row[0] for row in rows] == ["narrow", "wide one"]
    for name, *cells in rows:
        values = REACHED[name]
        low, high = stats.ttest_1samp(values, 0).confidence_interval(0.95)
        assert cells[:3] == ["3", "1.0000", f"{np.mean(values):.4f}"]
        assert list(map(float, cells[3].split(" to "))) == pytest.approx([low, high], abs=1e-4)
        assert cells[4] == "30"
    assert "Student's t" in capsys.readouterr().out


def test_one_seed_has_no_interval(words, trained, tmp_path):
    assert run(study, *words, "--seeds", "1") == 0
    assert "| narrow | 1 | 1.0000 | 0.6250 | - | 30 |" in (tmp_path / "small_study.md").read_text()


def test_what_is_printed_is_what_is_written(words, trained, tmp_path, capsys):
    run(study, *words)
    printed = capsys.readouterr().out
    for line in (tmp_path / "small_study.md").read_text().splitlines():
        cells = [cell for cell in line.strip("| ").split(" | ") if "---" not in cell]
        assert re.search(r"\s+".join(map(re.escape, cells)), printed), line


def test_further_measures_are_columns_and_that_of_the_study_is_one_in_any_case(
    words, trained, tmp_path
):
    doubled = Measure("twice", lambda outcome: 2 * outcome.reached["test"], form=".2f")
    halved = Measure("half", lambda outcome: outcome.reached["test"] / 2)
    more = dataclasses.replace(study, extra=(doubled,), measure=halved)
    assert run(more, *words, "--seeds", "1") == 0
    markdown = (tmp_path / "small_study.md").read_text()
    assert "| test accuracy | twice | half | 95 % interval of half |" in markdown
    assert "| narrow | 1 | 1.0000 | 0.6250 | 1.25 | 0.3125 |" in markdown


def test_without_out_the_conclusion_lies_beside_the_runs(words, trained, tmp_path):
    assert run(study, *words[:4]) == 0
    assert (tmp_path / "logs/small_study/small_study.md").exists()
    assert (tmp_path / "logs/small_study/small_study.png").exists()


def test_without_matplotlib_the_table_is_written_and_a_sentence_says_what_to_install(
    words, trained, tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert run(study, *words) == 2
    said = capsys.readouterr()
    assert re.search(r"^wide one +2 +1\.0000 +0\.8875", said.out, re.M)
    assert "pip install -e '.[plots]'" in said.err
    assert (tmp_path / "small_study.md").exists()


# -------------------------------------------------------------------------------------- preparation


def test_data_are_prepared_before_anything_is_trained_but_not_for_a_list(words, trained, faces):
    prepared = []

    def prepare(folder):
        assert trained == []
        prepared.append(folder)

    with_data = dataclasses.replace(study, prepare=prepare)
    assert run(with_data, *words, "--list") == 0
    assert prepared == []
    assert run(with_data, *words) == 0
    assert prepared == [str(faces)]


# --------------------------------------------------------------------------- variants by their name


def test_the_longest_name_of_a_variant_that_fits_is_a_run_s():
    nested = dataclasses.replace(
        study, variants={"a": small, "a-b": wide, "a-b c": small}, claims=(), slow=()
    )
    named = {
        "a-seed0": "a",
        "a-rate0.1-seed2": "a",
        "a-b-seed0": "a-b",
        "a-b_c-seed1": "a-b c",
        "a-bc-seed0": "a",
    }
    for run_, variant in named.items():
        assert nested.lab_of(run_) is nested.variants[variant]


@pytest.mark.parametrize("name", ["1", "narrow", "wide-seed0", "narrower-seed0"])
def test_a_run_that_is_named_after_no_variant_is_an_error_that_says_the_names(name):
    with pytest.raises(InputError, match=f"The run {name} is named after no variant") as refused:
        study.lab_of(name)
    assert "expected narrow, wide_one, wild, and then -seed0" in str(refused.value)


def test_variants_are_called_as_the_study_and_run_by_its_command():
    for name, lab in study.variants.items():
        assert lab.name == "small_study"
        assert lab.command == f"python -m labs.small_study --only {shlex.quote(name)}"
    assert study.variants["wide one"].network is wide.network


@pytest.mark.parametrize(
    ("changed", "error", "told"),
    [
        ({"variants": {"one": "a lab"}}, TypeError, "found 'a lab', expected labs"),
        ({"claims": (("narrow", "nosuch"),)}, ValueError, "has no variant 'nosuch'"),
        ({"slow": ("nosuch",)}, ValueError, "has no variant 'nosuch'"),
    ],
)
def test_a_study_that_cannot_be_is_refused_when_it_is_made(changed, error, told):
    known = {"name": "s", "about": None, "variants": {"narrow": small}}
    with pytest.raises(error, match=told):
        Study(**known | changed)


# -------------------------------------------------------------------------------------- from Python


@pytest.fixture
def options(faces, tmp_path):
    return {"databases": faces, "logs": tmp_path / "logs"}


def test_from_python_it_trains_what_its_command_trains_and_says_the_same(
    words, options, trained, tmp_path, capsys
):
    assert run(study, *words, "--seeds", "2", "--only", "wide one", "narrow") == 0
    by_the_command = trained.copy()
    trained.clear()
    _, _, said = capsys.readouterr().out.partition("\n\n")
    others = options | {"logs": tmp_path / "others"}
    found = study.train(seeds=2, only=["wide one", "narrow"], **others)
    assert trained == by_the_command
    assert said.startswith(f"{found}\n")
    assert list(found.outcomes) == ["wide one", "narrow"]
    assert [row["variant"] for row in found.table] == ["wide one", "narrow"]
    assert [row["test accuracy"] for row in found.table] == ["0.8875", "0.6562"]  # their means
    assert found.sentences[0].startswith("wide one leads: test accuracy 0.8875")
    assert found.plot()._repr_png_().startswith(b"\x89PNG")
    assert not list(tmp_path.glob("others/**/*.md"))  # what nobody asked to be written


def test_from_python_a_single_variant_needs_no_list(options, trained):
    assert list(study.train(seeds=1, only="narrow", **options).outcomes) == ["narrow"]
    assert trained == ["narrow-seed0"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"seeds": 0}, ["--seeds=0"]),
        ({"only": ["nosuch"]}, ["--only", "nosuch"]),
        ({"only": []}, ["--only"]),
    ],
    ids=str,
)
def test_from_python_it_refuses_what_its_command_refuses(given, words, trained, capsys):
    assert run(study, *words) == 2
    expected = capsys.readouterr().err
    with pytest.raises(InputError) as refusal:
        study.train(**given)
    assert f"error: {refusal.value}\n" == expected
    assert capsys.readouterr() == ("", "")
    assert trained == []


def test_from_python_ctrl_c_says_that_the_same_call_goes_on(options, monkeypatch):
    monkeypatch.setattr(Planned, "train", lambda *_: signal.SIGINT)
    with pytest.raises(KeyboardInterrupt, match=r"small_study\.study\.train\(seeds=1, .* goes on"):
        study.train(seeds=1, **options)
