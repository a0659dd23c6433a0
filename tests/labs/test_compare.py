"""`python -m labs.compare`: what runs have reached, in a table and a picture."""

import json
import os
import re
import shutil
import sys

import pytest

from labs import compare, nn2, nn3
from labs.analysis import plots, results


@pytest.fixture(scope="module")
def made(faces, tmp_path_factory):
    """Runs of 20 iterations: nn2's `whole`, `crashed`, which was killed and restored; nn3's `2`."""
    logs = tmp_path_factory.mktemp("logs")
    common = ["--databases", faces, "--train", "tiny", "--test", "other", "--logs", logs]
    common += ["--batch-size", 16, "--summary-every", 4, "--evaluate-every", 10]

    def train(lab, *words):
        with pytest.raises(SystemExit) as exit_:
            lab.lab.main([str(word) for word in words])
        assert exit_.value.code == 0

    train(nn2, *common, "--run", "whole", "--iterations", 20)
    train(nn2, *common, "--run", "crashed", "--iterations", 17)
    checkpoints = logs / "nn2/crashed/checkpoints"
    for path in checkpoints.glob("ckpt-17*"):  # as if it had been killed before this was saved
        path.unlink()
    train(nn2, "--logs", logs, "--run", "crashed", "--restore", "--iterations", 20)
    train(nn3, *common, "--run", "2", "--iterations", 20)
    return logs


@pytest.fixture
def logs(made, tmp_path):
    """A copy of the runs, to be broken."""
    return shutil.copytree(made, tmp_path / "logs")


@pytest.fixture
def command(capsys):
    """Runs the command; returns its exit code and the lines of both its outputs."""

    def run(*words):
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_:
            compare.main([str(word) for word in words])
        said = capsys.readouterr()
        return exit_.value.code, said.out.splitlines(), said.err.splitlines()

    return run


def runs_of(lines):
    """The first column of the table."""
    return [line.split()[0] for line in lines[1 : lines.index("")]]


def test_a_finished_run_is_shown_with_its_accuracies_and_their_intervals(command, logs):
    result = logs / "nn2/whole/result.json"
    known = json.loads(result.read_text())
    known |= {"train_accuracy": 0.8, "test_accuracy": 0.5, "seconds": 1234.4}
    result.write_text(json.dumps(known))
    code, lines, complaints = command(logs / "nn2/whole")
    assert (code, complaints) == (0, [])
    assert re.split(" {2,}", lines[1])[1:] == [
        *("nn2", "tiny (50)", "other (30)", "115,352", "20"),
        *("0.8000 [0.6696, 0.8876]", "0.5000 [0.3315, 0.6685]", "1,234 s"),
    ]
    assert "Wilson" in lines[-1]


@pytest.fixture
def of_points(logs):
    """The run nn3/2, as one whose network says where points are."""
    run = logs / "nn3/2"
    config = json.loads((run / "config.json").read_text())
    distance = {"name": "distance", "higher_is_better": False, "is_share": False, "unit": "pixels"}
    config["task"] = {"columns": ["data", "points"], "headline": distance}
    (run / "config.json").write_text(json.dumps(config))
    known = json.loads((run / "result.json").read_text())
    known |= {"train_distance": 0.512345, "test_distance": 12.3456, "seconds": 7}
    (run / "result.json").write_text(json.dumps(known))
    return run


def test_what_is_no_share_is_shown_with_its_unit_and_without_an_interval(command, of_points):
    code, lines, complaints = command(of_points)
    assert (code, complaints) == (0, [])
    assert re.split(" {2,}", lines[0])[-3:] == ["train distance", "test distance", "time"]
    assert re.split(" {2,}", lines[1])[-3:] == ["0.5123 pixels", "12.35 pixels", "7 s"]
    assert len(lines) == 2  # nothing is said of intervals


def test_runs_of_different_questions_each_have_columns_of_their_own(command, of_points, logs):
    code, lines, complaints = command(of_points, logs / "nn2/whole")
    assert (code, complaints) == (0, [])
    assert re.split(" {2,}", lines[0])[6:] == [
        *("train distance", "test distance", "train accuracy", "test accuracy", "time")
    ]
    points, classes = (re.split(" {2,}", line) for line in lines[1:3])
    assert points[6:] == ["0.5123 pixels", "12.35 pixels", "-", "-", "7 s"]
    assert classes[6:8] == ["-", "-"]
    assert all("[" in cell for cell in classes[8:10])
    assert "Wilson" in lines[-1]


def test_the_picture_of_runs_of_different_questions_has_a_panel_for_each(of_points, logs):
    found, _ = compare.read_all([of_points, logs / "nn2/whole"])
    distances, accuracies, _ = compare.draw(found).axes
    assert distances.get_ylabel() == "distance on the whole set"
    assert accuracies.get_ylabel() == "accuracy on the whole set"


def test_all_runs_of_a_folder_of_logs_are_found_each_once_and_in_order(command, logs):
    shutil.copytree(logs / "nn3/2", logs / "nn3/10")
    _, lines, _ = command(logs, logs / "nn3", logs / "nn2/whole", f"{logs}/nn*/who*")
    expected = ["nn2/crashed", "nn2/whole", "nn3/2", "nn3/10"]
    assert runs_of(lines) == [str(logs / name) for name in expected]


def test_a_pattern_names_runs(command, logs):
    _, lines, _ = command(f"{logs}/*/whole")
    assert runs_of(lines) == [str(logs / "nn2/whole")]


