"""The two-file format: what is read, what is refused, and that writing is all or nothing."""

import hashlib
import os
import struct
import tracemalloc

import numpy as np
import pytest

from dsutil import FACE_POINTS, FACES, GENDER, Images, InputError, OneHot
from dsutil.binary import (
    digest,
    pair_names,
    pair_paths,
    read_columns,
    read_pair,
    write_columns,
    write_pair,
)

MAN, WOMAN = (1, 0), (0, 1)


def ramps(count):
    """Images that differ in every row, column and number: byte p of image i is (7 i + p) % 251."""
    return [[(7 * i + p) % 251 for p in range(2304)] for i in range(count)]


def chunk(first, count):
    """Images number first.. of `ramps` as arrays, all of women."""
    return np.array(ramps(first + count)[first:]), np.tile(WOMAN, (count, 1))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# ------------------------------------------------------------------------------------- reading


def test_images_are_2304_bytes_each_one_after_another(write_by_hand):
    images, _ = read_pair(*write_by_hand(ramps(3), [MAN, WOMAN, MAN]))
    assert images.dtype == np.uint8
    assert images.tolist() == ramps(3)


def test_an_image_is_48_rows_of_48_pixels(write_by_hand):
    pixels = bytearray(2304)
    pixels[48 * 5 + 9] = 200
    images, _ = read_pair(*write_by_hand([pixels], [MAN]))
    assert images.reshape(48, 48)[5, 9] == 200


def test_labels_are_two_little_endian_floats_each(tmp_path):
    (tmp_path / "images").write_bytes(bytes(2 * 2304))
    (tmp_path / "labels").write_bytes(bytes.fromhex("0000803f 00000000 00000000 0000803f"))
    _, labels = read_pair(tmp_path / "images", tmp_path / "labels")
    assert labels.dtype == np.float32
    assert labels.tolist() == [[1, 0], [0, 1]]


def test_paths_may_be_plain_strings(numbered):
    images, labels = read_pair(*map(str, numbered(3)))
    assert (len(images), len(labels)) == (3, 3)


def test_images_are_a_memory_map_that_cannot_be_written_to(numbered):
    images, _ = read_pair(*numbered(2))
    assert isinstance(images, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        images[0, 0] = 1


def test_opening_copies_no_image(sparse_pair):
    tracemalloc.start()
    try:
        images, labels = read_pair(*sparse_pair)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert images.shape == (130_000, 2304)
    assert labels.nbytes == 1_040_000
    assert peak < 8_000_000  # the images are 300 MB


# -------------------------------------------------------------------------------- what is refused


def cut(path, size):
    os.truncate(path, size)


def replace_by_folder(path, _):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("half", "damage", "size", "found", "expected"),
    [
        (0, cut, 3 * 2304 - 1, "6911 bytes", "multiple of 2304"),
        (1, cut, 3 * 8 - 4, "20 bytes", "multiple of 8"),
        (0, cut, 0, "empty", "2304 bytes for each image"),
        (1, cut, 0, "empty", "8 bytes for each label"),
        (0, replace_by_folder, None, "not a file", "2304 bytes for each image"),
        (1, replace_by_folder, None, "not a file", "8 bytes for each label"),
    ],
)
def test_a_bad_size_is_told_with_file_found_and_expected(
    numbered, half, damage, size, found, expected
):
    paths = numbered(3)
    damage(paths[half], size)
    with pytest.raises(InputError) as error:
        read_pair(*paths)
    assert str(paths[half]) in str(error.value)
    assert found in str(error.value)
    assert expected in str(error.value)


@pytest.mark.parametrize(
    ("half", "expected"), [(0, "2304 bytes for each"), (1, "8 bytes for each")]
)
def test_a_missing_file_is_named(numbered, half, expected):
    paths = numbered(3)
    paths[half].unlink()
    with pytest.raises(FileNotFoundError) as error:
        read_pair(*paths)
    assert f"{paths[half]} is missing" in str(error.value)
    assert expected in str(error.value)


def test_swapped_files_are_refused_and_said_to_be_swapped(numbered):
    data, gender = numbered(3)
    with pytest.raises(InputError, match=r"24 bytes.*multiple of 2304.*swapped") as error:
        read_pair(gender, data)
    assert str(gender) in str(error.value)


def test_swapped_files_are_refused_even_where_the_sizes_fit(numbered):
    data, gender = numbered(288)  # 288 labels are 2304 bytes: one image
    with pytest.raises(InputError):
        read_pair(gender, data)


