"""A folder of data sets: what is drawn into it, and what is never touched."""

import contextlib
import shutil
import threading
import time

import numpy as np
import pytest

from dsutil import (
    FACE_MASK,
    FACE_POINTS,
    FACES,
    GENDER,
    PERSON,
    SCENE,
    SCENE_BOXES,
    Images,
    InputError,
    OneHot,
    databases,
)
from dsutil.binary import count_records, pair_names, pair_paths, read_pair
from dsutil.drawn import faces, kinds, landmarks, masks, persons, scenes


def silent(done):
    """Takes the place of the progress bar."""


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """Drawn data sets of a few faces, under names of their own."""
    sets = {"small": ("train", 20), "big": ("train", 45), "other": ("test", 20)}
    monkeypatch.setattr(databases, "DRAWN", sets)
    monkeypatch.setattr(databases, "CHUNK", 10)


def grey_faces(first, count, seed, stream):
    """Takes the place of faces.draw where it matters only that faces come."""
    return np.full((count, 2304), first % 256, np.uint8), np.tile([1, 0], (count, 1))


@pytest.fixture
def quick_faces(monkeypatch):
    monkeypatch.setattr(faces, "draw", grey_faces)


def written(paths):
    """Which files these are, and when each was last written; to read one changes neither."""
    return [(path.stat().st_ino, path.stat().st_mtime_ns) for path in paths]


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def files_of(folder):
    """The names of all files but the mark of a folder of drawn faces."""
    return sorted(path.name for path in folder.iterdir() if path.name != databases.MARK)


# ------------------------------------------------------------------------------------- find


def test_a_missing_drawn_set_is_drawn_and_said_in_one_line(tmp_path):
    said = []
    paths = databases.find(tmp_path, "small", said.append)
    assert paths == (tmp_path / "data_small.bin", tmp_path / "gender_small.bin")
    assert len(read_pair(*paths)[0]) == 20
    (line,) = said
    assert "\n" not in line
    for part in (str(tmp_path), "data_small.bin", "20 faces"):
        assert part in line


def test_a_folder_that_is_missing_is_made(tmp_path, quick_faces):
    databases.find(tmp_path / "a" / "b", "small", silent)
    assert pair_names(tmp_path / "a" / "b") == ["small"]


def test_a_new_folder_is_told_with_how_to_stop_before_anything_is_drawn(tmp_path, monkeypatch):
    said = []

    def draw(*_):
        assert len(said) == 1
        raise KeyboardInterrupt

    monkeypatch.setattr(faces, "draw", draw)
    with pytest.raises(KeyboardInterrupt):
        databases.find(tmp_path / "DataBasse", "small", said.append)
    (line,) = said
    assert line.startswith(f"There is no folder {tmp_path / 'DataBasse'}: drawing 20 faces into a")
    assert line.endswith("stop with Ctrl-C.")


def test_the_default_folder_is_new_without_a_word_of_warning(tmp_path, monkeypatch, quick_faces):
    monkeypatch.chdir(tmp_path)
    said = []
    databases.find("DataBases/", "small", said.append)
    assert said == ["DataBases/ has no data_small.bin yet: drawing 20 faces into it."]
    assert pair_names("DataBases") == ["small"]


FIND_IN_A_NEW_FOLDER = """
import os
from dsutil import databases
from dsutil.drawn import faces
faces.draw = lambda *_: os._exit(3)  # what is still in memory then is lost
databases.find("slip", "1k")
"""


def test_what_is_drawn_is_said_at_once_also_through_a_pipe(run_python):
    ended = run_python("-c", FIND_IN_A_NEW_FOLDER, PYTHONUNBUFFERED="")
    assert ended.returncode == 3
    assert "There is no folder slip: drawing 1,000 faces" in ended.stdout


def test_a_pair_that_is_there_is_found_without_a_word(numbered, tmp_path):
    paths = numbered(3, "small")
    before = contents(tmp_path)
    said = []
    assert databases.find(tmp_path, "small", said.append) == paths
    assert said == []
    assert contents(tmp_path) == before


