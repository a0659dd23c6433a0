"""Columns: the files' names and sizes, and which values they may hold."""

import numpy as np
import pytest

import dsutil
from dsutil import FACE_POINTS, FACES, GENDER, Images, InputError, OneHot, Points

AGE = OneHot("age", ("child", "adult", "old"))
DIGIT = OneHot("digit", [str(i) for i in range(10)])


@pytest.mark.parametrize(
    ("column", "numbers", "record_bytes", "file"),
    [
        (FACES, 2304, 2304, "data_1k.bin"),
        (Images((32, 32, 3)), 3072, 3072, "data_1k.bin"),
        (Images([48, 48], name="mask"), 2304, 2304, "mask_1k.bin"),
        (GENDER, 2, 8, "gender_1k.bin"),
        (AGE, 3, 12, "age_1k.bin"),
        (FACE_POINTS, 10, 40, "points_1k.bin"),
    ],
)
def test_a_record_s_size_and_a_file_s_name_follow_from_the_column(
    tmp_path, column, numbers, record_bytes, file
):
    assert (column.numbers, column.record_bytes) == (numbers, record_bytes)
    assert column.path(tmp_path, "1k") == tmp_path / file


def test_columns_that_say_the_same_are_equal_and_others_are_not():
    assert Images([48, 48]) == FACES
    assert OneHot("gender", ["man", "woman"]) == GENDER
    assert len({FACES, Images((48, 48)), GENDER, OneHot("gender", ("man", "woman"))}) == 2
    for other in (Images((48, 48, 3)), Images((48, 48), "mask"), OneHot("data", ("a", "b"))):
        assert other != FACES
    assert OneHot("gender", ("woman", "man")) != GENDER


def test_a_column_cannot_be_changed():
    with pytest.raises(AttributeError):
        FACES.shape = (3, 3)


def test_the_course_s_sizes_are_those_of_its_columns():
    assert (dsutil.SIDE, dsutil.PIXELS, dsutil.CLASSES) == (48, 2304, ("man", "woman"))


@pytest.mark.parametrize("name", ["", "left_eye", "a/b", "../a", ".", "_a"])
def test_a_name_that_cannot_begin_a_file_s_name_is_refused(name):
    with pytest.raises(InputError) as error:
        OneHot(name, ("a", "b"))
    assert repr(name) in str(error.value)


# ------------------------------------------------------------------------------------- labels


@pytest.mark.parametrize("column", [GENDER, AGE, DIGIT, OneHot("x", ("only",))])
def test_every_one_hot_label_is_taken(column):
    column.check(np.eye(len(column.classes), dtype=np.float32), "x")


@pytest.mark.parametrize(
    "label", [(0, 0, 0), (1, 1, 0), (0.5, 0.5, 0), (1, -1, 1), (2, 0, 0), (float("nan"), 1, 0)]
)
def test_a_label_of_three_classes_that_is_not_one_hot_is_told_with_what_may_be(label):
    with pytest.raises(InputError) as error:
        AGE.check(np.array([(1, 0, 0), label], np.float32), "some/age_1k.bin")
    found = " ".join(f"{value:g}" for value in label)
    assert f"some/age_1k.bin row 1: found the label `{found}`" in str(error.value)
    expected = "expected `1 0 0` (child), `0 1 0` (adult) or `0 0 1` (old). Is it"
    assert expected in str(error.value)


def test_a_label_of_many_classes_is_described():
    labels = np.eye(10, dtype=np.float32)
    labels[7, :3] = 1, 1, 0.25
    with pytest.raises(InputError) as error:
        DIGIT.check(labels, "digit_1k.bin")
    assert "row 7" in str(error.value)
    assert "3 numbers that are 1, 6 that are 0 and 1 others" in str(error.value)
    assert "expected a single 1, for one of the 10 classes, and 0 for all" in str(error.value)


# ------------------------------------------------------------------------------------- points


def test_points_up_to_the_picture_s_edges_are_taken():
    FACE_POINTS.check(np.array([[(0, 0), (48, 48), (0, 48), (48, 0), (24, 0.5)]], "f4"), "x")


@pytest.mark.parametrize("wrong", [-0.001, 48.001, float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_point_outside_the_picture_is_told_with_its_name_and_place(wrong, axis):
    points = np.full((6, 5, 2), 20, np.float32)
    points[4, 2, axis] = wrong
    with pytest.raises(InputError) as error:
        FACE_POINTS.check(points, "some/points_x.bin")
    x, y = (f"{value:g}" for value in points[4, 2])
    sentence = f"some/points_x.bin row 4: found the nose at x {x} and y {y}, expected both from 0"
    assert sentence in str(error.value)
    assert "to 48 pixels" in str(error.value)


# ------------------------------------------------------------------------------------- in words


def test_labels_are_summed_up_by_the_share_of_each_class():
    labels = np.eye(3, dtype=np.float32)[[0, 0, 0, 2]]
    assert AGE.summary(labels) == "75.0% child, 0.0% adult, 25.0% old"


def test_points_are_summed_up_by_their_mean_place():
    ends = Points("ends", ("left", "right"), 32)
    points = np.array([[(1, 2), (30, 4)], [(3, 2), (31, 5)]], np.float32)
    assert ends.summary(points) == "mean left 2.0 2.0, right 30.5 4.5"