@pytest.mark.parametrize(("image_count", "label_count"), [(3, 2), (2, 3)])
def test_counts_that_differ_are_told_with_both_files(write_by_hand, image_count, label_count):
    data, gender = write_by_hand(ramps(image_count), [MAN] * label_count)
    with pytest.raises(InputError) as error:
        read_pair(data, gender)
    for part in (str(data), f"{image_count} images", str(gender), f"{label_count} labels"):
        assert part in str(error.value)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "label",
    [
        (0, 0),
        (1, 1),
        (0.5, 0.5),
        (2, 0),
        (-1, 2),
        (1, -1),
        (0, np.nextafter(np.float32(1), np.float32(0))),
        (float("nan"), 1),
        (0, float("nan")),
        (float("inf"), 0),
    ],
)
def test_a_label_that_is_not_one_hot_is_told_with_file_and_row(write_by_hand, label):
    data, gender = write_by_hand(ramps(5), [MAN, WOMAN, label, MAN, (0, 0)])
    with pytest.raises(InputError) as error:
        read_pair(data, gender)
    assert f"{gender} row 2" in str(error.value)
    assert f"`{label[0]:g} {label[1]:g}`" in str(error.value)
    assert "expected `1 0` (man) or `0 1` (woman)" in str(error.value)


def test_labels_in_big_endian_are_refused(numbered):
    data, gender = numbered(2)
    gender.write_bytes(struct.pack(">4f", *MAN, *WOMAN))
    with pytest.raises(InputError, match=r"row 0.*little-endian"):
        read_pair(data, gender)


# ------------------------------------------------------------------------------------- writing


def test_what_is_written_is_read_back(tmp_path):
    paths = tmp_path / "images", tmp_path / "labels"
    write_pair(*paths, [chunk(0, 2), chunk(2, 3)])
    images, labels = read_pair(*paths)
    assert images.tolist() == ramps(5)
    assert labels.tolist() == [[0, 1]] * 5
    assert names(tmp_path) == ["images", "labels"]


def test_a_folder_that_is_missing_is_made(tmp_path):
    paths = tmp_path / "a/b/images", tmp_path / "c/labels"
    write_pair(*paths, [chunk(0, 2)])
    assert read_pair(*paths)[0].tolist() == ramps(2)


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.float32, ">f8"])
def test_the_files_hold_the_format_whatever_the_dtypes_of_the_chunks(tmp_path, dtype):
    images = np.array(ramps(2), dtype)
    write_pair(tmp_path / "images", tmp_path / "labels", [(images, [WOMAN, MAN])])
    assert (tmp_path / "images").read_bytes() == b"".join(map(bytes, ramps(2)))
    assert (tmp_path / "labels").read_bytes() == struct.pack("<4f", 0, 1, 1, 0)


def test_a_view_that_is_not_contiguous_is_written_in_its_own_order(tmp_path):
    images = np.array(ramps(4), np.uint8)
    labels = np.array([MAN, WOMAN, MAN, WOMAN], np.float32)
    write_pair(tmp_path / "images", tmp_path / "labels", [(images[::-2], labels[::-2])])
    assert (tmp_path / "images").read_bytes() == bytes(ramps(4)[3]) + bytes(ramps(4)[1])
    assert (tmp_path / "labels").read_bytes() == struct.pack("<4f", 0, 1, 0, 1)


def test_no_file_is_there_until_both_are_whole(tmp_path):
    def chunks():
        yield chunk(0, 400)  # more than a file's buffer holds
        assert not any(path.exists() for path in pair_paths(tmp_path, "x"))
        assert pair_names(tmp_path) == []
        yield chunk(400, 1)

    write_pair(*pair_paths(tmp_path, "x"), chunks())
    assert names(tmp_path) == ["data_x.bin", "gender_x.bin"]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_writing_that_fails_half_way_leaves_nothing(tmp_path, failure):
    def chunks():
        yield chunk(0, 2)
        raise failure

    with pytest.raises(failure):
        write_pair(*pair_paths(tmp_path, "x"), chunks())
    assert names(tmp_path) == []


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_the_pair_that_was_there_stays_whole_until_the_new_one_is(numbered, tmp_path, failure):
    paths = numbered(3)
    before = [path.read_bytes() for path in paths]

    def chunks():
        yield chunk(0, 400)
        assert [path.read_bytes() for path in paths] == before
        raise failure

    with pytest.raises(failure):
        write_pair(*paths, chunks())
    assert [path.read_bytes() for path in paths] == before
    assert names(tmp_path) == ["data_x.bin", "gender_x.bin"]


def test_a_reader_keeps_the_images_it_opened_when_a_new_pair_takes_their_place(numbered):
    paths = numbered(3)
    images, _ = read_pair(*paths)
    write_pair(*paths, [chunk(0, 1)])
    assert images[:, 0].tolist() == [0, 1, 2]
    assert len(read_pair(*paths)[0]) == 1


# ------------------------------------------------------------------------------- any columns

AGE = OneHot("age", ("child", "adult", "old"))
COLOURED = Images((32, 32, 3)), AGE, Images((32, 32), name="mask")


@pytest.fixture
def coloured(tmp_path):
    """Writes four records of COLOURED; returns their paths and the arrays."""
    random = np.random.default_rng(0)
    arrays = (
        random.integers(0, 256, (4, 32, 32, 3), np.uint8),
        np.eye(3, dtype=np.float32)[[0, 1, 2, 1]],
        random.integers(0, 2, (4, 32, 32), np.uint8),
    )
    paths = [column.path(tmp_path, "x") for column in COLOURED]
    write_columns(paths, COLOURED, [[array[:3] for array in arrays], [a[3:] for a in arrays]])
    return paths, arrays