@pytest.mark.parametrize("half", [0, 1])
def test_half_a_pair_is_left_for_the_reader_to_complain_of(numbered, tmp_path, half):
    paths = numbered(3, "small")
    paths[half].unlink()
    before = contents(tmp_path)
    assert databases.find(tmp_path, "small", silent) == paths
    assert contents(tmp_path) == before
    with pytest.raises(FileNotFoundError, match=paths[half].name):
        read_pair(*paths)


def test_a_drawn_pair_whose_labels_were_never_written_is_drawn_again(tmp_path, quick_faces):
    paths = databases.draw(tmp_path, "small", progress=silent)
    before = contents(tmp_path)
    paths[1].unlink()
    databases.find(tmp_path, "small", silent)
    assert contents(tmp_path) == before


def test_drawn_sets_may_stand_side_by_side(tmp_path, quick_faces):
    for name in ("small", "big", "other"):
        databases.find(tmp_path, name, silent)
    assert pair_names(tmp_path) == ["big", "other", "small"]


def test_faces_are_never_drawn_beside_files_of_somebody_else(numbered, tmp_path):
    numbered(3, "mine")
    before = contents(tmp_path)
    with pytest.raises(FileNotFoundError) as error:
        databases.find(tmp_path, "small", silent)
    assert f"{tmp_path / 'data_small.bin'} is missing" in str(error.value)
    assert f"{tmp_path} holds mine." in str(error.value)
    assert contents(tmp_path) == before


def test_what_was_made_of_drawn_faces_is_no_file_of_somebody_else(tmp_path, quick_faces):
    images, labels = databases.find(tmp_path, "small", silent)
    shutil.copy(images, tmp_path / "data_small_wrong20.bin")
    shutil.copy(labels, tmp_path / "gender_small_wrong20.bin")
    assert databases.find(tmp_path, "big", silent) == pair_paths(tmp_path, "big")


def test_a_set_whose_name_begins_like_a_drawn_one_s_is_of_somebody_else(tmp_path, quick_faces):
    images, _ = databases.find(tmp_path, "small", silent)
    shutil.copy(images, tmp_path / "data_smaller.bin")
    with pytest.raises(FileNotFoundError, match=r"data_big\.bin is missing"):
        databases.find(tmp_path, "big", silent)


@pytest.mark.parametrize("half", [0, 1])
def test_half_a_pair_of_somebody_else_counts_as_well(numbered, tmp_path, half):
    numbered(3, "mine")[half].unlink()
    with pytest.raises(FileNotFoundError, match="holds no data set"):
        databases.find(tmp_path, "small", silent)
    assert len(contents(tmp_path)) == 1


def test_a_set_drawn_on_purpose_beside_other_files_brings_no_more(numbered, tmp_path, quick_faces):
    numbered(3, "mine")
    databases.draw(tmp_path, "small", progress=silent)
    with pytest.raises(FileNotFoundError, match="holds mine, small"):
        databases.find(tmp_path, "big", silent)


def test_an_unknown_name_lists_what_is_there_and_what_can_be_drawn(tmp_path, quick_faces):
    databases.find(tmp_path, "small", silent)
    with pytest.raises(FileNotFoundError) as error:
        databases.find(tmp_path, "nonsense", silent)
    assert "data_nonsense.bin is missing" in str(error.value)
    assert "holds small; big, other can be drawn there." in str(error.value)


def test_an_unknown_name_makes_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="small, big, other can be drawn"):
        databases.find(tmp_path / "new", "nonsense", silent)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("look", [databases.find, databases.must_draw, databases.draw])
def test_a_file_where_a_folder_is_expected_is_refused(tmp_path, look):
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"mine")
    link.symlink_to(tmp_path / "nothing")
    for path in (file, link):
        with pytest.raises(InputError, match=f"{path.name} is not a folder"):
            look(path, "small")
    assert file.read_bytes() == b"mine"
    assert not (tmp_path / "nothing").exists()


