"""Whatever is wrong with what the user gave: one sentence, exit code 2, and nothing damaged."""

import dataclasses
import json
import os
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

import layers as Layers
from dsutil.binary import pair_paths, write_pair
from labs import nn2, nn4


@pytest.fixture
def refused(run_lab, capsys, tmp_path):
    """Runs nn2, which must refuse and leave the runs as they are; returns its sentence."""

    def run(*arguments, lab=nn2):
        capsys.readouterr()
        before = content(tmp_path)
        assert run_lab(lab, *arguments) == 2
        assert content(tmp_path) == before
        lines = capsys.readouterr().err.strip().splitlines()
        assert len(lines) == 1, lines
        assert lines[0].startswith("error: ")
        return lines[0]

    return run


def content(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def broken(faces, tmp_path_factory):
    """A copy of the small data, to be broken."""
    return shutil.copytree(faces, tmp_path_factory.mktemp("broken"), dirs_exist_ok=True)


def test_a_truncated_file_of_images(refused, broken):
    os.truncate(broken / "data_tiny.bin", 50 * 2304 - 1)
    assert "data_tiny.bin has 115199 bytes" in refused("--databases", broken)


def test_a_file_of_labels_that_is_one_short(refused, broken):
    os.truncate(broken / "gender_tiny.bin", 49 * 8)
    sentence = refused("--databases", broken)
    assert "50 images" in sentence
    assert "49 labels" in sentence


def test_an_empty_file(refused, broken):
    os.truncate(broken / "data_other.bin", 0)
    assert "data_other.bin is empty" in refused("--databases", broken)


def test_half_a_pair(refused, broken):
    (broken / "gender_tiny.bin").unlink()
    assert "gender_tiny.bin is missing" in refused("--databases", broken)


def test_swapped_files(refused, broken):
    data, gender = broken / "data_tiny.bin", broken / "gender_tiny.bin"
    data.rename(broken / "aside")
    gender.rename(data)
    (broken / "aside").rename(gender)
    assert "swapped" in refused("--databases", broken)


def test_labels_that_are_not_one_hot(refused, broken):
    labels = np.fromfile(broken / "gender_tiny.bin", "<f4")
    labels[2 * 17] = 0.5
    labels.tofile(broken / "gender_tiny.bin")
    sentence = refused("--databases", broken)
    assert "gender_tiny.bin row 17" in sentence


def test_an_unknown_data_set_lists_those_that_there_are(refused):
    assert "other, tiny" in refused("--train", "nosuch")


def test_a_data_set_outside_the_folder(refused):
    assert "../tiny" in refused("--train", "../tiny")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--iterations", "0"),
        ("--iterations", "many"),
        ("--iterations", "9" * 30),
        ("--batch-size", "-1"),
        ("--learning-rate", "nan"),
        ("--learning-rate", "0"),
        ("--seed", "-1"),
        ("--precision", "float8"),
        ("--strategy", "luck"),
        ("--run", "../elsewhere"),
        ("--run", ""),
        ("--no-such-option",),
    ],
)
def test_an_option_that_cannot_be(refused, arguments):
    assert arguments[0] in refused(*arguments)


def test_logs_that_cannot_be_written(refused, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    assert "file" in refused("--logs", tmp_path / "file")


def test_a_run_that_is_there_already(refused, run_lab):
    run_lab(nn2, "--run", "r", "--iterations", 1)
    assert "--restore" in refused("--run", "r")


def test_a_run_that_is_not_there_cannot_be_restored(refused):
    assert "there is no run" in refused("--run", "r", "--restore")


def test_no_run_at_all_cannot_be_restored(refused):
    assert "holds no run" in refused("--restore")


def test_a_run_of_another_lab(refused, run_lab, tmp_path):
    run_lab(nn2, "--run", "r", "--iterations", 1)
    shutil.move(tmp_path / "nn2", tmp_path / "nn4")
    assert "is a run of nn2" in refused("--run", "r", "--restore", lab=nn4)


def test_a_checkpoint_of_another_lab(refused, run_lab, tmp_path):
    run_lab(nn2, "--run", "r", "--iterations", 1)
    run_lab(nn4, "--run", "r", "--iterations", 1)
    shutil.rmtree(tmp_path / "nn4/r/checkpoints")
    shutil.copytree(tmp_path / "nn2/r/checkpoints", tmp_path / "nn4/r/checkpoints")
    sentence = refused("--run", "r", "--restore", lab=nn4)
    assert "checkpoint of another network" in sentence
    assert "weights/fc_7/kernel is missing, here it is float32 [576, 2]" in sentence


def test_a_checkpoint_of_layers_of_other_shapes(refused, run_lab):
    run_lab(nn2, "--run", "r", "--iterations", 1)
    wider = dataclasses.replace(
        nn2.lab, network=lambda x: Layers.fc(Layers.fc(x, 60, "fc_1", "sigmoid"), 2, "fc_2")
    )
    other = SimpleNamespace(lab=wider)
    assert "units of fc_1 is 60, was 50" in refused("--run", "r", "--restore", lab=other)
    sentence = refused("--run", "r", "--restore", "--changed", lab=other)
    assert "checkpoint of another network" in sentence
    assert "is float32 [50, 2], here it is float32 [60, 2]" in sentence


def test_a_run_of_a_newer_format(refused, run_lab, tmp_path):
    run_lab(nn2, "--run", "r", "--iterations", 1)
    path = tmp_path / "nn2/r/config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
    assert "format 99" in refused("--run", "r", "--restore")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"lab": "nn2", "format": 1}'])
