"""Images that are held out tell when a run was best, which it keeps, and when to stop."""

import dataclasses
import json
import os
import shutil
import signal
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

from dsutil import DataSet, InputError, binary
from labs import compare, nn2, nn3, predict
from labs.analysis import results
from labs.training import data_sets
from labs.training.loop import Training

EVERY_10 = ("--summary-every", 10, "--evaluate-every", 10)
STILL = ("--learning-rate", "1e-30")  # so each evaluation finds what the first one found
HELD_OUT = ("--validation-share", 0.2, *EVERY_10)


def steps(run):
    return sorted(int(p.stem.removeprefix("ckpt-")) for p in (run / "checkpoints").glob("*.index"))


def points(folder, tag):
    loaded = EventAccumulator(str(folder), size_guidance={"tensors": 0}).Reload()
    return {event.step: float(tf.make_ndarray(event.tensor_proto)) for event in loaded.Tensors(tag)}


def test_a_share_is_held_out_whole_and_by_the_seed_alone(faces):
    dataset = DataSet(*binary.pair_paths(faces, "tiny"))
    train, validation = data_sets.split(dataset, 0.3, seed=0)
    assert (train.count, validation.count) == (35, 15)
    rows = {image.tobytes(): row for row, image in enumerate(dataset.images)}
    found = [[rows[image.tobytes()] for image in part.images] for part in (train, validation)]
    assert sorted(found[0] + found[1]) == list(range(50))  # all images, each in one of them
    assert found == [sorted(part) for part in found]  # in the file's order
    for part, of_part in zip((train, validation), found, strict=True):
        assert np.array_equal(part.labels, dataset.labels[of_part])
    again, other = (data_sets.split(dataset, 0.3, seed)[1] for seed in (0, 1))
    assert np.array_equal(again.images, validation.images)
    assert not np.array_equal(other.images, validation.images)


@pytest.mark.parametrize("share", [0.001, 0.999])
def test_a_share_that_leaves_nothing_is_refused(faces, share):
    with pytest.raises(InputError, match="expected a --validation-share"):
        data_sets.split(DataSet(*binary.pair_paths(faces, "tiny")), share, seed=0)


def test_a_run_judged_by_a_share_says_which_step_won(run_lab, result, tmp_path, capsys):
    run_lab(nn3, "--run", "r", "--iterations", 40, *HELD_OUT)
    out = capsys.readouterr().out
    assert "40 images to train on, 10 to validate, 30 to test" in out
    run, reached = tmp_path / "nn3/r", result("nn3", "r")
    curve = points(run / "validation", "accuracy")
    best = max(curve, key=curve.get)
    assert reached["best_iteration"] == best
    assert reached["best_validation_accuracy"] == pytest.approx(curve[best])
    for use in ("train", "test"):
        found = points(run / use, "accuracy")
        assert reached[f"best_{use}_accuracy"] == pytest.approx(found[best])
    assert reached["validation_accuracy"] == pytest.approx(curve[40])
    assert points(run / "best", "accuracy") == {best: pytest.approx(curve[best])}
    assert not reached["stopped_early"]


def test_a_stopped_run_that_goes_on_is_judged_as_one_that_never_stopped(run_lab, result, tmp_path):
    run_lab(nn3, "--run", "whole", "--iterations", 40, *HELD_OUT)
    run_lab(nn3, "--run", "parts", "--iterations", 17, *HELD_OUT)  # where none is due
    run_lab(nn3, "--run", "parts", "--restore", "--iterations", 30)
    run_lab(nn3, "--run", "parts", "--restore", "--iterations", 40)
    kept = [(tmp_path / "nn3" / run / "validation.json").read_bytes() for run in ("whole", "parts")]
    assert kept[0] == kept[1]
    whole, parts = result("nn3", "whole"), result("nn3", "parts")
    timed = {"seconds", "images_per_second"}
    assert {k: whole[k] for k in whole.keys() - timed} == {
        k: parts[k] for k in parts.keys() - timed
    }
    assert steps(tmp_path / "nn3/whole") == steps(tmp_path / "nn3/parts")


def test_patience_ends_a_run_and_the_best_checkpoint_outlives_the_newest(
    run_lab, result, tmp_path, capsys
):
    run_lab(nn2, "--run", "r", "--iterations", 90, *HELD_OUT, *STILL, "--patience", 4)
    run = tmp_path / "nn2/r"
    assert (result("nn2", "r")["iterations"], result("nn2", "r")["best_iteration"]) == (50, 10)
    assert result("nn2", "r")["stopped_early"]
    assert steps(run) == [10, 30, 40, 50]
    found = results.read(run)
    assert found.finished
    assert found.best["step"] == 10
    run_lab(nn2, "--run", "r", "--restore")  # there is nothing to wait for
    assert result("nn2", "r")["iterations"] == 50
    run_lab(nn2, "--run", "r", "--restore", "--patience", 6)
    assert result("nn2", "r")["iterations"] == 70
    assert steps(run) == [10, 50, 60, 70]
    capsys.readouterr()
    with pytest.raises(SystemExit):
        compare.main([str(run)])
    found = results.read(run)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith(str(run))]
    assert "70 of 90" in line
    assert f"{found.best['test']:.4f} at 10" in line