def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path):
    with pytest.raises(InputError):
        databases.find(tmp_path, "../small", silent)


# --------------------------------------------------------------------- points and other columns

AGE = OneHot("age", ("child", "adult", "old"))


def test_the_paths_are_those_of_the_columns_that_are_asked_for(tmp_path, quick_faces):
    paths = databases.find(tmp_path, "small", silent, columns=(FACES, FACE_POINTS))
    assert paths == (tmp_path / "data_small.bin", tmp_path / "points_small.bin")
    assert count_records(paths[1], FACE_POINTS) == 20


@pytest.mark.parametrize("again", [databases.find, databases.draw])
def test_to_faces_that_were_drawn_without_points_only_points_are_added(tmp_path, again):
    paths = databases.draw(tmp_path, "big", progress=silent)
    whole = contents(tmp_path)
    paths[2].unlink()
    before = written(paths[:2])
    if again is databases.find:
        assert not databases.must_draw(tmp_path, "big")
        said = []
        databases.find(tmp_path, "big", said.append, columns=(FACES, FACE_POINTS))
        assert said == [
            f"{tmp_path} has no points_big.bin yet: writing the points of its 45 faces."
        ]
    else:
        databases.draw(tmp_path, "big")
    assert contents(tmp_path) == whole
    assert written(paths[:2]) == before


def test_points_are_added_with_the_seed_that_the_faces_were_drawn_with(tmp_path):
    *_, points = databases.draw(tmp_path, "small", seed=4, progress=silent)
    whole = contents(tmp_path)
    points.unlink()
    before = contents(tmp_path)
    for add in (
        lambda: databases.find(tmp_path, "small", silent, columns=(FACES, FACE_POINTS)),
        lambda: databases.draw(tmp_path, "small"),
        lambda: databases.draw(tmp_path, "small", seed=5),
    ):
        with pytest.raises(InputError, match=r"drawn with another --seed.*draw small --out"):
            add()
        assert contents(tmp_path) == before
    databases.draw(tmp_path, "small", seed=4)
    assert contents(tmp_path) == whole


@pytest.mark.parametrize("count", [19, 21])
def test_points_are_not_added_to_more_or_fewer_faces(tmp_path, count):
    data, _, points = databases.draw(tmp_path, "small", progress=silent)
    points.unlink()
    data.write_bytes(faces.draw(0, count)[0].tobytes())
    with pytest.raises(InputError, match=r"data_small\.bin does not hold the 20 faces"):
        databases.draw(tmp_path, "small")
    assert not points.exists()


def test_of_faces_that_were_not_drawn_the_points_are_told_to_be_unknown(numbered, tmp_path):
    numbered(20, "small")
    numbered(3, "mine")
    before = contents(tmp_path)
    for name in ("small", "mine"):
        with pytest.raises(FileNotFoundError) as error:
            databases.find(tmp_path, name, silent, columns=(FACES, FACE_POINTS))
        assert f"points_{name}.bin is missing" in str(error.value)
        assert "`python -m dsutil draw small --out DIR`" in str(error.value)
    with pytest.raises(InputError, match="does not hold the 20 faces of seed 0"):
        databases.draw(tmp_path, "small")
    assert contents(tmp_path) == before


