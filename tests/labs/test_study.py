"""`python -m labs.study`: trains what is missing, and draws the lecture's conclusion."""

import json
import os
import re
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from dsutil.binary import digest, pair_paths, write_pair
from labs import nn3, nn4, study
from labs.training import options

# What a run of each lab reaches on each amount of data, with seeds 0, 1 and 2.
REACHED = {
    ("nn3", "tiny"): (0.625, 0.6875, 0.65),
    ("nn3", "other"): (0.8125, 0.8, 0.825),
    ("nn4", "tiny"): (0.875, 0.9, 0.8875),
    ("nn4", "other"): (0.95, 0.9375, 0.9625),
}


@pytest.fixture
def words(faces, tmp_path):
    """The command's words for a study of the small data."""
    return ["--databases", str(faces), "--train", "tiny", "other", "--test", "other"] + [
        *("--logs", str(tmp_path / "logs"), "--out", str(tmp_path))
    ]


@pytest.fixture
def trained(monkeypatch):
    """Instead of training, runs are made that reached what REACHED says; the list of them."""
    trained = []

    def train(piece):
        trained.append(str(piece.path.relative_to(piece.logs)))
        make_run(piece)

    monkeypatch.setattr(study, "train", train)
    return trained


def make_run(piece, result=True):
    """What a run leaves, as far as a study reads it."""
    folder, asked = piece.asked["databases"], piece.asked
    counts = {"tiny": 50, "other": 30}
    data = {}
    for use in ("train", "test"):
        digests = map(digest, pair_paths(folder, asked[use]))
        sha256 = dict(zip(("data", "gender"), digests, strict=True))
        data[use] = {"count": counts[asked[use]], "sha256": sha256, "drawn": False}
    config = {"format": 2, "lab": piece.lab.name, "task": piece.lab.task.described()}
    config |= {"options": asked, "precision": "float32", "parameters": 9, "data": data}
    piece.path.mkdir(parents=True, exist_ok=True)
    (piece.path / "config.json").write_text(json.dumps(config))
    accuracy = REACHED[piece.lab.name, asked["train"]][asked["seed"]]
    said = {"iterations": asked["iterations"], "train_accuracy": 1, "test_accuracy": accuracy}
    if result:
        (piece.path / "result.json").write_text(json.dumps(said | {"seconds": 30}))


def as_before_there_were_tasks(path):
    """Writes a config.json anew as a run of format 1 had it."""
    config = json.loads(path.read_text())
    data = {
        use: {
            "count": known["count"],
            "images_sha256": known["sha256"]["data"],
            "labels_sha256": known["sha256"]["gender"],
        }
        for use, known in config["data"].items()
    }
    del config["task"]
    path.write_text(json.dumps(config | {"format": 1, "data": data}))


def run(*words):
    """Runs the study; returns its exit code."""
    with pytest.raises(SystemExit) as exit_:
        study.main(list(words))
    return exit_.value.code


def pieces(words, monkeypatch):
    """The study's plan."""
    plans = []
    monkeypatch.setattr(study, "study", lambda options, _: plans.extend(study.plan(options)) or 0)
    assert run(*words) == 0
    return plans


def test_trains_each_lab_on_each_amount_with_each_seed(words, trained):
    assert run(*words, "--seeds", "2") == 0
    assert sorted(trained) == [
        f"{lab}/study-{train}-seed{seed}"
        for lab in ("nn3", "nn4")
        for train in ("other", "tiny")
        for seed in (0, 1)
    ]


def test_a_second_time_nothing_is_trained_and_the_conclusion_is_written_again(
    words, trained, tmp_path
):
    run(*words)
    first = (tmp_path / "study.md").read_text()
    for name in ("study.md", "study.png"):
        (tmp_path / name).unlink()
    trained.clear()
    assert run(*words) == 0
    assert trained == []
    assert (tmp_path / "study.md").read_text() == first
    assert (tmp_path / "study.png").read_bytes().startswith(b"\x89PNG")


def test_only_what_is_missing_is_trained(words, trained, tmp_path):
    run(*words)
    (tmp_path / "logs/nn4/study-tiny-seed1/result.json").unlink()
    trained.clear()
    run(*words)
    assert trained == ["nn4/study-tiny-seed1"]


def test_more_seeds_train_only_the_new_ones(words, trained):
    run(*words, "--seeds", "2")
    trained.clear()
    run(*words, "--seeds", "3")
    assert [path[-5:] for path in trained] == ["seed2"] * 4


