"""Columns: the files' names and sizes, and which values they may hold."""

import numpy as np
import pytest

import dsutil
from dsutil import (
    ADDING_50,
    FACE_MASK,
    FACE_POINTS,
    FACES,
    GENDER,
    INSTANCES,
    PERSON,
    SCENE,
    SCENE_BOXES,
    SUM,
    Boxes,
    Identities,
    Images,
    InputError,
    OneHot,
    Parts,
    Points,
    Quantity,
    Sequences,
)
from dsutil.binary import read_columns, write_columns

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
        (FACE_MASK, 2304, 2304, "mask_1k.bin"),
        (PERSON, 1, 4, "person_1k.bin"),
        (SCENE, 9216, 9216, "scene_1k.bin"),
        (SCENE_BOXES, 25, 100, "boxes_1k.bin"),
        (INSTANCES, 9216, 9216, "instances_1k.bin"),
        (ADDING_50, 100, 100, "adding50_1k.bin"),
        (SUM, 1, 4, "sum_1k.bin"),
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


# ------------------------------------------------------------------------------------- masks

HALVES = Parts("halves", ("wall", "door"), [2, 3])


def test_masks_of_every_part_are_taken_and_of_no_others(tmp_path):
    masks = np.zeros((4, 2, 3), np.uint8)
    masks[3, 0, 2] = 1
    HALVES.check(masks, "x")
    masks[2, 1, 0] = 2
    write_columns([tmp_path / "halves_x.bin"], [HALVES], [(masks,)])
    with pytest.raises(InputError) as error:
        read_columns([tmp_path / "halves_x.bin"], [HALVES])
    sentence = "halves_x.bin row 2: found the part 2 at x 0 and y 1, expected from 0 (wall) to 1"
    assert sentence in str(error.value)
    assert "(door). Is it a file of masks?" in str(error.value)


def test_masks_are_summed_up_by_the_share_of_each_part():
    masks = np.zeros((2, 2, 3), np.uint8)
    masks[0, 0] = 1
    assert HALVES.summary(masks) == "75.0% wall, 25.0% door"


# ------------------------------------------------------------------------------------- boxes

ON_A_TABLE = Boxes("things", ("cup", "fork"), 3, (20, 30))


def of_boxes(*boxes):
    values = np.zeros((2, 3, 5), np.float32)
    values[1, : len(boxes)] = np.reshape(boxes, (-1, 5))
    return values


@pytest.mark.parametrize(
    "boxes", [(), [(0, 0, 30, 20, 1)], [(0.5, 1, 2, 3, 2), (4, 5, 6, 7, 1), (0, 0, 0.1, 0.1, 2)]]
)
def test_boxes_within_the_picture_are_taken(boxes):
    ON_A_TABLE.check(of_boxes(*boxes), "x")


@pytest.mark.parametrize(
    "wrong",
    [
        (-1, 0, 3, 3, 1),
        (0, 0, 31, 3, 1),
        (0, -0.5, 3, 3, 2),
        (0, 0, 3, 20.5, 1),
        (3, 0, 3, 3, 1),
        (3, 5, 8, 4, 1),
        (0, 0, 3, 3, 0),
        (0, 0, 3, 3, 3),
        (0, 0, 3, 3, 1.5),
        (0, 0, 3, float("nan"), 1),
        (0, 0, 0, 0, 1),
    ],
)
def test_a_box_that_cannot_be_is_told_with_its_numbers(wrong):
    with pytest.raises(InputError) as error:
        ON_A_TABLE.check(of_boxes((1, 1, 2, 2, 1), wrong), "some/things_x.bin")
    found = " ".join(f"{value:g}" for value in wrong)
    assert f"some/things_x.bin row 1: found the box `{found}`, expected left" in str(error.value)
    assert "from 0 to 30, top < bottom from 0 to 20 and the class 1 (cup), 2 (fork)" in str(
        error.value
    )