def test_the_table_can_be_markdown(command, logs):
    _, lines, _ = command(logs / "nn2", "--markdown")
    assert lines[0].startswith("| run | lab |")
    assert lines[1].startswith("| --- | --- |")
    assert [line.count(" | ") for line in lines[:4]] == [8, 8, 8, 8]


def test_a_run_that_is_not_finished_is_shown_with_what_its_curves_know(command, logs):
    run = logs / "nn2/whole"
    known = json.loads((run / "result.json").read_text())
    (run / "result.json").unlink()
    _, lines, complaints = command(run)
    assert complaints == []
    cells = lines[1].split()
    assert "20 of 20" in lines[1]
    assert cells[-1] == "-"
    assert f"{known['test_accuracy']:.4f} [" in lines[1]


def test_a_run_that_has_only_begun_is_shown_with_its_options(command, logs):
    run = logs / "nn2/whole"
    for path in run.iterdir():
        if path.name != "config.json":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    code, lines, _ = command(run)
    assert code == 0
    assert "0 of 20" in lines[1]
    assert lines[1].split()[-3:] == ["-", "-", "-"]


def test_a_run_that_goes_on_after_its_end_is_not_shown_as_finished(command, logs):
    path = logs / "nn2/whole/config.json"
    config = json.loads(path.read_text())
    config["options"]["iterations"] = 40
    path.write_text(json.dumps(config))
    _, lines, _ = command(logs / "nn2/whole")
    assert "20 of 40" in lines[1]


@pytest.mark.parametrize("file", ["config.json", "result.json"])
@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 1}', '{"iterations": "many"}'])
def test_a_damaged_run_gives_a_sentence_and_the_others_are_shown(command, logs, file, text):
    (logs / "nn2/whole" / file).write_text(text)
    code, lines, complaints = command(logs)
    assert code == 1
    assert runs_of(lines) == [str(logs / name) for name in ("nn2/crashed", "nn3/2")]
    assert len(complaints) == 1
    assert complaints[0].startswith(f"error: {logs / 'nn2/whole' / file} is damaged")


def test_a_run_of_a_newer_format_gives_a_sentence(command, logs):
    path = logs / "nn2/whole/config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
    code, _, complaints = command(logs / "nn2/whole")
    assert code == 1
    assert "format 99" in complaints[0]


def test_a_place_without_runs_gives_a_sentence(command, logs, tmp_path):
    code, lines, complaints = command(tmp_path / "nosuch", logs / "nn3")
    assert code == 1
    assert len(runs_of(lines)) == 1
    assert complaints == [line for line in complaints if "nosuch holds no run" in line]


def test_curves_of_a_restarted_run_hold_no_step_twice(logs):
    whole, crashed = (results.read_curves(logs / "nn2" / run) for run in ("whole", "crashed"))
    assert list(crashed["train"]["batch/loss"]) == [0, 4, 8, 12, 16]
    assert crashed["test"]["accuracy"] == whole["test"]["accuracy"]
    assert crashed["train"]["batch/loss"] == whole["train"]["batch/loss"]


def test_curves_of_a_file_that_was_cut_off_are_read_as_far_as_they_go(logs):
    before = results.read_curves(logs / "nn2/whole")["test"]["accuracy"]
    (file,) = [p for p in (logs / "nn2/whole/test").glob("*tfevents*") if p.stat().st_size > 200]
    os.truncate(file, file.stat().st_size - 7)
    after = results.read_curves(logs / "nn2/whole")["test"]
    assert all(before[step] == value for step, value in after.get("accuracy", {}).items())


def test_the_picture_has_the_curves_of_each_run(logs):
    found, _ = compare.read_all([logs])
    figure = compare.draw(found)
    accuracies, losses = figure.axes
    drawn = [tuple(map(tuple, line.get_data())) for line in accuracies.lines]
    for i, result in enumerate(found):
        curves = results.read_curves(result.path)
        for use, line in zip(("test", "train"), drawn[2 * i : 2 * i + 2], strict=True):
            assert line == (tuple(curves[use]["accuracy"]), tuple(curves[use]["accuracy"].values()))
        loss = curves["train"]["batch/loss"]
        assert tuple(losses.lines[i].get_ydata()) == tuple(loss.values())
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == [str(result.path) for result in found]


@pytest.mark.parametrize(
    ("suffix", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
def test_the_picture_is_written_in_the_format_that_its_name_says(
    command, logs, tmp_path, suffix, magic
):
    picture = tmp_path / f"curves.{suffix}"
    code, _, said = command(logs / "nn2", "--picture", picture)
    assert (code, said) == (0, [f"{picture}: written"])
    assert picture.read_bytes().startswith(magic)
    assert {path.name for path in tmp_path.iterdir()} == {"logs", picture.name}


def test_a_picture_of_an_unknown_format_is_refused_in_a_sentence(command, logs, tmp_path):
    code, lines, said = command(logs / "nn2", "--picture", tmp_path / "curves.doc")
    assert code == 2
    assert len(runs_of(lines)) == 2
    assert "expected a name that ends in .png" in said[0]


def test_without_matplotlib_the_table_is_printed_and_a_sentence_says_what_to_install(
    command, logs, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    code, lines, said = command(logs / "nn2", "--picture", tmp_path / "curves.png")
    assert code == 2
    assert len(runs_of(lines)) == 2
    assert "pip install -e '.[plots]'" in said[0]


def test_a_figure_that_cannot_be_written_leaves_what_was_there(tmp_path, monkeypatch):
    picture = tmp_path / "curves.png"
    picture.write_bytes(b"before")
    figure, _ = plots.figure()
    monkeypatch.setattr(figure, "draw", lambda renderer: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        plots.save(figure, picture)
    assert picture.read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["curves.png"]
