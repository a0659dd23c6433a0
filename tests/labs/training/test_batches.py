import numpy as np
import pytest

from dsutil import DataSet, Images, Points
from dsutil.binary import PIXELS, pair_paths, write_columns
from labs.training import batches
from labs.training.batches import Batches


@pytest.fixture
def tiny(faces):
    return DataSet(*pair_paths(faces, "tiny"))


@pytest.fixture(params=["resident", "streamed", "in windows"])
def where(request, monkeypatch):
    """Runs a test with data on the device, and with data that stream in windows of the file."""
    if request.param != "resident":
        monkeypatch.setattr(batches, "RESIDENT_BYTES", 0)
    if request.param == "in windows":
        monkeypatch.setattr(batches, "WINDOW", 12)
        monkeypatch.setattr(batches, "BLOCK", 4)


def test_each_image_comes_once_an_epoch_also_where_the_batch_does_not_divide_them(tiny):
    rows = Batches(tiny, 16, seed=0).rows(0, 25).ravel()  # 400 rows: 8 epochs of 50
    for epoch in rows.reshape(8, 50):
        assert sorted(epoch) == list(range(50))


def test_each_epoch_has_an_order_of_its_own(tiny):
    epochs = Batches(tiny, 50, seed=0).rows(0, 10)
    assert len({epoch.tobytes() for epoch in epochs}) == 10
    assert not (epochs == np.arange(50)).all(axis=1).any()


def test_the_rows_of_a_step_do_not_depend_on_where_the_reading_began(tiny):
    whole = Batches(tiny, 16, seed=3).rows(0, 40)
    for first in (0, 1, 3, 7, 25, 39):
        assert np.array_equal(Batches(tiny, 16, seed=3).rows(first, 40 - first), whole[first:])


def test_another_seed_gives_another_order(tiny):
    a, b = (Batches(tiny, 16, seed).rows(0, 3) for seed in (0, 1))
    assert not np.array_equal(a, b)


def test_a_batch_may_be_larger_than_the_data_set(tiny):
    rows = Batches(tiny, 128, seed=0).rows(0, 2)
    assert np.bincount(rows[0]).tolist().count(3) == 28  # 128 = 50 + 50 + 28
    assert np.bincount(rows.ravel(), minlength=50).min() == 5


def test_the_order_is_that_of_philox_s_raw_output():
    """Against Philox 4x64-10 written out here (Salmon et al., 2011): it must never change."""

    def philox(counter, key):
        mask, low, high = 2**64 - 1, 0xD2E7470EE14C6C93, 0xCA5A826395121157
        x, k = [counter, 0, 0, 0], list(key)
        for _ in range(10):
            a, b = low * x[0], high * x[2]
            x = [(b >> 64) ^ x[1] ^ k[0], b & mask, (a >> 64) ^ x[3] ^ k[1], a & mask]
            k = [(k[0] + 0x9E3779B97F4A7C15) & mask, (k[1] + 0xBB67AE8584CAA73B) & mask]
        return x

    words = [word for block in range(1, 4) for word in philox(block, (7, 2))][:10]
    expected = sorted(range(10), key=words.__getitem__)
    assert batches.permutation(10, seed=7, epoch=2).tolist() == expected


