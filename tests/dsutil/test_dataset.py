"""DataSet: its batches, the rows it reads, and a model's accuracy on all of it."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dsutil import FACE_POINTS, FACES, GENDER, DataSet, Images, InputError, OneHot
from dsutil.binary import write_columns


@pytest.fixture
def random_pair(tmp_path):
    """A function that writes a pair of random bytes and genders, and returns paths and arrays."""

    def write(count):
        random = np.random.default_rng(5)
        images = random.integers(0, 256, (count, 2304), np.uint8)
        labels = np.eye(2, dtype="<f4")[random.integers(0, 2, count)]
        images.tofile(tmp_path / "images")
        labels.tofile(tmp_path / "labels")
        return (tmp_path / "images", tmp_path / "labels"), images, labels

    return write


def row_numbers(batch):
    """Which images of a `numbered` pair a batch of bytes holds."""
    return batch[0][:, 0].tolist()


# ------------------------------------------------------------------------------------- what it is


def test_images_and_labels_are_those_of_the_files(random_pair):
    paths, images, labels = random_pair(7)
    dataset = DataSet(*paths)
    assert (dataset.images.shape, dataset.images.dtype) == ((7, 2304), np.uint8)
    assert (dataset.labels.shape, dataset.labels.dtype) == ((7, 2), np.float32)
    assert np.array_equal(dataset.images, images)
    assert np.array_equal(dataset.labels, labels)
    assert (dataset.count, len(dataset), dataset.batch_size, dataset.position) == (7, 7, 128, 0)


@pytest.mark.parametrize("count", [None, 3])
def test_images_are_a_memory_map_that_cannot_be_written_to(numbered, count):
    images = DataSet(*numbered(7), count=count).images
    assert isinstance(images, np.memmap)
    assert not images.flags.writeable


def test_count_takes_the_first_images(random_pair):
    paths, images, labels = random_pair(7)
    dataset = DataSet(*paths, count=3)
    assert (dataset.count, len(dataset)) == (3, 3)
    assert np.array_equal(dataset.images, images[:3])
    assert np.array_equal(dataset.labels, labels[:3])


@pytest.mark.parametrize("count", [0, -1, 8])
def test_a_count_that_cannot_be_had_is_told_with_what_there_is(numbered, count):
    data, gender = numbered(7)
    with pytest.raises(InputError) as error:
        DataSet(data, gender, count=count)
    assert f"{data} holds 7 images; {count} were asked for" in str(error.value)


def test_a_batch_of_no_images_is_refused(numbered):
    with pytest.raises(InputError, match="batch of 0"):
        DataSet(*numbered(7), batch_size=0)


def test_a_bad_pair_is_refused(numbered):
    data, gender = numbered(7)
    os.truncate(gender, 6 * 8)
    with pytest.raises(InputError, match=r"7 images .* 6 labels"):
        DataSet(data, gender)


# ------------------------------------------------------------------------------------- batches


def test_a_batch_is_the_bytes_minus_128_over_256(write_by_hand):
    image = [p % 256 for p in range(2304)]
    images, labels = DataSet(*write_by_hand([image], [(0, 1)]), batch_size=1).next_batch()
    assert (images.dtype, labels.dtype) == (np.float32, np.float32)
    assert images.tolist() == [[(byte - 128) / 256 for byte in image]]
    assert (images.min(), images.max()) == (-0.5, 127 / 256)
    assert labels.tolist() == [[0, 1]]


def test_a_batch_that_is_not_normalized_is_the_bytes(write_by_hand):
    image = [p % 256 for p in range(2304)]
    dataset = DataSet(*write_by_hand([image], [(0, 1)]), batch_size=1)
    images, labels = dataset.next_batch(normalize=False)
    assert images.dtype == np.uint8
    assert images.tolist() == [image]
    assert labels.tolist() == [[0, 1]]


def test_changing_a_batch_does_not_change_the_data(numbered):
    dataset = DataSet(*numbered(4), batch_size=4)
    dataset.next_batch(normalize=False)[0][:] = 99
    assert row_numbers(dataset.next_batch(normalize=False)) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("count", "batch_size", "expected"),
    [
        (8, 4, [[0, 1, 2, 3], [4, 5, 6, 7], [0, 1, 2, 3]]),
        (7, 3, [[0, 1, 2], [3, 4, 5], [0, 1, 2]]),
        (5, 3, [[0, 1, 2], [0, 1, 2]]),
        (3, 1, [[0], [1], [2], [0]]),
        (4, 4, [[0, 1, 2, 3], [0, 1, 2, 3]]),
        (3, 5, [[0, 1, 2], [0, 1, 2]]),
    ],
)
def test_a_batch_that_would_run_past_the_end_starts_again_at_0(
    numbered, count, batch_size, expected
):
    dataset = DataSet(*numbered(count), batch_size=batch_size)
    for rows in expected:
        images, labels = dataset.next_batch(normalize=False)
        assert images[:, 0].tolist() == rows
        assert labels[:, 1].tolist() == [row % 2 for row in rows]


def test_a_batch_stays_within_the_first_count_images(numbered):
    dataset = DataSet(*numbered(10), count=5, batch_size=2)
    batches = [row_numbers(dataset.next_batch(normalize=False)) for _ in range(3)]
    assert batches == [[0, 1], [2, 3], [0, 1]]


def test_the_spellings_of_the_course_are_understood(random_pair):
    paths, _, _ = random_pair(7)
    course, ours = DataSet(*paths, batch_size=2), DataSet(*paths, batch_size=2)
    for theirs, expected in zip(course.NextTrainingBatch(), ours.next_batch(), strict=True):
        assert np.array_equal(theirs, expected)
    assert (course.nbdata, course.batchSize, course.curPos) == (7, 2, 2)
    assert course.dim == 48 * 48
    assert course.data is course.images
    assert course.label is course.labels


def test_the_next_batch_begins_where_cur_pos_is_set(numbered):
    dataset = DataSet(*numbered(7), batch_size=2)
    dataset.curPos = 4
    assert dataset.position == 4
    assert row_numbers(dataset.next_batch(normalize=False)) == [4, 5]


# ---------------------------------------------------------------------------------- mean_accuracy


@pytest.mark.parametrize("count", [1, 255, 256, 257, 700])
def test_the_mean_accuracy_is_that_of_all_images_in_one_piece(random_pair, count):
    paths, images, labels = random_pair(count)
    weights = np.random.default_rng(6).standard_normal((2304, 2))
    scores = (images / 256 - 0.5) @ weights
    expected = sum(s[label.argmax()] == max(s) for s, label in zip(scores, labels, strict=True))
    assert DataSet(*paths).mean_accuracy(lambda x: x @ weights) == expected / count


@pytest.mark.parametrize("count", [257, 300, 513])
def test_one_right_answer_at_the_end_is_one_in_count(write_by_hand, count):
    images = [bytes(2304)] * (count - 1) + [bytes([255] * 2304)]
    dataset = DataSet(*write_by_hand(images, [(0, 1)] * count))

    def says_woman_to_white_only(x):
        return np.stack([x[:, 0] < 0, x[:, 0] > 0], axis=1)

    assert dataset.mean_accuracy(says_woman_to_white_only) == 1 / count


def test_a_model_sees_every_image_once_normalized(numbered):
    dataset = DataSet(*numbered(250), count=240)
    seen = []

    def model(images):
        assert images.dtype == np.float32
        seen.extend(images[:, 0] * 256 + 128)
        return np.zeros((len(images), 2))

    dataset.mean_accuracy(model)
    assert seen == list(range(240))


def test_measuring_accuracy_leaves_the_next_batch_alone(numbered):
    dataset = DataSet(*numbered(9), batch_size=2)
    dataset.next_batch()
    dataset.mean_accuracy(lambda images: images[:, :2])
    assert row_numbers(dataset.next_batch(normalize=False)) == [2, 3]


def test_a_keras_model_is_measured_as_it_is(random_pair):
    import keras

    paths, images, labels = random_pair(300)
    model = keras.Sequential([keras.Input((2304,)), keras.layers.Dense(2)])
    kernel, bias = model.get_weights()
    scores = (images / 256 - 0.5) @ kernel + bias
    expected = (scores.argmax(axis=1) == labels.argmax(axis=1)).mean()
    assert 0.3 < expected < 0.7
    assert DataSet(*paths).mean_accuracy(model) == pytest.approx(expected, abs=1e-9)


NAN, INF = float("nan"), float("inf")


def scores_of(rows):
    """A model that answers with these scores, one row for each image, batch by batch."""
    rows = np.asarray(rows, np.float32)
    begin = 0

    def model(images):
        nonlocal begin
        begin += len(images)
        return rows[begin - len(images) : begin]

    return model


@pytest.mark.parametrize("undecided", [(NAN, NAN), (NAN, 1), (1, NAN), (NAN, -INF), (INF, NAN)])
@pytest.mark.parametrize("measure", [DataSet.answers, DataSet.mean_accuracy])
def test_scores_that_are_no_numbers_are_no_answer(numbered, undecided, measure):
    data, gender = numbered(600)
    rows = np.tile([1.0, 0.0], (600, 1))
    rows[[280, 281, 599]] = undecided
    with pytest.raises(InputError) as error:
        measure(DataSet(data, gender), scores_of(rows))
    sentence = str(error.value)
    assert sentence.startswith(f"{data}: the model has no answer for 3 of 600 images")
    assert "first for row 280" in sentence
    assert "found the scores `{:g} {:g}`".format(*undecided) in sentence
    assert "smaller learning rate" in sentence


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("same", [INF, -INF])
def test_neither_of_two_infinite_scores_that_are_the_same_is_the_highest(numbered, same):
    with pytest.raises(InputError, match="no answer for 1 of 4 images, first for row 2"):
        DataSet(*numbered(4)).answers(scores_of([(0, 1), (1, 0), (same, same), (0, 1)]))


@pytest.mark.filterwarnings("error")
def test_an_infinite_score_beside_another_one_is_an_answer(numbered):
    rows = [(-INF, 0), (0, -INF), (INF, 0), (0, INF), (INF, -INF), (-INF, INF), (1e38, -1e38)]
    answers = DataSet(*numbered(7)).answers(scores_of(rows))
    assert answers.tolist() == [1, 0, 0, 1, 0, 1, 0]


def test_a_model_is_called_once_for_each_batch_and_may_use_its_memory_again(numbered):
    dataset, calls, memory = DataSet(*numbered(600)), [], np.empty((256, 2), np.float32)

    def model(images):
        calls.append(len(images))
        memory[: len(images), 0] = 0
        memory[: len(images), 1] = 2 - len(calls)  # the batches are answered 1, 0, 0
        return memory[: len(images)]

    assert dataset.answers(model).tolist() == [1] * 256 + [0] * 344
    assert calls == [256, 256, 88]


# ------------------------------------------------------------------------------------- rows


@pytest.mark.parametrize(
    "rows",
    [[0], [6, 0, 3], [2, 2, 2], [], range(7), [4, 5, 6, 1, 2, 2, 3], np.array([5, 1], np.int32)],
)
def test_rows_are_taken_in_the_order_asked_for(random_pair, rows):
    paths, images, _ = random_pair(7)
    taken = DataSet(*paths).take(rows)
    assert (taken.shape, taken.dtype) == ((len(rows), 2304), np.uint8)
    assert np.array_equal(taken, images[list(rows)])


@pytest.mark.parametrize(("start", "stop"), [(0, 7), (2, 5), (6, 7), (4, 99)])
def test_a_range_of_images_is_read(random_pair, start, stop):
    paths, images, _ = random_pair(7)
    assert np.array_equal(DataSet(*paths).read(start, stop), images[start:stop])


@pytest.mark.parametrize("count", [1, 2, 7])
def test_what_is_read_lies_in_aligned_memory_that_may_be_written_to(random_pair, count):
    dataset = DataSet(*random_pair(7)[0])
    for images in (dataset.read(0, count), dataset.take(range(count))):
        assert images.ctypes.data % 64 == 0
        assert images.flags.c_contiguous
        assert images.flags.writeable


def test_reading_stops_at_the_count(random_pair):
    paths, images, _ = random_pair(7)
    assert np.array_equal(DataSet(*paths, count=4).read(2, 7), images[2:4])


def test_threads_may_read_at_once(numbered):
    dataset = DataSet(*numbered(200))

    def wrong_rows(seed):
        rows = np.random.default_rng(seed).integers(0, 200, (100, 20))
        return sum(np.count_nonzero(dataset.take(some)[:, 0] != some) for some in rows)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(wrong_rows, range(8))) == [0] * 8


READ_ALL = """
import sys
from dsutil import DataSet