def test_the_best_checkpoint_answers_when_it_is_asked_for(run_lab, tmp_path, faces, capsys):
    run_lab(nn2, "--run", "r", "--iterations", 50, *HELD_OUT, *STILL)
    capsys.readouterr()
    asked = ["--evaluate", "other", "--json"]
    assert predict.main([str(tmp_path / "nn2/r"), *asked, "--checkpoint", "best"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["checkpoint"].endswith("ckpt-10")
    assert predict.main([str(tmp_path / "nn2/r"), *asked]) == 0
    assert json.loads(capsys.readouterr().out)["checkpoint"].endswith("ckpt-50")


def test_a_set_of_its_own_can_judge(run_lab, result, tmp_path, faces):
    for name in ("tiny", "other"):
        for path, copy in zip(
            *(binary.pair_paths(f, name) for f in (faces, tmp_path)), strict=True
        ):
            shutil.copy(path, copy)
    for path in binary.pair_paths(faces, "other"):
        shutil.copy(path, tmp_path / path.name.replace("other", "third"))
    data = ("--databases", tmp_path, "--validation", "third")
    run_lab(nn3, "--run", "r", "--iterations", 10, *data, *EVERY_10)
    reached = result("nn3", "r")
    assert reached["validation_accuracy"] == reached["test_accuracy"]  # the same images
    config = json.loads((tmp_path / "nn3/r/config.json").read_text())
    assert config["data"]["validation"] == config["data"]["test"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--patience", 3), "--patience 3 waits for a better number on a validation set: add"),
        (("--validation", "third", "--validation-share", 0.1), "expected one of them"),
        (("--validation", "none"), "data_none.bin is missing"),
        (("--validation", "other"), "on which the run is trained or tested as well"),
    ],
)
def test_options_that_make_no_sense_are_refused_and_no_folder_is_left(
    options, told, run_lab, tmp_path, capsys
):
    assert run_lab(nn2, "--run", "r", "--iterations", 4, *options) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "nn2").exists()


@pytest.mark.parametrize(
    ("began", "option", "value", "told"),
    [
        (HELD_OUT, "--validation-share", 0.4, "was trained with 0.2, found --validation-share 0.4"),
        (HELD_OUT, "--validation", "third", "was trained without it, found --validation third"),
        (HELD_OUT, "--seed", 5, "was trained with 0, found --seed 5"),
        (HELD_OUT, "--train", "other", "was trained with tiny, found --train other"),
        ((), "--validation-share", 0.2, "was trained without it, found --validation-share 0.2"),
    ],
)
def test_a_run_goes_on_with_the_images_that_it_held_out(
    began, option, value, told, run_lab, tmp_path, capsys
):
    run_lab(nn2, "--run", "r", "--iterations", 4, *began)
    kept = {path: path.read_bytes() for path in (tmp_path / "nn2/r").glob("*.json")}
    assert run_lab(nn2, "--run", "r", "--restore", "--iterations", 8, option, value) == 2
    assert told in capsys.readouterr().err
    assert kept == {path: path.read_bytes() for path in (tmp_path / "nn2/r").glob("*.json")}


def test_a_signal_after_a_restore_leaves_the_best_checkpoint(
    run_lab, result, tmp_path, monkeypatch
):
    run_lab(nn2, "--run", "r", "--iterations", 50, *HELD_OUT, *STILL)
    with monkeypatch.context() as patched:
        patched.setattr(Training, "train_on", interrupted)
        code = run_lab(nn2, "--run", "r", "--restore", "--iterations", 90)
    assert code == 128 + signal.SIGTERM
    assert 10 in steps(tmp_path / "nn2/r")
    run_lab(nn2, "--run", "r", "--restore")
    assert result("nn2", "r")["best_iteration"] == 10
    assert steps(tmp_path / "nn2/r") == [10, 70, 80, 90]


def interrupted(self, data, size, real=Training.train_on):
    real(self, data, size)
    os.kill(os.getpid(), signal.SIGTERM)


def test_a_run_may_be_evaluated_more_often_from_some_step_on(run_lab, result, tmp_path):
    run_lab(nn2, "--run", "r", "--iterations", 40, *HELD_OUT, *STILL)
    run_lab(nn2, "--run", "r", "--restore", "--iterations", 45, "--evaluate-every", 15)
    assert result("nn2", "r")["best_iteration"] == 10
    assert steps(tmp_path / "nn2/r") == [10, 30, 40, 45]