def test_large_data_are_shuffled_in_blocks_and_then_within_windows():
    count, window, block = 3 * batches.WINDOW + 1000, batches.WINDOW, batches.BLOCK
    order = batches.permutation(count, seed=1, epoch=0)
    assert (np.sort(order) == np.arange(count)).all()
    for start in range(0, count, window):
        blocks = np.unique(order[start : start + window] // block)
        assert len(blocks) <= window // block + 2  # few reads; a window may begin within a block
        assert np.std(blocks) / (count / block) == pytest.approx(
            12**-0.5, rel=0.15
        )  # from all over
    # Within a window, neighbours in the order are no more alike than any two rows.
    steps = np.abs(np.diff(order[:window].astype(float)))
    assert np.mean(steps) == pytest.approx(count / 3, rel=0.1)


def test_a_load_of_what_streams_ends_at_its_window_s_border(tiny, monkeypatch):
    assert Batches(tiny, 16, seed=0).most_steps(0) > 10**6
    monkeypatch.setattr(batches, "RESIDENT_BYTES", 0)
    monkeypatch.setattr(batches, "WINDOW", 20)
    source = Batches(tiny, 4, seed=0)  # windows of 20, 20 and 10 rows
    assert [source.most_steps(step) for step in (0, 1, 4, 5, 10, 11, 12, 13)] == [
        5, 4, 1, 5, 2, 1, 1, 4
    ]  # fmt: skip
    assert Batches(tiny, 10**6, seed=0).most_steps(0) == 1


def test_a_window_is_read_once(tiny, monkeypatch):
    monkeypatch.setattr(batches, "RESIDENT_BYTES", 0)
    monkeypatch.setattr(batches, "WINDOW", 20)
    taken = []
    monkeypatch.setattr(tiny, "take", lambda rows, take=tiny.take: taken.append(rows) or take(rows))
    source = Batches(tiny, 3, seed=0)
    for step in range(17):  # 51 rows: an epoch, and a row of the next
        source.load(step, 1)
    assert [len(rows) for rows in taken] == [20, 20, 10, 20]
    assert all((np.diff(rows) > 0).all() for rows in taken)  # in the file's order


def test_the_images_and_labels_are_those_of_the_rows(tiny, where):
    source = Batches(tiny, 16, seed=0)
    for first, steps in ((5, 4), (0, 1), (8, 1), (9, 20)):
        rows = source.rows(first, steps)
        images, (labels,), index = source.load(first, steps)
        assert index.shape == (steps, 16)
        assert np.array_equal(images.numpy()[index], tiny.images[rows])
        assert np.array_equal(labels.numpy()[index], tiny.labels[rows])


@pytest.mark.parametrize("count", [1, 3])
def test_each_column_is_that_of_the_rows_however_many_there_are(count, tmp_path, where):
    columns = (Images((2, 2)), Images((3, 1), "mask"), Points("points", ("nose",), 50))[:count]
    paths = [column.path(tmp_path, "x") for column in columns]
    values = [np.empty((50, *column.shape), column.dtype) for column in columns]
    for factor, of_column in enumerate(values, 1):
        of_column.T[:] = np.arange(50) / factor  # each number of a record tells which one it is
    write_columns(paths, columns, [values])
    source = Batches(DataSet(paths[0], paths[1:], columns=columns), 16, seed=0)
    for first, steps in ((5, 4), (9, 20)):
        images, truths, index = source.load(first, steps)
        for found, expected in zip([images, *truths], values, strict=True):
            picked = found.numpy()[index].reshape(steps, 16, *expected.shape[1:])
            assert np.array_equal(picked, expected[source.rows(first, steps)])


def test_on_a_processor_images_are_not_copied_where_their_memory_is_aligned(tiny):
    images = tiny.read(0, 3)
    tensor = batches.on_device(images)
    images[0, 0] += 1
    assert np.array_equal(tensor, images)
    unaligned = np.empty(2 * PIXELS + 64, np.uint8)[1:][: 2 * PIXELS].reshape(2, PIXELS)
    unaligned[:] = 7
    assert np.array_equal(batches.on_device(unaligned), unaligned)


def test_the_order_does_not_depend_on_where_the_data_are(tiny, monkeypatch):
    monkeypatch.setattr(batches, "WINDOW", 12)
    resident = Batches(tiny, 16, seed=0).rows(0, 20)
    monkeypatch.setattr(batches, "RESIDENT_BYTES", 0)
    assert np.array_equal(Batches(tiny, 16, seed=0).rows(0, 20), resident)
