"""python -m dsutil: what it prints, what it exits with, and that it answers at once."""

import numpy as np
import pytest
from PIL import Image

from dsutil import databases, pictures
from dsutil.__main__ import main
from dsutil.drawn import faces, kinds, landmarks, masks


def exit_code(*arguments):
    """What the shell would see of `python -m dsutil` with these arguments."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as ended:
        return ended.code


@pytest.fixture
def tiny(monkeypatch):
    """Drawn data sets of a few faces."""
    sets = {"small": ("train", 12), "other": ("test", 7)}
    monkeypatch.setattr(databases, "DRAWN", sets)


# ------------------------------------------------------------------------------------- info


def test_info_says_count_shares_and_brightness(write_by_hand, capsys):
    data, gender = write_by_hand([[100] * 2304, [50] * 2304] * 4, [(0, 1)] + [(1, 0)] * 7)
    assert exit_code("info", data, gender) == 0
    line = f"{data}: 8 images, 87.5% man, 12.5% woman, mean brightness 75.0 of 255\n"
    assert capsys.readouterr() == (line, "")


def test_info_counts_every_pixel_of_a_large_file(tmp_path, capsys):
    images = np.zeros((25_000, 2304), np.uint8)
    images[-5_000:] = 250
    images.tofile(tmp_path / "data_x.bin")
    np.tile(np.array([0, 1], "<f4"), 25_000).tofile(tmp_path / "gender_x.bin")
    assert exit_code("info", tmp_path / "data_x.bin") == 0
    out = capsys.readouterr().out
    assert "25,000 images, 0.0% man, 100.0% woman, mean brightness 50.0 of 255" in out


@pytest.mark.parametrize("halves", [[0], [1], [0, 1], [1, 0], [0, 0]])
def test_either_half_names_a_pair_and_the_pair_is_told_once(numbered, capsys, halves):
    paths = numbered(4)
    assert exit_code("info", *(paths[half] for half in halves)) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{paths[0]}: 4 images, 50.0% man")


def test_info_tells_every_pair_and_exits_1_if_one_is_not_sound(numbered, capsys):
    good, bad, last = (numbered(count, name)[0] for count, name in ((4, "a"), (4, "b"), (2, "c")))
    bad.write_bytes(bytes(2303))
    assert exit_code("info", good, bad, last) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith(f"{good}: 4 images")
    assert lines[1].startswith(f"{bad}: NOT SOUND: {bad} has 2303 bytes")
    assert lines[2].startswith(f"{last}: 2 images")


def test_info_exits_1_if_a_file_is_missing(numbered, capsys):
    data, gender = numbered(4)
    gender.unlink()
    assert exit_code("info", data) == 1
    assert f"NOT SOUND: {gender} is missing" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["x.bin", "data_.bin", "data.bin", "data_x.txt", "_x.bin"])
def test_info_of_a_file_not_named_like_a_column_exits_2_with_a_sentence(tmp_path, capsys, name):
    assert exit_code("info", tmp_path / name) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: {tmp_path / name} is not named like")
    assert err.count("\n") == 1


def test_info_tells_where_points_are_on_average(numbered, tmp_path, capsys):
    data, _ = numbered(2)
    points = np.zeros((2, 5, 2), "<f4")
    points[0, :, 0] = 10, 30, 20, 12, 28
    points[1, :, 1] = 40
    points.tofile(tmp_path / "points_x.bin")
    assert exit_code("info", tmp_path / "points_x.bin") == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"{data}: 2 images, 50.0% man, 50.0% woman, mean brightness 0.5 of 255"
    assert second == (
        "    points_x.bin: mean left eye 5.0 20.0, right eye 15.0 20.0, nose 10.0 20.0, "
        "left of the mouth 6.0 20.0, right of the mouth 14.0 20.0"
    )


@pytest.mark.parametrize("named", ["data_x.bin", "age_x.bin"])
def test_info_tells_the_size_of_a_column_that_it_does_not_know(numbered, tmp_path, capsys, named):
    data, gender = numbered(1000)
    gender.unlink()
    (tmp_path / "age_x.bin").write_bytes(bytes(12_000))
    (tmp_path / "size_y_x.bin").write_bytes(bytes(7))  # of another data set, y_x
    assert exit_code("info", tmp_path / named) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{data}: 1,000 images, mean brightness")
    assert second == "    age_x.bin: 12,000 bytes, 12 for each image"


@pytest.mark.parametrize(
    ("column", "size", "sentence"),
    [
        ("age", 13, "has 13 bytes, expected a multiple of 4"),
        ("age", 0, "has 0 bytes"),
        ("points", 3 * 40, "3 sets of points"),
        ("points", 41, "expected a multiple of 40, one set of points each"),
        ("gender", 32, "row 0: found the label `0 0`"),
    ],
)
def test_info_tells_of_any_column_that_is_not_sound(
    numbered, tmp_path, capsys, column, size, sentence
):
    data, _ = numbered(4)
    (tmp_path / f"{column}_x.bin").write_bytes(bytes(size))
    assert exit_code("info", data) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{data}: NOT SOUND: ")
    assert f"{column}_x.bin" in line
    assert sentence in line


def test_info_changes_nothing(numbered, tmp_path):
    before = {path: path.read_bytes() for path in numbered(4)}
    exit_code("info", *before)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


# ------------------------------------------------------------------------------------- draw


def test_draw_draws_every_name_with_the_seed_into_the_folder(tiny, tmp_path):
    out = tmp_path / "new" / "folder"
    assert exit_code("draw", "small", "other", "--out", out, "--seed", 4) == 0
    for name, count, stream in (("small", 12, "train"), ("other", 7, "test")):
        images, labels = faces.draw(0, count, 4, stream)
        assert (out / f"data_{name}.bin").read_bytes() == images.tobytes()
        assert (out / f"gender_{name}.bin").read_bytes() == labels.tobytes()
        points = landmarks.draw(0, count, 4, stream)
        assert (out / f"points_{name}.bin").read_bytes() == points.tobytes()


def test_draw_means_seed_0_and_data_bases_unless_told(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert exit_code("draw", "small") == 0
    images, _ = faces.draw(0, 12, 0, "train")
    assert (tmp_path / "DataBases" / "data_small.bin").read_bytes() == images.tobytes()


@pytest.mark.parametrize("half", [0, 1])
def test_draw_refuses_a_file_that_is_there_with_one_sentence(
    tiny, numbered, tmp_path, capsys, half
):
    numbered(3, "small")[1 - half].unlink()
    (there,) = tmp_path.iterdir()
    before = there.read_bytes()
    assert exit_code("draw", "small", "--out", tmp_path) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: {there} is there already")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == [there]
    assert there.read_bytes() == before


def test_draw_writes_the_points_that_are_missing_of_drawn_faces(tiny, tmp_path, capsys):
    assert exit_code("draw", "small", "--out", tmp_path, "--seed", 4) == 0
    points = tmp_path / "points_small.bin"
    whole = points.read_bytes()
    points.unlink()
    assert exit_code("draw", "small", "--out", tmp_path) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(
        f"error: {tmp_path / 'data_small.bin'} does not hold the 12 faces of seed"
    )
    assert err.count("\n") == 1
    assert exit_code("draw", "small", "--out", tmp_path, "--seed", 4) == 0
    assert points.read_bytes() == whole


def test_ctrl_c_while_drawing_exits_with_130(tiny, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(faces, "draw", interrupt)
    assert exit_code("draw", "small", "--out", tmp_path) == 130


# ------------------------------------------------------------------------------------- both


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["draw"],
        ["draw", "nonsense"],
        ["draw", "1k", "nonsense"],
        ["draw", "1k", "--seed", "x"],
        ["info"],
        ["info", "--nonsense"],
    ],
)
def test_what_is_not_understood_exits_2_and_draws_nothing(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert exit_code(*arguments) == 2
    assert "usage: python -m dsutil" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_masks_are_drawn_where_they_are_asked_for(tmp_path, tiny, monkeypatch):
    monkeypatch.setattr(masks, "draw", lambda first, count, *_: np.ones((count, 48, 48), np.uint8))
    assert exit_code("draw", "small", "--out", tmp_path) == 0
    assert not (tmp_path / "mask_small.bin").exists()
    assert exit_code("draw", "small", "--out", tmp_path, "--masks") == 0
    assert (tmp_path / "mask_small.bin").read_bytes() == bytes([1]) * 12 * 2304


def test_scenes_and_persons_are_drawn_and_told(tmp_path, monkeypatch, capsys):
    sets = {
        "views": databases.Drawn("scenes", 6, kinds.SCENES),
        "crowd": databases.Drawn("persons", 20, kinds.PERSONS),
    }
    monkeypatch.setattr(databases, "DRAWN", sets)
    assert exit_code("draw", "views", "crowd", "--out", tmp_path) == 0
    for file in ("boxes_views.bin", "person_crowd.bin"):
        assert exit_code("info", tmp_path / file) == 0
    out = capsys.readouterr().out
    for part in (
        f"{tmp_path / 'scene_views.bin'}: 6 images, mean brightness",
        "boxes_views.bin: ",
        "instances_views.bin: ",
        f"{tmp_path / 'data_crowd.bin'}: 20 images, ",
        "person_crowd.bin: 2 persons, 10 pictures each",
    ):
        assert part in out


def test_sequences_are_drawn_told_and_shown_as_bars(tmp_path, monkeypatch, capsys):
    sets = {"short": databases.Drawn("adding", 7, kinds.ADDING[50])}
    monkeypatch.setattr(databases, "DRAWN", sets)
    picture = tmp_path / "bars.png"
    assert exit_code("draw", "short", "--out", tmp_path) == 0
    assert exit_code("info", tmp_path / "sum_short.bin", "--picture", picture) == 0
    out = capsys.readouterr().out
    assert f"{tmp_path / 'adding50_short.bin'}: 7 sequences of 50x2\n" in out
    assert "sum_short.bin: mean " in out
    shown = np.asarray(Image.open(picture))
    assert shown.shape == (3 * 108, 3 * 208, 3)  # three in a row
    assert (shown == pictures.RED).all(axis=2).any()


def test_help_of_draw_lists_the_data_sets_with_their_sizes(capsys):
    assert exit_code("draw", "--help") == 0
    out = " ".join(capsys.readouterr().out.split())
    for part in ("1k (1,000 faces)", "10k (10,000 faces)", "100k (100,000 faces)", "test10k"):
        assert part in out
    for part in ("persons10k (10,000 pictures of persons)", "scenes10k (10,000 scenes)"):
        assert part in out


def test_the_exit_code_reaches_the_shell(numbered, run_python):
    data, gender = numbered(4)
    ended = run_python("-m", "dsutil", "info", data)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"{data}: 4 images")
    gender.unlink()
    assert run_python("-m", "dsutil", "info", data).returncode == 1


HEAVY = """
import sys
from dsutil import databases, pictures
from dsutil.__main__ import main
databases.DRAWN = {"small": ("train", 12)}
try:
    main(sys.argv[1:])
