"""Damaged checkpoints are named and passed over."""

import os
import shutil
from pathlib import Path

import pytest

from labs import nn2

SAVED = ("--iterations", 20, "--summary-every", 10, "--evaluate-every", 10)


def truncate(checkpoint):
    data = checkpoint.with_name(checkpoint.name + ".data-00000-of-00001")
    os.truncate(data, data.stat().st_size // 2)


def empty(checkpoint):
    os.truncate(checkpoint.with_name(checkpoint.name + ".data-00000-of-00001"), 0)


def flip_a_byte(checkpoint):
    data = checkpoint.with_name(checkpoint.name + ".data-00000-of-00001")
    content = bytearray(data.read_bytes())
    content[len(content) // 2] ^= 1
    data.write_bytes(content)


def flip_a_byte_of_the_index(checkpoint):
    index = checkpoint.with_suffix(".index")
    content = bytearray(index.read_bytes())
    content[len(content) // 3] ^= 1
    index.write_bytes(content)


def empty_the_index(checkpoint):
    os.truncate(checkpoint.with_suffix(".index"), 0)


def lose_the_index(checkpoint):
    checkpoint.with_suffix(".index").unlink()


def lose_the_data(checkpoint):
    checkpoint.with_name(checkpoint.name + ".data-00000-of-00001").unlink()


def change_what_is_recorded_of_it(checkpoint):
    record = checkpoint.with_suffix(".sha256")
    record.write_text(record.read_text().translate(str.maketrans("01", "10")))


DAMAGES = pytest.mark.parametrize(
    "damage",
    [
        truncate,
        empty,
        flip_a_byte,
        flip_a_byte_of_the_index,
        empty_the_index,
        lose_the_index,
        lose_the_data,
        change_what_is_recorded_of_it,
    ],
)


@DAMAGES
def test_the_checkpoint_before_a_damaged_one_is_restored(damage, run_lab, tmp_path, capsys):
    run_lab(nn2, "--run", "r", *SAVED)
    checkpoints = tmp_path / "nn2/r/checkpoints"
    damage(checkpoints / "ckpt-20")
    capsys.readouterr()
    assert run_lab(nn2, "--run", "r", "--restore", "--iterations", 21) == 0
    said = capsys.readouterr().out
    assert "ckpt-20 is damaged and is passed over" in said
    assert "ckpt-10: restored, 10 iterations done" in said


@DAMAGES
def test_where_all_are_damaged_it_says_so_and_touches_nothing(damage, run_lab, tmp_path, capsys):
    run_lab(nn2, "--run", "r", *SAVED)
    checkpoints = tmp_path / "nn2/r/checkpoints"
    for number in (0, 10, 20):
        damage(checkpoints / f"ckpt-{number}")
    before = {path: path.read_bytes() for path in checkpoints.iterdir()}
    assert run_lab(nn2, "--run", "r", "--restore", "--iterations", 21) == 2
    assert "3 checkpoints, all damaged" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in checkpoints.iterdir()} == before


def test_whole_checkpoints_are_kept_however_many_damaged_ones_are_newer(run_lab, tmp_path):
    run_lab(nn2, "--run", "r", *SAVED)
    checkpoints = tmp_path / "nn2/r/checkpoints"
    for number in (30, 40, 50):
        (checkpoints / f"ckpt-{number}.index").write_bytes(b"")
    assert run_lab(nn2, "--run", "r", "--restore", "--iterations", 21) == 0
    there = {path.stem for path in checkpoints.glob("ckpt-*.index")}
    assert there == {"ckpt-10", "ckpt-20", "ckpt-21", "ckpt-30", "ckpt-40", "ckpt-50"}


def test_a_lost_list_of_checkpoints_is_not_needed(run_lab, tmp_path, capsys):
    run_lab(nn2, "--run", "r", *SAVED)
    (tmp_path / "nn2/r/checkpoints/checkpoint").unlink()
    assert run_lab(nn2, "--run", "r", "--restore", "--iterations", 21) == 0
    assert "ckpt-20: restored" in capsys.readouterr().out


def test_a_checkpoint_is_not_there_before_all_its_files_are(run_lab, monkeypatch):
    placed = []

    def replace(old, new, real=os.replace):
        placed.append(Path(new).name)
        real(old, new)

    monkeypatch.setattr(os, "replace", replace)
    run_lab(nn2, "--run", "r", "--iterations", 1)
    files = [name for name in placed if name.startswith("ckpt-0.")]
    assert sorted(files) == ["ckpt-0.data-00000-of-00001", "ckpt-0.index", "ckpt-0.sha256"]
    assert files[-1] == "ckpt-0.index"


def test_a_run_without_checkpoints_cannot_go_on(run_lab, tmp_path, capsys):
    run_lab(nn2, "--run", "r", *SAVED)
    shutil.rmtree(tmp_path / "nn2/r/checkpoints")
    assert run_lab(nn2, "--run", "r", "--restore", "--iterations", 21) == 2
    assert "holds no checkpoint" in capsys.readouterr().err