def peak_mb():
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1e3
    except FileNotFoundError:
        import resource
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6

before = peak_mb()
dataset = DataSet(*sys.argv[1:], batch_size=1000)
for _ in range(130):
    dataset.next_batch(normalize=False)
assert dataset.position == 130_000
print(peak_mb() - before)
"""


def test_reading_everything_keeps_nothing_in_memory(sparse_pair, run_python):
    ended = run_python("-c", READ_ALL, *sparse_pair)
    assert ended.returncode == 0, ended.stderr
    assert float(ended.stdout) < 40  # the images are 300 MB


READ_WHAT_IS_CUT = """
import os, sys
import numpy as np
from dsutil import FACE_POINTS, FACES, GENDER, DataSet, Images, InputError, OneHot
from dsutil.binary import write_columns

dataset = DataSet(*sys.argv[1:], batch_size=100)
os.truncate(sys.argv[1], 30 * 2304 + 5)
for read in (
    dataset.next_batch,
    lambda: dataset.read(0, 100),
    lambda: dataset.take([3, 99]),
    lambda: dataset.take([30]),
    lambda: dataset.mean_accuracy(lambda images: np.zeros((len(images), 2))),
):
    try:
        read()
    except InputError as error:
        print(error)
"""


def test_a_file_cut_short_while_in_use_is_an_error_and_no_crash(numbered, run_python):
    data, gender = numbered(100)
    ended = run_python("-c", READ_WHAT_IS_CUT, data, gender)
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert len(lines) == 5
    assert all(line.startswith(f"{data} was cut short") for line in lines)


def replace(path):
    path.rename(path.with_name("aside"))
    path.write_bytes((path.with_name("aside")).read_bytes())


def write_into(path):
    with open(path, "r+b") as file:
        file.write(b"another")


def append(path):
    with open(path, "ab") as file:
        file.write(bytes(2304))


@pytest.mark.parametrize("change", [replace, write_into, append, os.unlink])
@pytest.mark.parametrize(
    "read",
    [
        lambda dataset: dataset.next_batch(),
        lambda dataset: dataset.read(0, 3),
        lambda dataset: dataset.take([2, 0]),
        lambda dataset: dataset.mean_accuracy(lambda images: images[:, :2]),
    ],
    ids=["next_batch", "read", "take", "mean_accuracy"],
)
def test_a_file_that_is_changed_while_in_use_is_no_longer_read(numbered, change, read):
    data, gender = numbered(10)
    os.utime(data, (0, 0))  # long ago: a clock may be coarse
    dataset = DataSet(data, gender, batch_size=3)
    read(dataset)
    change(data)
    with pytest.raises(InputError, match=r"data_x\.bin was changed, replaced or removed"):
        read(dataset)


# ------------------------------------------------------------------------------- other columns

AGE = OneHot("age", ("child", "adult", "old"))
COLUMNS = Images((32, 32, 3)), AGE, Images((32, 32), name="mask")


@pytest.fixture
def coloured(tmp_path):
    """Paths and arrays of seven colour images with ages and masks."""
    random = np.random.default_rng(0)
    arrays = (
        random.integers(0, 256, (7, 32, 32, 3), np.uint8),
        np.eye(3, dtype=np.float32)[random.integers(0, 3, 7)],
        random.integers(0, 2, (7, 32, 32), np.uint8),
    )
    paths = tuple(column.path(tmp_path, "x") for column in COLUMNS)
    write_columns(paths, COLUMNS, [arrays])
    return paths, arrays


@pytest.mark.parametrize("count", [None, 5])
def test_a_data_set_is_its_columns(coloured, count):
    paths, (images, ages, masks) = coloured
    dataset = DataSet(paths[0], paths[1:], count, columns=COLUMNS)
    assert (dataset.columns, dataset.paths) == (COLUMNS, paths)
    assert (dataset.count, dataset.dim) == (count or 7, 3072)
    assert np.array_equal(dataset.images, images.reshape(7, 3072)[:count])
    assert np.array_equal(dataset.truths[0], ages[:count])
    assert np.array_equal(dataset.truths[1], masks[:count])
    assert dataset.labels is dataset.truths[0]
    assert [isinstance(t, np.memmap) for t in dataset.truths] == [False, True]
    assert not dataset.truths[1].flags.writeable


@pytest.mark.parametrize("rows", [[0], [6, 0, 3, 4], [2, 2], []])
def test_truths_are_taken_of_the_same_rows_as_images(coloured, rows):
    paths, (images, ages, masks) = coloured
    dataset = DataSet(paths[0], paths[1:], columns=COLUMNS)
    assert np.array_equal(dataset.take(rows), images[rows].reshape(len(rows), 3072))
    some_ages, some_masks = dataset.take_truths(rows)
    assert np.array_equal(some_ages, ages[rows])
    assert np.array_equal(some_masks, masks[rows])
    assert (some_ages.dtype, some_masks.dtype) == (np.float32, np.uint8)


@pytest.mark.parametrize(("start", "stop"), [(0, 7), (2, 5), (4, 99), (7, 9)])
def test_a_range_of_truths_is_read(coloured, start, stop):
    paths, (_, ages, masks) = coloured
    dataset = DataSet(paths[0], paths[1:], columns=COLUMNS)
    some_ages, some_masks = dataset.read_truths(start, stop)
    assert np.array_equal(some_ages, ages[start:stop])
    assert np.array_equal(some_masks, masks[start:stop])


@pytest.mark.parametrize("row", [-1, 5, 7])
def test_a_row_that_there_is_not_has_neither_image_nor_truth(coloured, row):
    paths, _ = coloured
    dataset = DataSet(paths[0], paths[1:], count=5, columns=COLUMNS)
    for take in (dataset.take, dataset.take_truths):
        with pytest.raises(IndexError, match="rows 0 to 4"):
            take([0, row])


def test_truths_of_bytes_lie_in_aligned_memory_of_their_own(coloured):
    paths, _ = coloured
    dataset = DataSet(paths[0], paths[1:], columns=COLUMNS)
    for masks in (dataset.read_truths(1, 4)[1], dataset.take_truths([1, 3])[1]):
        assert masks.ctypes.data % 64 == 0
        assert masks.flags.c_contiguous
        assert not np.shares_memory(masks, dataset.truths[1])


def test_a_file_of_truths_that_is_changed_while_in_use_is_no_longer_read(coloured):
    paths, _ = coloured
    os.utime(paths[2], (0, 0))
    dataset = DataSet(paths[0], paths[1:], columns=COLUMNS)
    write_into(paths[2])
    dataset.read(0, 3)
    for read in (lambda: dataset.read_truths(0, 3), lambda: dataset.take_truths([1])):
        with pytest.raises(InputError, match=r"mask_x\.bin was changed, replaced or removed"):
            read()


READ_MASKS_THAT_ARE_CUT = """
import os, sys
from dsutil import FACES, DataSet, Images, InputError

