"""A run that stops and goes on is the run that never stopped."""

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import keras
import killed_training  # its lab has dropout and moving averages
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.context import RequestContext
from tensorboard.data.server_ingester import SubprocessServerDataIngester, get_server_binary
from tensorboard.util.grpc_util import ChannelCredsType

from labs import nn2, nn3, nn4
from labs.machines.workers import Workers
from labs.training import assessment, data_sets, evaluation
from labs.training.loop import Training

CADENCE = ("--summary-every", 4, "--evaluate-every", 10, "--summaries", "light")


def state(run):
    """Every number in the newest checkpoint of a run, by name, as bytes."""
    reader = tf.train.load_checkpoint(str(run / "checkpoints"))
    names = set(reader.get_variable_to_shape_map()) - {"_CHECKPOINTABLE_OBJECT_GRAPH"}
    return {name: reader.get_tensor(name).tobytes() for name in names if "save_counter" not in name}


@pytest.mark.parametrize("precision", ["float32", pytest.param("bfloat16", marks=pytest.mark.slow)])
@pytest.mark.parametrize("lab", [nn2, nn3, nn4, killed_training], ids=lambda lab: lab.lab.name)
def test_a_restored_run_is_equal_to_the_bit(lab, precision, run_lab, tmp_path):
    common = (*CADENCE, "--precision", precision)
    run_lab(lab, "--run", "whole", "--iterations", 17, *common)
    run_lab(lab, "--run", "parts", "--iterations", 7, *common)  # amid an epoch of 3.125
    for stop in (10, 17):  # at a save, and at the end
        assert run_lab(lab, "--run", "parts", "--restore", "--iterations", stop) == 0
    folder = tmp_path / lab.lab.name
    assert state(folder / "whole") == state(folder / "parts")


def test_a_restored_run_keeps_its_options(run_lab, tmp_path):
    run_lab(nn2, "--run", "r", "--iterations", 2, "--seed", 9, "--learning-rate", "2e-4")
    run_lab(nn2, "--run", "r", "--restore", "--iterations", 3)
    options = json.loads((tmp_path / "nn2/r/config.json").read_text())["options"]
    assert (options["seed"], options["learning_rate"], options["train"]) == (9, 2e-4, "tiny")
    assert options["iterations"] == 3


def test_restore_alone_goes_on_with_the_newest_run(run_lab, result):
    run_lab(nn2, "--run", "older", "--iterations", 2)
    run_lab(nn2, "--run", "newer", "--iterations", 2)
    run_lab(nn2, "--restore", "--iterations", 4)
    assert result("nn2", "newer")["iterations"] == 4
    assert result("nn2", "older")["iterations"] == 2


def test_a_new_learning_rate_counts_after_a_restore(run_lab, tmp_path):
    run_lab(nn2, "--run", "r", "--iterations", 2)
    before = state(tmp_path / "nn2/r")
    run_lab(nn2, "--run", "r", "--restore", "--iterations", 4, "--learning-rate", "1e-30")
    after = state(tmp_path / "nn2/r")
    kernel = "weights/fc_1.Skernel/.ATTRIBUTES/VARIABLE_VALUE"
    assert before[kernel] == after[kernel]


def test_the_newest_three_checkpoints_are_kept(run_lab, tmp_path):
    run_lab(nn2, "--run", "r", "--iterations", 50, *CADENCE)
    kept = sorted(path.name for path in (tmp_path / "nn2/r/checkpoints").glob("*.index"))
    assert kept == ["ckpt-30.index", "ckpt-40.index", "ckpt-50.index"]


def test_lines_look_like_the_lecture_s(run_lab, capsys):
    run_lab(nn2, "--iterations", 12, *CADENCE)
    lines = re.findall(r"^it= ( *\d+) - loss= \d+\.\d{6}$", capsys.readouterr().out, re.MULTILINE)
    assert lines == ["     0", "     4", "     8"]


def curves(run):
    """The steps of each curve, as TensorBoard loads them: {(folder, tag): [step, ...]}."""
    steps = {}
    for folder in ("train", "test"):
        loaded = EventAccumulator(str(run / folder)).Reload()
        for tag in loaded.Tags()["tensors"]:
            steps[folder, tag] = [event.step for event in loaded.Tensors(tag)]
    return steps


def test_curves_have_a_point_at_each_step_that_is_due(run_lab, tmp_path):
    run_lab(nn2, "--run", "r", "--iterations", 20, *CADENCE)
    steps = curves(tmp_path / "nn2/r")
    assert steps["train", "batch/loss"] == [0, 4, 8, 12, 16]
    assert steps["train", "accuracy"] == steps["test", "accuracy"] == [10, 20]
    assert steps["train", "fc_1/kernel"] == [0, 4, 8, 12, 16, 20]


def board(run):
    """All that TensorBoard shows of train and test, but for the speed: {(folder, tag): points}."""
    points = {}
    for folder in ("train", "test"):
        loaded = EventAccumulator(str(run / folder), size_guidance={"tensors": 0}).Reload()
        for tag in set(loaded.Tags()["tensors"]) - {"images_per_second"}:
            events = loaded.Tensors(tag)
            points[folder, tag] = [(e.step, e.tensor_proto.SerializeToString()) for e in events]
    return points