def test_columns_are_written_one_record_after_another(coloured):
    paths, (images, ages, masks) = coloured
    assert paths[0].read_bytes() == images.tobytes()
    assert paths[1].read_bytes() == struct.pack("<12f", *ages.ravel())
    assert paths[2].read_bytes() == masks.tobytes()


def test_columns_are_read_in_the_shapes_of_their_records(coloured):
    paths, arrays = coloured
    for values, expected, column in zip(
        read_columns(paths, COLOURED), arrays, COLOURED, strict=True
    ):
        assert values.dtype == column.dtype
        assert np.array_equal(values, expected)
        assert isinstance(values, np.memmap) == (column.dtype == "uint8")


def test_flat_records_are_written_as_well(tmp_path):
    images = np.arange(2 * 3072) % 251
    write_columns([tmp_path / "x"], COLOURED[:1], [(images.reshape(2, 3072),)])
    assert (tmp_path / "x").read_bytes() == bytes(images.tolist())


@pytest.mark.parametrize("short", [0, 1, 2])
def test_counts_of_columns_that_differ_are_told_with_both_files_and_what_each_holds(
    coloured, short
):
    paths, _ = coloured
    cut(paths[short], 2 * COLOURED[short].record_bytes)
    with pytest.raises(InputError) as error:
        read_columns(paths, COLOURED)
    other = short or 1
    for part in (
        f"{paths[0]} holds {4 if short else 2} images",
        f"{paths[other]} holds {2 if short else 4} {COLOURED[other].records}",
    ):
        assert part in str(error.value)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_missing_column_is_named_with_the_size_of_its_records(coloured, at):
    paths, _ = coloured
    paths[at].unlink()
    with pytest.raises(FileNotFoundError) as error:
        read_columns(paths, COLOURED)
    expected = f"{paths[at]} is missing: expected a file of {(3072, 12, 1024)[at]} bytes for each"
    assert expected in str(error.value)


def test_points_in_big_endian_are_refused(tmp_path):
    np.full((2, 5, 2), 20.3, ">f4").tofile(tmp_path / "x")
    with pytest.raises(InputError, match=r"row 0: found the left eye.*little-endian"):
        read_columns([tmp_path / "x"], [FACE_POINTS])


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (np.zeros((2, 47, 48)), [MAN, MAN]),
        (np.zeros((3, 48, 48)), [MAN, MAN]),
        (np.zeros((2, 48, 48)), [(1, 0, 0)] * 2),
        (np.full((2, 48, 48), 256), [MAN, MAN]),
        (np.full((2, 48, 48), 0.5), [MAN, MAN]),
    ],
)
def test_a_chunk_that_the_columns_cannot_hold_is_refused_and_nothing_written(
    tmp_path, images, labels
):
    with pytest.raises(ValueError, match=r"expected (images|labels)"):
        write_columns(pair_paths(tmp_path, "x"), (FACES, GENDER), [(images, labels)])
    assert names(tmp_path) == []


def test_old_truths_never_stand_beside_new_images(coloured, monkeypatch):
    paths, arrays = coloured

    def replace(new, path):
        raise InterruptedError

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(InterruptedError):
        write_columns(paths, COLOURED, [arrays])
    assert [path.exists() for path in paths] == [True, False, False]


# ------------------------------------------------------------------------------- names, digests


def test_a_name_stands_for_two_files_of_a_folder(tmp_path):
    assert pair_paths(tmp_path, "1k") == (tmp_path / "data_1k.bin", tmp_path / "gender_1k.bin")


@pytest.mark.parametrize("name", ["", ".", "/", "a/b", "a/", "/a", "../a", "a/..", "a/../b"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    with pytest.raises(InputError) as error:
        pair_paths(tmp_path, name)
    assert repr(name) in str(error.value)


def test_only_complete_pairs_are_listed_in_order(tmp_path):
    complete = list("fbdkaigcjhe") + ["a_1"]
    files = [f"{half}_{name}.bin" for name in complete for half in ("data", "gender")]
    others = ["data_x.bin", "gender_y.bin", "data_.bin", "gender_.bin", "data_z.txt", "b.bin"]
    for name in files + others:
        (tmp_path / name).touch()
    assert pair_names(tmp_path) == ["a", "a_1"] + list("bcdefghijk")


def test_a_folder_that_is_missing_has_no_pairs(tmp_path):
    assert pair_names(tmp_path / "nowhere") == []


def test_the_digest_is_the_sha_256_of_the_whole_file(tmp_path):
    content = bytes(range(251)) * 12_000  # 3 MB, of no round size
    (tmp_path / "x").write_bytes(content)
    assert digest(tmp_path / "x") == hashlib.sha256(content).hexdigest()