def test_more_iterations_go_on_with_the_runs(words, trained):
    run(*words, "--seeds", "1", "--iterations", "5")
    trained.clear()
    run(*words, "--seeds", "1", "--iterations", "8")
    assert len(trained) == 4


def test_a_run_that_was_begun_with_other_options_is_refused(words, trained, capsys):
    run(*words, "--iterations", "8")
    trained.clear()
    assert run(*words, "--iterations", "5") == 2
    assert trained == []
    sentence = capsys.readouterr().err
    assert "study-tiny-seed0 has another value of iterations, 8, where the study has 5" in sentence


def test_results_on_data_that_changed_since_are_refused(words, trained, faces, tmp_path, capsys):
    run(*words)
    write_pair(*pair_paths(tmp_path, "tiny"), [(np.zeros((50, 2304)), np.eye(2)[[0] * 50])])
    for path in pair_paths(faces, "other"):
        os.link(path, tmp_path / path.name)
    assert run(*words, "--databases", str(tmp_path)) == 2
    assert "study-tiny-seed0 has another value of data" in capsys.readouterr().err


def test_runs_of_before_there_were_tasks_are_finished_as_well(words, trained, tmp_path):
    run(*words)
    first = (tmp_path / "study.md").read_text()
    trained.clear()
    for path in (tmp_path / "logs").rglob("config.json"):
        as_before_there_were_tasks(path)
    assert run(*words) == 0
    assert trained == []
    assert (tmp_path / "study.md").read_text() == first


def test_where_the_data_lie_does_not_matter(words, trained, faces, tmp_path):
    run(*words)
    trained.clear()
    for path in faces.iterdir():
        os.link(path, tmp_path / path.name)
    assert run(*words, "--databases", str(tmp_path)) == 0
    assert trained == []


def test_a_run_that_has_a_checkpoint_is_restored_and_another_is_begun(words, monkeypatch):
    begun, new = pieces(words, monkeypatch)[:2]
    (begun.path / "checkpoints").mkdir(parents=True)
    (begun.path / "checkpoints/ckpt-0.index").touch()
    assert "--restore" in begun.command()
    assert "--restore" not in new.command()


@pytest.mark.parametrize(("lab", "module"), [(nn3.lab, "labs.nn3"), (nn4.lab, "labs.nn4")])
def test_the_command_of_a_run_asks_for_its_options(lab, module, words, monkeypatch):
    piece = next(p for p in pieces(words, monkeypatch) if p.lab == lab and p.asked["seed"] == 2)
    assert piece.command()[1:3] == ["-m", module]
    given = options.parse(lab, piece.command()[3:])
    assert piece.asked == vars(options.Options.of_lab(lab).with_given(given))
    assert (given.run, given.seed) == (piece.name, 2)


def test_by_default_three_seeds_of_1k_and_10k_and_in_full_of_100k_as_the_readme_trains_them(
    monkeypatch,
):
    plan = pieces((), monkeypatch)
    assert {piece.asked["train"] for piece in plan} == {"1k", "10k"}
    assert len(plan) == 2 * 2 * 3
    full = {(p.lab.name, p.asked["train"]): p.asked for p in pieces(["--full"], monkeypatch)}
    assert full["nn3", "100k"]["iterations"] == 60_000
    assert full["nn3", "10k"]["iterations"] == nn3.lab.iterations
    assert {asked["test"] for asked in full.values()} == {"test10k"}


def test_the_table_has_the_means_and_student_s_intervals(words, trained, tmp_path, capsys):
    run(*words)
    assert "| --- | ---: |" in (tmp_path / "study.md").read_text()
    rows = re.findall(r"^\| (nn\d) \| (\d+) \| (.*) \|$", (tmp_path / "study.md").read_text(), re.M)
    names = {"30": "other", "50": "tiny"}
    assert [row[:2] for row in rows] == [(lab, n) for lab in ("nn3", "nn4") for n in ("30", "50")]
    for lab, images, rest in rows:
        values = REACHED[lab, names[images]]
        low, high = stats.ttest_1samp(values, 0).confidence_interval(0.95)
        cells = rest.split(" | ")
        assert cells[:3] == ["3", "1.0000", f"{np.mean(values):.4f}"]
        assert list(map(float, cells[3].split(" to "))) == pytest.approx(
            [low, min(high, 1)], abs=1e-4
        )
        assert cells[4] == "30 s"
    assert "Student's t" in capsys.readouterr().out