def test_a_damaged_config(refused, run_lab, tmp_path, text):
    run_lab(nn2, "--run", "r", "--iterations", 1)
    (tmp_path / "nn2/r/config.json").write_text(text)
    assert "config.json is damaged" in refused("--run", "r", "--restore")


def test_data_that_changed_since_the_run_began(refused, run_lab, broken):
    run_lab(nn2, "--run", "r", "--iterations", 1, "--databases", broken)
    images, labels = np.zeros((50, 2304), np.uint8), np.tile([1.0, 0.0], (50, 1))
    write_pair(*pair_paths(broken, "tiny"), [(images, labels)])
    assert "give --train" in refused("--run", "r", "--restore")


def test_changed_data_that_are_named_on_purpose_are_taken(run_lab, broken):
    run_lab(nn2, "--run", "r", "--iterations", 1, "--databases", broken)
    images, labels = np.zeros((50, 2304), np.uint8), np.tile([1.0, 0.0], (50, 1))
    write_pair(*pair_paths(broken, "tiny"), [(images, labels)])
    assert run_lab(nn2, "--run", "r", "--restore", "--train", "tiny", "--iterations", 2) == 0


def test_fewer_iterations_than_are_done(refused, run_lab):
    run_lab(nn2, "--run", "r", "--iterations", 3)
    assert "3 iterations already" in refused("--run", "r", "--restore", "--iterations", 2)


def test_a_strategy_that_is_not_to_be_had_leaves_no_run_behind(refused, monkeypatch, tmp_path):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    assert "TF_CONFIG" in refused("--run", "r", "--strategy", "multiworker")
    assert not (tmp_path / "nn2/r").exists()


def test_a_loss_that_is_no_longer_finite(run_lab, capsys, tmp_path):
    code = run_lab(nn2, "--run", "r", "--iterations", 40, "--learning-rate", "1e20")
    assert code == 2
    sentence = capsys.readouterr().err
    assert "no longer finite at iteration" in sentence
    assert "learning rate of 1e+20" in sentence
    assert "ckpt-0" in sentence
    assert not list(tmp_path.rglob("ckpt-[1-9]*"))


def test_a_loss_that_is_not_one_for_each_image(refused):
    wrong = dataclasses.replace(nn2.lab, loss=lambda y, t: tf.reduce_mean(y - t))
    assert "a loss for each image" in refused("--run", "r", lab=SimpleNamespace(lab=wrong))


def test_scores_that_are_not_two(refused):
    wrong = dataclasses.replace(nn2.lab, network=lambda x: Layers.fc(x, 1))
    assert "(None, 1), expected (None, 2)" in refused("--run", "r", lab=SimpleNamespace(lab=wrong))


def test_two_layers_of_one_name(refused):
    wrong = dataclasses.replace(nn2.lab, network=lambda x: Layers.fc(Layers.fc(x, 4, "a"), 2, "a"))
    assert '"a" is used 2 times' in refused("--run", "r", lab=SimpleNamespace(lab=wrong))


def test_a_run_that_was_killed_before_it_saved_anything_can_be_started_again(run_lab, tmp_path):
    (tmp_path / "nn2/r").mkdir(parents=True)
    assert run_lab(nn2, "--run", "r", "--iterations", 1) == 0