def shown(logs):
    """The steps of each curve of numbers, as the command `tensorboard` reads and serves them.

    Its reader is another one than TensorBoard's own in Python: {(run, tag): [step, ...]}.
    """
    reader = SubprocessServerDataIngester(
        server_binary=get_server_binary(),
        logdir=str(logs),
        reload_interval=1,
        channel_creds_type=ChannelCredsType.LOCAL,
    )
    reader.start()
    what = {"experiment_id": "", "plugin_name": "scalars"}
    before, steps = None, {}
    while before != steps or not steps:  # it goes on reading
        before = steps
        time.sleep(1.5)
        found = reader.data_provider.read_scalars(RequestContext(), downsample=10_000, **what)
        steps = {
            (run, tag): [point.step for point in points]
            for run, tags in found.items()
            for tag, points in tags.items()
        }
    return steps


def test_a_run_restored_after_a_crash_has_one_curve_with_no_step_twice(run_lab, tmp_path):
    run_lab(nn2, "--run", "whole", "--iterations", 24, "--summaries", "full", *CADENCE)
    run_lab(nn2, "--run", "crashed", "--iterations", 17, "--summaries", "full", *CADENCE)
    checkpoints = tmp_path / "nn2/crashed/checkpoints"
    for path in checkpoints.glob("ckpt-17*"):  # as if it had been killed before this was saved
        path.unlink()
    state_file = checkpoints / "checkpoint"
    state_file.write_text(state_file.read_text().replace("ckpt-17", "ckpt-10"))
    assert run_lab(nn2, "--run", "crashed", "--restore", "--iterations", 24) == 0
    assert curves(tmp_path / "nn2/crashed") == curves(tmp_path / "nn2/whole")
    assert board(tmp_path / "nn2/crashed") == board(tmp_path / "nn2/whole")
    assert shown(tmp_path / "nn2/crashed") == shown(tmp_path / "nn2/whole")