def test_a_column_that_nothing_draws_is_told_with_its_size_and_nothing_is_drawn(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        databases.find(tmp_path / "new", "small", silent, columns=(FACES, AGE))
    assert "age_small.bin is missing: expected a file of 12 bytes for each" in str(error.value)
    assert not (tmp_path / "new").exists()
    databases.draw(tmp_path, "small", progress=silent)
    with pytest.raises(FileNotFoundError, match=r"age_small\.bin is missing.* 12 bytes"):
        databases.find(tmp_path, "small", silent, columns=(FACES, AGE))


def test_an_unknown_name_lists_those_that_have_the_columns_that_are_asked_for(numbered, tmp_path):
    numbered(3, "mine")
    numbered(3, "old")
    np.eye(3, dtype="<f4").tofile(tmp_path / "age_old.bin")
    with pytest.raises(FileNotFoundError, match=rf"{tmp_path} holds old\."):
        databases.find(tmp_path, "nonsense", silent, columns=(FACES, AGE))
    with pytest.raises(FileNotFoundError, match=rf"{tmp_path} holds mine, old\."):
        databases.find(tmp_path, "nonsense", silent)


def test_faces_of_another_size_are_not_drawn(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"data_small\.bin is missing.* 3072 bytes"):
        databases.find(tmp_path, "small", silent, columns=(Images((32, 32, 3)), GENDER))
    assert not databases.is_drawn(tmp_path / "data_small.bin", np.zeros((5, 3072), np.uint8))


def test_a_column_of_somebody_else_beside_drawn_faces_does_not_hide_them(tmp_path):
    paths = databases.draw(tmp_path, "small", progress=silent)
    paths[2].unlink()
    np.tile([1, 0, 0], (20, 1)).astype("<f4").tofile(tmp_path / "age_small.bin")
    columns = FACES, AGE, FACE_POINTS
    databases.find(tmp_path, "small", silent, columns)
    assert paths[2].read_bytes() == landmarks.draw(0, 20).tobytes()


@pytest.fixture
def grey_masks(monkeypatch):
    """Takes the place of masks.draw; returns the list of what it was asked for."""
    asked = []

    def draw(*which):
        asked.append(which)
        return np.full((which[1], 48, 48), 9, np.uint8)

    monkeypatch.setattr(masks, "draw", draw)
    return asked


@pytest.mark.parametrize("columns", [(), (FACES, GENDER), (FACES, FACE_POINTS)])
def test_masks_are_not_drawn_where_nobody_asks_for_them(tmp_path, quick_faces, grey_masks, columns):
    databases.draw(tmp_path, "small", progress=silent, columns=columns)
    assert files_of(tmp_path) == ["data_small.bin", "gender_small.bin", "points_small.bin"]
    assert grey_masks == []


def test_masks_are_drawn_with_the_faces_where_they_are_asked_for(tmp_path):
    paths = databases.find(tmp_path, "big", silent, columns=(FACES, FACE_MASK))
    assert paths == (tmp_path / "data_big.bin", tmp_path / "mask_big.bin")
    assert paths[0].read_bytes() == faces.draw(0, 45)[0].tobytes()
    assert paths[1].read_bytes() == masks.draw(0, 45).tobytes()
    assert len(files_of(tmp_path)) == 4


def test_to_faces_that_were_drawn_without_masks_only_masks_are_added(tmp_path, grey_masks):
    paths = databases.draw(tmp_path, "big", seed=3, progress=silent)
    before = written(paths)
    said = []
    with pytest.raises(InputError, match="so their masks are not known"):
        databases.find(tmp_path, "big", silent, columns=(FACES, FACE_MASK))
    databases.draw(tmp_path, "big", seed=3, progress=silent, columns=(FACE_MASK,))
    assert written(paths) == before
    assert (tmp_path / "mask_big.bin").read_bytes() == bytes([9]) * 45 * 2304
    assert grey_masks == [(first, min(10, 45 - first), 3, "train") for first in range(0, 45, 10)]
    databases.find(tmp_path, "big", said.append, columns=(FACES, FACE_MASK))
    assert said == []


def test_both_points_and_masks_may_be_added_at_once(tmp_path, grey_masks):
    paths = databases.draw(tmp_path, "small", progress=silent)
    paths[2].unlink()
    said = []
    databases.find(tmp_path, "small", said.append, columns=(FACES, FACE_POINTS, FACE_MASK))
    (line,) = said
    assert "points_small.bin, mask_small.bin yet: writing the points and masks of its 20" in line
    assert len(files_of(tmp_path)) == 4


def test_of_faces_that_were_not_drawn_the_masks_are_told_to_be_unknown(numbered, tmp_path):
    numbered(3, "mine")
    with pytest.raises(FileNotFoundError) as error:
        databases.find(tmp_path, "mine", silent, columns=(FACES, FACE_MASK))
    assert "mask_mine.bin is missing: masks are known of drawn faces only" in str(error.value)
    assert "`python -m dsutil draw small --masks --out DIR`" in str(error.value)


def test_faces_are_not_drawn_beside_masks_of_other_faces(tmp_path, grey_masks):
    paths = databases.draw(tmp_path, "small", progress=silent, columns=(FACE_MASK,))
    for path in paths[:3]:
        path.unlink()
    with pytest.raises(InputError, match=r"mask_small\.bin is there already"):
        databases.draw(tmp_path, "small", seed=4, progress=silent)


@pytest.fixture
def few(monkeypatch):
    """A few persons and scenes besides the faces."""
    more = {
        "crowd": databases.Drawn("persons", 25, kinds.PERSONS, first=500),
        "views": databases.Drawn("scenes", 12, kinds.SCENES),
    }
    monkeypatch.setattr(databases, "DRAWN", {**databases.DRAWN, **more})


def test_persons_are_drawn_from_the_first_of_their_set_on(tmp_path, few):
    columns = FACES, PERSON, FACE_MASK
    data, who, mask = databases.find(tmp_path, "crowd", silent, columns)
    images, persons_there, _ = persons.draw(500, 25)
    assert data.read_bytes() == images.tobytes()
    assert who.read_bytes() == persons_there.astype("<i4").tobytes()
    assert mask.read_bytes() == persons.draw_masks(500, 25).tobytes()
    assert databases.is_drawn("elsewhere.bin", images)


def test_scenes_are_drawn_with_their_boxes_and_instances(tmp_path, few):
    said = []
    paths = databases.find(tmp_path, "views", said.append)
    assert said == [f"{tmp_path} has no scene_views.bin yet: drawing 12 scenes into it."]
    assert [path.name for path in paths] == [
        "scene_views.bin",
        "boxes_views.bin",
        "instances_views.bin",
    ]
    for path, values in zip(paths, scenes.draw(0, 12), strict=True):
        assert path.read_bytes() == values.tobytes()
    assert databases.is_drawn("elsewhere.bin", scenes.draw(0, 3)[0])
    assert not databases.must_draw(tmp_path, "views")
    assert databases.must_draw(tmp_path, "small")


def test_of_what_is_not_drawn_in_a_kind_of_data_set_the_file_is_told_to_be_missing(tmp_path, few):
    with pytest.raises(FileNotFoundError, match=r"points_views\.bin is missing: expected"):
        databases.find(tmp_path, "views", silent, columns=(SCENE, FACE_POINTS))
    with pytest.raises(FileNotFoundError, match=r"holds no data set; views can be drawn there"):
        databases.find(tmp_path, "nonsense", silent, columns=(SCENE, SCENE_BOXES))


KILLED = """
import os, sys
from dsutil import binary, databases
databases.DRAWN = {"small": ("train", 20)}
renamed = []

def replace(new, path, rename=os.replace):
    if len(renamed) == int(sys.argv[2]):
        os._exit(9)
    renamed.append(path)
    rename(new, path)

os.replace = replace
databases.draw(sys.argv[1], "small")
"""


@pytest.mark.parametrize("renamed", [0, 1, 2])
def test_drawing_that_is_killed_between_two_files_is_made_good(tmp_path, run_python, renamed):
    whole = tmp_path / "whole"
    databases.draw(whole, "small", progress=silent)
    folder = tmp_path / "killed"
    assert run_python("-c", KILLED, folder, renamed).returncode == 9
    assert len(list(folder.glob("*.bin"))) == renamed
    databases.find(folder, "small", silent, columns=(FACES, GENDER, FACE_POINTS))
    left = {path.name: path.read_bytes() for path in folder.glob("*.bin")}
    assert left == {path.name: path.read_bytes() for path in whole.glob("*.bin")}


# ------------------------------------------------------------------------------------- draw


def test_the_sets_are_those_the_labs_name(monkeypatch):
    monkeypatch.undo()
    counts = {name: drawn.count for name, drawn in databases.DRAWN.items()}
    assert counts == {
        "1k": 1_000,
        "10k": 10_000,
        "100k": 100_000,
        "next1k": 1_000,
        "test10k": 10_000,
        "persons10k": 10_000,
        "testpersons2k": 2_000,
        "scenes10k": 10_000,
        "testscenes2k": 2_000,
        "adding50x10k": 10_000,
        "testadding50x2k": 2_000,
        "adding200x10k": 10_000,
        "testadding200x2k": 2_000,
    }
    streams = {name: drawn.stream for name, drawn in databases.DRAWN.items()}
    assert streams["1k"] == streams["10k"] == streams["100k"] != streams["test10k"]
    assert streams["scenes10k"] != streams["testscenes2k"]
    assert streams["adding50x10k"] != streams["testadding50x2k"]


@pytest.mark.parametrize("chunk", [1, 7, 45, 1000])
@pytest.mark.parametrize("processors", [None, 1, 3])
def test_what_is_drawn_does_not_depend_on_pieces_or_processors(
    tmp_path, monkeypatch, chunk, processors
):
    monkeypatch.setattr(databases, "CHUNK", chunk)
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    data, gender, points = databases.draw(tmp_path, "big", seed=3, progress=silent)
    images, labels = faces.draw(0, 45, 3, "train")
    assert points.read_bytes() == landmarks.draw(0, 45, 3, "train").astype("<f4").tobytes()
    assert data.read_bytes() == images.tobytes()
    assert gender.read_bytes() == labels.astype("<f4").tobytes()


def test_a_small_set_is_the_beginning_of_a_large_one(tmp_path):
    small = databases.draw(tmp_path, "small", progress=silent)
    big = databases.draw(tmp_path, "big", progress=silent)
    for start, whole in zip(small, big, strict=True):
        assert whole.read_bytes().startswith(start.read_bytes())


def test_another_stream_or_seed_draws_other_faces(tmp_path):
    drawn = [("a", "small", 0), ("b", "other", 0), ("c", "small", 1)]
    paths = [databases.draw(tmp_path / sub, name, seed, silent) for sub, name, seed in drawn]
    for column in (0, 1, 2):
        assert len({drawn[column].read_bytes() for drawn in paths}) == 3


@pytest.mark.parametrize("half", [0, 1])
def test_drawing_never_overwrites_a_file(numbered, tmp_path, half):
    paths = numbered(3, "small")
    paths[half].unlink()
    before = contents(tmp_path)
    with pytest.raises(InputError) as error:
        databases.draw(tmp_path, "small", progress=silent)
    assert str(paths[1 - half]) in str(error.value)
    assert contents(tmp_path) == before


def test_only_the_known_sets_can_be_drawn(tmp_path):
    with pytest.raises(InputError, match=r"'nonsense'.*small, big, other"):
        databases.draw(tmp_path / "new", "nonsense", progress=silent)
    assert not (tmp_path / "new").exists()


def test_progress_counts_the_faces_done(tmp_path, quick_faces):
    done = []
    databases.draw(tmp_path, "big", progress=done.append)
    assert done == [10, 20, 30, 40, 45]


@pytest.mark.parametrize("failure", [MemoryError, KeyboardInterrupt])
def test_drawing_that_is_interrupted_leaves_nothing_half(tmp_path, monkeypatch, failure):
    def draw(first, count, seed, stream):
        if first >= 20:
            raise failure
        return grey_faces(first, count, seed, stream)

    with monkeypatch.context() as broken:
        broken.setattr(faces, "draw", draw)
        with pytest.raises(failure):
            databases.find(tmp_path, "big", silent)
    assert files_of(tmp_path) == []
    databases.find(tmp_path, "big", silent)
    assert files_of(tmp_path) == ["data_big.bin", "gender_big.bin", "points_big.bin"]


def test_ctrl_c_between_two_pieces_leaves_nothing_half(tmp_path, quick_faces):
    def interrupt(done):
        if done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        databases.draw(tmp_path, "big", progress=interrupt)
    assert files_of(tmp_path) == []


def interrupted(*_):
    """Takes the place of faces.draw."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("draw", [databases.find, databases.draw])
def test_ctrl_c_leaves_no_folder_that_was_made_and_holds_nothing(tmp_path, monkeypatch, draw):
    (tmp_path / "there").mkdir()
    monkeypatch.setattr(faces, "draw", interrupted)
    for folder in ("slip", "there/slip", "a/b/c", "there"):
        with pytest.raises(KeyboardInterrupt):
            draw(tmp_path / folder, "small")
    assert list(tmp_path.rglob("*")) == [tmp_path / "there"]


def test_ctrl_c_leaves_a_new_folder_in_which_something_else_lies_by_now(tmp_path, monkeypatch):
    def draw(*_):
        (tmp_path / "a" / "mine.txt").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(faces, "draw", draw)
    with pytest.raises(KeyboardInterrupt):
        databases.draw(tmp_path / "a" / "b", "small")
    assert list((tmp_path / "a").iterdir()) == [tmp_path / "a" / "mine.txt"]


def test_ctrl_c_leaves_what_was_drawn_before(tmp_path, monkeypatch, quick_faces):
    databases.draw(tmp_path / "new", "small")
    before = contents(tmp_path / "new")
    monkeypatch.setattr(faces, "draw", interrupted)
    with pytest.raises(KeyboardInterrupt):
        databases.draw(tmp_path / "new", "big")
    assert contents(tmp_path / "new") == before


def test_folders_that_cannot_all_be_made_are_not_made(tmp_path):
    with pytest.raises(OSError, match="too long"):
        databases.draw(tmp_path / "a" / ("x" * 300) / "b", "small")
    assert list(tmp_path.iterdir()) == []


def test_pieces_are_drawn_side_by_side(tmp_path, monkeypatch):
    both = threading.Barrier(2, timeout=20)  # broken unless two pieces are under way at once

    def draw(first, count, seed, stream):
        both.wait()
        return grey_faces(first, count, seed, stream)

    monkeypatch.setattr(faces, "draw", draw)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    databases.draw(tmp_path, "small", progress=silent)
    assert pair_names(tmp_path) == ["small"]


def test_few_pieces_are_under_way_however_many_there_are(tmp_path, monkeypatch):
    begun, under_way = [], []

    def draw(first, count, seed, stream):
        begun.append(first)
        return grey_faces(first, count, seed, stream)

    def slow_reader(done):
        time.sleep(0.002)
        under_way.append(len(begun) - done)

    monkeypatch.setattr(faces, "draw", draw)
    monkeypatch.setattr(databases, "CHUNK", 1)
    monkeypatch.setattr(databases, "DRAWN", {"many": ("train", 150)})
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    databases.draw(tmp_path, "many", progress=slow_reader)
    assert len(begun) == 150
    assert max(under_way) <= 8


def test_without_a_progress_there_is_a_bar_that_ends_at_the_count(tmp_path, quick_faces, terminal):
    with contextlib.redirect_stderr(terminal):
        databases.draw(tmp_path, "big")
    assert "45/45" in terminal.getvalue()


def test_drawn_faces_are_known_wherever_they_lie_and_others_nowhere(tmp_path):
    drawn, _ = faces.draw(0, 5, 0, "test")
    others = 255 - drawn
    databases.end_drawing(tmp_path)
    moved = tmp_path / "data_mine.bin"
    assert databases.is_drawn(moved, drawn)
    (tmp_path / databases.MARK).write_text("")
    assert not databases.is_drawn(moved, others)  # put beside drawn ones
    assert databases.is_drawn(
        tmp_path / f"data_{next(iter(databases.DRAWN))}.bin", others
    )  # as another seed draws them