finally:
    print("heavy:", *sorted({"tensorflow", "keras", "cv2", "PIL", "pandas"} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("--help", 0),
        ("draw --help", 0),
        ("photos --help", 0),
        ("photos", 2),
        ("draw small", 0),
        ("draw nonsense", 2),
        ("info data_x.bin", 0),
    ],
)
def test_help_info_drawing_and_a_typo_do_without_tensorflow(
    numbered, run_python, tmp_path, arguments, code
):
    numbered(4)
    ended = run_python("-c", HEAVY, *arguments.replace("data_x", f"{tmp_path}/data_x").split())
    assert ended.stdout.splitlines()[-1] == "heavy:"
    assert ended.returncode == code, ended.stderr
    assert code or ended.stderr == ""


# A locale that knows ASCII only, as Python meets it where it may not choose UTF-8 itself.
ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


@pytest.mark.parametrize(
    "surroundings", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}, ASCII], ids=str
)
def test_a_path_with_letters_that_the_terminal_lacks_is_no_trouble(
    numbered, run_python, tmp_path, surroundings
):
    numbered(4)
    folder = tmp_path / "é"
    folder.mkdir()
    for path in tmp_path.glob("*.bin"):
        path.rename(folder / path.name)
    ended = run_python("-m", "dsutil", "info", folder / "data_x.bin", **surroundings)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "data_x.bin: 4 images, 50.0% man" in ended.stdout
    ended = run_python("-c", HEAVY, "draw", "small", "--out", folder / "ö", **surroundings)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (folder / "ö" / "data_small.bin").stat().st_size == 12 * 2304
    ended = run_python("-c", HEAVY, "draw", "small", "--out", folder / "ö", **surroundings)
    assert ended.returncode == 2
    assert "data_small.bin is there already" in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("option", ["-OO", "-Werror"])