dataset = DataSet(*sys.argv[1:], columns=(FACES, Images(name="mask")))
os.truncate(sys.argv[2], 30 * 2304 + 5)
try:
    dataset.take_truths([99])
except InputError as error:
    print(error)
"""


def test_truths_cut_short_while_in_use_are_an_error_and_no_crash(numbered, run_python):
    data, gender = numbered(100)
    mask = gender.with_name("mask_x.bin")
    mask.write_bytes(data.read_bytes())
    ended = run_python("-c", READ_MASKS_THAT_ARE_CUT, data, mask)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(f"{mask} was cut short")


def test_a_batch_has_the_first_truth_as_its_labels(coloured):
    paths, (images, ages, masks) = coloured
    dataset = DataSet(paths[0], paths[1:], columns=COLUMNS, batch_size=3)
    batch, labels = dataset.next_batch()
    assert np.array_equal(batch, images[:3].reshape(3, 3072) / 256 - 0.5)
    assert np.array_equal(labels, ages[:3])
    of_masks = DataSet(paths[0], paths[2], columns=(COLUMNS[0], COLUMNS[2]), batch_size=3)
    assert np.array_equal(of_masks.next_batch()[1], masks[:3])


def test_images_may_have_no_truth(numbered):
    data, gender = numbered(4)
    gender.unlink()
    dataset = DataSet(data, columns=(FACES,), batch_size=2)
    assert (dataset.truths, dataset.labels, dataset.label) == ((), None, None)
    assert (dataset.take_truths([1]), dataset.read_truths(0, 2)) == ((), ())
    images, labels = dataset.next_batch(normalize=False)
    assert images[:, 0].tolist() == [0, 1]
    assert labels is None


def test_the_accuracy_is_that_of_any_number_of_classes(coloured):
    paths, (_, ages, _) = coloured
    dataset = DataSet(*paths[:2], columns=COLUMNS[:2])
    assert dataset.mean_accuracy(lambda images: ages) == 1
    always_old = np.tile([0, 0, 1], (7, 1))
    assert dataset.mean_accuracy(lambda images: always_old) == np.count_nonzero(ages[:, 2]) / 7


def test_a_truth_that_cannot_be_is_refused_also_beyond_the_first_images(numbered, tmp_path):
    data, gender = numbered(4)
    points = np.full((4, 5, 2), 20, "<f4")
    points[3, 1] = 5, 49
    points.tofile(tmp_path / "points_x.bin")
    columns = FACES, GENDER, FACE_POINTS
    with pytest.raises(
        InputError, match=r"points_x\.bin row 3: found the right eye at x 5 and y 49"
    ):
        DataSet(data, [gender, tmp_path / "points_x.bin"], count=2, columns=columns)


@pytest.mark.parametrize("given", [0, 1, 3])
def test_there_is_a_path_for_each_column(coloured, given):
    paths, _ = coloured
    with pytest.raises(ValueError, match=f"found {given + 1} for data, age, mask"):
        DataSet(paths[0], [paths[1]] * given, columns=COLUMNS)