def test_an_empty_place_before_a_box_is_told():
    with pytest.raises(InputError, match="x row 1: found no box in place 1 but one behind it"):
        ON_A_TABLE.check(of_boxes((1, 1, 2, 2, 1), (0, 0, 0, 0, 0), (1, 1, 2, 2, 1)), "x")


def test_boxes_are_summed_up_by_their_number_and_classes():
    values = of_boxes((1, 1, 2, 2, 1), (1, 1, 2, 2, 2), (3, 3, 4, 4, 1))
    assert ON_A_TABLE.summary(values) == "1.50 boxes each, 50.0% without, 66.7% cup, 33.3% fork"
    assert ON_A_TABLE.summary(values[:1]) == "0.00 boxes each, 100.0% without, 0.0% cup, 0.0% fork"


# ------------------------------------------------------------------------------------- persons


def test_persons_are_whole_numbers_of_four_bytes(tmp_path):
    path = tmp_path / "person_x.bin"
    path.write_bytes(b"\x01\x02\0\0" + b"\0\0\0\0")
    (who,) = read_columns([path], [PERSON])
    assert (who.tolist(), who.dtype) == ([513, 0], np.int32)


def test_a_negative_person_is_told_with_its_row():
    with pytest.raises(InputError, match="x row 2: found the person -7, expected a number from 0"):
        PERSON.check(np.array([3, 0, -7], np.int32), "x")


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ([5, 5, 2, 2, 9, 9], "3 persons, 2 pictures each"),
        ([5, 5, 5, 2], "2 persons, 1 to 3 pictures each"),
    ],
)
def test_persons_are_summed_up_by_their_number_and_pictures(who, said):
    assert Identities("who").summary(np.array(who, np.int32)) == said


def test_batches_keep_persons_beside_their_images(tmp_path):
    columns = Images((2, 2)), PERSON
    paths = [column.path(tmp_path, "x") for column in columns]
    images = np.arange(12, dtype=np.uint8).reshape(3, 4)
    write_columns(paths, columns, [(images, np.array([7, 7, 8]))])
    dataset = dsutil.DataSet(*paths, columns=columns)
    (who,) = dataset.take_truths([2, 0])
    assert (who.tolist(), who.dtype) == ([8, 7], np.int32)


# ------------------------------------------------------------------------------------- in words


def test_labels_are_summed_up_by_the_share_of_each_class():
    labels = np.eye(3, dtype=np.float32)[[0, 0, 0, 2]]
    assert AGE.summary(labels) == "75.0% child, 0.0% adult, 25.0% old"


def test_points_are_summed_up_by_their_mean_place():
    ends = Points("ends", ("left", "right"), 32)
    points = np.array([[(1, 2), (30, 4)], [(3, 2), (31, 5)]], np.float32)
    assert ends.summary(points) == "mean left 2.0 2.0, right 30.5 4.5"


@pytest.mark.parametrize("value", [-0.1, 120.5, np.nan, np.inf])
def test_a_number_out_of_its_range_is_refused_with_its_row(tmp_path, value):
    path = tmp_path / "age_1k.bin"
    np.float32([3, 0, 120, value]).tofile(path)
    with pytest.raises(InputError, match=r"age_1k\.bin row 3: found the age .* from 0 to 120"):
        read_columns([path], [Quantity("age", 0, 120)])


def test_numbers_are_told_by_their_mean_and_deviation():
    assert Quantity("age", 0, 120).summary(np.float32([10, 30])) == "mean 20.000, deviation 10.000"


def test_a_range_upside_down_is_refused():
    with pytest.raises(InputError, match="lowest value first"):
        Quantity("age", 120, 0)


def test_sequences_are_images_by_another_name():
    column = Sequences([50, 2], "steps")
    assert (column.shape, column.records) == ((50, 2), "sequences")
    assert column != Images((50, 2), "steps")