def test_a_call_makes_as_many_iterations_as_the_chief_says(run_lab, monkeypatch):
    sizes = []

    def train_on(self, arrived, size, real=Training.train_on):
        sizes.append(size)
        real(self, arrived, size)

    monkeypatch.setattr(Training, "train_on", train_on)
    monkeypatch.setattr(Workers, "of_chief", lambda self, value: min(value, 3))
    run_lab(nn2, "--iterations", 20, "--summary-every", 10, "--evaluate-every", 20)
    assert sum(sizes) == 20
    assert max(sizes) == 3


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_says_how_to_go_on_and_exits(number, code, faces, tmp_path):
    command = [sys.executable, "-u", "-m", "labs.nn2", "--databases", faces, "--train", "tiny"]
    command += ["--test", "other", "--logs", tmp_path, "--iterations", "100000000"]
    command += ["--summary-every", "100"]
    with subprocess.Popen(map(str, command), stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line.startswith("it=    100 "):
                process.send_signal(number)
                break
        last = process.stdout.read().splitlines()[-1]
    assert process.returncode == code
    stopped, run = re.fullmatch(
        r"Stopped at iteration (\d+) and saved\. Go on with: "
        r"python -m labs\.nn2 --logs \S+ --run (\S+) --restore",
        last,
    ).groups()
    checkpoint = tmp_path / "nn2" / run / "checkpoints" / f"ckpt-{stopped}.index"
    assert checkpoint.exists()


def test_a_run_that_was_killed_before_its_result_only_writes_it(run_lab, result, tmp_path):
    run_lab(nn2, "--run", "r", "--iterations", 5)
    before = result("nn2", "r"), state(tmp_path / "nn2/r")
    os.unlink(tmp_path / "nn2/r/result.json")
    assert run_lab(nn2, "--run", "r", "--restore") == 0
    after = result("nn2", "r"), state(tmp_path / "nn2/r")
    assert after[1] == before[1]
    assert after[0]["test_accuracy"] == before[0]["test_accuracy"]


def test_a_signal_does_not_wait_for_the_end_of_an_evaluation(run_lab, tmp_path, monkeypatch):
    batches = []

    def evaluate(dataset, task, measure, looking_on, real=assessment.evaluate):
        def measured(images, truths):
            batches.append(images)
            if len(batches) == 2:
                os.kill(os.getpid(), signal.SIGTERM)
            return measure(images, truths)

        return real(dataset, task, measured, looking_on)

    run_lab(nn2, "--run", "whole", "--iterations", 20, *CADENCE)
    monkeypatch.setattr(evaluation, "EVALUATION_BATCH", 10)
    with monkeypatch.context() as patched:
        patched.setattr(assessment, "evaluate", evaluate)
        assert run_lab(nn2, "--run", "r", "--iterations", 20, *CADENCE) == 143
    assert len(batches) == 2  # of 5 + 3
    assert (tmp_path / "nn2/r/checkpoints/ckpt-10.index").exists()
    assert run_lab(nn2, "--run", "r", "--restore") == 0
    assert state(tmp_path / "nn2/r") == state(tmp_path / "nn2/whole")
    assert curves(tmp_path / "nn2/r") == curves(tmp_path / "nn2/whole")


def test_seconds_and_speed_are_those_of_all_the_run_s_processes(run_lab, result, tmp_path):
    run_lab(nn2, "--run", "r", "--iterations", 5)
    before = {"seconds": 5000.0, "timed_images": 32_000, "timed_seconds": 1000.0}
    (tmp_path / "nn2/r/clock.json").write_text(json.dumps(before))  # as of a long process
    run_lab(nn2, "--run", "r", "--restore", "--iterations", 6)
    said = result("nn2", "r")
    assert 5000 < said["seconds"] < 6000
    assert said["images_per_second"] == pytest.approx(32, rel=0.01)


def test_a_damaged_clock_only_forgets_the_time(run_lab, result, tmp_path):
    run_lab(nn2, "--run", "r", "--iterations", 5)
    (tmp_path / "nn2/r/clock.json").write_text("{")
    assert run_lab(nn2, "--run", "r", "--restore", "--iterations", 6) == 0
    assert result("nn2", "r")["seconds"] > 0


def test_each_data_file_is_read_once_for_its_digest(run_lab, monkeypatch):
    read = []

    def digest(path, real=data_sets.digest):
        read.append(path.name)
        return real(path)

    monkeypatch.setattr(data_sets, "digest", digest)
    run_lab(nn2, "--run", "r", "--iterations", 2)
    assert sorted(read) == [
        "data_other.bin",
        "data_tiny.bin",
        "gender_other.bin",
        "gender_tiny.bin",
    ]
    run_lab(nn2, "--run", "r", "--restore", "--iterations", 3)
    assert len(read) == 8


def test_the_hint_for_tensorboard_can_be_pasted(run_lab_in, tmp_path, capsys):
    run_lab_in(tmp_path / "my logs", nn2, "--iterations", 1)
    assert f"tensorboard --logdir '{tmp_path / 'my logs'}'" in capsys.readouterr().out


def test_a_loss_may_ask_its_scores_for_what_only_tensors_have(run_lab):
    def loss(y, y_desired):
        assert y.get_shape()[1] == 2
        return nn2.loss(y, y_desired)

    own = SimpleNamespace(lab=dataclasses.replace(nn2.lab, loss=loss))
    assert run_lab(own, "--iterations", 2) == 0


def test_the_bits_do_not_depend_on_how_iterations_are_cut_into_calls(run_lab, tmp_path):
    # With a normalised network and momentum, TensorFlow's optimizer of graphs once rounded the
    # first iteration of a call otherwise than the others.
    own = dataclasses.replace(
        killed_training.lab,
        name="cut",
        optimizer=lambda rate: keras.optimizers.SGD(0.01, momentum=0.9),
    )
    for every in (1, 4, 9):
        common = ("--iterations", 9, "--summary-every", every, "--precision", "float32")
        run_lab(SimpleNamespace(lab=own), "--run", f"every{every}", *common)
    one, four, nine = (state(tmp_path / f"cut/every{every}") for every in (1, 4, 9))
    assert one == four == nine


def test_a_word_that_is_no_utf_8_is_refused(run_lab, capsys):
    assert run_lab(nn2, "--databases", "\udcff") == 2
    assert "'\\udcff' is not written in UTF-8" in capsys.readouterr().err


def all_alike(model, images):
    """Each kernel from the images: the mean pixel, everywhere."""
    for layer in model.layers:
        if layer.weights:
            layer.kernel.assign(np.full(layer.kernel.shape, 0.01 + images.mean() / 100))


def test_a_lab_may_set_the_weights_that_training_starts_from(run_lab, tmp_path, faces):
    lab = SimpleNamespace(lab=dataclasses.replace(nn3.lab, name="alike", initialize=all_alike))
    run_lab(lab, "--run", "whole", "--iterations", 8, *CADENCE)
    run_lab(lab, "--run", "parts", "--iterations", 5, *CADENCE)
    run_lab(lab, "--run", "parts", "--restore", "--iterations", 8)
    assert state(tmp_path / "alike/whole") == state(tmp_path / "alike/parts")
    first = tf.train.load_checkpoint(str(tmp_path / "alike/whole/checkpoints/ckpt-0"))
    kernel = first.get_tensor("weights/fc_1.Skernel/.ATTRIBUTES/VARIABLE_VALUE")
    assert len(np.unique(kernel)) == 1
    assert kernel[0, 0] != np.float32(0.01)  # it saw images
    # What has been learned is counted from there, also in a run that goes on.
    whole, parts = (board(tmp_path / "alike" / run) for run in ("whole", "parts"))
    of_kernel = "train", "kernels_learned/fc_1"
    assert whole[of_kernel][-1] == parts[of_kernel][-1]
