"""A run may lie below any path that the system allows."""

import os
from pathlib import Path

import keras
import numpy as np
import pytest

from labs import compare, export, nn2, predict, runs
from labs.analysis import results
from labs.board.events import EventFile
from labs.runs.checkpoints import Checkpoints

NAMES = [
    "logs [1]",
    "logs [!1]",
    "[",
    "*",
    "?",
    "{a,b}",
    "back\\slash",
    " spaces ",
    "é ü 顔 🙂",
    "'quotes'\"",
    "new\nline",
    "tab\t\x01",
    "-dash",
    "--logs",
    "~",
    "~root",
    "$HOME",
    "#;&|!%,:=@^`<>()",
    "a..b",
    "file:",
    "x.part",
    "ckpt-7.index",
    "events.out.tfevents.1",
    "l" * 255,
    "/".join(["d" * 200] * 18),  # longer than some of TensorFlow's own names leave room for
]
EACH_NAME = pytest.mark.parametrize("name", NAMES, ids=[ascii(name)[1:20] for name in NAMES])


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working folder, so that paths are relative as `--logs` is by default."""
    monkeypatch.chdir(tmp_path)


def small():
    """A model and its optimizer, as a new process makes them."""
    keras.utils.clear_session()
    x = keras.Input((3,))
    model = keras.Model(x, keras.layers.Dense(2, name="fc")(x))
    optimizer = keras.optimizers.SGD(momentum=0.9)
    optimizer.build(model.trainable_variables)
    return model, optimizer


@EACH_NAME
@pytest.mark.usefixtures("here")
def test_checkpoints_are_saved_and_restored_below_any_path(name):
    model, optimizer = small()
    kernel = np.arange(6, dtype=np.float32).reshape(3, 2)
    model.layers[1].kernel.assign(kernel)
    checkpoints = Checkpoints(Path(name, "checkpoints"), model, optimizer)
    for step in range(5):
        checkpoints.save(step)
    restored, optimizer = small()
    assert Checkpoints(Path(name, "checkpoints"), restored, optimizer).restore() == 4
    assert keras.ops.convert_to_numpy(restored.layers[1].kernel).tolist() == kernel.tolist()
    files = [f"ckpt-{i}.{end}" for i in (2, 3, 4) for end in ENDS]
    assert sorted(os.listdir(Path(name, "checkpoints"))) == sorted([*files, "checkpoint"])


ENDS = ("data-00000-of-00001", "index", "sha256")


@EACH_NAME
@pytest.mark.usefixtures("here")
def test_curves_are_written_and_read_back_below_any_path(name):
    file = EventFile(Path(name, "train"))
    file.scalar("loss", 3, 0.5)
    file.close()
    assert results.read_curves(name)["train"] == {"loss": {3: 0.5}}


@EACH_NAME
@pytest.mark.usefixtures("here")
def test_a_run_is_started_and_found_below_any_path(name):
    run = runs.start(name, "nn2", "r")
    with run.worked_on():
        run.record(CONFIG)
        assert Path(name, "nn2/r/lock").is_file()
    assert not Path(name, "nn2/r/lock").exists()
    assert runs.existing(Path(name, "nn2/r")).path == Path(name, "nn2/r")
    for place in (name, f"{name}/nn2", f"{name}/nn2/r", f"{name}/nn[1-3]/?", f"{name}/*"):
        assert results.find(place) == [Path(name, "nn2/r")]


CONFIG = {
    "lab": "nn2",
    "task": nn2.lab.task.described(),
    "options": {},
    "precision": "float32",
    "data": {"train": {"sha256": {}}, "test": {"sha256": {}}},
}

# All that TensorFlow would take for something else, and all that a terminal would.
ODD = "a [1] *?{b,c}\\ é\n'\"-"


@pytest.mark.slow
def test_the_labs_and_the_tools_work_in_a_folder_with_an_odd_name(
    run_lab_in, said_by, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    every = ("--summary-every", 5, "--evaluate-every", 5)
    asked = ("--run", "r", *every, "--summaries", "light", "--iterations")
    assert run_lab_in(ODD, nn2, *asked, 10) == 0
    assert run_lab_in(ODD, nn2, "--run", "r", "--restore", "--iterations", 15) == 0
    run = f"{ODD}/nn2/r"
    assert Path(run, "projector/points.tsv").is_file()
    for checkpoint, iterations in ((), 15), (("--checkpoint", "ckpt-10"), 10):
        code, out, err = said_by(predict, run, "--evaluate", "other", *checkpoint)
        assert (code, err) == (0, "")
        assert f"nn2 after {iterations} iterations" in out
    Path(run, "result.json").unlink()  # then the curves tell
    code, out, err = said_by(compare, run, "--picture", "curves.png")
    assert (code, err) == (0, "curves.png: written\n")
    assert "15 of 15" in out
    assert said_by(export, run, "--to", "model.keras")[0] == 0


def test_a_step_up_from_where_a_link_leads_is_taken_as_the_system_takes_it(
    run_lab_in, said_by, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    os.makedirs("elsewhere/inside")
    os.symlink("elsewhere/inside", "link")
    assert run_lab_in("link/../logs", nn2, "--run", "r", "--iterations", 3) == 0
    assert run_lab_in("link/../logs", nn2, "--restore", "--iterations", 5) == 0
    assert sorted(os.listdir()) == ["elsewhere", "link"]
    there = {path.name.partition(".")[0] for path in Path("elsewhere/logs/nn2/r").iterdir()}
    assert {"checkpoints", "config", "events", "result", "test", "train"} <= there
    assert said_by(compare, "link/../logs")[0] == 0
    assert said_by(predict, "link/../logs/nn2/r", "--evaluate", "other")[0] == 0


@pytest.mark.usefixtures("here")
def test_the_way_up_is_kept_as_it_was_given_where_no_link_changes_it():
    assert runs.folder_at("../logs") == Path("../logs")
    assert runs.folder_at("there/../logs") == Path("there/../logs")


def test_a_path_that_is_not_utf_8_is_one_sentence(
    run_lab_in, said_by, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    name = os.fsdecode(b"raw \xff")
    sentence = "error: 'raw \\udcff{}' is not written in UTF-8"
    assert run_lab_in(name, nn2, "--iterations", 1) == 2
    assert sentence.format("") in capsys.readouterr().err
    assert os.listdir() == []
    for tool, more in ((predict, ("--data", "tiny")), (export, ("--to", "m.keras")), (compare, ())):
        code, _, err = said_by(tool, f"{name}/nn2/r", *more)
        assert code != 0
        assert sentence.format("/nn2/r") in err


@pytest.mark.usefixtures("here")
def test_a_path_with_no_room_for_a_run_is_one_sentence(run_lab_in, capsys):
    deep = "/".join(["d" * 200] * 19)  # of 4096 that are allowed on Linux
    for name in (f"{deep}/{'e' * 180}", f"{deep}/{'e' * 220}", "l" * 256):
        assert run_lab_in(name, nn2, "--run", "r", "--iterations", 1) == 2
        assert "the path is too long for the system" in capsys.readouterr().err
        assert os.listdir() == []
    assert run_lab_in(f"{deep}/{'e' * 140}", nn2, "--run", "r", "--iterations", 1) == 0


@pytest.mark.usefixtures("here")
def test_a_path_that_exists_is_no_pattern():
    for name in ("logs [1]", "logs 1"):
        run = runs.start(name, "nn2", "r")
        run.record({"lab": "nn2"})
    assert results.find("logs [1]") == [Path("logs [1]/nn2/r")]
    assert results.find("logs [1]/nn*/?") == [Path("logs [1]/nn2/r")]
    assert results.find("logs*") == [Path("logs 1/nn2/r"), Path("logs [1]/nn2/r")]


@pytest.mark.usefixtures("here")
def test_runs_are_sorted_as_people_count_whatever_digits_are_in_their_names():
    for name in ("10", "9", "²", "٣", "x²9"):
        runs.start("logs", "nn2", name).record({"lab": "nn2"})
    assert [path.name for path in results.find("logs")] == ["9", "10", "x²9", "²", "٣"]