def test_one_seed_has_no_interval(words, trained, tmp_path):
    assert run(*words, "--seeds", "1") == 0
    assert "| nn3 | 50 | 1 | 1.0000 | 0.6250 | - | 30 s |" in (tmp_path / "study.md").read_text()


def test_the_picture_has_a_line_a_lab_against_the_amount_of_data(words, trained, monkeypatch):
    figures = []
    monkeypatch.setattr(study.plots, "save", lambda figure, path: figures.append(figure))
    run(*words)
    (axes,) = figures[0].axes
    assert axes.get_xscale() == "log"
    handles, labels = axes.get_legend_handles_labels()
    assert labels == ["nn3, the perceptron", "nn4, the convolutional network"]
    for lab, line in zip(("nn3", "nn4"), handles, strict=True):
        assert list(line.get_xdata()) == [30, 50]
        means = [np.mean(REACHED[lab, train]) for train in ("other", "tiny")]
        assert list(line.get_ydata()) == pytest.approx(means)
    dots = [tuple(line.get_ydata()) for line in axes.lines if line.get_marker() == "."]
    assert sorted(dots) == sorted(REACHED.values())


def test_the_bars_of_the_picture_are_the_intervals(words, trained, monkeypatch):
    figures = []
    monkeypatch.setattr(study.plots, "save", lambda figure, path: figures.append(figure))
    run(*words)
    (axes,) = figures[0].axes
    bars = sorted(tuple(bar.get_segments()[0][:, 1]) for bar in axes.collections)
    expected = [stats.ttest_1samp(each, 0).confidence_interval(0.95) for each in REACHED.values()]
    clipped = sorted((low, min(high, 1)) for low, high in expected)
    assert np.allclose(bars, clipped, atol=1e-4)


def test_without_matplotlib_the_table_is_written_and_a_sentence_says_what_to_install(
    words, trained, tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert run(*words) == 2
    said = capsys.readouterr()
    assert "nn4      50      3" in said.out
    assert "pip install -e '.[plots]'" in said.err
    assert (tmp_path / "study.md").exists()


@pytest.mark.parametrize(
    "words", [("--seeds", "0"), ("--seeds", "x"), ("--iterations", "0"), ("--no",)]
)
def test_an_option_that_cannot_be_is_refused_in_a_sentence(words, capsys):
    assert run(*words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert words[0] in line


def test_a_run_that_fails_ends_the_study_with_its_command(words, tmp_path, capfd):
    (tmp_path / "logs").write_text("not a folder")
    assert run(*words) == 2
    said = capfd.readouterr().err.splitlines()
    assert len(said) == 2  # the lab's sentence, and the study's
    assert "-m labs.nn3" in said[1]
    assert "ended with 2" in said[1]


def test_ctrl_c_stops_and_the_same_command_goes_on_to_the_end(words, faces, tmp_path):
    words = [*words[:2], "--train", "tiny", *words[5:], "--seeds", "1"]
    command = [sys.executable, "-u", "-m", "labs.study", *words]
    long = [*command, "--iterations", "100000000"]
    with subprocess.Popen(
        long, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout:
            if line.startswith("it=      0"):
                process.send_signal(signal.SIGINT)
                break
        said = process.stdout.read().splitlines()
        assert process.stderr.read() == ""
    assert process.returncode == 128 + signal.SIGINT
    (stopped,) = [int(n) for n in re.findall(r"Stopped at iteration (\d+) and saved", said[-2])]
    assert said[-1].endswith(f"python -m labs.study {' '.join(long[4:])}")
    path = tmp_path / "logs/nn3/study-tiny-seed0/config.json"
    config = json.loads(path.read_text())
    config["options"]["iterations"] = stopped  # so that little is left to do
    path.write_text(json.dumps(config))
    least = SimpleNamespace(iterations=stopped + 3, databases=str(faces), test="other")
    least.logs = str(tmp_path / "logs")
    make_run(study.piece(nn4.lab, "tiny", 0, least))
    command += ["--iterations", str(stopped + 3)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 of 2 runs are finished already." in done.stdout
    assert f"restored, {stopped} iterations done" in done.stdout
    assert (tmp_path / "study.png").exists()