def test_a_damaged_record_is_told_before_anything_is_changed(run_lab, tmp_path, capsys):
    run_lab(nn2, "--run", "r", "--iterations", 10, *HELD_OUT)
    (tmp_path / "nn2/r/validation.json").write_text("{")
    kept = {path: path.read_bytes() for path in (tmp_path / "nn2/r").glob("*.json")}
    assert run_lab(nn2, "--run", "r", "--restore", "--iterations", 20) == 2
    assert "validation.json is damaged" in capsys.readouterr().err
    assert kept == {path: path.read_bytes() for path in (tmp_path / "nn2/r").glob("*.json")}


def averaging(learning_rate):
    return keras.optimizers.SGD(learning_rate, use_ema=True, ema_momentum=0.9)


def test_averaged_weights_are_judged_beside_the_plain_ones(run_lab, result, tmp_path, capsys):
    lab = SimpleNamespace(lab=dataclasses.replace(nn3.lab, name="averaged", optimizer=averaging))
    rate = ("--learning-rate", 0.001, "--precision", "float32")
    run_lab(nn3, "--run", "r", "--iterations", 20, *EVERY_10, *rate)
    run_lab(lab, "--run", "r", "--iterations", 20, *EVERY_10, *rate)
    plain, averaged = result("nn3", "r"), result("averaged", "r")
    # To average weights changes nothing in how they are trained.
    assert averaged["test_accuracy_without_averaging"] == plain["test_accuracy"]
    assert averaged["test_accuracy"] != plain["test_accuracy"]
    curve = points(tmp_path / "averaged/r/test", "accuracy_without_averaging")
    assert curve == points(tmp_path / "nn3/r/test", "accuracy")
    told = f"without averaging - test accuracy= {plain['test_accuracy']:.4f}"
    assert told in capsys.readouterr().out


# ---------------------------------------------------------------- a rate that goes by what is seen


def third_less(rate, reached):
    """The rate after some evaluations: each takes a third of it."""
    return rate * (2 / 3) ** len(reached)


def adapting(optimizer=nn3.lab.optimizer):
    return SimpleNamespace(
        lab=dataclasses.replace(nn3.lab, rate_after=third_less, optimizer=optimizer)
    )


def test_each_evaluation_may_change_the_learning_rate(run_lab, tmp_path):
    run_lab(adapting(), "--run", "r", "--iterations", 40, "--learning-rate", 0.003, *HELD_OUT)
    rates = points(tmp_path / "nn3/r/train", "learning_rate")
    # A point of the curve is of the iteration that the evaluation there comes before.
    assert rates == pytest.approx({step: 0.003 * (2 / 3) ** (step // 10) for step in rates})
    assert {0, 10, 20, 30} <= rates.keys()


@pytest.mark.slow
@pytest.mark.parametrize("stops", [(20,), (17, 30), (10, 11, 35)])
def test_a_restored_run_s_rate_is_what_it_would_have_been(run_lab, tmp_path, stops):
    lab = adapting()
    run_lab(lab, "--run", "whole", "--iterations", 40, *HELD_OUT)
    run_lab(lab, "--run", "parts", "--iterations", stops[0], *HELD_OUT)
    for stop in (*stops[1:], 40):
        run_lab(lab, "--run", "parts", "--restore", "--iterations", stop)
    runs = [tmp_path / "nn3" / name for name in ("whole", "parts")]
    rates = [points(run / "train", "learning_rate") for run in runs]
    assert rates[0] == rates[1]
    readers = [tf.train.load_checkpoint(str(run / "checkpoints")) for run in runs]
    names = readers[0].get_variable_to_shape_map()
    for name in sorted(names.keys() - {"_CHECKPOINTABLE_OBJECT_GRAPH"}):
        assert np.array_equal(*(reader.get_tensor(name) for reader in readers)), name


def test_a_rate_that_goes_by_what_is_seen_needs_images_that_are_held_out(run_lab, tmp_path, capsys):
    assert run_lab(adapting(), "--run", "r", "--iterations", 10) == 2
    assert "add --validation NAME or --validation-share 0.1" in capsys.readouterr().err
    assert not (tmp_path / "nn3/r").exists()


def test_a_rate_that_goes_by_what_is_seen_is_no_schedule_s(run_lab, capsys):
    cosine = keras.optimizers.schedules.CosineDecay

    def scheduled(rate):
        return keras.optimizers.SGD(cosine(rate, 40))

    assert run_lab(adapting(scheduled), "--run", "r", "--iterations", 20, *HELD_OUT) == 2
    assert "Give the optimizer a number" in capsys.readouterr().err