def test_python_s_own_options_change_nothing(numbered, run_python, option):
    data, _ = numbered(4)
    ended = run_python(option, "-m", "dsutil", "--help")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "draw data sets of faces" in ended.stdout
    ended = run_python(option, "-m", "dsutil", "info", data, "--picture", "faces.png")
    assert (ended.returncode, ended.stderr) == (0, "")
    ended = run_python(option, "-c", HEAVY, "draw", "small")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_folder_that_cannot_be_written_to_is_one_sentence(tiny, numbered, capsys):
    data, _ = numbered(4)
    for arguments in (
        ["draw", "small", "--out", "/proc/none"],
        ["draw", "small", "--out", data],
        ["draw", "small", "--out", data / "none"],
        ["info", data, "--picture", "/proc/none/faces.png"],
    ):
        assert exit_code(*arguments) == 2
        assert capsys.readouterr().err.startswith(f"error: {arguments[-1]}")


def test_info_takes_the_shape_that_the_files_do_not_tell(tmp_path, capsys):
    np.full((5, 32, 32, 3), 7, np.uint8).tofile(tmp_path / "data_x.bin")
    np.arange(5, dtype="<u2").tofile(tmp_path / "age_x.bin")
    assert main(["info", str(tmp_path / "data_x.bin"), "--shape", "32x32x3"]) == 0
    said = capsys.readouterr().out
    assert "5 images of 32x32x3, mean brightness 7.0 of 255" in said
    assert "age_x.bin: 10 bytes, 2 for each image" in said


@pytest.mark.parametrize("shape", ["32", "32x32x2", "0x48", "ax3"])
def test_info_refuses_what_is_no_shape_of_pictures(shape, tmp_path, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["info", str(tmp_path / "data_x.bin"), "--shape", shape])
    assert exit_.value.code == 2
    assert shape in capsys.readouterr().err
